/** A recorded step: kernel calls with their arguments in place, run one after the other without
 * JavaScript. */
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "calls.h"

class Plan {
 public:
  /** Where an array is when the plan runs. */
  struct Place {
    enum Kind { pinned, input, output, arena, block, unused } kind;
    Arg::Type type;
    size_t size;    // numbers
    size_t offset;  // bytes into the arena, the number of the input or output, or the block's slot
    void* data;     // of a pinned array
  };
  /** How an argument is cut where calls are joined. */
  enum Cut : char { whole, part, layout };
  struct Argument {
    Arg value = {};   // a number or a truth
    int buffer = -1;  // or the number of an array
    Cut cut = whole;
  };
  /** One call; elementwise calls over the same positions and sums of what these make; updates that
   * have nothing to do with each other; a product and the update that takes it as its gradient. */
  enum Kind { call, run, sweep, update };

  Plan(std::vector<Place> places, size_t arenaBytes);

  void add(const Entry* entry, std::vector<Argument> arguments);
  /** Ends an instruction of the calls added since the last. `row` is the length of the row that a
   * run repeats, or 0. */
  void endInstruction(Kind kind, size_t positions, size_t row);
  /** Has an instruction, which is one matmul, ask the memory for numbers [from, from + size) of a
   * pinned array. */
  void askAhead(size_t instruction, int buffer, size_t from, size_t size);

  /** Runs the step on these inputs and makes these outputs; throws Refusal if they do not fit.
   * `timed` notes what each instruction took. */
  void execute(const std::vector<Arg>& inputs, const std::vector<Arg>& outputs, bool timed);

  /** Nanoseconds of each instruction in the last timed run. */
  const std::vector<double>& times() const { return times_; }

 private:
  struct Step {
    const Entry* entry;
    std::vector<Argument> arguments;
    std::vector<Arg> args;
    std::vector<double> sums = {};  // of a sum within a run: one for each block
  };
  /** Numbers [from, to) of one update. */
  struct Part {
    size_t step, from, to;
  };
  struct Instruction {
    Kind kind;
    size_t first, count, positions, row, block;
    std::vector<Part> parts;                                // of a sweep
    std::vector<std::pair<size_t, size_t>> firstUses = {};  // of a long run's arrays
    std::vector<Floats> ahead = {};
  };

  /** Where arrays lie that only live within an instruction: a block of so many numbers for each. */
  struct Blocks {
    float* memory = nullptr;
    size_t size = 0, row = 0;
  };

  Arg where(int buffer) const;
  std::vector<Part> partsOf(size_t first) const;
  std::vector<std::pair<size_t, size_t>> firstUses(size_t first) const;
  void executeRun(const Instruction& instruction);
  void executeSweep(const Instruction& instruction);
  void executeUpdate(const Instruction& instruction);
  Arg partOf(const Step& step, size_t argument, size_t from, size_t to, const Blocks& blocks) const;
  void callPart(const Step& step, size_t from, size_t to, const Blocks& blocks) const;

  std::vector<Place> places_;
  std::vector<Step> steps_;
  std::vector<Instruction> instructions_;
  std::vector<double> times_;
  std::vector<std::pair<size_t, size_t>> givenUses_;  // step and argument that come with a run
  std::unique_ptr<char, void (*)(char*)> arena_;
  size_t slots_ = 0;
};
