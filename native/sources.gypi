{
  "variables": {
    "kernel_sources": [
      "native/kernels/ceiling.cc",
      "native/kernels/conv2d-depthwise.cc",
      "native/kernels/conv2d-filter-grad.cc",
      "native/kernels/conv2d.cc",
      "native/kernels/elementwise.cc",
      "native/kernels/matmul.cc",
      "native/kernels/move.cc",
      "native/kernels/optimise.cc",
      "native/kernels/pool.cc",
      "native/kernels/random.cc",
      "native/kernels/reduce.cc",
      "native/kernels/resize.cc",
      "native/kernels/table.cc"
    ],
    "addon_sources": ["native/addon.cc", "native/calls.cc", "native/gather.cc", "native/image-calls.cc", "native/pick.cc", "native/plan.cc", "native/processors.cc", "native/threads.cc"],
    "flags": ["-std=c++20", "-O3", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra"],
    "kernel_flags": ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-exceptions", "-fno-rtti"],
    "msvc_flags": ["/std:c++20", "/O2"],
    "sets_x64": ["baseline", "avx2", "avx512"],
    "sets_arm64": ["neon"],
    "baseline_flags": [],
    "neon_flags": [],
    "avx2_flags": ["-mavx2", "-mfma", "-mprfchw"],
    "avx2_msvc_flags": ["/arch:AVX2"],
    "avx512_flags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mprfchw", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
    "avx512_msvc_flags": ["/arch:AVX512"]
  }
}
