// Lays out what is published, in a folder to `npm publish` from: dist/, docs, the addons that were built, and a package.json
// without scripts, so that installing it runs nothing.
//   node tools/package.mjs [folder, else build/package]
//   node tools/package.mjs --addon    only puts this machine's addon into prebuilds/, for `npm pack` in a clone
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The addon of this machine joins those that lie in prebuilds/ already. */
export function stagePackage(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const {
    scripts: _,
    devDependencies: __,
    gypfile: ___,
    binary: ____,
    ...manifest
  } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const parts = ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs', 'dist', 'prebuilds'];
  for (const name of parts.filter((part) => existsSync(join(root, part)))) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  return { native: copyAddon(folder) };
}

/** Puts the addon of this machine among the prebuilt ones of a folder; false if none was built. */
function copyAddon(folder) {
  const addon = join(root, 'build/Release/tapegrad.node');
  if (!existsSync(addon)) return false;
  const place = join(folder, 'prebuilds', `${process.platform}-${process.arch}`);
  mkdirSync(place, { recursive: true });
  cpSync(addon, join(place, 'tapegrad.node'));
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const only = process.argv[2] === '--addon';
  const folder = only ? root : (process.argv[2] ?? join(root, 'build/package'));
  const native = only ? copyAddon(root) : stagePackage(folder).native;
  console.log(`${folder}: ${native ? 'with' : 'without'} the addon of this machine`);
}
