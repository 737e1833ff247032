/** Reads the sources and fails where the house is no longer in order. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reference } from '../src/kernels/reference.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Imports point left only. What lies in src/ itself gathers the public names. */
const rooms = ['kernels', 'core', 'ops', 'compile', 'io', 'data', 'nn', 'programs', 'cli'] as const;

function filesUnder(folder: string, ending: RegExp): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((path) => ending.test(path))
    .sort();
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Import {
  readonly from: string;
  /** The file it names, or the module's name as written. */
  readonly to: string;
  readonly inside: boolean;
}

const statement =
  /^(?:import|export)\s+(?:type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function importsOf(path: string): Import[] {
  return [...read(path).matchAll(statement)].map(([, fixed, dynamic]) => {
    const name = (fixed ?? dynamic) as string;
    const inside = name.startsWith('.');
    return {
      from: path,
      to: inside ? relative(root, join(root, dirname(path), name)).replaceAll('\\', '/') : name,
      inside,
    };
  });
}

const sources = filesUnder('src', /\.ts$/);
const imports = sources.flatMap(importsOf);
const roomOf = (path: string) => rooms.findIndex((room) => path.startsWith(`src/${room}/`));

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(sources.length);
  });

  it('name node: modules and own files that exist, nothing else', () => {
    const wrong = imports.filter(({ to, inside }) =>
      inside ? !existsSync(join(root, to)) : !to.startsWith('node:'),
    );
    expect(wrong).toEqual([]);
  });

  it('point left', () => {
    const wrong = imports
      .filter(({ inside }) => inside)
      .filter(({ from, to }) => roomOf(from) >= 0 && (roomOf(to) < 0 || roomOf(to) > roomOf(from)))
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('make no circle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to, inside } of imports) {
      if (inside) next.set(from, [...(next.get(from) ?? []), to]);
    }
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, above: readonly string[]) => {
      if (above.includes(path)) {
        circles.push([...above.slice(above.indexOf(path)), path].join(' → '));
        return;
      }
      if (done.has(path)) return;
      for (const to of next.get(path) ?? []) visit(to, [...above, path]);
      done.add(path);
    };
    for (const path of sources) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('come from folders that have a place in the order', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(folders.filter((name) => !rooms.includes(name as (typeof rooms)[number]))).toEqual([]);
  });
});

describe('what stands in one place only', () => {
  /** Files in which the pattern stands, other than those it may stand in. */
  const elsewhere = (files: readonly string[], pattern: RegExp, allowed: RegExp) =>
    files.filter((path) => !allowed.test(path) && pattern.test(read(path)));

  it('the addon is loaded by src/kernels/native.ts', () => {
    const loads = /createRequire|process\.dlopen|\.node['"`]/;
    expect(elsewhere(sources, loads, /^src\/kernels\/native\.ts$/)).toEqual([]);
  });

  it('the environment is read by the commands, and where kernels and data are found', () => {
    const readers = /^src\/(cli\/.*|kernels\/(active|native)|data\/mnist)\.ts$/;
    expect(elsewhere(sources, /process\.env\b/, readers)).toEqual([]);
  });

  const native = filesUnder('native', /\.(cc|h)$/);
  it('napi.h is included by native/addon.cc', () => {
    expect(
      elsewhere(native, /#include\s*[<"](napi|node_api|js_native_api)\.h/, /^native\/addon\.cc$/),
    ).toEqual([]);
  });

  it('intrinsics stand under native/simd/; threads.cc may pause', () => {
    const intrinsics = /\b_mm\d*_(?!pause\b)\w+\(|\bv\w+q_f32\(|#include\s*[<"](arm_neon|simde\/)/;
    expect(elsewhere(native, intrinsics, /^native\/(simd|test)\//)).toEqual([]);
  });

  it('randomness that no seed governs stands where a seed is made', () => {
    const allowed = /^src\/core\/random\.ts$/;
    expect(elsewhere(sources, /Math\.random\(/, allowed)).toEqual([]);
  });
});

describe('kernels', () => {
  it('are listed with their flags in JSON, which CMake and the tools read', () => {
    const { variables } = JSON.parse(read('native/sources.gypi')) as {
      variables: Record<string, string[]>;
    };
    for (const source of variables.kernel_sources ?? [])
      expect(existsSync(join(root, source))).toBe(true);
    expect(variables.avx2_flags).toContain('-mavx2');
  });

  /** Families: the modules that reference.ts gathers. */
  const families = importsOf('src/kernels/reference.ts')
    .map(({ to }) => to.replace(/^src\/kernels\/(.*)\.ts$/, '$1'))
    .filter((name) => name !== 'arrays' && name !== 'window');

  it('are gathered in families', () => {
    expect(families).toEqual(expect.arrayContaining(['elementwise', 'matmul', 'move', 'reduce']));
  });

  it.each(families)('%s has its native twin, and the same names in it', (family) => {
    const twin = `native/kernels/${family}.cc`;
    expect(existsSync(join(root, twin)), twin).toBe(true);
    // A large family goes on in files beside it: conv2d.cc in conv2d-depthwise.cc.
    const beside = filesUnder('native/kernels', new RegExp(`/${family}-[^/]*\\.cc$`));
    const text = [twin, ...beside].map(read).join('\n');
    const here = read(`src/kernels/${family}.ts`);
    const names = Object.keys(reference).filter((name) =>
      new RegExp(`export (const|function) ${name}\\b`).test(here),
    );
    expect(names.length).toBeGreaterThan(0);
    // `cast` may be castToInts and castToFloats there.
    expect(names.filter((name) => !new RegExp(`\\b${name}`).test(text))).toEqual([]);
  });

  it.each(families)('%s has its ops, or what else it serves', (family) => {
    const elsewhere: Readonly<Record<string, string>> = { optimise: 'src/nn/optimisers.ts' };
    const place = elsewhere[family] ?? `src/ops/${family}.ts`;
    expect(existsSync(join(root, place)), place).toBe(true);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, object | undefined>;

  it('needs no other package to run', () => {
    const kinds = [
      'dependencies',
      'optionalDependencies',
      'peerDependencies',
      'bundleDependencies',
    ];
    expect(kinds.filter((kind) => Object.keys(manifest[kind] ?? {}).length > 0)).toEqual([]);
  });

  it('runs nothing when it is installed', () => {
    const hooks = ['preinstall', 'install', 'postinstall'];
    expect(hooks.filter((hook) => hook in (manifest.scripts ?? {}))).toEqual([]);
    // npm builds a binding.gyp that it finds in a package, whatever its scripts say.
    const shipped = (manifest.files ?? []) as string[];
    expect(shipped.filter((path) => /gyp|native|^\.$|\*/.test(path))).toEqual([]);
  });
});

describe('names and paths', () => {
  const code = [
    ...sources,
    ...filesUnder('native', /\.(cc|h)$/),
    ...filesUnder('tools', /\.(mjs|py)$/),
  ];

  it('call no file utils, common or the like', () => {
    const vague = /(^|[/-])(utils?|common|helpers?|misc|manager|base|impl|types)\.\w+$/;
    expect(code.filter((path) => vague.test(path))).toEqual([]);
  });

  it('are lower case with hyphens', () => {
    expect(sources.filter((path) => !/^[a-z0-9/-]+\.ts$/.test(path))).toEqual([]);
  });

  it('put each test beside what it tests', () => {
    const lost = filesUnder('test', /\.test\.ts$/)
      .filter((path) => path.split('/').length > 2)
      .filter((path) => !existsSync(join(root, dirname(path).replace(/^test/, 'src'))));
    expect(lost).toEqual([]);
  });
});
