import { describe, expect, it } from 'vitest';
import { tensor } from '../../src/core/tensor.ts';
import { decodePng, encodePng } from '../../src/io/png.ts';
import { scatterPicture, scatterSvg } from '../../src/io/scatter.ts';

const scatter = {
  points: tensor([
    [0, 0, 0],
    [1, 2, 3],
    [2, 1, -4],
  ]),
  labels: Uint8Array.of(0, 5, 9),
  title: 'Codes < of & "three"',
};

describe('scatterSvg', () => {
  it('writes each point as its digit on its colour, and marks of XML spelt out', () => {
    const svg = scatterSvg(scatter);
    for (const [colour, digit] of [
      ['rgb(128,0,255)', 0],
      ['rgb(155,251,165)', 5],
      ['rgb(255,0,0)', 9],
    ]) {
      const box = `<rect class="label"[^>]*fill="${colour}"/><text[^>]*>${digit}</text>`;
      const found = svg.match(new RegExp(box.replaceAll('(', '\\(').replaceAll(')', '\\)'), 'g'));
      expect(found, `${digit} at its point and in the legend`).toHaveLength(2);
    }
    expect(svg).toContain('>Codes &#60; of &#38; &#34;three&#34;<');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('leaves each point its colour: no rule of the style sheet fills it', () => {
    const sheet = /<style>(.*)<\/style>/.exec(scatterSvg(scatter))?.[1] ?? '';
    const rules = [...sheet.matchAll(/([^{}]+)\{([^{}]*)\}/g)];
    const filling = rules.filter(([, , body = '']) => /\bfill:/.test(body));
    expect(filling.map(([, selector]) => selector)).not.toContain('.label');
    expect(filling.map(([, selector]) => selector)).toContain('text.label');
  });
});

describe('scatterPicture', () => {
  it('draws the page of the SVG, twice as large, in the same colours', () => {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(scatterSvg(scatter)) ?? [];
    const picture = scatterPicture(scatter);
    expect([picture.width, picture.height]).toEqual([2 * Number(width), 2 * Number(height)]);
    const seen = new Set<number>();
    const { data } = picture;
    for (let i = 0; i < data.length; i += 3) {
      seen.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
    }
    for (const colour of [0xffffff, 0xf3f3f6, 0x8000ff, 0x9bfba5, 0xff0000]) {
      expect([...seen], colour.toString(16)).toContain(colour);
    }
  });

  it('can be written as a PNG file, at any scale', () => {
    const picture = scatterPicture(scatter, { scale: 0.5 });
    const read = decodePng(encodePng(picture));
    expect([read.width, read.height]).toEqual([picture.width, picture.height]);
    expect(Buffer.compare(read.data, picture.data)).toBe(0);
  });
});
