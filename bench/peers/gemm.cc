// One library's matrix product for JavaScript. PEER is openblas, blis or onednn; row-major
// operands, and a transposed one is told as such: run(a, b, y, m, k, n, aTransposed, bTransposed),
// threads(n), chosen().
#define openblas 1
#define blis 2
#define onednn 3
#include "library.h"
#if PEER == onednn
#include "onednn.h"
#else
extern "C" void cblas_sgemm(int order, int aTransposed, int bTransposed, int m, int n, int k,
                            float alpha, const float* a, int aStride, const float* b, int bStride,
                            float beta, float* y, int yStride);
extern "C" void openblas_set_num_threads(int n);
extern "C" const char* openblas_get_corename();
extern "C" void bli_thread_set_num_threads(long n);
extern "C" void bli_init();
extern "C" int bli_arch_query_id();
extern "C" const char* bli_arch_string(int id);
#endif

namespace {

struct Gemm {
  float *a, *b, *y;
  int m, k, n;
  bool aTransposed, bTransposed;
};

#if PEER == onednn

/** The primitive for these sizes is made once, as a program that trains would. */
void multiply(const Gemm& g) {
  using namespace dnnl;
  static Gemm last = {};
  static dnnl::matmul product;
  static memory a, b, y;
  if (g.m != last.m || g.k != last.k || g.n != last.n || g.aTransposed != last.aTransposed ||
      g.bTransposed != last.bTransposed) {
    const auto matrix = [](int rows, int cols, bool transposed) {
      const auto order = transposed ? memory::format_tag::ba : memory::format_tag::ab;
      return memory::desc({rows, cols}, memory::data_type::f32, order);
    };
    const memory::desc of[] = {matrix(g.m, g.k, g.aTransposed), matrix(g.k, g.n, g.bTransposed),
                               matrix(g.m, g.n, false)};
#if DNNL_VERSION_MAJOR < 3
    product = dnnl::matmul({{of[0], of[1], of[2]}, cpu()});
#else
    product = dnnl::matmul({cpu(), of[0], of[1], of[2]});
#endif
    a = memory(of[0], cpu(), g.a), b = memory(of[1], cpu(), g.b), y = memory(of[2], cpu(), g.y);
    last = g;
  }
  a.set_data_handle(g.a), b.set_data_handle(g.b), y.set_data_handle(g.y);
  product.execute(queue(), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, y}});
  queue().wait();
}

#else

void multiply(const Gemm& g) {
  const int rowMajor = 101, plain = 111, transposed = 112;
  cblas_sgemm(rowMajor, g.aTransposed ? transposed : plain, g.bTransposed ? transposed : plain, g.m,
              g.n, g.k, 1, g.a, g.aTransposed ? g.m : g.k, g.b, g.bTransposed ? g.k : g.n, 0, g.y,
              g.n);
}
#if PEER == openblas
void useThreads(int n) { openblas_set_num_threads(n); }
const char* chosenKernels() { return openblas_get_corename(); }
#else
void useThreads(int n) { bli_thread_set_num_threads(n); }
const char* chosenKernels() {
  bli_init();
  return bli_arch_string(bli_arch_query_id());
}
#endif

#endif

napi_value run(napi_env env, napi_callback_info info) {
  const Arguments of(env, info);
  const Gemm g = {of.data<float>(0), of.data<float>(1), of.data<float>(2), of.whole(3),
                  of.whole(4),       of.whole(5),       of.truth(6),       of.truth(7)};
  runRepeatable([g] { multiply(g); });
  return nullptr;
}

}  // namespace

LIBRARY({"run", orError<run>})
