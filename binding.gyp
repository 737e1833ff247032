# The users' build, by npm's own node-gyp. Sources, instruction sets and flags stand in native/sources.gypi, which
# native/CMakeLists.txt reads too: one static library per instruction set from the same sources, and the addon.
{
  'includes': ['native/sources.gypi'],
  'target_defaults': {
    'cflags!': ['-O2', '-fno-omit-frame-pointer'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['<@(flags)'],
    'default_configuration': 'Release',
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
    },
    'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['<@(msvc_flags)']}},
  },
  'targets': [
    {
      'target_name': 'tapegrad',
      'sources': ['<@(addon_sources)'],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS',
        # A call that is under way when its thread ends has nobody to throw to.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'cflags_cc!': ['-fno-exceptions'],
      'xcode_settings': {'GCC_ENABLE_CPP_EXCEPTIONS': 'YES'},
      'msvs_settings': {'VCCLCompilerTool': {'ExceptionHandling': 1}},
      'conditions': [
        ['target_arch=="x64"', {'dependencies': ['kernels_baseline', 'kernels_avx2', 'kernels_avx512']}],
        ['target_arch=="arm64"', {'dependencies': ['kernels_neon']}],
        ['target_arch!="x64" and target_arch!="arm64"', {'dependencies': ['kernels_baseline']}],
        # Threads of the pool outlive a worker that unloads the addon; their code must stay where it is.
        ['OS=="linux"', {'ldflags': ['-Wl,-z,nodelete']}],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="arm64"', {
      'targets': [{
        'target_name': 'kernels_neon',
        'type': 'static_library',
        'sources': ['<@(kernel_sources)'],
        'defines': ['ISA=neon'],
        'cflags_cc': ['<@(kernel_flags)', '<@(neon_flags)'],
        'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(kernel_flags)', '<@(neon_flags)']},
      }],
    }, {
      'targets': [{
        'target_name': 'kernels_baseline',
        'type': 'static_library',
        'sources': ['<@(kernel_sources)'],
        'defines': ['ISA=baseline'],
        'cflags_cc': ['<@(kernel_flags)', '<@(baseline_flags)'],
        'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(kernel_flags)', '<@(baseline_flags)']},
      }],
    }],
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'sources': ['<@(kernel_sources)'],
          'defines': ['ISA=avx2'],
          'cflags_cc': ['<@(kernel_flags)', '<@(avx2_flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(kernel_flags)', '<@(avx2_flags)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['<@(avx2_msvc_flags)']}},
        },
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'sources': ['<@(kernel_sources)'],
          'defines': ['ISA=avx512'],
          'cflags_cc': ['<@(kernel_flags)', '<@(avx512_flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(kernel_flags)', '<@(avx512_flags)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['<@(avx512_msvc_flags)']}},
        },
      ],
    }],
  ],
}
