/** Cases that tools/fixtures.py wrote with another engine: reads them, runs them on a table of kernels, compares. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { type Dtype, fromArray, Tensor, tensor } from '../../src/core/tensor.ts';
import { useKernels } from '../../src/kernels/active.ts';
import { loadNative, nativeInfo } from '../../src/kernels/native.ts';
import { type Kernels, reference } from '../../src/kernels/reference.ts';
import * as ops from '../../src/ops/index.ts';

interface Written {
  /** Shape. */
  s: number[];
  /** Numbers; those JSON has no word for are in quotes. */
  v: (number | string)[];
  /** 1 for int32. */
  i?: 1;
}

interface Case {
  op: string;
  in: Written[];
  extra?: unknown[];
  y: Written[];
  /** What arrives from above each output, and the gradient that goes to each float input. */
  dy?: Written[];
  dx?: Written[];
  /** For float64 only: float32 rounds it to something else. */
  exact?: 1;
}

type AnyOp = (...args: unknown[]) => unknown;
const takesList = new Set(['concat', 'stack']);

function read(t: Written, dtype: Dtype): Tensor {
  return fromArray(tensor(t.v.map(Number), [t.v.length], t.i ? 'int32' : dtype).values, t.s);
}

/** The outputs of a call in a list, however the op returns them. */
function outputsOf(c: Case, inputs: readonly Tensor[]): Tensor[] {
  const op = (ops as unknown as Record<string, AnyOp>)[c.op] as AnyOp;
  const extra = (c.extra ?? []).map((e) =>
    typeof e === 'string' && !Number.isNaN(Number(e)) ? Number(e) : (e ?? undefined),
  );
  const y = takesList.has(c.op) ? op(inputs, ...extra) : op(...inputs, ...extra);
  if (y instanceof Tensor) return [y];
  return Object.values(y as Record<string, Tensor>);
}

/** What is off in a case, in words; nothing if all is right. */
function faultsOf(c: Case, dtype: Dtype, tolerance: number): string[] {
  const inputs = c.in.map((t) => read(t, dtype));
  const tape = new GradientTape();
  const sources = inputs.filter((t) => t.dtype !== 'int32');
  tape.watch(...sources);
  const dy = (c.dy ?? []).map((t) => read(t, dtype));
  const { y, loss } = tape.record(() => {
    const y = outputsOf(c, inputs);
    const floats = y.filter((t) => t.dtype !== 'int32');
    const parts = dy.map((d, i) => ops.sum(ops.mul(floats[i] as Tensor, d)));
    return {
      y,
      loss: parts.reduce<Tensor | undefined>((a, b) => (a ? ops.add(a, b) : b), undefined),
    };
  });
  const faults = y.flatMap((t, i) => difference(`y${i}`, t, c.y[i], tolerance));
  if (y.length !== c.y.length) faults.push(`${y.length} outputs, want ${c.y.length}`);
  if (c.dx && loss) {
    const gradients = tape.gradient(loss, sources);
    faults.push(...gradients.flatMap((g, i) => difference(`dx${i}`, g, c.dx?.[i], tolerance)));
  }
  return faults;
}

function difference(
  what: string,
  got: Tensor,
  want: Written | undefined,
  tolerance: number,
): string[] {
  if (want === undefined) return [`${what} is not in the fixture`];
  if (got.shape.join() !== want.s.join()) return [`${what} is [${got.shape}], want [${want.s}]`];
  const off = want.v.findIndex((w, i) => !close(got.values[i] as number, Number(w), tolerance));
  return off < 0 ? [] : [`${what}[${off}] is ${got.values[off]}, want ${want.v[off]}`];
}

function close(got: number, want: number, tolerance: number): boolean {
  if (Object.is(got, want) || got === want) return true;
  return Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
}

/** Where cases run: float64 strictly, float32 on the reference kernels and on the native ones where they are built. */
const places: { name: string; dtype: Dtype; tolerance: number; table: Kernels | undefined }[] = [
  { name: 'float64', dtype: 'float64', tolerance: 1e-9, table: reference },
  { name: 'float32, reference kernels', dtype: 'float32', tolerance: 2e-6, table: reference },
  {
    name: `float32, native kernels (${nativeInfo().facts?.isa ?? 'not built'})`,
    dtype: 'float32',
    tolerance: 2e-6,
    table: nativeInfo().facts === undefined ? undefined : loadNative(),
  },
];

/** Runs the cases of one file, an `it` for each op and place. */
export function compareWithFixtures(family: string): void {
  const file = new URL(`../fixtures/${family}.json`, import.meta.url);
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];
  const names = [...new Set(cases.map((c) => c.op))];
  describe.each(places)('values and gradients as PyTorch has them: $name', (place) => {
    let before: Kernels;
    beforeAll(() => {
      if (place.table) before = useKernels(place.table);
    });
    afterAll(() => {
      if (place.table) useKernels(before);
    });
    it.skipIf(place.table === undefined).each(names)('%s', (name) => {
      const faults = cases
        .filter((c) => c.op === name && !(c.exact && place.dtype === 'float32'))
        .flatMap((c) => {
          const call = `${name}(${c.in.map((t) => `[${t.s}]`)}; ${JSON.stringify(c.extra ?? [])})`;
          return faultsOf(c, place.dtype, place.tolerance).map((fault) => `${call}: ${fault}`);
        });
      expect(faults).toEqual([]);
    });
  });
}
