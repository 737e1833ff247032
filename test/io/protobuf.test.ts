import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, double, float, integer, message } from '../../src/io/protobuf.ts';
import { decodeMessage, doubleAt, floatAt, numberAt, textAt } from './event-reader.ts';

describe('protobuf', () => {
  it('writes the examples of the encoding guide byte for byte', () => {
    expect([...integer(1, 150)]).toEqual([0x08, 0x96, 0x01]);
    expect([...bytes(2, 'testing')]).toEqual([0x12, 0x07, ...Buffer.from('testing')]);
    expect([...bytes(3, integer(1, 150))]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...integer(1, -2)]).toEqual([0x08, 0xfe, ...new Array(8).fill(0xff), 0x01]);
  });

  it('is read back by an independent reader', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.double(),
        fc.float(),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.integer({ min: 5, max: 536870911 }),
        (whole, wide, narrow, text, field) => {
          const read = decodeMessage(
            message(integer(1, whole), double(2, wide), float(3, narrow), bytes(field, text)),
          );
          expect(numberAt(read, 1)).toBe(whole);
          expect(doubleAt(read, 2)).toBe(wide);
          expect(floatAt(read, 3)).toBe(narrow);
          expect(textAt(read, field)).toBe(text);
        },
      ),
      { numRuns: 100 },
    );
  });
});
