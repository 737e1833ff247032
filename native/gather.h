/** The next batch, gathered on a thread of its own while a step trains. */
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

/** Rows of `from` copied one behind the other into `to`, which both must stay until the work is
 * ended or dropped. */
class Gathering {
 public:
  const uint8_t* from = nullptr;
  uint8_t* to = nullptr;
  size_t rowBytes = 0;
  std::vector<int32_t> indices;
  /** Where there is one, each byte of a row becomes the float at its place. */
  std::unique_ptr<float[]> table;

  /** Returns when the rows are in their places: copies them if nobody has begun to. */
  void end();
  /** Returns when nobody is at work on it and nobody will be. */
  void drop();

 private:
  friend void beginGathering(std::shared_ptr<Gathering> work);
  friend struct Gatherer;
  enum State { waiting, taken, over };
  std::atomic<State> state_{waiting};

  bool take();
  void copy();
  void await() const;
};

/** Hands it to the thread; with one thread in all (`setThreads`) it is done at once. */
void beginGathering(std::shared_ptr<Gathering> work);
