/** How many processors this process may really use: its affinity, and the quota of its container.
 */
#pragma once

struct Processors {
  int affinity;
  double quota;  // processors' worth of time; 0 where nothing limits it

  Processors();
  /** At least 1. */
  int usable() const;
};
