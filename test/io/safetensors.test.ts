import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, OptionError } from '../../src/core/errors.ts';
import { fromArray, type Tensor, tensor } from '../../src/core/tensor.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  saveSafetensors,
} from '../../src/io/safetensors.ts';

/** As safetensors.numpy.save (0.8.0) wrote it; what is in it stands in the first test. */
const fromPython: Buffer = Buffer.from(
  '4AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJwcm9ncmFtIjoiZGVlcC1hZSJ9LCJjaGVjayI6eyJkdHlwZSI6IkY2NCIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJlbmNvZGVyL3cxIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOls4LDI0XX0sInN0ZXAiOnsiZHR5cGUiOiJJMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzI0LDI4XX19ICAgICAgIJqZmZmZmbk/AADAPwAAAMAAAAAAAACAfyFOAAA=',
  'base64',
);

const seen = (t: Tensor | undefined) => [t?.dtype, t?.shape, t?.toArray()];

/** A file made by hand. */
function fileOf(header: string, data: number[] = []): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), Buffer.from(data)]);
}

describe('decodeSafetensors', () => {
  it('reads what Python writes', () => {
    const { tensors, metadata } = decodeSafetensors(fromPython);
    expect(metadata).toEqual({ program: 'deep-ae' });
    expect([...tensors.keys()].sort()).toEqual(['check', 'encoder/w1', 'step']);
    expect(seen(tensors.get('encoder/w1'))).toEqual([
      'float32',
      [2, 2],
      [
        [1.5, -2],
        [0, Number.POSITIVE_INFINITY],
      ],
    ]);
    expect(seen(tensors.get('step'))).toEqual(['int32', [], 20001]);
    expect(seen(tensors.get('check'))).toEqual(['float64', [1], [0.1]]);
  });

  it('reads a header without padding, whose numbers start anywhere', () => {
    const file = fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', [0, 0, 128, 63]);
    expect(seen(decodeSafetensors(file).tensors.get('a'))).toEqual(['float32', [1], [1]]);
  });

  it('says where a file is damaged', () => {
    const refusal = (file: Buffer, byte: number, message: string) =>
      expect(() => decodeSafetensors(file, 'w')).toThrow(
        new DataError(`w: byte ${byte}: ${message}`, { file: 'w', byte }),
      );
    const entry = (from: number, to: number, more = '"dtype":"F32","shape":[1]') =>
      `{${more},"data_offsets":[${from},${to}]}`;
    refusal(Buffer.alloc(5), 5, 'the file ends; want a length of 8 bytes');
    refusal(
      Buffer.alloc(8, 255),
      0,
      'a header of 18446744073709551615 bytes; want a safetensors file: at most 100000000',
    );
    refusal(
      fileOf('{"a":{}}').subarray(0, 12),
      12,
      'the file ends inside the header; want 16 bytes or more',
    );
    refusal(fileOf('[]'), 8, 'the header is no JSON object; want names with their tensors');
    refusal(fileOf(' {}'), 8, 'the header is no JSON object; want names with their tensors');
    refusal(fileOf('{"__metadata__":{"a":1}}'), 8, '__metadata__ is {"a":1}; want words by name');
    refusal(
      fileOf('{"a":{"dtype":"F32","shape":[1]}}'),
      8,
      'the header says of a {"dtype":"F32","shape":[1]}; want dtype, shape and data_offsets',
    );
    refusal(
      fileOf(`{"a":${entry(0, 4, '"dtype":"BF16","shape":[2]')}}`, [0, 0, 0, 0]),
      8,
      'a is BF16; want F32, I32 or F64',
    );
    refusal(
      fileOf(`{"a":${entry(0, 8)}}`, new Array(8).fill(0)),
      8,
      'a is F32 [1] and takes bytes 0 to 8; want 4 bytes of it',
    );
    refusal(
      fileOf(`{"a":${entry(0, 4)}}`, [1, 2]),
      64,
      'the file ends before a; want 66 bytes or more',
    );
    const twice = fileOf(`{"ä":${entry(0, 4)},"ä":${entry(4, 8)}}`, new Array(8).fill(0));
    refusal(twice, 63, 'the name ä stands twice; want every name once');
    const overlapping = fileOf(`{"a":${entry(0, 4)},"b":${entry(2, 6)}}`, new Array(8).fill(0));
    refusal(overlapping, 117, 'b overlaps a; want it to start at byte 119');
    const gap = fileOf(`{"a":${entry(0, 4)},"b":${entry(5, 9)}}`, new Array(9).fill(0));
    refusal(gap, 120, 'b leaves a gap after a; want it to start at byte 119');
    refusal(
      fileOf(`{"a":${entry(0, 4)}}`, [0, 0, 0, 0, 9]),
      66,
      '1 bytes belong to no tensor; want the end after a',
    );
  });

  it('says that a header is no JSON, or no UTF-8', () => {
    expect(() => decodeSafetensors(fileOf('{"a":'), 'w')).toThrow(
      /^w: byte 8: the header is no JSON \(.+\); want a JSON object$/,
    );
    const latin = fileOf('{"a":1}');
    latin[10] = 0xe4;
    expect(() => decodeSafetensors(latin, 'w')).toThrow(/^w: byte 8: the header is no JSON/);
  });

  it('answers any damage with a DataError or with tensors, never otherwise', () => {
    const good = encodeSafetensors({ a: tensor([1, 2]), b: tensor([[3]], [1, 1], 'float64') });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const bad = Buffer.from(good).subarray(0, length);
        bad[Math.min(at, length)] = byte;
        try {
          decodeSafetensors(bad);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('encodeSafetensors', () => {
  it('pads the header so that numbers start at a multiple of eight, the widest first', () => {
    const bytes = Buffer.from(
      encodeSafetensors(
        { w: fromArray(Float32Array.of(1), [1]), d: fromArray(Float64Array.of(2), []) },
        { by: 'a test' },
      ),
    );
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      __metadata__: { by: 'a test' },
      d: { dtype: 'F64', shape: [], data_offsets: [0, 8] },
      w: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    });
    expect(bytes.readDoubleLE(8 + length)).toBe(2);
    expect(bytes.readFloatLE(16 + length)).toBe(1);
    expect(bytes.length).toBe(20 + length);
  });

  it('is undone by decodeSafetensors, whatever the names', () => {
    const names = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 5 });
    fc.assert(
      fc.property(names, fc.array(fc.nat(3), { maxLength: 3 }), (list, shape) => {
        const size = shape.reduce((product, n) => product * n, 1);
        const types = ['float32', 'float64', 'int32'] as const;
        const tensors = new Map(
          list.map((name, i) => {
            const values = Float64Array.from({ length: size }, (_, at) => at - i);
            return [name, tensor(values, shape, types[i % 3])] as const;
          }),
        );
        const read = decodeSafetensors(encodeSafetensors(tensors)).tensors;
        expect(read.size).toBe(tensors.size);
        for (const [name, t] of tensors) expect(seen(read.get(name))).toEqual(seen(t));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses the one name that is taken', () => {
    expect(() => encodeSafetensors({ __metadata__: tensor([1]) })).toThrow(
      new OptionError('safetensors: a tensor is named __metadata__; want another name', {
        name: '__metadata__',
      }),
    );
  });

  it('goes to a file and comes back, and errors name the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapegrad-safetensors-'));
    try {
      const path = join(folder, 'run', 'weights.safetensors');
      saveSafetensors(path, { w: tensor([1, 2]) }, { program: 'vae' });
      const { tensors, metadata } = loadSafetensors(path);
      expect([metadata, tensors.get('w')?.toArray()]).toEqual([{ program: 'vae' }, [1, 2]]);
      writeFileSync(path, 'nothing');
      expect(() => loadSafetensors(path)).toThrow(`${path}: byte 7: the file ends`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
