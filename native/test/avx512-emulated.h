/** The AVX-512 of simd/avx512.h on any processor: SIMDe, and what SIMDe 0.7.4 (Debian 12) lacks as
 * plain loops. */
#pragma once
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <math.h>
#include <simde/x86/avx512.h>

namespace {

inline simde__m512 emulatedLoad(simde__mmask16 mask, const void* memory) {
  float lanes[16] = {};
  for (int i = 0; i < 16; i++) {
    if (mask >> i & 1) lanes[i] = static_cast<const float*>(memory)[i];
  }
  return simde_mm512_loadu_ps(lanes);
}
inline void emulatedStore(void* memory, simde__mmask16 mask, simde__m512 x) {
  float lanes[16];
  simde_mm512_storeu_ps(lanes, x);
  for (int i = 0; i < 16; i++) {
    if (mask >> i & 1) static_cast<float*>(memory)[i] = lanes[i];
  }
}
inline simde__m512i emulatedToInts(simde__m512 x) {
  float lanes[16];
  int32_t ints[16];
  simde_mm512_storeu_ps(lanes, x);
  for (int i = 0; i < 16; i++) {
    const bool fits = lanes[i] >= -2147483648.0f && lanes[i] < 2147483648.0f;
    ints[i] = fits ? int32_t(rintf(lanes[i])) : INT32_MIN;
  }
  return simde_mm512_loadu_si512(ints);
}
inline simde__m512 emulatedToFloats(simde__m512i x) {
  int32_t ints[16];
  float lanes[16];
  simde_mm512_storeu_si512(ints, x);
  for (int i = 0; i < 16; i++) lanes[i] = float(ints[i]);
  return simde_mm512_loadu_ps(lanes);
}
inline simde__m512i emulatedShiftRight(simde__m512i x, unsigned count) {
  int32_t ints[16];
  simde_mm512_storeu_si512(ints, x);
  for (int32_t& each : ints) each >>= count;
  return simde_mm512_loadu_si512(ints);
}

}  // namespace

#define _mm512_maskz_loadu_ps emulatedLoad
#define _mm512_mask_storeu_ps emulatedStore
#define _mm512_cvtps_epi32 emulatedToInts
#define _mm512_cvtepi32_ps emulatedToFloats
#define _mm512_srai_epi32 emulatedShiftRight
