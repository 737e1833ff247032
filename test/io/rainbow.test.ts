import { describe, expect, it } from 'vitest';
import { inkOn, rainbow } from '../../src/io/rainbow.ts';

describe('rainbow', () => {
  it('gives the ten digits the colours that Matplotlib 3.11 gives them', () => {
    // cm.rainbow(int(255 * S / 9)) for S from 0 to 9, times 255.
    const digits = Array.from({ length: 10 }, (_, s) => rainbow(Math.floor((255 * s) / 9)));
    expect(digits).toEqual([
      [128, 0, 255],
      [72, 86, 251],
      [16, 162, 240],
      [42, 221, 221],
      [98, 251, 196],
      [155, 251, 165],
      [212, 221, 128],
      [255, 165, 88],
      [255, 89, 45],
      [255, 0, 0],
    ]);
  });

  it('stops at its ends', () => {
    expect(rainbow(-3)).toEqual(rainbow(0));
    expect(rainbow(300)).toEqual(rainbow(255));
  });
});

describe('inkOn', () => {
  it('writes white on dark colours and black on light ones', () => {
    expect(inkOn([0, 0, 0])).toEqual([255, 255, 255]);
    expect(inkOn([128, 0, 255])).toEqual([255, 255, 255]);
    expect(inkOn([255, 255, 255])).toEqual([0, 0, 0]);
    expect(inkOn([155, 251, 165])).toEqual([0, 0, 0]);
  });
});
