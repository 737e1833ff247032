// What `npm install` does in a clone: the commit hook, dist/, and the addon where it can be built. The published package
// runs none of this. Nothing here makes an install fail: what could not be done is said.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';
import { buildTs } from './build-ts.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

if (existsSync(`${root}.git`) && existsSync(`${root}.githooks`)) {
  spawnSync('git', ['config', 'core.hooksPath', '.githooks'], { cwd: root, stdio: 'ignore' });
}
buildTs();
if (process.env.TAPEGRAD_SKIP_NATIVE === '1') {
  console.log('native kernels: not built (TAPEGRAD_SKIP_NATIVE is 1)');
} else {
  buildNative({ optional: true });
}
