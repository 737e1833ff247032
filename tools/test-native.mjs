// The C++ unit tests: every table of kernels this processor runs, AVX-512 through SIMDe, NEON through qemu, and the
// pool of threads. What a machine lacks is named and left out: apt install cmake g++ libsimde-dev g++-aarch64-linux-gnu
// qemu-user.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** True if it ended well; its output is shown. */
export function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0;
}

/** Configures a build of native/ in `folder`; true if it worked. */
export function configure(folder, ...settings) {
  const quiet = ['--log-level=WARNING', '-Wno-dev'];
  return run('cmake', ['-S', 'native', '-B', folder, ...quiet, ...settings], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Builds and runs the unit tests in a configured folder; only those whose names match, if given; true if they pass. */
export function unitTests(folder, target = 'unit_tests', names = '.') {
  const logs = { stdio: ['ignore', 'ignore', 'inherit'] };
  return (
    run('cmake', ['--build', folder, '--target', target, '-j', '2'], logs) &&
    run('ctest', ['--test-dir', folder, '-R', names, '--output-on-failure', '--no-tests=error'])
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!has('cmake')) {
    console.error('test:native: found no cmake; want cmake and a C++ compiler');
    process.exit(1);
  }
  const strict = '-DTAPEGRAD_WERROR=ON';
  let good = configure('build/unit', strict) && unitTests('build/unit');
  if (process.arch === 'x64') {
    if (has('aarch64-linux-gnu-g++') && has('qemu-aarch64')) {
      const arm64 = [
        '-DCMAKE_SYSTEM_NAME=Linux',
        '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
        '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
        '-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/usr/aarch64-linux-gnu',
      ];
      const folder = 'build/unit-arm64';
      good = configure(folder, strict, ...arm64) && unitTests(folder) && good;
    } else {
      console.log('test:native: NEON left out; want g++-aarch64-linux-gnu and qemu-user');
    }
  }
  process.exit(good ? 0 : 1);
}
