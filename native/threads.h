/** Work shared among the processors this process may use. */
#pragma once
#include <cstddef>

/** How the number of threads came about, for `tapegrad doctor`. */
struct ThreadFacts {
  int threads;
  int affinity;  // processors the scheduler may give this process
  double quota;  // processors' worth of time its container may use; 0 without a limit
};
ThreadFacts threadFacts();

constexpr int mostThreads = 256;

/** Waits for work under way; n from 1 to mostThreads. */
void setThreads(int n);

/** `work(context, from, to)` for ranges that cover [0, n) and begin at multiples of `grain`, on
 * several threads. */
void parallelRanges(size_t n, size_t grain, void (*work)(void*, size_t, size_t), void* context);

/** The same for any callable f(from, to). Work of one grain stays on the caller. f must not throw.
 */
template <class F>
void parallelFor(size_t n, size_t grain, F&& f) {
  if (n <= grain) {
    if (n > 0) f(size_t(0), n);
    return;
  }
  parallelRanges(
      n, grain,
      [](void* context, size_t from, size_t to) { (*static_cast<F*>(context))(from, to); }, &f);
}

/** At least `floats` floats of memory for the calling thread, aligned to 64 bytes, kept for the
 * next call. Null if there are none. */
float* scratch(size_t floats);
