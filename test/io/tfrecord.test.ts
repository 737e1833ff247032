import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/core/errors.ts';
import { frameRecord, readRecords } from '../../src/io/tfrecord.ts';
import { splitRecords } from './event-reader.ts';

const file = Buffer.concat([frameRecord(Buffer.from('one')), frameRecord(Buffer.from('three'))]);

describe('TFRecord', () => {
  it('frames records so that an independent reader and our own find them again', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (records) => {
        const framed = Buffer.concat(records.map(frameRecord));
        const plain = records.map((record) => [...record]);
        expect(splitRecords(framed).map((record) => [...record])).toEqual(plain);
        expect(readRecords(framed).map((record) => [...record])).toEqual(plain);
      }),
      { numRuns: 40 },
    );
  });

  it('says where a file ends too early', () => {
    expect(() => readRecords(file.subarray(0, 30), 'log')).toThrow(
      new DataError('log: byte 30: the file ends inside the header of record 1; want 12 bytes', {
        file: 'log',
        byte: 30,
      }),
    );
    expect(() => readRecords(file.subarray(0, 35), 'log')).toThrow(
      new DataError('log: byte 35: the file ends inside record 1; want 5 bytes of it', {
        file: 'log',
        byte: 35,
      }),
    );
  });

  it('says which part a damaged byte is in', () => {
    const damagedAt = (at: number) => {
      const copy = Buffer.from(file);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return () => readRecords(copy, 'log');
    };
    expect(damagedAt(2)).toThrow(
      new DataError(
        'log: byte 8: the length of record 0 differs from its checksum; want an undamaged TFRecord file',
        { file: 'log', byte: 8 },
      ),
    );
    expect(damagedAt(33)).toThrow(
      new DataError(
        'log: byte 36: record 1 differs from its checksum; want an undamaged TFRecord file',
        { file: 'log', byte: 36 },
      ),
    );
  });

  it('finds every flipped bit and every cut but those between records', () => {
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const copy = Buffer.from(file);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => readRecords(copy), `bit ${bit}`).toThrow(DataError);
    }
    for (let length = 1; length < file.length; length++) {
      if (length === 19) continue;
      expect(() => readRecords(file.subarray(0, length)), `length ${length}`).toThrow(DataError);
    }
  });
});
