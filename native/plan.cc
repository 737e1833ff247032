#include "plan.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <numeric>
#include <string>

#include "simd/prefetch.h"
#include "threads.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

/** Numbers of an optimiser's update handed out at a time. */
constexpr size_t sweepSize = 8192;
constexpr size_t lineFloats = 16;  // 64 bytes
/** Positions of a run whose arrays a second cache does not keep. */
constexpr size_t outside = 1 << 19;
/** Bytes of a large page. */
constexpr size_t largePage = 1 << 21;
/** Numbers of the layout of a joined call: rank, sizes and the strides of three arrays. */
constexpr size_t longestLayout = 1 + 2 * (1 + 3);

char* aligned(size_t bytes) {
  char* const memory =
      static_cast<char*>(::operator new(bytes > 0 ? bytes : 64, std::align_val_t(64)));
#ifdef __linux__
  // Large pages are fewer to look up. A machine may have none, or use them for all memory.
  const uintptr_t page = uintptr_t(sysconf(_SC_PAGESIZE)), skipped = -uintptr_t(memory) % page;
  if (bytes >= 2 * largePage) madvise(memory + skipped, bytes - skipped, MADV_HUGEPAGE);
#endif
  return memory;
}
void release(char* memory) { ::operator delete(memory, std::align_val_t(64)); }

size_t roundedUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

bool isGiven(const Plan::Place& place) {
  return place.kind == Plan::Place::input || place.kind == Plan::Place::output;
}

/** Keeps the first refusal of work that threads share, for nothing may be thrown across a thread.
 */
class Refusals {
 public:
  template <class Work>
  void keep(const Work& work) {
    try {
      work();
    } catch (Refusal& why) {
      if (!any_.exchange(true)) first_ = std::move(why);
    } catch (...) {  // no memory, not even for a sentence
      any_ = true;
    }
  }
  void raise() const {
    if (any_) throw first_.sentence.empty() ? Refusal{false, "plan: no memory is left"} : first_;
  }

 private:
  std::atomic<bool> any_{false};
  Refusal first_ = {};
};

}  // namespace

Plan::Plan(std::vector<Place> places, size_t arenaBytes)
    : places_(std::move(places)), arena_(aligned(arenaBytes), release) {
  std::memset(arena_.get(), 0, arenaBytes);
  for (const Place& place : places_) {
    if (place.kind == Place::block) slots_ = std::max(slots_, place.offset + 1);
  }
}

Arg Plan::where(int buffer) const {
  const Place& place = places_[size_t(buffer)];
  Arg arg = {};
  arg.kind = Arg::array;
  arg.type = place.type;
  arg.size = place.size;
  arg.data = place.kind == Place::arena ? arena_.get() + place.offset : place.data;
  return arg;
}

void Plan::add(const Entry* entry, std::vector<Argument> arguments) {
  Step step{entry, std::move(arguments), {}};
  for (const Argument& argument : step.arguments) {
    if (argument.buffer >= 0 && isGiven(places_[size_t(argument.buffer)])) {
      givenUses_.emplace_back(steps_.size(), step.args.size());
    }
    step.args.push_back(argument.buffer >= 0 ? where(argument.buffer) : argument.value);
  }
  steps_.push_back(std::move(step));
}

void Plan::endInstruction(Kind kind, size_t positions, size_t row) {
  const size_t first =
      instructions_.empty() ? 0 : instructions_.back().first + instructions_.back().count;
  // What a run works through at a time stays in the first caches: whole rows where it repeats one.
  const size_t block = row == 0 ? partOfRow : row * std::max<size_t>(1, partOfRow / row);
  const Entry* const sum = findEntry("sum");
  for (size_t s = first; kind == run && s < steps_.size(); s++) {
    if (steps_[s].entry == sum) steps_[s].sums.resize((positions + block - 1) / block);
  }
  instructions_.push_back({kind, first, steps_.size() - first, positions, row, block,
                           kind == sweep ? partsOf(first) : std::vector<Part>()});
  if (kind == run && positions >= outside) instructions_.back().firstUses = firstUses(first);
  times_.push_back(0);
}

