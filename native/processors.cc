#include "processors.h"

#include <cstdio>
#include <cstring>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace {

int affinity() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  const int count = int(std::thread::hardware_concurrency());
  return count > 0 ? count : 1;
}

#ifdef __linux__
/** Two numbers of a one-line file; "max" counts as none. */
bool numbersIn(const char* path, double& first, double& second) {
  FILE* file = std::fopen(path, "r");
  if (file == nullptr) return false;
  const int count = std::fscanf(file, "%lf %lf", &first, &second);
  std::fclose(file);
  return count >= 1;
}

/** The path of this process in the hierarchy named `controller` ("" is version 2), from
 * /proc/self/cgroup. */
bool cgroupPath(const char* controller, char (&path)[512]) {
  FILE* file = std::fopen("/proc/self/cgroup", "r");
  if (file == nullptr) return false;
  char line[600];
  bool found = false;
  while (!found && std::fgets(line, sizeof line, file) != nullptr) {
    line[std::strcspn(line, "\n")] = 0;
    char* const names = std::strchr(line, ':');
    char* const where = names != nullptr ? std::strchr(names + 1, ':') : nullptr;
    if (where == nullptr) continue;
    *where = 0;
    // Version 1 lists controllers by commas: "4:cpu,cpuacct:/path".
    for (char* name = names + 1; name != nullptr;) {
      char* const comma = std::strchr(name, ',');
      if (comma != nullptr) *comma = 0;
      if (std::strcmp(name, controller) == 0) found = true;
      name = comma != nullptr ? comma + 1 : nullptr;
    }
    if (found) std::snprintf(path, sizeof path, "%s", where + 1);
  }
  std::fclose(file);
  return found;
}

/** The smallest limit on the way from this process's group up to the root; 0 if none. */
double quotaUnder(const char* mount, char (&group)[512], bool version2) {
  double least = 0;
  for (;;) {
    char path[700];
    double quota = 0, period = 0;
    if (version2) {
      std::snprintf(path, sizeof path, "%s%s/cpu.max", mount, group);
      if (!numbersIn(path, quota, period)) quota = 0;
    } else {
      double nothing = 0;
      std::snprintf(path, sizeof path, "%s%s/cpu.cfs_quota_us", mount, group);
      if (!numbersIn(path, quota, nothing)) quota = 0;
      std::snprintf(path, sizeof path, "%s%s/cpu.cfs_period_us", mount, group);
      if (!numbersIn(path, period, nothing)) period = 0;
    }
    if (quota > 0 && period > 0 && (least == 0 || quota / period < least)) least = quota / period;
    char* const slash = std::strrchr(group, '/');
    if (slash == nullptr || group[0] == 0) return least;
    *slash = 0;
  }
}

double containerQuota() {
  char group[512];
  if (cgroupPath("", group)) {
    const double quota = quotaUnder("/sys/fs/cgroup", group, true);
    if (quota > 0) return quota;
  }
  return cgroupPath("cpu", group) ? quotaUnder("/sys/fs/cgroup/cpu", group, false) : 0;
}
#else
double containerQuota() { return 0; }
#endif

}  // namespace

Processors::Processors() : affinity(::affinity()), quota(containerQuota()) {}

int Processors::usable() const {
  const int allowed = quota > 0 && quota < affinity ? int(quota) : affinity;
  return allowed < 1 ? 1 : allowed;
}
