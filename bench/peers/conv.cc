// oneDNN's convolutions for JavaScript, each way ready for itself: prepare(way, pass, a, b,
// window), run(way), result(way, y), threads(n), chosen(). Way 0 has images NHWC, 1 all arrays as
// oneDNN likes them, 2 that and Winograd's algorithm. Pass 0 has y = conv(a = x, b = filter), 1 dx
// of a = dy and b = filter, 2 dfilter of a = x and b = dy. Arrays come NHWC and HWIO; where they
// lie otherwise they are copied before and after.
#include "library.h"
#include "onednn.h"

namespace {

using namespace dnnl;
using Order = memory::format_tag;

/** As src/kernels/window.ts orders them. */
struct Window {
  int batch, height, width, channels, rows, cols, filters, kernelHeight, kernelWidth, strideHeight,
      strideWidth, dilationHeight, dilationWidth, top, left;
};

/** What a convolution is described by, which oneDNN 2 and 3 take in different places. */
template <class Pass, class... Of>
auto described(const Of&... of) {
  return [=](const auto&... forward) {
#if DNNL_VERSION_MAJOR < 3
    return typename Pass::primitive_desc(typename Pass::desc(of...), cpu(), forward...);
#else
    return typename Pass::primitive_desc(cpu(), of..., forward...);
#endif
  };
}

struct Convolution {
  primitive pass;
  memory a, b, y;
  int aRole, bRole, yRole;
  memory::desc plainY;
};
enum Way { nhwc, blocked, winograd };
Convolution ready[3];

void copy(memory from, memory to) {
  reorder(from, to).execute(queue(), from, to);
  queue().wait();
}

/** The numbers, which lie plainly, in the order that the primitive wants. */
memory ordered(float* numbers, const memory::desc& plain, const memory::desc& wanted) {
  memory to(wanted, cpu());
  copy(memory(plain, cpu(), numbers), to);
  return to;
}

Convolution prepared(Way way, int pass, float* a, float* b, const Window& w) {
  const memory::dims images{w.batch, w.channels, w.height, w.width},
      taps{w.filters, w.channels, w.kernelHeight, w.kernelWidth},
      pixels{w.batch, w.filters, w.rows, w.cols}, strides{w.strideHeight, w.strideWidth},
      before{w.top, w.left},
      after{(w.rows - 1) * w.strideHeight + w.kernelHeight - w.height - w.top,
            (w.cols - 1) * w.strideWidth + w.kernelWidth - w.width - w.left};
  const auto array = [](const memory::dims& sizes, Order order) {
    return memory::desc(sizes, memory::data_type::f32, order);
  };
  const auto plainX = array(images, Order::nhwc), plainFilter = array(taps, Order::hwio),
             plainY = array(pixels, Order::nhwc);
  const Order order = way == nhwc ? Order::nhwc : Order::any;
  const auto x = array(images, order), filter = array(taps, Order::any), y = array(pixels, order);
  const auto kind =
      way == winograd ? algorithm::convolution_winograd : algorithm::convolution_direct;
  const auto forward = described<convolution_forward>(prop_kind::forward_training, kind, x, filter,
                                                      y, strides, before, after)();
  if (pass == 0) {
    return {convolution_forward(forward),
            ordered(a, plainX, forward.src_desc()),
            ordered(b, plainFilter, forward.weights_desc()),
            memory(forward.dst_desc(), cpu()),
            DNNL_ARG_SRC,
            DNNL_ARG_WEIGHTS,
            DNNL_ARG_DST,
            plainY};
  }
  if (pass == 1) {
    const auto input =
        described<convolution_backward_data>(kind, x, filter, y, strides, before, after)(forward);
    return {convolution_backward_data(input),
            ordered(a, plainY, input.diff_dst_desc()),
            ordered(b, plainFilter, input.weights_desc()),
            memory(input.diff_src_desc(), cpu()),
            DNNL_ARG_DIFF_DST,
            DNNL_ARG_WEIGHTS,
            DNNL_ARG_DIFF_SRC,
            plainX};
  }
  const auto weights =
      described<convolution_backward_weights>(kind, x, filter, y, strides, before, after)(forward);
  return {convolution_backward_weights(weights),
          ordered(a, plainX, weights.src_desc()),
          ordered(b, plainY, weights.diff_dst_desc()),
          memory(weights.diff_weights_desc(), cpu()),
          DNNL_ARG_SRC,
          DNNL_ARG_DIFF_DST,
          DNNL_ARG_DIFF_WEIGHTS,
          plainFilter};
}

napi_value prepare(napi_env env, napi_callback_info info) {
  const Arguments of(env, info);
  ready[of.whole(0)] = prepared(Way(of.whole(0)), of.whole(1), of.data<float>(2), of.data<float>(3),
                                *of.data<Window>(4));
  return nullptr;
}

napi_value run(napi_env env, napi_callback_info info) {
  Convolution& one = ready[Arguments(env, info).whole(0)];
  runRepeatable([&one] {
    one.pass.execute(queue(), {{one.aRole, one.a}, {one.bRole, one.b}, {one.yRole, one.y}});
    queue().wait();
  });
  return nullptr;
}

napi_value result(napi_env env, napi_callback_info info) {
  const Arguments of(env, info);
  const Convolution& one = ready[of.whole(0)];
  copy(one.y, memory(one.plainY, cpu(), of.data<float>(1)));
  return nullptr;
}

}  // namespace

LIBRARY({"prepare", orError<prepare>}, {"run", orError<run>}, {"result", orError<result>})
