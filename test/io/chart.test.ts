import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { lineChart } from '../../src/io/chart.ts';

const labels = { title: 'loss', xLabel: 'step', yLabel: 'error' };
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((m) => m[1]);
const pathsOf = (svg: string) =>
  [...svg.matchAll(/class="line hue\d" d="([^"]*)"/g)].map((m) => m[1]);

describe('lineChart', () => {
  it('labels round numbers on both axes', () => {
    const points = [
      [0, 0.237],
      [20000, 0.0106],
    ] as const;
    const svg = lineChart([{ name: 'loss', points }], labels);
    expect(textsOf(svg)).toEqual([
      ...['loss', '0', '0.05', '0.1', '0.15', '0.2', '0.25'],
      ...['0', '5,000', '10,000', '15,000', '20,000', 'step', 'error'],
    ]);
  });

  it('labels 1, 2 and 5 on a logarithmic axis and leaves out what is not above zero', () => {
    const points = [
      [0, 0.237],
      [1, 0],
      [2, 0.0106],
      [3, 0.0106],
    ] as const;
    const svg = lineChart([{ name: 'loss', points }], { ...labels, yScale: 'log' });
    expect(textsOf(svg).slice(1, 6)).toEqual(['0.01', '0.02', '0.05', '0.1', '0.2']);
    expect(textsOf(svg)).toContain('error (log)');
    expect(pathsOf(svg)[0]?.match(/M/g)).toHaveLength(2);
  });

  it('labels whole numbers alone where all that is counted is whole', () => {
    const ticks = (...epochs: number[]) => {
      const points = epochs.map((epoch) => [epoch, epoch] as const);
      return textsOf(lineChart([{ name: 'a', points }], { ...labels, xLabel: 'epoch' }))
        .join(' ')
        .replace(/ epoch error$/, '');
    };
    expect(ticks(1)).toMatch(/ 1\.6 1$/); // after the last number of the other axis
    expect(ticks(1, 2)).toMatch(/ 2 1 2$/);
    expect(ticks(1, 2, 3)).toMatch(/ 3 1 2 3$/);
    expect(ticks(1, 1.5)).toMatch(/ 1\.1 1\.2 1\.3 1\.4 1\.5$/);
  });

  it('draws a point above another one higher on the page', () => {
    const points = [
      [0, 1],
      [1, 3],
    ] as const;
    const numbers = pathsOf(lineChart([{ name: 'a', points }], labels))[0]?.match(/[\d.]+/g);
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = (numbers ?? []).map(Number);
    expect(x1).toBeGreaterThan(x0);
    expect(y1).toBeLessThan(y0);
  });

  it('keeps the extremes of a long series but not every point', () => {
    const points = Array.from({ length: 50_000 }, (_, i) => [i, i === 31_234 ? 9 : i % 2] as const);
    const path = pathsOf(lineChart([{ name: 'long', points }], labels))[0] ?? '';
    const heights = [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((m) => Number(m[1]));
    expect(heights.length).toBeLessThan(4000);
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(200);
  });

  it('names several series in a legend, with marks of XML spelt out', () => {
    const point = [[1, 1]] as const;
    const svg = lineChart(
      [
        { name: 'a < b', points: point },
        { name: 'c & d', points: point },
      ],
      labels,
    );
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['a &#60; b', 'c &#38; d']));
  });

  it('refuses a chart without a point to draw', () => {
    const points = [[0, Number.NaN]] as const;
    expect(() => lineChart([{ name: 'a', points }], labels)).toThrow(
      new OptionError('lineChart: no point to draw; want finite numbers'),
    );
    expect(() => lineChart([], labels)).toThrow(
      new OptionError('lineChart: 0 series; want 1 to 6'),
    );
  });
});
