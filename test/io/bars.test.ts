import { expect, test } from 'vitest';
import { barsPicture } from '../../src/io/bars.ts';

const widths = (picture: string, kind: string) =>
  [...picture.matchAll(new RegExp(`class="${kind}"[^>]* width="([\\d.]+)"`, 'g'))].map(
    ([, width]) => Number(width),
  );

test('bars are as long as their values, and full as far as they say', () => {
  const picture = barsPicture(
    [
      { name: 'a', value: 8, full: 2, note: '8 µs' },
      { name: 'b', value: 4, full: 9, note: '4 µs' },
    ],
    { title: 'T', subtitle: 'S' },
  );
  const [long = 0, short = 0] = widths(picture, 'pale');
  expect(short).toBe(long / 2);
  expect(widths(picture, 'full')).toEqual([long / 4, long / 2]);
});

test('names are escaped, and cut where they are too long', () => {
  const name = `<${'x'.repeat(80)}`;
  const picture = barsPicture([{ name, value: 1, full: 0, note: 'a & b' }], {
    title: 't',
    subtitle: '',
  });
  expect(picture).toContain('&#60;xxx');
  expect(picture).toContain('x…</text>');
  expect(picture).toContain('a &#38; b');
  expect(picture).not.toContain('<xxx');
});
