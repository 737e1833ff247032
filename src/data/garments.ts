/**
 * Garments drawn by code, for machines that have no Fashion-MNIST: flat pieces of cloth, cut from profiles, with weave,
 * folds, patterns and shadows.
 */
import { Cloth, type Cloths, fillBand, middle } from './cloth.ts';
import { type Dice, type DrawnSet, type DrawnSetOptions, drawLine, drawSet } from './drawn-set.ts';
import type { ImageSet } from './image-set.ts';
import { ankleBoot, sandal, sneaker } from './shoes.ts';
import { coat, dress, pullover, shirt, tShirt } from './tops.ts';

const classes = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

export const garmentSet: DrawnSet = {
  name: 'garments',
  classes,
  source: 'The embedded garments, drawn by code',
  draw: drawGarment,
};

export function garments(options: DrawnSetOptions = {}): ImageSet {
  return drawSet(garmentSet, options);
}

/** Chosen anew for each garment. */
const cloths: Cloths = {
  cloth: new Cloth(),
  trim: new Cloth(),
  shadowed: new Cloth(),
  nothing: new Cloth(),
};

/** One after another as in `classes`. */
const drawers: readonly ((cloths: Cloths, dice: Dice, image: Uint8Array) => void)[] = [
  tShirt,
  trouser,
  pullover,
  dress,
  coat,
  sandal,
  shirt,
  sneaker,
  bag,
  ankleBoot,
];

/** How many of each class are of a patterned cloth. */
const patterned = [0.2, 0.1, 0.2, 0.3, 0.15, 0, 0.4, 0.03, 0.1, 0.03];

function drawGarment(label: number, dice: Dice, image: Uint8Array): void {
  cloths.cloth.choose(dice, patterned[label] ?? 0);
  cloths.trim.choose(dice, 0);
  drawers[label]?.(cloths, dice, image);
}

function trouser(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { cloth, shadowed } = cloths;
  const top = dice.between(0, 1);
  const waist = dice.between(3.6, 5);
  const hip = waist + dice.between(0.3, 1.5);
  const crotch = dice.between(7, 10);
  const leg = dice.between(2.4, 4.8);
  const spread = dice.between(-0.5, 2.4);
  const flare = dice.chance(0.2) ? dice.between(0.5, 1.6) : dice.between(-1, 0.3);
  const bottom = dice.between(26.5, 28);
  const crooked = dice.normal(0.4);
  for (const hand of [-1, 1]) {
    // Distances from the middle line: [height, inner, outer].
    const bend = hand * crooked;
    const knots: readonly (readonly [number, number, number])[] = [
      [top, -0.3, waist],
      [crotch - 2, -0.3, hip],
      [crotch, 0.1, hip],
      [crotch + 1.5, 0.35 + 0.1 * spread, hip],
      [18, spread * 0.6 + 0.5 + bend, spread * 0.6 + 0.5 + leg + 0.4 + bend],
      [bottom, spread + 0.4 - flare / 2 + bend, spread + 0.4 + leg + flare / 2 + bend],
    ];
    const band = knots.flatMap(([at, inner, outer]) =>
      hand < 0 ? [at, middle - outer, middle - inner] : [at, middle + inner, middle + outer],
    );
    fillBand(band, 'rows', cloth, image);
  }
  if (dice.chance(0.5)) {
    const band = [top, middle - waist, middle + waist, top + 1.2, middle - waist, middle + waist];
    shadowed.copy(cloth).dim(dice.between(0.1, 0.5));
    fillBand(band, 'rows', shadowed, image);
  }
}

function bag(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { cloth, trim, shadowed } = cloths;
  const half = dice.between(9, 13.9);
  const bottom = dice.between(23.5, 27.8);
  const height = dice.between(10, 22);
  const y = bottom - height;
  const narrow = dice.between(-0.5, 3);
  const round = dice.between(0.3, 2);
  if (dice.chance(0.75)) {
    // The handle: an arch, or a strap with a tip.
    const foot = dice.between(2.5, half - narrow - 0.5);
    const rise = Math.min(y + 1, dice.between(4, 13));
    const thick = dice.between(0.35, 0.9);
    const light = cloth.brightness * dice.between(0.5, 1.1) + 20;
    const sharp = dice.between(0.4, 1.2);
    let before = middle - foot - 0.5;
    for (let step = 1; step <= 8; step++) {
      const x = middle - foot - 0.5 + (2 * foot * step) / 8;
      const heightAt = (at: number) =>
        rise * Math.abs(1 - ((at + 0.5 - middle) / foot) ** 2) ** sharp;
      drawLine(
        before,
        y + 0.5 - heightAt(before),
        x,
        y + 0.5 - heightAt(x),
        thick,
        1,
        Math.min(255, light),
        image,
      );
      before = x;
    }
  }
  const knots = [
    ...[y, middle - half + narrow + round, middle + half - narrow - round],
    ...[y + round, middle - half + narrow, middle + half - narrow],
    ...[bottom - round, middle - half, middle + half],
    ...[bottom, middle - half + round, middle + half - round],
  ];
  fillBand(knots, 'rows', cloth, image);
  if (dice.chance(0.45)) {
    // The flap, and the shadow under it.
    const end = y + height * dice.between(0.3, 0.65);
    const at = half - narrow / 2 - 0.3;
    shadowed.copy(dice.chance(0.3) ? trim : cloth).dim(dice.between(-0.15, 0.3));
    const flap = [y + 0.4, middle - at + 0.8, middle + at - 0.8, end, middle - at, middle + at];
    fillBand(flap, 'rows', shadowed, image);
    shadowed.dim(0.5);
    fillBand(
      [end, middle - at, middle + at, end + 0.7, middle - at, middle + at],
      'rows',
      shadowed,
      image,
    );
  }
  if (dice.chance(0.5)) {
    const [x, at] = [middle + dice.between(-1, 1), y + height * dice.between(0.25, 0.6)];
    fillBand([at, x - 1, x + 1, at + dice.between(1, 2.2), x - 1, x + 1], 'rows', trim, image);
  }
  if (dice.chance(0.25)) {
    for (const x of [middle - half * 0.5, middle + half * 0.5]) {
      fillBand([y, x - 0.6, x + 0.6, bottom, x - 0.6, x + 0.6], 'rows', trim, image);
    }
  }
}
