// The pool: every range once, from several callers at once, while the number of threads changes.
#include "../threads.h"

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

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

}  // namespace

int main() {
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
