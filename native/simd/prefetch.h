/**
 * Asking for memory before it is needed. In an unnamed namespace, as everything that is built for
 * several instruction sets.
 */
#pragma once

namespace {

/** Asks for the line of memory at p, which may lie beyond the array, to be in the cache soon. */
inline void prefetch([[maybe_unused]] const float* p) {
#ifndef _MSC_VER
  __builtin_prefetch(p);
#endif
}
/** The same, but for the second cache. */
inline void prefetchFar([[maybe_unused]] const float* p) {
#ifndef _MSC_VER
  __builtin_prefetch(p, 0, 2);
#endif
}
/** The same, to be written: where there is an instruction for it (prefetchw, with AVX2 and AVX-512;
 * a processor that does not know it does nothing), the caches of other processors give it up. */
inline void prefetchToWrite([[maybe_unused]] const float* p) {
#ifndef _MSC_VER
  __builtin_prefetch(p, 1);
#endif
}

}  // namespace
