// One pool for the whole process, whatever number of Node's worker threads load the addon.
//
// A job is a counter of ranges. Its caller opens it, claims ranges like any worker, and when none
// is left closes it and waits for the workers still inside; it never waits for a worker to begin,
// so it can finish alone. A worker counts itself in (`inside`) before it looks whether the job is
// open, and the caller closes before it looks whether anybody is inside: one of the two sees the
// other, so no worker touches a job that is over.
//
// A worker that the system stops in the middle of a range, to run somebody else, holds up the
// caller for a time slice: several steps' worth. So after such a wait the caller works alone for a
// while, longer each time it happens again soon.
//
// The pool is never destroyed. Its threads end with the process, in which the addon stays mapped
// (-z nodelete).
#include "threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <new>
#include <thread>

#include "processors.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace {

/** How long a worker looks out for the next job before it sleeps. A step of training is a chain of
 * short jobs. */
constexpr auto spinTime = std::chrono::microseconds(50);

/** What a caller waits for a worker's range at most, beyond four times what its own took, before it
 * takes the worker for stopped. */
constexpr auto patience = std::chrono::microseconds(300);
/** How long it works alone then, at first and at most. */
constexpr auto leastRest = std::chrono::milliseconds(20),
               mostRest = std::chrono::milliseconds(1280);

using Clock = std::chrono::steady_clock;

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  __asm__ volatile("yield");
#endif
}

/** Whether this thread is at work on a job: work inside work stays on its thread. */
thread_local bool working = false;
struct Working {
  Working() { working = true; }
  ~Working() { working = false; }
};

struct Pool {
  std::mutex turn;  // held by the caller of a job, and to change the number of threads
  std::atomic<int> threads{1};
  int started = 0;  // workers, which are the threads but the caller

  void (*work)(void*, size_t, size_t) = nullptr;
  void* context = nullptr;
  size_t n = 0, grain = 1;
  alignas(64) std::atomic<size_t> next{0};
  alignas(64) std::atomic<bool> open{false};
  std::atomic<int> inside{0};
  alignas(64) std::atomic<uint32_t> announced{0};  // goes up with every job

  // The caller's: until when it works alone, and for how long it did the last time.
  Clock::time_point restUntil{};
  Clock::duration rest{};

  /** Returns how many ranges it claimed. */
  size_t claim() {
    const Working here;
    for (size_t ranges = 0;; ranges++) {
      const size_t from = next.fetch_add(grain, std::memory_order_relaxed);
      if (from >= n) return ranges;
      work(context, from, n - from < grain ? n : from + grain);
    }
  }

  [[noreturn]] void serve(int worker) {
    uint32_t seen = 0;
    for (;;) {
      seen = await(seen);
      if (worker >= threads.load(std::memory_order_relaxed) - 1) continue;
      inside.fetch_add(1);
      if (open.load()) claim();
      inside.fetch_sub(1, std::memory_order_release);
    }
  }

  /** Looks out for a while for a job other than `seen`, then sleeps until there is one. */
  uint32_t await(uint32_t seen) {
    const auto end = Clock::now() + spinTime;
    do {
      for (int i = 0; i < 64; i++) {
        const uint32_t now = announced.load(std::memory_order_acquire);
        if (now != seen) return now;
        pause();
      }
    } while (Clock::now() < end);
    announced.wait(seen, std::memory_order_acquire);
    return announced.load(std::memory_order_acquire);
  }

  void run(size_t size, size_t step, void (*f)(void*, size_t, size_t), void* about) {
    work = f, context = about, n = size, grain = step;
    next.store(0, std::memory_order_relaxed);
    const Clock::time_point start = Clock::now();
    if (start < restUntil) {
      claim();
      return;
    }
    open.store(true);
    announced.fetch_add(1, std::memory_order_release);
    announced.notify_all();
    const size_t ranges = claim();
    open.store(false);
    if (inside.load() == 0) return;
    const Clock::time_point alone = Clock::now();
    for (int spins = 0; inside.load() != 0; spins++) {
      if (spins < 4096) {
        pause();
      } else {
        std::this_thread::yield();
      }
    }
    if (ranges == 0) return;
    const Clock::time_point end = Clock::now();
    if (end - alone < patience + 4 * (alone - start) / int64_t(ranges)) return;
    const bool again = end - restUntil < rest;
    rest = again && 2 * rest < mostRest ? 2 * rest : again ? rest : leastRest;
    restUntil = end + rest;
  }

  void resize(int count) {
    for (; started < count - 1; started++) {
      try {
        std::thread([this, worker = started] { serve(worker); }).detach();
      } catch (...) {  // the system gives no more threads
        count = started + 1;
      }
    }
    threads.store(count, std::memory_order_relaxed);
  }
};

const Processors& processors() {
  static const Processors facts;
  return facts;
}

/** On the heap and never freed, so that no destructor runs under the threads when the process ends.
 */
Pool& pool() {
  static Pool* const only = [] {
    Pool* const made = new Pool;
    made->resize(std::min(processors().usable(), mostThreads));
    return made;
  }();
  return *only;
}

/** Memory that ends with its thread. */
struct Scratch {
  float* floats = nullptr;
  size_t size = 0;
  ~Scratch() { ::operator delete(floats, std::align_val_t(64)); }
};

}  // namespace

ThreadFacts threadFacts() {
  return {pool().threads.load(std::memory_order_relaxed), processors().affinity,
          processors().quota};
}

void setThreads(int n) {
  Pool& p = pool();
  const std::lock_guard<std::mutex> turn(p.turn);
  p.resize(n);
}

void parallelRanges(size_t n, size_t grain, void (*work)(void*, size_t, size_t), void* context) {
  Pool& p = pool();
  if (!working && p.threads.load(std::memory_order_relaxed) > 1) {
    const std::unique_lock<std::mutex> turn(p.turn, std::try_to_lock);
    if (turn.owns_lock()) {
      p.run(n, grain, work, context);
      return;
    }
  }
  // Alone, or another of Node's threads has the pool: the same ranges one after the other, for the
  // same bits.
  for (size_t from = 0; from < n; from += grain) {
    work(context, from, n - from < grain ? n : from + grain);
  }
}

float* scratch(size_t floats) {
  thread_local Scratch own;
  if (own.size < floats) {
    ::operator delete(own.floats, std::align_val_t(64));
    own.floats = static_cast<float*>(
        ::operator new(floats * sizeof(float), std::align_val_t(64), std::nothrow));
    own.size = own.floats != nullptr ? floats : 0;
  }
  return own.floats;
}
