// Twin of src/kernels/optimise.ts. What is left of 1 after a decay rate is taken in double
// precision: 1 - 0.999f has lost four digits.
#include "../kernels.h"
#include "../simd/each-vec.h"

namespace ISA {
namespace {

/** The square root: where estimates are fast, a step of Newton's from one, within 2 units in the
 * last place. At 0 and infinity the step is NaN, and the root is x. */
template <class V>
inline V root(V x) {
  if constexpr (V::tables) {
    const V estimate = rootEstimate(x), y = x * estimate;
    const V closer = fma(y, fnma(y, estimate * V::all(0.5f), V::all(0.5f)), y);
    return select((closer == closer) | (x < V::all(0)), closer, x);
  } else {
    return sqrt(x);
  }
}

/** a / b, likewise. */
template <class V>
inline V quotient(V a, V b) {
  if constexpr (V::tables) {
    const V estimate = reciprocalEstimate(b);
    const V closer = fma(estimate, fnma(b, estimate, V::all(1)), estimate);
    return a * select(closer == closer, closer, estimate);
  } else {
    return a / b;
  }
}

void sgd(float* w, const float* g, float* velocity, size_t n, float rate, double momentum,
         bool nesterov) {
  const Vec r = Vec::all(rate), mu = Vec::all(float(momentum));
  if (velocity == nullptr) {
    eachVec(n, [=](auto get, auto put) { put(get(w) - r * get(g), w); });
    return;
  }
  eachVec(n, [=](auto get, auto put) {
    const Vec step = r * get(g), v = mu * get(velocity) - step;
    put(v, velocity);
    put(get(w) + (nesterov ? mu * v - step : v), w);
  });
}

void rmsprop(float* w, const float* g, float* s, float* mean, float* p, size_t n, float rate,
             double rho, double momentum, double epsilon) {
  const Vec r = Vec::all(rate), share = Vec::all(float(1 - rho)), mu = Vec::all(float(momentum)),
            e = Vec::all(float(epsilon));
  eachVec(n, [=](auto get, auto put) {
    const Vec slope = get(g), square = fma(slope * slope - get(s), share, get(s));
    put(square, s);
    Vec spread = square;
    if (mean != nullptr) {
      const Vec centre = fma(slope - get(mean), share, get(mean));
      put(centre, mean);
      spread = spread - centre * centre;
    }
    Vec step = quotient(r * slope, root(spread + e));
    if (p != nullptr) {
      step = fma(mu, get(p), step);
      put(step, p);
    }
    put(get(w) - step, w);
  });
}

void adagrad(float* w, const float* g, float* s, size_t n, float rate, double epsilon) {
  const Vec r = Vec::all(rate), e = Vec::all(float(epsilon));
  eachVec(n, [=](auto get, auto put) {
    const Vec slope = get(g), square = fma(slope, slope, get(s));
    put(square, s);
    put(get(w) - quotient(r * slope, root(square) + e), w);
  });
}

void adam(float* w, const float* g, float* m, float* v, size_t n, float rate, float decay,
          double beta1, double beta2, double epsilon) {
  const Vec r = Vec::all(rate), d = Vec::all(decay), share1 = Vec::all(float(1 - beta1)),
            share2 = Vec::all(float(1 - beta2)), e = Vec::all(float(epsilon));
  eachVec(n, [=](auto get, auto put) {
    const Vec slope = get(g), weight = get(w);
    const Vec first = fma(share1, slope - get(m), get(m));
    const Vec second = fma(share2, slope * slope - get(v), get(v));
    put(first, m);
    put(second, v);
    put((weight - d * weight) - quotient(r * first, root(second) + e), w);
  });
}

}  // namespace

extern const OptimiseKernels optimise;
const OptimiseKernels optimise = {
    .sgd = sgd,
    .rmsprop = rmsprop,
    .adagrad = adagrad,
    .adam = adam,
};

}  // namespace ISA
