/** Which instruction set the kernels use. */
#pragma once
#include "kernels.h"

/** One instruction set this addon was built for, best last. */
struct InstructionSet {
  const char* name;
  const Kernels* kernels;
  bool supported;  // by the processor and the operating system
};

struct InstructionSets {
  const InstructionSet* sets;
  size_t count;
};
InstructionSets instructionSets();

/** The table in use: the best supported, until chosen otherwise. */
const InstructionSet& chosen();
/** False, and no change, if this name was not built or is not supported here. */
bool choose(const char* name);

/** The processor's own name, as far as it tells; at most 64 bytes with the end. */
void processorName(char (&name)[64]);
