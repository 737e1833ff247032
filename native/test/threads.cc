// The pool: every range once, from several callers at once, while the number of threads changes.
#include "../threads.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "../gather.h"

namespace {

std::atomic<int> failures{0};

void once(size_t n, size_t grain) {
  std::vector<int> visits(n, 0);
  parallelFor(n, grain, [&](size_t from, size_t to) {
    for (size_t i = from; i < to; i++) visits[i]++;
    scratch(1000)[999] = 1;
  });
  for (size_t i = 0; i < n; i++) {
    if (visits[i] != 1 && failures++ < 10) {
      std::printf("%zu of %zu, grain %zu: %d visits\n", i, n, grain, visits[i]);
    }
  }
}

/** How many of 64 ranges other threads than this one took, each `held` up there. */
int takenByOthers(std::chrono::milliseconds held) {
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> others{0};
  parallelFor(64, 1, [&](size_t, size_t) {
    const bool own = std::this_thread::get_id() == caller;
    if (!own) others++;
    std::this_thread::sleep_for(own ? std::chrono::microseconds(20) : held);
  });
  return others;
}

/** A worker that is held up is left alone for a while, and then asked again. */
void heldUp() {
  using std::chrono::milliseconds;
  setThreads(2);
  bool wasHeldUp = false, workedAgain = false;
  for (int i = 0; i < 100 && !wasHeldUp; i++) wasHeldUp = takenByOthers(milliseconds(30)) > 0;
  if (!wasHeldUp) failures++, std::printf("no worker came to be held up\n");
  if (const int others = takenByOthers(milliseconds(0)); others > 0) {
    failures++, std::printf("%d ranges given to a worker that had been held up\n", others);
  }
  for (int i = 0; i < 100 && !workedAgain; i++) {
    std::this_thread::sleep_for(milliseconds(30));
    workedAgain = takenByOthers(milliseconds(0)) > 0;
  }
  if (!workedAgain) failures++, std::printf("the worker was never asked again\n");
}

/** Batches begun by several threads at once arrive whole; some are dropped instead. */
void gatherBatches() {
  setThreads(2);
  std::vector<uint8_t> bytes(1000);
  for (size_t i = 0; i < bytes.size(); i++) bytes[i] = uint8_t(i * 7);
  std::vector<std::thread> consumers;
  for (int consumer = 0; consumer < 3; consumer++) {
    consumers.emplace_back([&, consumer] {
      for (int round = 0; round < 500; round++) {
        const bool floats = round % 2 == 0;
        std::vector<float> batch(20);
        auto work = std::make_shared<Gathering>();
        work->from = bytes.data();
        work->to = reinterpret_cast<uint8_t*>(batch.data());
        work->rowBytes = 10;
        work->indices = {99, round % 100};
        if (floats) {
          work->table = std::make_unique<float[]>(256);
          for (int i = 0; i < 256; i++) work->table[size_t(i)] = float(i) / 2;
        }
        beginGathering(work);
        if (round % 3 == 0) std::this_thread::yield();
        if (round % 7 == consumer) {
          work->drop();
          continue;
        }
        work->end();
        for (size_t i = 0; i < 20; i++) {
          const uint8_t should = bytes[(i < 10 ? 990 : size_t(round % 100) * 10 - 10) + i];
          const bool good = floats ? batch[i] == float(should) / 2
                                   : reinterpret_cast<uint8_t*>(batch.data())[i] == should;
          if (!good && failures++ < 10) std::printf("number %zu of a batch is wrong\n", i);
        }
      }
    });
  }
  for (std::thread& consumer : consumers) consumer.join();
}

}  // namespace

int main() {
  heldUp();
  gatherBatches();
  for (int threads : {1, 2, 3, 5, 2, 1, 4}) {
    setThreads(threads);
    if (threadFacts().threads != threads) failures++, std::printf("not %d threads\n", threads);
    for (size_t n : {0, 1, 2, 7, 64, 1000}) {
      for (size_t grain : {1, 3, 64}) once(n, grain);
    }
    for (int round = 0; round < 300; round++) once(100, 9);
  }
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; caller++) {
    callers.emplace_back([caller] {
      for (int round = 0; round < 500; round++) {
        once(256, 16);
        if (caller == 0 && round % 50 == 0) setThreads(1 + round / 50 % 4);
      }
    });
  }
  // Pauses let workers fall asleep between jobs.
  for (int round = 0; round < 20; round++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    once(256, 16);
  }
  for (std::thread& caller : callers) caller.join();
  const int found = failures;
  std::printf("%d failures\n", found);
  return found > 0;
}
