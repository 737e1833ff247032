import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { tensor, Variable } from '../../src/core/tensor.ts';
import { zeros } from '../../src/core/zeros.ts';
import { bytesPastLine, loadNative } from '../../src/kernels/native.ts';

describe('memory of arrays', () => {
  it('is zero and belongs to one array only', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 600 }), { maxLength: 60 }), (sizes) => {
        const arrays = sizes.map((size) => zeros(size));
        for (const [i, array] of arrays.entries()) {
          expect(array.length).toBe(sizes[i]);
          expect(array.every((number) => number === 0)).toBe(true);
          array.fill(i + 1);
        }
        for (const [i, array] of arrays.entries()) {
          expect(array.every((number) => number === i + 1)).toBe(true);
        }
      }),
    );
  });

  it('is shared by small ones, from 17 numbers to 512', () => {
    expect([16, 17, 512, 513].map((size) => zeros(size).buffer.byteLength)).toEqual([
      64,
      1 << 14,
      1 << 14,
      4 * 513,
    ]);
  });

  it('begins at a line of the cache from 4,096 numbers on, where the kernels are native', () => {
    const arrays = [4096, 5000, 100_352].flatMap((size) => {
      const copied = tensor(new Float32Array(size).subarray(1), [size - 1]);
      return [zeros(size), copied.values, new Variable(copied).values];
    });
    expect(arrays.slice(0, 4).map(({ length }) => length)).toEqual([4096, 4095, 4095, 5000]);
    const large = arrays.filter(({ length }) => length >= 4096);
    expect(large.map(bytesPastLine)).toEqual(large.map(() => 0));
    expect(bytesPastLine(zeros(5000).subarray(1))).toBe(loadNative() ? 4 : 0);
  });

  it('is not said to be missing where the kernels refuse their settings', async () => {
    vi.resetModules();
    vi.stubEnv('TAPEGRAD_BACKEND', 'foo');
    const { allocate } = await import('../../src/core/tensor.ts');
    expect(() => allocate('float32', 5000)).toThrow("TAPEGRAD_BACKEND is 'foo'; want native or");
    vi.unstubAllEnvs();
    expect(() => allocate('float32', 1e12)).toThrow('more than there is memory for');
  });

  it('stays with its arrays when one of them is transferred', () => {
    const [one, other] = [zeros(20).fill(1), zeros(20).fill(2)];
    try {
      expect(structuredClone(one, { transfer: [one.buffer as ArrayBuffer] })).toEqual(one);
    } catch (error) {
      expect((error as Error).name).toBe('DataCloneError'); // from Node 21 on
    }
    expect([one[0], other[0]]).toEqual([1, 2]);
  });
});
