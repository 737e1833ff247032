/** A recorded step: kernel calls with their arguments in place, run one after the other without
 * JavaScript. */
#pragma once
#include <memory>
#include <vector>

#include "calls.h"

class Plan {
 public:
  /** Where an array is when the plan runs. */
  struct Place {
    enum Kind { pinned, input, arena, block } kind;
    Arg::Type type;
    size_t size;    // numbers
    size_t offset;  // bytes into the arena, or the number of the input or the block's slot
    void* data;     // of a pinned array
  };
  struct Argument {
    Arg value;        // a number or a truth
    int buffer = -1;  // or the number of an array
  };

  Plan(std::vector<Place> places, size_t arenaBytes);

  void add(const Entry* entry, const std::vector<Argument>& arguments);
  /**
   * Ends an instruction of the calls added since the last. `run` numbers each, block by block over
   * the same positions; 0 for calls that go one after the other.
   */
  void endInstruction(size_t run);

  /** Runs the step on these inputs; throws Refusal if they do not fit. `timed` notes what each
   * instruction took. */
  void run(const std::vector<Arg>& inputs, bool timed);

  /** Where an array lies after a run. */
  Arg where(int buffer) const;

  /** Nanoseconds of each instruction in the last timed run. */
  const std::vector<double>& times() const { return times_; }

 private:
  struct Step {
    const Entry* entry;
    std::vector<Arg> args;
    std::vector<int> buffers;  // for each argument the array's number, or -1
  };
  struct Instruction {
    size_t first, count, run;
  };

  void runBlocks(const Instruction& instruction);

  std::vector<Place> places_;
  std::vector<Step> steps_;
  std::vector<Instruction> instructions_;
  std::vector<double> times_;
  std::vector<std::pair<size_t, size_t>> inputUses_;  // step and argument that are an input
  std::unique_ptr<char, void (*)(char*)> arena_;
  size_t slots_ = 0;
};
