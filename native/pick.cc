// What the processor can do is not enough: the operating system must also save the wide registers,
// which XGETBV tells (Intel, Software Developer's Manual 1, 13.3 and 14.3). Built with no
// instruction-set flags.
#include "pick.h"

#include <atomic>
#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#define TAPEGRAD_X64 1
#ifdef _MSC_VER
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
#include <cstdio>

#ifdef TAPEGRAD_X64
namespace baseline {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#elif defined(__aarch64__) || defined(_M_ARM64)
namespace neon {
extern const Kernels kernels;
}
#else
namespace baseline {
extern const Kernels kernels;
}
#endif

namespace {

#ifdef TAPEGRAD_X64
struct Registers {
  unsigned a, b, c, d;
};

Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r = {};
#ifdef _MSC_VER
  int words[4];
  __cpuidex(words, int(leaf), int(subleaf));
  r = {unsigned(words[0]), unsigned(words[1]), unsigned(words[2]), unsigned(words[3])};
#else
  __cpuid_count(leaf, subleaf, r.a, r.b, r.c, r.d);
#endif
  return r;
}

/** Which register files the operating system saves; only to be asked where OSXSAVE is set. */
unsigned long long savedState() {
#ifdef _MSC_VER
  return _xgetbv(0);
#else
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<unsigned long long>(high) << 32) | low;
#endif
}

bool bit(unsigned word, int n) { return (word >> n) & 1; }

struct Support {
  bool avx2 = false, avx512 = false;
  Support() {
    if (cpuid(0).a < 7) return;
    const Registers one = cpuid(1), seven = cpuid(7);
    const bool osxsave = bit(one.c, 27), fma = bit(one.c, 12), avx = bit(one.c, 28);
    if (!osxsave || !fma || !avx) return;
    const unsigned long long saved = savedState();
    avx2 = bit(seven.b, 5) && (saved & 0x06) == 0x06;  // SSE, AVX
    const bool f = bit(seven.b, 16), dq = bit(seven.b, 17), bw = bit(seven.b, 30),
               vl = bit(seven.b, 31);
    avx512 = avx2 && f && dq && bw && vl && (saved & 0xe6) == 0xe6;  // and masks, upper halves
  }
};

InstructionSets build() {
  static const Support support;
  static const InstructionSet sets[] = {
      {"baseline", &baseline::kernels, true},
      {"avx2", &avx2::kernels, support.avx2},
      {"avx512", &avx512::kernels, support.avx512},
  };
  return {sets, 3};
}
#elif defined(__aarch64__) || defined(_M_ARM64)
InstructionSets build() {
  static const InstructionSet sets[] = {{"neon", &neon::kernels, true}};
  return {sets, 1};
}
#else
InstructionSets build() {
  static const InstructionSet sets[] = {{"baseline", &baseline::kernels, true}};
  return {sets, 1};
}
#endif

const InstructionSet* best() {
  const InstructionSets all = instructionSets();
  const InstructionSet* set = all.sets;
  for (size_t i = 0; i < all.count; i++) {
    if (all.sets[i].supported) set = all.sets + i;
  }
  return set;
}

std::atomic<const InstructionSet*> inUse{nullptr};

}  // namespace

InstructionSets instructionSets() {
  static const InstructionSets all = build();
  return all;
}

const InstructionSet& chosen() {
  const InstructionSet* set = inUse.load(std::memory_order_relaxed);
  if (set == nullptr) {
    set = best();
    inUse.store(set, std::memory_order_relaxed);
  }
  return *set;
}

bool choose(const char* name) {
  const InstructionSets all = instructionSets();
  for (size_t i = 0; i < all.count; i++) {
    if (all.sets[i].supported && std::strcmp(all.sets[i].name, name) == 0) {
      inUse.store(all.sets + i, std::memory_order_relaxed);
      return true;
    }
  }
  return false;
}

void processorName(char (&name)[64]) {
  name[0] = 0;
#ifdef TAPEGRAD_X64
  if (cpuid(0x80000000).a >= 0x80000004) {
    for (unsigned i = 0; i < 3; i++) {
      const Registers r = cpuid(0x80000002 + i);
      std::memcpy(name + 16 * i, &r, 16);
    }
    name[48] = 0;
  }
#elif defined(__APPLE__)
  size_t size = sizeof name;
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) != 0) name[0] = 0;
#endif
}
