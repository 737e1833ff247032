#include "plan.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <string>

#include "threads.h"

namespace {

/** Positions that a joined run works through at a time: what its arrays take stays in the first
 * caches. */
constexpr size_t blockSize = 2048;
constexpr size_t lineFloats = 16;  // 64 bytes

char* aligned(size_t bytes) {
  return static_cast<char*>(::operator new(bytes > 0 ? bytes : 64, std::align_val_t(64)));
}
void release(char* memory) { ::operator delete(memory, std::align_val_t(64)); }

}  // namespace

Plan::Plan(std::vector<Place> places, size_t arenaBytes)
    : places_(std::move(places)), arena_(aligned(arenaBytes), release) {
  std::memset(arena_.get(), 0, arenaBytes);
  for (const Place& place : places_) {
    if (place.kind == Place::block && place.offset + 1 > slots_) slots_ = place.offset + 1;
  }
}

Arg Plan::where(int buffer) const {
  const Place& place = places_[size_t(buffer)];
  Arg arg;
  arg.kind = Arg::array;
  arg.type = place.type;
  arg.size = place.size;
  arg.data = place.kind == Place::arena ? arena_.get() + place.offset : place.data;
  return arg;
}

void Plan::add(const Entry* entry, const std::vector<Argument>& arguments) {
  Step step{entry, {}, {}};
  for (const Argument& argument : arguments) {
    if (argument.buffer >= 0 && places_[size_t(argument.buffer)].kind == Place::input) {
      inputUses_.emplace_back(steps_.size(), step.args.size());
    }
    step.args.push_back(argument.buffer >= 0 ? where(argument.buffer) : argument.value);
    step.buffers.push_back(argument.buffer);
  }
  steps_.push_back(std::move(step));
}

void Plan::endInstruction(size_t run) {
  const size_t first =
      instructions_.empty() ? 0 : instructions_.back().first + instructions_.back().count;
  instructions_.push_back({first, steps_.size() - first, run});
  times_.push_back(0);
}

void Plan::run(const std::vector<Arg>& inputs, bool timed) {
  for (const auto& [step, argument] : inputUses_) {
    Arg& arg = steps_[step].args[argument];
    const Place& place = places_[size_t(steps_[step].buffers[argument])];
    const Arg& given = inputs.at(place.offset);
    if (given.kind != Arg::array || given.type != place.type || given.size != place.size) {
      throw Refusal{true, "plan: input " + std::to_string(place.offset) +
                              " is of another type or size; want what was recorded"};
    }
    arg.data = given.data;
  }
  for (size_t i = 0; i < instructions_.size(); i++) {
    const Instruction& instruction = instructions_[i];
    const auto start =
        timed ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
    if (instruction.run > 0) {
      runBlocks(instruction);
    } else {
      for (size_t s = instruction.first; s < instruction.first + instruction.count; s++) {
        Call call(steps_[s].entry->name, steps_[s].args.data(), steps_[s].args.size());
        steps_[s].entry->run(call);
      }
    }
    if (timed) {
      times_[i] = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
                      .count();
    }
  }
}

/**
 * Elementwise calls over the same positions, a block of them at a time: what one call wrote is
 * still in the first cache when the next reads it. Arrays of which only a block is ever needed lie
 * in the thread's scratch memory.
 */
void Plan::runBlocks(const Instruction& instruction) {
  const size_t blockFloats = (blockSize + lineFloats - 1) / lineFloats * lineFloats;
  std::atomic<bool> refused{false};
  parallelFor(instruction.run, blockSize, [&](size_t from, size_t to) {
    float* const memory = scratch(slots_ * blockFloats + 1);
    if (memory == nullptr) {
      refused = true;
      return;
    }
    Arg args[Call::most];
    int32_t layout[5];
    for (size_t s = instruction.first; s < instruction.first + instruction.count; s++) {
      const Step& step = steps_[s];
      for (size_t i = 0; i < step.args.size(); i++) {
        args[i] = step.args[i];
        if (step.buffers[i] < 0) continue;
        const Place& place = places_[size_t(step.buffers[i])];
        if (i >= 3 && i + 1 == step.args.size()) {
          // Kernels of several inputs end in a layout: [1, size, strides…], or [0] for a single
          // number. Cut to the block.
          const int32_t* const whole = static_cast<const int32_t*>(args[i].data);
          if (whole[0] == 1) {
            std::memcpy(layout, whole, (2 + (step.args.size() - 2)) * sizeof(int32_t));
            layout[1] = int32_t(to - from);
            args[i].data = layout;
          }
        } else if (place.kind == Place::block) {
          args[i].data = memory + place.offset * blockFloats;
          args[i].size = to - from;
        } else if (place.size == instruction.run) {
          args[i].data = static_cast<uint32_t*>(args[i].data) + from;
          args[i].size = to - from;
        }
      }
      try {
        Call call(step.entry->name, args, step.args.size());
        step.entry->run(call);
      } catch (...) {  // nothing may be thrown across a thread
        refused = true;
        return;
      }
    }
  });
  if (refused)
    throw Refusal{false, "plan: a joined run of calls was refused, or no memory is left"};
}
