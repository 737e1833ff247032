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
/** `f(a, b)` lane by lane. */
template <class F>
simde__m512 emulatedLanes(simde__m512 a, simde__m512 b, F f) {
  float x[16], y[16];
  simde_mm512_storeu_ps(x, a);
  simde_mm512_storeu_ps(y, b);
  for (int i = 0; i < 16; i++) x[i] = f(x[i], y[i]);
  return simde_mm512_loadu_ps(x);
}
inline simde__m512 emulatedScale(simde__m512 y, simde__m512 n) {
  return emulatedLanes(y, n, [](float a, float b) {
    if (isnan(b)) return b;
    return ldexpf(a, int(fmaxf(-1000, fminf(1000, floorf(b)))));
  });
}
inline simde__m512 emulatedReciprocal(simde__m512 x) {
  return emulatedLanes(x, x, [](float a, float) { return 1 / a; });
}
inline simde__m512 emulatedRoot(simde__m512 x) {
  return emulatedLanes(x, x, [](float a, float) { return 1 / sqrtf(a); });
}
inline simde__m512 emulatedExponent(simde__m512 x) {
  return emulatedLanes(x, x, [](float a, float) { return logbf(a); });
}
/** From 1 to 2; NaN for negative x. */
inline simde__m512 emulatedMantissa(simde__m512 x) {
  return emulatedLanes(x, x, [](float a, float) {
    if (isnan(a) || a < 0) return NAN;
    if (a == 0 || isinf(a)) return 1.0f;
    return ldexpf(a, -ilogbf(a));
  });
}

}  // namespace

#undef _mm512_scalef_ps
#define _mm512_scalef_ps emulatedScale
#define _mm512_rcp14_ps emulatedReciprocal
#define _mm512_rsqrt14_ps emulatedRoot
#define _mm512_getexp_ps emulatedExponent
#define _mm512_getmant_ps(x, interval, sign) emulatedMantissa(x)
#define _mm512_maskz_loadu_ps emulatedLoad
#define _mm512_mask_storeu_ps emulatedStore
#define _mm512_cvtps_epi32 emulatedToInts
#define _mm512_cvtepi32_ps emulatedToFloats
#define _mm512_srai_epi32 emulatedShiftRight
