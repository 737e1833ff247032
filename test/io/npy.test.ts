import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, OptionError } from '../../src/core/errors.ts';
import { fromArray, type Tensor, tensor } from '../../src/core/tensor.ts';
import { decodeNpy, encodeNpy, loadNpy, saveNpy } from '../../src/io/npy.ts';
import * as numpy from './numpy-files.ts';

const seen = (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: t.toArray() });

describe('decodeNpy', () => {
  it('reads what NumPy writes', () => {
    expect(seen(decodeNpy(numpy.float32))).toEqual({
      dtype: 'float32',
      shape: [2, 3],
      values: [
        [1.5, -2, Math.fround(3e-8)],
        [Number.POSITIVE_INFINITY, Number.NaN, 0],
      ],
    });
    expect(seen(decodeNpy(numpy.scalarInt32))).toEqual({ dtype: 'int32', shape: [], values: 7 });
  });

  it('reads columns first (Fortran order) and version 2', () => {
    expect(seen(decodeNpy(numpy.fortranFloat64))).toEqual({
      dtype: 'float64',
      shape: [2, 3],
      values: [
        [0, 1, 2],
        [3, 4, 5],
      ],
    });
    const counted = tensor(
      Int32Array.from({ length: 24 }, (_, i) => i),
      [2, 3, 4],
    );
    expect(seen(decodeNpy(numpy.fortranInt32))).toEqual(seen(counted));
  });

  it('makes int32 of uint8, truths and int64 that fits', () => {
    const int32 = { dtype: 'int32', shape: [2] };
    expect(seen(decodeNpy(numpy.uint8))).toEqual({ ...int32, shape: [3], values: [0, 128, 255] });
    expect(seen(decodeNpy(numpy.bool))).toEqual({ ...int32, values: [1, 0] });
    expect(seen(decodeNpy(numpy.int64))).toEqual({ ...int32, values: [1, -2] });
    expect(() => decodeNpy(numpy.largeInt64, 'a.npy')).toThrow(
      new DataError('a.npy: byte 136: 1099511627776; want whole numbers of 32 bits', {
        file: 'a.npy',
        byte: 136,
      }),
    );
  });

  it('says what it cannot read', () => {
    const at = (byte: number, message: string) =>
      new DataError(`a.npy: byte ${byte}: ${message}`, { file: 'a.npy', byte });
    const types = "want one of <f4, <f8, <i4, |u1, |b1, <i8. astype('float32') makes it so";
    const reading = (file: Buffer) => () => decodeNpy(file, 'a.npy');
    expect(reading(numpy.bigEndian)).toThrow(at(10, `the type '>f4'; ${types}`));
    expect(reading(numpy.records)).toThrow(
      at(10, `the type [('a', '<i4'), ('b', '<f4')]; ${types}`),
    );
    const file = numpy.float32;
    expect(reading(Buffer.from('hello'))).toThrow(at(0, 'not the mark of NumPy; want a .npy file'));
    expect(reading(file.subarray(0, 8))).toThrow(at(8, 'the file ends; want a header'));
    expect(reading(file.subarray(0, 60))).toThrow(
      at(60, 'the file ends inside the header; want 128 bytes or more'),
    );
    expect(reading(file.subarray(0, 150))).toThrow(
      at(150, "22 bytes of numbers; want 24 for '<f4' [2,3]"),
    );
    expect(reading(Buffer.concat([file, Buffer.alloc(1)]))).toThrow(
      at(152, "25 bytes of numbers; want 24 for '<f4' [2,3]"),
    );
    const future = Buffer.from(file);
    future[6] = 4;
    expect(reading(future)).toThrow(at(6, 'version 4; want 1, 2 or 3'));
    const nonsense = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\0\x03\0', 'latin1'),
      Buffer.from('{ }'),
    ]);
    expect(reading(nonsense)).toThrow(
      at(10, "the header { }; want 'descr', 'fortran_order' and 'shape'"),
    );
  });
});

describe('encodeNpy', () => {
  it('writes the bytes that NumPy writes', () => {
    for (const file of [numpy.float32, numpy.scalarInt32]) {
      expect(Buffer.from(encodeNpy(decodeNpy(file))).toString('latin1')).toBe(
        file.toString('latin1'),
      );
    }
    const pixels = encodeNpy(decodeNpy(numpy.uint8), { asBytes: true });
    expect(Buffer.from(pixels).toString('latin1')).toBe(numpy.uint8.toString('latin1'));
  });

  it('is undone by decodeNpy for any shape and type', () => {
    const shapes = fc.array(fc.nat(4), { maxLength: 20 }).filter((shape) => {
      return shape.reduce((size, n) => size * n, 1) < 100;
    });
    fc.assert(
      fc.property(shapes, fc.constantFrom('float32', 'float64', 'int32'), (shape, dtype) => {
        const size = shape.reduce((product, n) => product * n, 1);
        const values = Array.from({ length: size }, (_, i) => i - 3);
        const given = tensor(Float64Array.from(values), shape, dtype as 'int32');
        const bytes = encodeNpy(given);
        expect((bytes.length - given.values.byteLength) % 64).toBe(0);
        expect(seen(decodeNpy(bytes))).toEqual(seen(given));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses to write as bytes what is none', () => {
    expect(() => encodeNpy(tensor([0, 0.5]), { asBytes: true })).toThrow(
      new OptionError('npy: element 1 is 0.5; want whole numbers of 0 to 255 to write asBytes'),
    );
    expect(() => encodeNpy(tensor([256]), { asBytes: true })).toThrow(/element 0 is 256/);
    expect(() => encodeNpy(tensor([Number.NaN]), { asBytes: true })).toThrow(/element 0 is NaN/);
  });

  it('goes to a file and comes back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapegrad-npy-'));
    try {
      const path = join(folder, 'codes.npy');
      saveNpy(path, fromArray(Float32Array.of(1, 2), [2, 1]));
      expect(readFileSync(path).length).toBe(136);
      expect(loadNpy(path).toArray()).toEqual([[1], [2]]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
