/** Garments for the upper body, drawn by code: a body with sleeves, a neck cut out, and what each has on its front. */
import { type Cloths, fillBand, middle } from './cloth.ts';
import type { Dice } from './drawn-set.ts';

type Sleeves = 'none' | 'short' | 'half' | 'long';

interface Top {
  readonly sleeves: Sleeves;
  /** Half the width at the shoulders, under the arms, at the waist and at the hem. */
  readonly shoulder: number;
  readonly chest: number;
  readonly waist: number;
  readonly hem: number;
  readonly top: number;
  readonly waistAt: number;
  readonly bottom: number;
}

/** Body and sleeves; the neck is cut out afterwards. */
function drawTop(cloths: Cloths, top: Top, dice: Dice, image: Uint8Array): void {
  const { cloth, shadowed } = cloths;
  const { shoulder, chest, waist, hem, waistAt, bottom } = top;
  const y = top.top;
  for (const hand of [-1, 1]) drawSleeve(cloths, top, hand, dice, image);
  const neck = dice.between(2, 3);
  const widths = [
    [y, neck],
    [y + 0.6, neck + 1],
    [y + 2.4, shoulder],
    [y + 7, chest],
    [waistAt, waist],
    [bottom, hem],
  ] as const;
  const body = widths.flatMap(([at, half]) => [at, middle - half, middle + half]);
  fillBand(body, 'rows', cloth, image);
  if (top.sleeves === 'short' || top.sleeves === 'none') return;
  // A thin shadow parts the body from its sleeves.
  shadowed.copy(cloth).dim(dice.between(0.2, 0.9));
  const seam = widths.slice(3);
  const left = seam.flatMap(([at, half]) => [at, middle - half - 0.6, middle - half + 0.2]);
  const right = seam.flatMap(([at, half]) => [at, middle + half - 0.2, middle + half + 0.6]);
  fillBand(left, 'rows', shadowed, image);
  fillBand(right, 'rows', shadowed, image);
}

function drawSleeve(cloths: Cloths, top: Top, hand: number, dice: Dice, image: Uint8Array): void {
  const { cloth } = cloths;
  const { sleeves, shoulder, chest } = top;
  if (sleeves === 'none') return;
  const y = top.top;
  const reach = { short: 6.5, half: 12, long: 21 }[sleeves] + dice.between(-1.5, 3);
  const spread = {
    short: dice.between(2.5, 5),
    half: dice.between(2, 4.5),
    long: dice.between(2, 5),
  }[sleeves];
  const width = sleeves === 'short' ? dice.between(3.5, 5) : dice.between(2.8, 4.4);
  const outer = Math.min(13.8, shoulder + spread);
  const end = Math.min(27.5, y + reach);
  // From the shoulder outwards and down; half way along it has nearly reached its full spread.
  const knots: readonly (readonly [at: number, inner: number, outer: number])[] = [
    [y + 0.9, 1.5, shoulder - 1],
    [y + 2.5, shoulder - 2, shoulder + 0.25 * spread],
    [y + 0.45 * reach, Math.min(chest, outer - width) - 1, shoulder + 0.8 * spread],
    [end - 0.8, outer - width, outer],
    [end, outer - width + (sleeves === 'short' ? 1.2 : 0.2), outer - 0.6],
  ];
  const band = knots.flatMap(([at, inner, out]) =>
    hand < 0 ? [at, middle - out, middle - inner] : [at, middle + inner, middle + out],
  );
  fillBand(band, 'rows', cloth, image);
}

/** Cuts the neck out, round or to a point. */
function cutNeck(
  cloths: Cloths,
  y: number,
  wide: number,
  deep: number,
  pointed: boolean,
  image: Uint8Array,
): void {
  const { nothing } = cloths;
  const knots = pointed
    ? [y - 1, middle - wide, middle + wide, y + deep, middle - 0.2, middle + 0.2]
    : [
        ...[y - 1, middle - wide, middle + wide],
        ...[y + 0.5 * deep, middle - 0.85 * wide, middle + 0.85 * wide],
        ...[y + deep, middle - 0.4 * wide, middle + 0.4 * wide],
      ];
  fillBand(knots, 'rows', nothing, image);
}

export function tShirt(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const chest = dice.between(6.3, 9);
  const top = dice.between(0.5, 2.5);
  const sleeves = dice.chance(0.8) ? 'short' : dice.pick(['none', 'half', 'long'] as const);
  const shape: Top = {
    sleeves,
    shoulder: sleeves === 'none' ? dice.between(4.5, 6.5) : chest,
    chest,
    waist: chest - dice.between(-0.3, 1.3),
    hem: chest + dice.between(-0.6, 0.9),
    top,
    waistAt: dice.between(14, 18),
    bottom: dice.between(25, 27.8),
  };
  drawTop(cloths, shape, dice, image);
  if (dice.chance(0.5)) print(cloths, dice, top + dice.between(5, 9), image);
  cutNeck(cloths, top, dice.between(2, 3.8), dice.between(0.8, 3.5), dice.chance(0.3), image);
}

/** Letters, a pocket or a picture on the chest: rows of patches. */
function print(cloths: Cloths, dice: Dice, y: number, image: Uint8Array): void {
  const { trim } = cloths;
  const half = dice.between(1, 4.5);
  const centre = dice.chance(0.2) ? middle + dice.between(2, 3) : middle;
  const rows = 1 + dice.below(4);
  for (let row = 0; row < rows; row++) {
    const height = dice.between(0.8, 2.5);
    const from = centre - half * dice.between(0.5, 1);
    const to = centre + half * dice.between(0.5, 1);
    fillBand([y, from, to, y + height, from, to], 'rows', trim, image);
    y += height + dice.between(0.3, 1);
  }
}

