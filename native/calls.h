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

/** Numbers of a long sum that are added by themselves; the sums of the parts are added in order, in
 * double precision. */
constexpr size_t partOfSum = 1 << 11;
double sumOfPart(const float* x, size_t n);