void Plan::askAhead(size_t instruction, int buffer, size_t from, size_t size) {
  float* const numbers = static_cast<float*>(places_[size_t(buffer)].data);
  instructions_[instruction].ahead.push_back({numbers + from, size});
}

void Plan::execute(const std::vector<Arg>& inputs, const std::vector<Arg>& outputs, bool timed) {
  for (const auto& [step, argument] : givenUses_) {
    Arg& arg = steps_[step].args[argument];
    const Place& place = places_[size_t(steps_[step].arguments[argument].buffer)];
    const bool isInput = place.kind == Place::input;
    const Arg& given = (isInput ? inputs : outputs).at(place.offset);
    if (given.kind != Arg::array || given.type != place.type || given.size != place.size) {
      throw Refusal{true, std::string("plan: ") + (isInput ? "input " : "output ") +
                              std::to_string(place.offset) +
                              " is of another type or size; want what was recorded"};
    }
    arg.data = given.data;
  }
  using Clock = std::chrono::steady_clock;
  for (size_t i = 0; i < instructions_.size(); i++) {
    const Instruction& instruction = instructions_[i];
    const Clock::time_point start = timed ? Clock::now() : Clock::time_point();
    if (instruction.kind == run) {
      executeRun(instruction);
    } else if (instruction.kind == sweep) {
      executeSweep(instruction);
    } else if (instruction.kind == update) {
      executeUpdate(instruction);
    } else {
      const Step& step = steps_[instruction.first];
      Call call(step.entry->name, step.args.data(), step.args.size());
      call.ahead = {instruction.ahead.data(), instruction.ahead.size()};
      step.entry->run(call);
    }
    if (timed) times_[i] = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }
}

/** Positions [from, to) of one argument. */
Arg Plan::partOf(const Step& step, size_t argument, size_t from, size_t to,
                 const Blocks& blocks) const {
  const Argument& about = step.arguments[argument];
  Arg arg = step.args[argument];
  if (about.cut != part) return arg;
  const Place& place = places_[size_t(about.buffer)];
  if (place.kind == Place::block) {
    arg.data = blocks.memory + place.offset * blocks.size;
  } else {
    arg.data = static_cast<uint32_t*>(arg.data) + from;
  }
  arg.size = to - from;
  return arg;
}

/** Positions [from, to) of one call. */
void Plan::callPart(const Step& step, size_t from, size_t to, const Blocks& blocks) const {
  Arg args[Call::most];
  int32_t cut[longestLayout];
  for (size_t i = 0; i < step.args.size(); i++) {
    args[i] = partOf(step, i, from, to, blocks);
    if (step.arguments[i].cut != layout) continue;
    // [0], [1, size, strides…] or [2, rows, row, strides…]: the outermost size is cut.
    const int32_t* const all = static_cast<const int32_t*>(args[i].data);
    if (all[0] == 0) continue;
    if (args[i].size > longestLayout) throw Refusal{false, "plan: a layout has too many axes"};
    std::copy(all, all + args[i].size, cut);
    cut[1] = int32_t(all[0] == 1 ? to - from : (to - from) / blocks.row);
    args[i].data = cut;
  }
  Call call(step.entry->name, args, step.args.size());
  step.entry->run(call);
}

/** Step and argument where the calls from `first` on come to each array that they cut in parts. */
std::vector<std::pair<size_t, size_t>> Plan::firstUses(size_t first) const {
  std::vector<std::pair<size_t, size_t>> uses;
  std::vector<int> seen;
  for (size_t s = first; s < steps_.size(); s++) {
    for (size_t i = 0; i < steps_[s].args.size(); i++) {
      const Argument& about = steps_[s].arguments[i];
      if (about.buffer < 0 || about.cut != part) continue;
      const bool isNear = places_[size_t(about.buffer)].kind == Place::block;
      if (isNear || std::count(seen.begin(), seen.end(), about.buffer) > 0) continue;
      seen.push_back(about.buffer);
      uses.emplace_back(s, i);
    }
  }
  return uses;
}

