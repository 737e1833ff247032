/** The kernels by name, as calls with checked arguments. */
#pragma once
#include "call.h"

struct Entry {
  const char* name;
  /** Runs the kernel on the arguments of the call; throws Refusal if they do not fit. */
  void (*run)(Call&);
};

struct Entries {
  const Entry* list;
  size_t count;
};

Entries allEntries();
/** Null if there is none of that name. */
const Entry* findEntry(const char* name);

/** Numbers of a long row that are folded by themselves; what the parts give is folded in order, in
 * double precision. */
constexpr size_t partOfRow = 1 << 11;
double sumOfPart(const float* x, size_t n);
