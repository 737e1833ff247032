/** Sets of images drawn by code: what is drawn depends on the seed and the number of the image, and on nothing else. */
import { setImmediate } from 'node:timers/promises';
import { OptionError } from '../core/errors.ts';
import { normalQuantile, philox } from '../kernels/random.ts';
import type { ImageSet, LabelledImages } from './image-set.ts';

/** Side of every drawn image, in pixels. */
export const side = 28;
const pixels = side * side;

/** The random numbers of one image. */
export class Dice {
  private readonly words = new Uint32Array(4);
  private used = 4;
  private block = 0;
  private index = 0;
  private readonly seedLow: number;
  private readonly seedHigh: number;

  constructor(seed: number) {
    this.seedLow = seed | 0;
    this.seedHigh = Math.floor(seed / 0x100000000) | 0;
  }

  /** Starts the numbers of another image. */
  startImage(index: number): void {
    this.index = index;
    this.block = 0;
    this.used = 4;
  }

  /** In [0, 1). */
  share(): number {
    return this.word() / 0x100000000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.share();
  }

  /** A normal number with this standard deviation, around zero. */
  normal(deviation: number): number {
    return deviation * normalQuantile((this.word() + 0.5) / 0x100000000);
  }

  chance(probability: number): boolean {
    return this.share() < probability;
  }

  below(count: number): number {
    return Math.floor(this.share() * count);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  private word(): number {
    if (this.used === 4) {
      philox(this.seedLow, this.seedHigh, this.block++, this.index, this.words);
      this.used = 0;
    }
    return this.words[this.used++] ?? 0;
  }
}

/** Draws one image of a class into 784 zeros, brightness 0 to 255. */
export type Draw = (label: number, dice: Dice, image: Uint8Array) => void;

export interface DrawnSetOptions {
  readonly train?: number;
  readonly test?: number;
  readonly seed?: number;
}

/** Test images are numbered from here, so that their number does not depend on how many are for training. */
const firstTest = 0x40000000;

/** A set and how its images are drawn. */
export interface DrawnSet extends Pick<ImageSet, 'name' | 'classes' | 'source'> {
  readonly draw: Draw;
}

export function drawSet(set: DrawnSet, options: DrawnSetOptions = {}): ImageSet {
  const work = drawing(set, options);
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

/** The same, with turns for the event loop in between, so that Ctrl-C is heard; throws the signal's reason if one was. */
export async function drawSetInTurns(
  set: DrawnSet,
  options: DrawnSetOptions = {},
  signal?: AbortSignal,
): Promise<ImageSet> {
  const work = drawing(set, options);
  for (;;) {
    const next = work.next();
    await setImmediate();
    signal?.throwIfAborted();
    if (next.done) return next.value;
  }
}

/** Rests after every thousand images, which take some 30 ms. */
function* drawing(
  { draw, ...about }: DrawnSet,
  options: DrawnSetOptions,
): Generator<undefined, ImageSet> {
  const { train = 60_000, test = 10_000, seed = 0 } = options;
  for (const [name, value] of Object.entries({ train, test, seed })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new OptionError(
        `${about.name}: ${name} is ${value}; want a whole number of at least 0`,
      );
    }
  }
  function* drawMany(first: number, count: number): Generator<undefined, LabelledImages> {
    const images = new Uint8Array(count * pixels);
    const labels = new Uint8Array(count);
    const dice = new Dice(seed);
    for (let i = 0; i < count; i++) {
      dice.startImage(first + i);
      const label = dice.below(about.classes.length);
      labels[i] = label;
      draw(label, dice, images.subarray(i * pixels, (i + 1) * pixels));
      if (i % 1000 === 999) yield;
    }
    return { images, labels, count };
  }
  return {
    ...about,
    height: side,
    width: side,
    train: yield* drawMany(0, train),
    test: yield* drawMany(firstTest, test),
  };
}

/**
 * Draws a line with round ends, brightest where lines cross: a pixel is lit by its distance from it. `softness` is the
 * width of the edge, half of it within the radius. Pixel (x, y) has its centre at x, y.
 */
export function drawLine(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radius: number,
  softness: number,
  brightness: number,
  image: Uint8Array,
): void {
  const dx = bx - ax;
  const dy = by - ay;
  const reach = radius + softness / 2;
  const core = Math.max(0, radius - softness / 2);
  const reachSquared = reach * reach;
  const coreSquared = core * core;
  const perLengthSquared = 1 / (dx * dx + dy * dy + 1e-9);
  const perSoftness = brightness / softness;
  const left = Math.max(0, Math.ceil(Math.min(ax, bx) - reach));
  const right = Math.min(side - 1, Math.floor(Math.max(ax, bx) + reach));
  const top = Math.max(0, Math.ceil(Math.min(ay, by) - reach));
  const bottom = Math.min(side - 1, Math.floor(Math.max(ay, by) + reach));
  for (let y = top; y <= bottom; y++) {
    const py = y - ay;
    for (let x = left; x <= right; x++) {
      const at = y * side + x;
      const before = image[at] ?? 0;
      if (before >= brightness) continue;
      const px = x - ax;
      // The nearest point of the line is a + t (dx, dy), 0 ≤ t ≤ 1.
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) * perLengthSquared));
      const ox = px - t * dx;
      const oy = py - t * dy;
      const squared = ox * ox + oy * oy;
      if (squared >= reachSquared) continue;
      const inside = squared > coreSquared ? reach - Math.sqrt(squared) : softness;
      const now = perSoftness * inside;
      if (now > before) image[at] = now;
    }
  }
}
