// One pool for the whole process, whatever number of Node's worker threads load the addon.
//
// A job is a counter of ranges for each thread: its share, in order. A thread claims the ranges of
// its own share first, then what is left of the others'. So work that is done in every step, such
// as the update of some weights, is done by the same thread, in whose cache they lie, and still no
// thread waits for another while there is work.
//
// The caller opens the job, claims ranges like any worker, and when none is left closes it and
// waits for the workers still inside; it never waits for a worker to begin, so it can finish alone.
// A worker counts itself in (`inside`) before it looks whether the job is open, and the caller
// closes before it looks whether anybody is inside: one of the two sees the other, so no worker
// touches a job that is over.
//
// A worker that the system stops in the middle of a range, to run somebody else, holds up the
// caller for a time slice: several steps' worth. So after such a wait the caller works alone for
// many times as long.
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
/** How long it works alone then: as a multiple of what it waited, so that waits are hardly a
 * hundredth of its time, and at most. */
constexpr int restOfWait = 128;
constexpr auto mostRest = std::chrono::seconds(1);

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

/** Ranges of a job that one thread takes first. */
struct alignas(64) Share {
  std::atomic<size_t> next{0};
  size_t end = 0;
};

struct Pool {
  std::mutex turn;  // held by the caller of a job, and to change the number of threads
  std::atomic<int> threads{1};
  int started = 0;  // workers, which are the threads but the caller

  void (*work)(void*, size_t, size_t) = nullptr;
  void* context = nullptr;
  size_t grain = 1;
  int sharers = 0;
  Share shares[mostThreads];
  alignas(64) std::atomic<bool> open{false};
  std::atomic<int> inside{0};
  alignas(64) std::atomic<uint32_t> announced{0};  // goes up with every job

  Clock::time_point restUntil{};  // the caller works alone

  /** Shares of n in whole ranges, as equal as can be. */
  void share(size_t n) {
    sharers = threads.load(std::memory_order_relaxed);
    const size_t ranges = (n + grain - 1) / grain, of = size_t(sharers);
    for (size_t s = 0; s < of; s++) {
      shares[s].next.store(ranges * s / of * grain, std::memory_order_relaxed);
      shares[s].end = std::min(n, ranges * (s + 1) / of * grain);
    }
  }

  /** Returns how many ranges this thread claimed, of its own share and then of others. */
  size_t claim(int own) {
    const Working here;
    size_t ranges = 0;
    for (int s = 0; s < sharers; s++) {
      Share& some = shares[(own + s) % sharers];
      while (some.next.load(std::memory_order_relaxed) < some.end) {
        const size_t from = some.next.fetch_add(grain, std::memory_order_relaxed);
        if (from >= some.end) break;
        work(context, from, std::min(some.end, from + grain));
        ranges++;
      }
    }
    return ranges;
  }

  [[noreturn]] void serve(int worker) {
    uint32_t seen = 0;
    for (;;) {
      seen = await(seen);
      if (worker >= threads.load(std::memory_order_relaxed) - 1) continue;
      inside.fetch_add(1);
      if (open.load()) claim(worker + 1);
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
    work = f, context = about, grain = step;
    share(size);
    const Clock::time_point start = Clock::now();
    if (start < restUntil) {
      claim(0);
      return;
    }
    open.store(true);
    announced.fetch_add(1, std::memory_order_release);
    announced.notify_all();
    const size_t ranges = claim(0);
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
    restUntil = end + std::min<Clock::duration>(restOfWait * (end - alone), mostRest);
  }

  void resize(int count) {
    for (; started < count - 1; started++) {
      try {
        std::thread([this, worker = started] { serve(worker); }).detach();
      } catch (...) {  // the system gives no more threads
        count = started + 1;
        break;
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
  p.restUntil = {};
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
