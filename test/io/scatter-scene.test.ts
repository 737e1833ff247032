import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../../src/core/errors.ts';
import { fromArray, tensor } from '../../src/core/tensor.ts';
import type { Scatter } from '../../src/io/scatter-data.ts';
import { boxOfLabel, type Mark, sceneOf } from '../../src/io/scatter-scene.ts';

const corners = [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z) => [x, y, z])));
const cube: Scatter = { points: tensor(corners), labels: corners.map((_, i) => i) };

/** The labels at the points, not those of the legend, which come last. */
function labelsOf(marks: readonly Mark[], points: number): (Mark & { kind: 'label' })[] {
  return marks.flatMap((mark) => (mark.kind === 'label' ? [mark] : [])).slice(0, points);
}
const textsOf = (marks: readonly Mark[], role: string) =>
  marks.flatMap((mark) => (mark.kind === 'text' && mark.role === role ? [mark.text] : []));

describe('sceneOf', () => {
  /**
   * The corners of the unit cube as mpl_toolkits.mplot3d (Matplotlib 3.11) puts them on its page, y upwards, their mean
   * taken off and their length scaled to 1.
   */
  const matplotlib = [
    {
      elevation: 30,
      azimuth: -60,
      page: [
        ...[-0.3715, -0.2233, -0.3888, 0.1359, -0.0914, 0.0115, -0.0953, 0.35],
        ...[0.1049, -0.3789, 0.1101, -0.007, 0.358, -0.1192, 0.374, 0.2311],
      ],
    },
    {
      elevation: -25,
      azimuth: 130,
      page: [
        ...[0.393, -0.2069, 0.3786, 0.1659, 0.0375, -0.0284, 0.036, 0.3699],
        ...[-0.0321, -0.3351, -0.031, 0.0185, -0.3984, -0.1802, -0.3835, 0.1965],
      ],
    },
  ];
  it.each(matplotlib)('sees from $elevation, $azimuth what Matplotlib sees', (seen) => {
    const { marks } = sceneOf({ ...cube, elevation: seen.elevation, azimuth: seen.azimuth });
    const places = labelsOf(marks, 8)
      .sort((a, b) => Number(a.text) - Number(b.text))
      .map(({ centre: [x, y] }) => [x, -y]);
    const mean = [0, 1].map((axis) => places.reduce((sum, at) => sum + (at[axis] ?? 0) / 8, 0));
    const centred = places.flatMap((at) => at.map((value, axis) => value - (mean[axis] ?? 0)));
    const length = Math.hypot(...centred);
    centred.forEach((value, i) => {
      expect(value / length).toBeCloseTo(seen.page[i] ?? 0, 2);
    });
  });

  it('draws the farthest first', () => {
    const order = labelsOf(sceneOf(cube).marks, 8).map(({ size }) => size);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBeGreaterThan(1);
  });

  it('ends the axes at the smallest and the largest value, with round numbers between', () => {
    const points = tensor([
      [-3, 0, 0.25],
      [12, 1, 0.5],
    ]);
    const ticks = textsOf(sceneOf({ points, labels: [0, 1] }).marks, 'tick');
    expect(ticks).toEqual([
      ...['0', '5', '10'],
      ...['0', '0.2', '0.4', '0.6', '0.8', '1'],
      ...['0.25', '0.3', '0.35', '0.4', '0.45', '0.5'],
    ]);
  });

  it('rounds the numbers of axes whose steps are not exact', () => {
    const points = tensor([
      [0, 0, 0],
      [3e-5, 0, 0],
    ]);
    const ticks = textsOf(sceneOf({ points, labels: [0, 1] }).marks, 'tick');
    expect(ticks.slice(0, 6)).toEqual(['0', '5e−6', '1e−5', '1.5e−5', '2e−5', '2.5e−5']);
  });

  it('writes names, legend and title, and says what it left out', () => {
    const points = tensor([
      [1, 2, 3],
      [4, Number.NaN, 6],
      [7, 8, 9],
    ]);
    const { marks } = sceneOf({
      points,
      labels: [0, 1, 1],
      classes: ['Dress', 'Bag'],
      title: 'Codes',
      axisNames: ['a', 'b', 'c'],
    });
    expect(textsOf(marks, 'name')).toEqual(['a', 'b', 'c']);
    expect(textsOf(marks, 'legend')).toEqual(['Dress', 'Bag']);
    expect(textsOf(marks, 'title')).toEqual(['Codes']);
    expect(textsOf(marks, 'note')).toEqual(['1 of 3 points are not finite and are left out']);
    expect(labelsOf(marks, 4).map(({ colour }) => colour)).toEqual([
      [128, 0, 255],
      [255, 0, 0],
      [128, 0, 255],
      [255, 0, 0],
    ]);
  });

  it('keeps all of it on the page, from wherever one looks', () => {
    const numbers = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    const points = fc.array(fc.tuple(numbers, numbers, numbers), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        points,
        fc.integer({ min: -89, max: 89 }),
        fc.integer({ min: -180, max: 180 }),
        fc.boolean(),
        (list, elevation, azimuth, named) => {
          const { width, height, marks } = sceneOf({
            points: fromArray(Float32Array.from(list.flat()), [list.length, 3]),
            labels: list.map((_, i) => i),
            elevation,
            azimuth,
            title: 'A title',
            ...(named ? { classes: list.map((_, i) => `a class called ${i}`) } : {}),
          });
          const outside: Mark[] = [];
          for (const mark of marks) {
            const places =
              mark.kind === 'area'
                ? mark.corners
                : mark.kind === 'line'
                  ? mark.path
                  : [mark.kind === 'text' ? mark.at : mark.centre];
            const room = mark.kind === 'label' ? boxOfLabel(mark).width / 2 : 0;
            for (const [x, y] of places) {
              const inside = x - room >= 20 && x + room <= width - 20;
              if (!inside || y - room < 20 || y + room > height - 20) outside.push(mark);
            }
          }
          expect(outside).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses what it cannot draw', () => {
    expect(() => sceneOf({ points: tensor([[1, 2]]), labels: [0] })).toThrow(
      new ShapeError(
        'scatter: points is [1,2]; want [n,3]. Of longer codes take three columns, or their principal components',
        { shape: [1, 2] },
      ),
    );
    expect(() => sceneOf({ ...cube, labels: [1] })).toThrow(
      new OptionError('scatter: 1 labels for 8 points; want one each'),
    );
    expect(() => sceneOf({ ...cube, classes: ['a', 'b'] })).toThrow(
      new OptionError('scatter: label 2 is 2; want whole numbers from 0 to 1'),
    );
    const lost = tensor([[1, 2, Number.POSITIVE_INFINITY]]);
    expect(() => sceneOf({ points: lost, labels: [0] })).toThrow(
      new OptionError('scatter: no point to draw; want finite numbers'),
    );
  });
});
