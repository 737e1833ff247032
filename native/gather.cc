// One thread beside the pool, for batches. It must not be one of the pool's workers: those have the
// step that trains meanwhile. Whoever takes a piece of work first does it, so a consumer never
// waits for work that has not begun, and a machine that gives no thread is only slower.
#include "gather.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "threads.h"

/** Never destroyed, as the pool: its thread ends with the process. */
struct Gatherer {
  std::mutex turn;
  std::condition_variable wake;
  std::deque<std::shared_ptr<Gathering>> queue;

  Gatherer() {
    try {
      std::thread([this] { serve(); }).detach();
    } catch (...) {  // the consumers do it
    }
  }

  [[noreturn]] void serve() {
    for (;;) {
      std::unique_lock<std::mutex> lock(turn);
      wake.wait(lock, [this] { return !queue.empty(); });
      const std::shared_ptr<Gathering> work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      if (work->take()) work->copy();
    }
  }
};

bool Gathering::take() {
  State expected = waiting;
  return state_.compare_exchange_strong(expected, taken);
}

void Gathering::copy() {
  uint8_t* row = to;
  for (const int32_t index : indices) {
    const uint8_t* const source = from + size_t(index) * rowBytes;
    if (table != nullptr) {
      float* const floats = reinterpret_cast<float*>(row);
      for (size_t i = 0; i < rowBytes; i++) floats[i] = table[source[i]];
      row += rowBytes * sizeof(float);
    } else {
      std::memcpy(row, source, rowBytes);
      row += rowBytes;
    }
  }
  state_.store(over);
  state_.notify_all();
}

void Gathering::await() const {
  for (State now = state_.load(); now != over; now = state_.load()) state_.wait(now);
}

void Gathering::end() {
  if (take()) {
    copy();
  } else {
    await();
  }
}

void Gathering::drop() {
  if (take()) {
    state_.store(over);
  } else {
    await();
  }
}

void beginGathering(std::shared_ptr<Gathering> work) {
  if (threadFacts().threads == 1) return work->end();
  static Gatherer* const gatherer = new Gatherer;
  {
    const std::lock_guard<std::mutex> lock(gatherer->turn);
    gatherer->queue.push_back(std::move(work));
  }
  gatherer->wake.notify_one();
}
