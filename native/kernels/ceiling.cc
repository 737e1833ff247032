// What a processor can do at most, to set the rates of the kernels beside: multiply-adds that wait
// for nothing, and memory that is only passed through. Served by src/kernels/ceiling.ts.
#include "../kernels.h"
#include "../simd/vec.h"

namespace ISA {
namespace {

/** Enough sums that none is waited for (two units with a delay of four to six), and few enough for
 * 16 registers. */
constexpr size_t sums = 12;

/** sum = sum · x + y, over and over; the result is for nobody, but it keeps the work from being
 * left out. */
float multiplyAdds(size_t rounds, float x, float y) {
  Vec sum[sums];
#pragma GCC unroll 12
  for (size_t i = 0; i < sums; i++) sum[i] = Vec::all(float(i));
  const Vec factor = Vec::all(x), term = Vec::all(y);
  for (size_t round = 0; round < rounds; round++) {
#pragma GCC unroll 12
    for (size_t i = 0; i < sums; i++) sum[i] = fma(sum[i], factor, term);
  }
#pragma GCC unroll 12
  for (size_t i = 1; i < sums; i++) sum[0] = sum[0] + sum[i];
  float lanes[Vec::lanes];
  sum[0].store(lanes);
  return lanes[0];
}

/** y = a + 1.5 b: two arrays read, one written. */
void triad(const float* a, const float* b, float* y, size_t n) {
  const Vec factor = Vec::all(1.5f);
  size_t i = 0;
  for (; i + 4 * Vec::lanes <= n; i += 4 * Vec::lanes) {
#pragma GCC unroll 4
    for (size_t v = i; v < i + 4 * Vec::lanes; v += Vec::lanes) {
      fma(factor, Vec::load(b + v), Vec::load(a + v)).store(y + v);
    }
  }
  for (; i < n; i++) y[i] = a[i] + 1.5f * b[i];
}

}  // namespace

extern const CeilingKernels ceiling;
const CeilingKernels ceiling = {
    .multiplyAdds = multiplyAdds,
    .flopsPerRound = 2 * sums * Vec::lanes,
    .triad = triad,
};

}  // namespace ISA
