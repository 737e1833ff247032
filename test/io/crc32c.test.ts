import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/io/crc32c.ts';
import { bitwiseCrc32c } from './event-reader.ts';

describe('crc32c', () => {
  it('gives the values of RFC 3720, appendix B.4', () => {
    const hex = (bytes: readonly number[]) => crc32c(Uint8Array.from(bytes)).toString(16);
    const count = Array.from({ length: 32 }, (_, i) => i);
    expect(hex(count.map(() => 0))).toBe('8a9136aa');
    expect(hex(count.map(() => 255))).toBe('62a8ab43');
    expect(hex(count)).toBe('46dd794e');
    expect(hex(count.toReversed())).toBe('113fdb5c');
  });

  it('gives the check value of 123456789, and nothing for nothing', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it('agrees with the remainder taken bit by bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(crc32c(bytes)).toBe(bitwiseCrc32c(bytes));
      }),
      { numRuns: 50 },
    );
  });
});
