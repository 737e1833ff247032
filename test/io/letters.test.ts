import { describe, expect, it } from 'vitest';
import { strokesOf } from '../../src/io/letters.ts';

const unknown = JSON.stringify(strokesOf('中'));

describe('strokesOf', () => {
  it('has a shape of its own for every letter and digit', () => {
    const all = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
    const shapes = all.map((letter) => JSON.stringify(strokesOf(letter)));
    expect(new Set([...shapes, unknown]).size).toBe(all.length + 1);
  });

  it('keeps letters between the descender and the cap height', () => {
    const { paths, length } = strokesOf('Áxes of (0, −2.5) |gjpqy| 100 % "ok"?');
    for (const [x, y] of paths.flat()) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(length + 1e-9);
      expect(y).toBeGreaterThanOrEqual(-0.25);
      expect(y).toBeLessThanOrEqual(0.8);
    }
  });

  it('leaves accents out, draws a box for what it does not know, and nothing for nothing', () => {
    expect(strokesOf('é')).toEqual(strokesOf('e'));
    expect(JSON.stringify(strokesOf('文'))).toBe(unknown);
    expect(strokesOf('')).toEqual({ paths: [], length: 0 });
  });
});
