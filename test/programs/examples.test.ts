import { describe, expect, it } from 'vitest';
import { setSeed } from '../../src/core/random.ts';
import { digits } from '../../src/data/digits.ts';
import { Examples, readDataSets } from '../../src/programs/examples.ts';

/** Images that are all of one brightness, their number, with that number as the label. */
function numbered(count: number): Examples {
  const images = new Uint8Array(count * 784);
  const labels = Uint8Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count; i++) images.fill(i, i * 784, (i + 1) * 784);
  return new Examples({ images, labels });
}

describe('Examples', () => {
  it('hands out every example once a pass, each pass in another order', () => {
    setSeed(1);
    const examples = numbered(100);
    const passes = [0, 1, 2].map(() => [60, 40].flatMap((size) => examples.nextBatch(size)[1]));
    for (const pass of passes) {
      expect([...pass].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    }
    expect(new Set(passes.map(String)).size).toBe(3);
  });

  it('fills a batch that a pass does not fill from the next one', () => {
    setSeed(1);
    const examples = numbered(10);
    const labels = [7, 7, 7, 9].flatMap((size) => examples.nextBatch(size)[1]);
    for (const from of [0, 10, 20]) expect(new Set(labels.slice(from, from + 10)).size).toBe(10);
  });

  it('keeps images and labels together', () => {
    setSeed(1);
    const [images, labels] = numbered(50).nextBatch(9);
    expect(images.shape).toEqual([9, 784]);
    labels.forEach((label, i) => {
      expect(images.data()[i * 784]).toBe(Math.fround(Math.fround(label) / 255));
      expect(images.data()[i * 784 + 783]).toBe(Math.fround(Math.fround(label) / 255));
    });
  });
});

describe('readDataSets', () => {
  it('leaves the first twelfth of the training images out, as TF1 kept 5,000 of 60,000', () => {
    const set = digits({ train: 24, test: 3 });
    const { train, test } = readDataSets(set);
    expect([train.numExamples, test.numExamples]).toEqual([22, 3]);
    const third = Float32Array.from(set.train.images.subarray(2 * 784, 3 * 784), (b) => b / 255);
    expect(train.images.slice(0, 1).data()).toEqual(third);
    const counts = (labels: Iterable<number>) => [...labels].sort((a, b) => a - b);
    expect(counts(train.nextBatch(22)[1])).toEqual(counts(set.train.labels.subarray(2)));
  });
});