/**
 * Elementwise calls over the same positions, a block of them at a time: what one call wrote is
 * still in the first cache when the next reads it, or when it is added up. Each call of a long run
 * asks for its share of the next block, for all at once would hold up what this one reads. (In a
 * function of their own these loops would count as without effect, and be left out.)
 */
void Plan::executeRun(const Instruction& instruction) {
  const size_t end = instruction.first + instruction.count;
  const size_t block = instruction.block, slot = roundedUp(block, lineFloats);
  const size_t share = roundedUp(block / instruction.count + 1, lineFloats);
  Refusals refusals;
  parallelFor(instruction.positions, block, [&](size_t from, size_t to) {
    refusals.keep([&] {
      const Blocks blocks = {scratch(slots_ * slot + 1), slot, instruction.row};
      if (blocks.memory == nullptr) throw std::bad_alloc();
      const size_t after = std::min(to + block, instruction.positions);
      size_t asked = to;
      for (size_t s = instruction.first; s < end; s++) {
        Step& step = steps_[s];
        const size_t toAsk = std::min(asked + share, after);
        for (const auto& [use, argument] : instruction.firstUses) {
          const float* const array = static_cast<const float*>(steps_[use].args[argument].data);
          for (size_t i = asked; i < toAsk; i += lineFloats) prefetchFar(array + i);
        }
        asked = toAsk;
        if (step.sums.empty()) {
          callPart(step, from, to, blocks);
        } else {
          const Arg x = partOf(step, 0, from, to, blocks);
          step.sums[from / block] = sumOfPart(static_cast<const float*>(x.data), x.size);
        }
      }
    });
  });
  refusals.raise();
  for (size_t s = instruction.first; s < end; s++) {
    const std::vector<double>& sums = steps_[s].sums;
    if (sums.empty()) continue;
    static_cast<float*>(steps_[s].args[1].data)[0] =
        float(std::accumulate(sums.begin() + 1, sums.end(), sums[0]));
  }
}

/** Updates of several variables as one list of parts, so that small ones do not each wait for the
 * other threads. */
void Plan::executeSweep(const Instruction& instruction) {
  Refusals refusals;
  parallelFor(instruction.parts.size(), 1, [&](size_t from, size_t to) {
    for (size_t p = from; p < to; p++) {
      const Part& part = instruction.parts[p];
      refusals.keep([&] { callPart(steps_[part.step], part.from, part.to, {}); });
    }
  });
  refusals.raise();
}

/** Makes a gradient and applies it, some rows at a time: it never lies in memory as a whole. */
void Plan::executeUpdate(const Instruction& instruction) {
  const Step& product = steps_[instruction.first];
  const Step& change = steps_[instruction.first + 1];
  Refusals refusals;
  Taker taker;
  taker.take = [&](size_t from, size_t to, float* gradient) {
    refusals.keep([&] { callPart(change, from, to, {gradient}); });
  };
  for (size_t i = 0; i < change.args.size(); i++) {
    const bool isGradient = change.arguments[i].buffer == product.arguments[2].buffer;
    if (change.arguments[i].cut != part || isGradient) continue;
    taker.arrays.push_back(static_cast<const float*>(change.args[i].data));
  }
  Call call(product.entry->name, product.args.data(), product.args.size());
  call.taker = &taker;
  product.entry->run(call);
  refusals.raise();
}

/**
 * The updates from `first` on in parts: the beginnings of all variables, then what follows, then
 * their ends. Kernels that fill a gradient are shared among threads in its order, so each thread
 * updates what it has just made.
 */
std::vector<Plan::Part> Plan::partsOf(size_t first) const {
  std::vector<Part> parts;
  for (size_t s = first; s < steps_.size(); s++) {
    const size_t size = steps_[s].args[0].size;
    for (size_t from = 0; from < size; from += sweepSize) {
      parts.push_back({s, from, std::min(size, from + sweepSize)});
    }
  }
  const auto depth = [&](const Part& part) {
    return double(part.from + part.to) / double(steps_[part.step].args[0].size);
  };
  std::stable_sort(parts.begin(), parts.end(),
                   [&](const Part& a, const Part& b) { return depth(a) < depth(b); });
  return parts;
}