export function pullover(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { trim } = cloths;
  const chest = dice.between(6.8, 9.2);
  const top = dice.between(0.5, 2.5);
  const bottom = dice.between(25, 27.8);
  const shape: Top = {
    sleeves: 'long',
    shoulder: chest + dice.between(-0.8, 0.6),
    chest,
    waist: chest + dice.between(-0.8, 0.6),
    hem: chest + dice.between(-0.8, 0.8),
    top,
    waistAt: dice.between(14, 18),
    bottom,
  };
  drawTop(cloths, shape, dice, image);
  if (dice.chance(0.45)) print(cloths, dice, top + dice.between(6, 9), image);
  if (dice.chance(0.2)) {
    const hood = dice.between(3, 4.5);
    const knots = [
      top - 0.5,
      middle - hood + 1,
      middle + hood - 1,
      top + 3.5,
      middle - hood,
      middle + hood,
    ];
    fillBand(knots, 'rows', trim, image);
  }
  cutNeck(cloths, top, dice.between(1.8, 3.5), dice.between(0.5, 2.2), dice.chance(0.25), image);
}

export function coat(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { trim } = cloths;
  const chest = dice.between(6.5, 8.8);
  const top = dice.between(0.3, 1.8);
  const bottom = dice.between(26, 28);
  const shape: Top = {
    sleeves: 'long',
    shoulder: chest + dice.between(-0.8, 0.4),
    chest,
    waist: chest - dice.between(0, 1.4),
    hem: chest + dice.between(-0.3, 1.3),
    top,
    waistAt: dice.between(13, 17),
    bottom,
  };
  drawTop(cloths, shape, dice, image);
  openFront(cloths, dice, top + dice.between(1, 6), bottom, image);
  if (dice.chance(0.5)) {
    const wide = dice.between(2.5, 4);
    const deep = dice.between(3, 8);
    const knots = [top, middle - wide, middle + wide, top + deep, middle - 0.3, middle + 0.3];
    fillBand(knots, 'rows', trim, image);
  }
  if (dice.chance(0.4)) {
    const y = dice.between(16, 19);
    for (const x of [middle - 4.5, middle + 2]) {
      fillBand([y, x, x + 2.5, y + 0.8, x, x + 2.5], 'rows', trim, image);
    }
  }
  cutNeck(cloths, top, dice.between(1.5, 2.8), dice.between(0.3, 1.6), dice.chance(0.5), image);
}

/** A zip, a row of buttons, or two fronts that do not quite meet. */
function openFront(cloths: Cloths, dice: Dice, from: number, to: number, image: Uint8Array): void {
  const { cloth, trim, shadowed } = cloths;
  const width = dice.between(0.2, 0.7);
  const lean = dice.between(-0.8, 0.8);
  const kind = dice.below(3);
  if (kind === 0) {
    fillBand(
      [from, middle - width, middle + width, to, middle + lean - width, middle + lean + width],
      'rows',
      trim,
      image,
    );
  } else if (kind === 1) {
    shadowed.copy(cloth).dim(dice.between(0.3, 0.7));
    fillBand(
      [from, middle - width, middle + width, to, middle - width, middle + width],
      'rows',
      shadowed,
      image,
    );
  } else {
    const apart = dice.between(2.2, 4);
    for (let y = from; y < to - 1; y += apart) {
      fillBand(
        [y, middle - 0.6, middle + 0.6, y + 1, middle - 0.6, middle + 0.6],
        'rows',
        trim,
        image,
      );
    }
  }
}

export function shirt(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { trim } = cloths;
  const chest = dice.between(6.2, 9);
  const top = dice.between(0.3, 2);
  const bottom = dice.between(25.5, 28);
  const shape: Top = {
    sleeves: dice.pick(['long', 'long', 'long', 'half', 'short'] as const),
    shoulder: chest + dice.between(-0.8, 0.3),
    chest,
    waist: chest - dice.between(-0.3, 1.5),
    hem: chest + dice.between(-0.6, 1.2),
    top,
    waistAt: dice.between(13, 17),
    bottom,
  };
  drawTop(cloths, shape, dice, image);
  if (dice.chance(0.7)) openFront(cloths, dice, top + 2, bottom, image);
  if (dice.chance(0.5)) {
    const wide = dice.between(2.5, 3.8);
    for (const hand of [-1, 1]) {
      const [a, b] = [middle + hand * 0.4, middle + hand * wide];
      const low = Math.min(a, b);
      const high = Math.max(a, b);
      fillBand(
        [top - 0.3, low, high, top + dice.between(1.5, 3), low, low + 1.2],
        'rows',
        trim,
        image,
      );
    }
  }
  cutNeck(cloths, top, dice.between(1.3, 3), dice.between(0.6, 4.5), dice.chance(0.7), image);
}

export function dress(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { trim } = cloths;
  const top = dice.between(0, 1.5);
  const chest = dice.between(3.5, 6);
  const hem = chest + dice.between(-0.8, 6);
  const waistAt = dice.between(9, 13);
  const waist = chest - dice.between(-0.3, 1.3);
  const shape: Top = {
    sleeves: dice.pick(['none', 'none', 'none', 'short', 'half', 'long'] as const),
    shoulder: chest - dice.between(-0.3, 0.8),
    chest,
    waist,
    hem,
    top,
    waistAt,
    bottom: dice.between(25.5, 28),
  };
  drawTop(cloths, shape, dice, image);
  if (dice.chance(0.3)) {
    const belt = [
      waistAt - 0.6,
      middle - waist,
      middle + waist,
      waistAt + 0.6,
      middle - waist,
      middle + waist,
    ];
    fillBand(belt, 'rows', trim, image);
  }
  cutNeck(cloths, top, dice.between(1, 2.6), dice.between(0.5, 4), dice.chance(0.5), image);
}
