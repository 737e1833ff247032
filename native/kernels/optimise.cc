// Twin of src/kernels/optimise.ts. What is left of 1 after a decay rate is taken in double
// precision: 1 - 0.999f has lost four digits.
#include "../kernels.h"
#include "../simd/each-vec.h"

namespace ISA {
namespace {

/** The square root: where estimates are fast, a step of Newton's from one, within 2 units in the
 * last place. */
template <class V>
inline V root(V x) {
  if constexpr (V::tables) {
    const V estimate = rootEstimate(x), y = x * estimate;
    return rootAtEdges(fma(y, fnma(y, estimate * V::all(0.5f), V::all(0.5f)), y), x);
  } else {
    return sqrt(x);
  }
}

/** a / b + c, likewise. */
template <class V>
inline V quotientPlus(V a, V b, V c) {
  if constexpr (V::tables) {
    const V estimate = reciprocalEstimate(b);
    const V closer = fma(estimate, fnma(b, estimate, V::all(1)), estimate);
    return fma(a, reciprocalAtEdges(closer, b), c);
  } else {
    return a / b + c;
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
    const Vec last = p == nullptr ? Vec::all(-0.0f) : mu * get(p);  // -0 changes no sum
    const Vec step = quotientPlus(r * slope, root(spread + e), last);
    if (p != nullptr) put(step, p);
    put(get(w) - step, w);
  });
}

void adagrad(float* w, const float* g, float* s, size_t n, float rate, double epsilon) {
  const Vec back = Vec::all(-rate), e = Vec::all(float(epsilon));
  eachVec(n, [=](auto get, auto put) {
    const Vec slope = get(g), square = fma(slope, slope, get(s));
    put(square, s);
    put(quotientPlus(back * slope, root(square) + e, get(w)), w);
  });
}

void adam(float* w, const float* g, float* m, float* v, size_t n, float rate, float decay,
          double beta1, double beta2, double epsilon) {
  const Vec back = Vec::all(-rate), fade = Vec::all(-decay), share1 = Vec::all(float(1 - beta1)),
            share2 = Vec::all(float(1 - beta2)), e = Vec::all(float(epsilon));
  eachVec(n, [=](auto get, auto put) {
    const Vec slope = get(g), weight = get(w);
    const Vec first = fma(share1, slope - get(m), get(m));
    const Vec second = fma(share2, slope * slope - get(v), get(v));
    put(first, m);
    put(second, v);
    put(quotientPlus(back * first, root(second) + e, fma(fade, weight, weight)), w);
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
