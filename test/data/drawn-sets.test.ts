import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { digitSet, digits } from '../../src/data/digits.ts';
import { drawSetInTurns } from '../../src/data/drawn-set.ts';
import { garments } from '../../src/data/garments.ts';
import type { LabelledImages } from '../../src/data/image-set.ts';

const size = 784;
const imageOf = ({ images }: LabelledImages, i: number) =>
  images.subarray(i * size, (i + 1) * size);

/** Mean image of each class. */
function means({ images, labels, count }: LabelledImages): Float64Array[] {
  const sums = Array.from({ length: 10 }, () => new Float64Array(size));
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < count; i++) {
    const label = labels[i] ?? 0;
    counts[label] = (counts[label] ?? 0) + 1;
    imageOf({ images, labels, count }, i).forEach((value, at) => {
      const sum = sums[label];
      if (sum !== undefined) sum[at] = (sum[at] ?? 0) + value;
    });
  }
  return sums.map((sum, label) => sum.map((value) => value / (counts[label] ?? 1)));
}

/** Share of test images that lie nearest to the mean image of their own class. */
function nearestMeanAccuracy(train: LabelledImages, test: LabelledImages): number {
  const centres = means(train);
  let right = 0;
  for (let i = 0; i < test.count; i++) {
    const image = imageOf(test, i);
    const distances = centres.map((centre) =>
      image.reduce((sum, value, at) => sum + (value - (centre[at] ?? 0)) ** 2, 0),
    );
    if (distances.indexOf(Math.min(...distances)) === test.labels[i]) right++;
  }
  return right / test.count;
}

describe.each([
  // MNIST: mean pixel 0.13, nearest class mean finds 82 % of its test images. Fashion-MNIST: 0.29 and 68 %.
  { name: 'digits', draw: digits, mean: [0.12, 0.145], accuracy: [0.6, 0.93] },
  { name: 'garments', draw: garments, mean: [0.25, 0.31], accuracy: [0.45, 0.85] },
] as const)('the embedded $name', ({ name, draw, mean, accuracy }) => {
  const set = draw({ train: 1500, test: 300 });

  it('have ten classes, each about equally often, of 28 x 28 pixels', () => {
    expect([set.name, set.height, set.width, set.classes.length]).toEqual([name, 28, 28, 10]);
    expect([set.train.images.length, set.test.images.length]).toEqual([1500 * size, 300 * size]);
    for (let label = 0; label < 10; label++) {
      const count = set.train.labels.filter((l) => l === label).length;
      // 150 expected, standard deviation 12: five of them either way.
      expect(Math.abs(count - 150)).toBeLessThan(60);
    }
  });

  it('are drawn from the seed and the number of the image alone', () => {
    const fewer = draw({ train: 20, test: 7 });
    expect(fewer.train.images).toEqual(set.train.images.subarray(0, 20 * size));
    expect(fewer.train.labels).toEqual(set.train.labels.subarray(0, 20));
    expect(fewer.test.images).toEqual(set.test.images.subarray(0, 7 * size));
    expect(draw({ train: 20, test: 0, seed: 1 }).train.images).not.toEqual(fewer.train.images);
    expect(imageOf(set.test, 0)).not.toEqual(imageOf(set.train, 0));
  });

  it('are about as bright as what they stand for', () => {
    const { images } = set.train;
    const found = images.reduce((sum, byte) => sum + byte, 0) / images.length / 255;
    expect(found).toBeGreaterThan(mean[0]);
    expect(found).toBeLessThan(mean[1]);
  });

  it('can be told apart by their class means, but not all of them', () => {
    const found = nearestMeanAccuracy(set.train, set.test);
    expect(found).toBeGreaterThan(accuracy[0]);
    expect(found).toBeLessThan(accuracy[1]);
  });

  it('are all distinct and none is empty', () => {
    const seen = new Set<string>();
    for (let i = 0; i < set.train.count; i++) {
      const image = imageOf(set.train, i);
      expect(image.filter((byte) => byte > 15).length).toBeGreaterThan(20);
      seen.add(Buffer.from(image).toString('latin1'));
    }
    expect(seen.size).toBe(set.train.count);
  });

  it('refuse a count that is no count', () => {
    expect(() => draw({ train: -1 })).toThrow(
      expect.objectContaining({
        constructor: OptionError,
        message: `${name}: train is -1; want a whole number of at least 0`,
      }),
    );
  });
});

describe('the embedded digits', () => {
  it('are centred by their ink, as in MNIST', () => {
    const { train } = digits({ train: 300, test: 0 });
    for (let i = 0; i < train.count; i++) {
      let [ink, x, y] = [0, 0, 0];
      imageOf(train, i).forEach((value, at) => {
        ink += value;
        x += value * (at % 28);
        y += value * Math.floor(at / 28);
      });
      expect(Math.abs(x / ink - 13.5)).toBeLessThan(1.2);
      expect(Math.abs(y / ink - 13.5)).toBeLessThan(1.2);
    }
  });
});

describe('drawing in turns', () => {
  it('draws what drawing at once does', async () => {
    const sizes = { train: 1003, test: 7, seed: 5 };
    expect(await drawSetInTurns(digitSet, sizes)).toEqual(digits(sizes));
  });

  it('lets others have their turn, and ends when its signal is aborted', async () => {
    const stop = new AbortController();
    const work = drawSetInTurns(digitSet, { train: 100_000, test: 0 }, stop.signal);
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(work).rejects.toThrow('enough');
  });
});
