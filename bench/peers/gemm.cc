// One library's matrix product for JavaScript. PEER is openblas, blis or onednn; row-major operands, and a transposed one
// is told as such: run(a, b, y, m, k, n, aTransposed, bTransposed), threads(n).
#define openblas 1
#define blis 2
#define onednn 3
#include <node_api.h>
#if PEER == onednn
#include <dnnl.hpp>
#include <omp.h>
#else
extern "C" void cblas_sgemm(int order, int aTransposed, int bTransposed, int m, int n, int k,
                            float alpha, const float* a, int aStride, const float* b, int bStride,
                            float beta, float* y, int yStride);
extern "C" void openblas_set_num_threads(int n);
extern "C" void bli_thread_set_num_threads(long n);
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
  static const engine cpu(engine::kind::cpu, 0);
  static stream queue(cpu);
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
    product = dnnl::matmul({{of[0], of[1], of[2]}, cpu});
#else
    product = dnnl::matmul({cpu, of[0], of[1], of[2]});
#endif
    a = memory(of[0], cpu, g.a), b = memory(of[1], cpu, g.b), y = memory(of[2], cpu, g.y);
    last = g;
  }
  a.set_data_handle(g.a), b.set_data_handle(g.b), y.set_data_handle(g.y);
  product.execute(queue, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, y}});
  queue.wait();
}
void useThreads(int n) { omp_set_num_threads(n); }

#else

void multiply(const Gemm& g) {
  const int rowMajor = 101, plain = 111, transposed = 112;
  cblas_sgemm(rowMajor, g.aTransposed ? transposed : plain, g.bTransposed ? transposed : plain, g.m,
              g.n, g.k, 1, g.a, g.aTransposed ? g.m : g.k, g.b, g.bTransposed ? g.k : g.n, 0, g.y,
              g.n);
}
#if PEER == openblas
void useThreads(int n) { openblas_set_num_threads(n); }
#else
void useThreads(int n) { bli_thread_set_num_threads(n); }
#endif

#endif

int wholeAt(napi_env env, napi_value value) {
  int32_t n = 0;
  napi_get_value_int32(env, value, &n);
  return n;
}
float* floatsAt(napi_env env, napi_value value) {
  void* data = nullptr;
  napi_get_typedarray_info(env, value, nullptr, nullptr, &data, nullptr, nullptr);
  return static_cast<float*>(data);
}
bool truthAt(napi_env env, napi_value value) {
  bool truth = false;
  napi_get_value_bool(env, value, &truth);
  return truth;
}

napi_value run(napi_env env, napi_callback_info info) {
  napi_value of[8];
  size_t count = 8;
  napi_get_cb_info(env, info, &count, of, nullptr, nullptr);
  multiply({floatsAt(env, of[0]), floatsAt(env, of[1]), floatsAt(env, of[2]), wholeAt(env, of[3]),
            wholeAt(env, of[4]), wholeAt(env, of[5]), truthAt(env, of[6]), truthAt(env, of[7])});
  return nullptr;
}

napi_value threads(napi_env env, napi_callback_info info) {
  napi_value of[1];
  size_t count = 1;
  napi_get_cb_info(env, info, &count, of, nullptr, nullptr);
  useThreads(wholeAt(env, of[0]));
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(
    napi_env env, napi_value exports) {
  const auto add = [&](const char* name, napi_callback f) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, f, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  };
  add("run", run);
  add("threads", threads);
  return exports;
}
