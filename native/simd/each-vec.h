/** Arrays a Vec at a time. */
#pragma once
#include "vec.h"

namespace ISA {
namespace {

/** work(get, put) for every Vec of n numbers, the last one partial; get(array) reads it,
 * put(vec, array) writes it. */
template <class Work>
inline void eachVec(size_t n, Work work) {
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) {
    work([i](const float* p) { return Vec::load(p + i); },
         [i](Vec value, float* p) { value.store(p + i); });
  }
  if (i < n) {
    const size_t some = n - i;
    work([=](const float* p) { return Vec::loadFirst(p + i, some); },
         [=](Vec value, float* p) { value.storeFirst(p + i, some); });
  }
}

}  // namespace
}  // namespace ISA
