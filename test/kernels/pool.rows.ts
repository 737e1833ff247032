import type { Kernels } from '../../src/kernels/reference.ts';
import type { Argument, Bound, Random, Row } from './parity.ts';
import { special } from './parity.ts';
import { type Asked, inputSize, outputSize, windowAsked } from './windows.ts';

function* asked(): Generator<Asked> {
  for (const channels of [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33]) {
    const each = { batch: 2, channels, filters: channels };
    for (const padding of ['VALID', 'SAME'] as const) {
      yield { ...each, height: 5, width: 6, kernel: [2, 2], stride: [2, 2], padding };
      yield { ...each, height: 7, width: 6, kernel: [3, 2], stride: [1, 2], padding };
      yield { ...each, height: 8, width: 7, kernel: [2, 2], stride: [3, 4], padding };
    }
    yield { ...each, height: 2, width: 3, kernel: [5, 4], padding: 'SAME' };
  }
  // Few channels of many images: lanes are images.
  for (const batch of [7, 8, 17, 33]) {
    const few = { batch, height: 6, width: 5, channels: 1, filters: 1 };
    yield { ...few, kernel: [2, 2], stride: [2, 2] };
    yield { ...few, channels: 3, filters: 3, kernel: [3, 2], stride: [1, 2], padding: 'SAME' };
  }
  const many = { batch: 128, channels: 16, filters: 16 };
  yield { ...many, height: 10, width: 10, kernel: [2, 2], stride: [2, 2], padding: 'SAME' };
  yield { ...many, batch: 0, height: 10, width: 10, kernel: [2, 2], stride: [2, 2] };
}

/** Few different numbers, so that windows have equals in them; and special ones. */
function numbers(random: Random, size: number): Float32Array[] {
  return [
    random.floats(size),
    Float32Array.from(random.ints(size, -2, 3)),
    random.floats(size).map((x, i) => (i % 3 === 0 ? (special[i % special.length] as number) : x)),
  ];
}

function row(
  kernel: keyof Kernels,
  bound: Bound,
  sizes: (about: Asked) => readonly number[],
  anyNumbers: boolean,
): Row {
  const inputs = kernel === 'maxPool' || kernel === 'avgPool' || kernel === 'avgPoolGrad' ? 1 : 2;
  return {
    kernel,
    bound,
    outputs: [inputs],
    *calls(random): Generator<Argument[]> {
      for (const about of asked()) {
        const [first = 0, ...rest] = sizes(about);
        const tried = anyNumbers ? numbers(random, first) : [random.floats(first)];
        for (const x of tried) {
          const arrays = rest.map((size, i) =>
            i === rest.length - 1 ? new Float32Array(size).fill(Number.NaN) : random.floats(size),
          );
          yield [x, ...arrays, windowAsked(about)];
        }
      }
    },
  };
}

const exact: Bound = { exact: true };
const terms: Bound = { ofTerms: 1e-6 };

export const rows: readonly Row[] = [
  row('maxPool', exact, (about) => [inputSize(about), outputSize(about)], true),
  row(
    'maxPoolPick',
    exact,
    (about) => [inputSize(about), inputSize(about), outputSize(about)],
    true,
  ),
  row(
    'maxPoolGrad',
    { relative: 1e-6 },
    (about) => [inputSize(about), outputSize(about), inputSize(about)],
    true,
  ),
  row('avgPool', terms, (about) => [inputSize(about), outputSize(about)], false),
  row('avgPoolGrad', terms, (about) => [outputSize(about), inputSize(about)], false),
];
