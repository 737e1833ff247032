/**
 * Garments drawn by code, for machines that have no Fashion-MNIST: flat pieces of cloth, cut from profiles, with weave,
 * folds, patterns and shadows. Shoes point to the left, as they do there.
 */
import { Cloth, fillBand } from './cloth.ts';
import { type Dice, type Draw, type DrawnSetOptions, drawLine, drawSet } from './drawn-set.ts';
import type { ImageSet } from './image-set.ts';

const classes = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

export function garments(options: DrawnSetOptions = {}): ImageSet {
  const source = 'The embedded garments, drawn by code';
  return drawSet({ name: 'garments', classes, source }, drawGarment, options);
}

const cloth = new Cloth();
const trim = new Cloth();

/** One after another as in `classes`. */
const drawers: readonly ((dice: Dice, image: Uint8Array) => void)[] = [
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

const drawGarment: Draw = (label, dice, image) => {
  cloth.choose(dice, patterned[label] ?? 0);
  trim.choose(dice, 0);
  drawers[label]?.(dice, image);
};

/** The middle of the picture; pixel i covers i to i + 1. */
const middle = 14;

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
function drawTop(top: Top, dice: Dice, image: Uint8Array): void {
  const { shoulder, chest, waist, hem, waistAt, bottom } = top;
  const y = top.top;
  for (const hand of [-1, 1]) drawSleeve(top, hand, dice, image);
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

const shadowed = new Cloth();

function drawSleeve(top: Top, hand: number, dice: Dice, image: Uint8Array): void {
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

/** Cuts the neck out: round or to a point, and sometimes lined with another cloth. */
function cutNeck(y: number, wide: number, deep: number, pointed: boolean, image: Uint8Array): void {
  const knots = pointed
    ? [y - 1, middle - wide, middle + wide, y + deep, middle - 0.2, middle + 0.2]
    : [
        ...[y - 1, middle - wide, middle + wide],
        ...[y + 0.5 * deep, middle - 0.85 * wide, middle + 0.85 * wide],
        ...[y + deep, middle - 0.4 * wide, middle + 0.4 * wide],
      ];
  fillBand(knots, 'rows', nothing, image);
}

const nothing = new Cloth();

function tShirt(dice: Dice, image: Uint8Array): void {
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
  drawTop(shape, dice, image);
  if (dice.chance(0.5)) print(dice, top + dice.between(5, 9), image);
  cutNeck(top, dice.between(2, 3.8), dice.between(0.8, 3.5), dice.chance(0.3), image);
}

/** Letters, a pocket or a picture on the chest: rows of patches. */
function print(dice: Dice, y: number, image: Uint8Array): void {
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

function pullover(dice: Dice, image: Uint8Array): void {
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
  drawTop(shape, dice, image);
  if (dice.chance(0.45)) print(dice, top + dice.between(6, 9), image);
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
  cutNeck(top, dice.between(1.8, 3.5), dice.between(0.5, 2.2), dice.chance(0.25), image);
}

function coat(dice: Dice, image: Uint8Array): void {
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
  drawTop(shape, dice, image);
  openFront(dice, top + dice.between(1, 6), bottom, image);
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
  cutNeck(top, dice.between(1.5, 2.8), dice.between(0.3, 1.6), dice.chance(0.5), image);
}

/** A zip, a row of buttons, or two fronts that do not quite meet. */
function openFront(dice: Dice, from: number, to: number, image: Uint8Array): void {
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

function shirt(dice: Dice, image: Uint8Array): void {
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
  drawTop(shape, dice, image);
  if (dice.chance(0.7)) openFront(dice, top + 2, bottom, image);
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
  cutNeck(top, dice.between(1.3, 3), dice.between(0.6, 4.5), dice.chance(0.7), image);
}

function trouser(dice: Dice, image: Uint8Array): void {
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

function dress(dice: Dice, image: Uint8Array): void {
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
  drawTop(shape, dice, image);
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
  cutNeck(top, dice.between(1, 2.6), dice.between(0.5, 4), dice.chance(0.5), image);
}

function bag(dice: Dice, image: Uint8Array): void {
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

/** The sole: from toe to heel, thin or thick, sometimes thicker at the heel. */
function drawSole(top: number, thick: number, heel: number, dice: Dice, image: Uint8Array): void {
  const toe = dice.between(0.3, 1);
  const end = dice.between(26.8, 27.9);
  shadowed.copy(dice.chance(0.5) ? trim : cloth).dim(dice.between(-0.5, 0.5));
  const knots = [
    ...[toe, top + 0.2, top + 0.8 * thick],
    ...[toe + 1.5, top, top + thick],
    ...[17, top, top + thick],
    ...[19.5, top, top + thick + 0.4 * heel],
    ...[21, top, top + thick + heel],
    ...[end - 0.6, top - 0.2, top + thick + heel],
    ...[end, top, top + thick + 0.8 * heel],
  ];
  fillBand(knots, 'columns', shadowed, image);
}

function sneaker(dice: Dice, image: Uint8Array): void {
  const thick = dice.between(1, 2.4);
  const ground = dice.between(17.5, 22.5);
  const sole = ground - thick;
  const toe = dice.between(2.6, 4.6);
  const tongue = dice.between(6.5, 10);
  const high = dice.chance(0.12) ? dice.between(3, 6) : 0;
  const heel = dice.between(6, 9) + high;
  const opening = dice.between(14, 16.5);
  const knots = [
    ...[0.5, sole - 0.8, sole],
    ...[2, sole - 0.75 * toe, sole],
    ...[5, sole - toe, sole],
    ...[9, sole - toe - dice.between(0.7, 1.6), sole],
    ...[opening - 1, sole - tongue - 0.7 * high, sole],
    ...[opening, sole - tongue - high, sole],
    ...[opening + 2, sole - tongue + 0.6 - high, sole],
    ...[23, sole - heel + dice.between(0.5, 2), sole],
    ...[26, sole - heel, sole],
    ...[27.2, sole - 0.5 * heel, sole],
  ];
  fillBand(knots, 'columns', cloth, image);
  drawSole(sole, thick, 0, dice, image);
  // Stripes at the side, and laces.
  const stripes = dice.below(4);
  for (let stripe = 0; stripe < stripes; stripe++) {
    const x = 12 + 2.6 * stripe + dice.between(-1, 1);
    const slant = dice.between(-2, 3);
    const width = dice.between(0.6, 1.5);
    const y = sole - dice.between(3, 5);
    fillBand([y, x + slant, x + slant + width, sole, x, x + width], 'rows', trim, image);
  }
  if (dice.chance(0.6)) {
    for (let lace = 0; lace < 3; lace++) {
      const x = 8.5 + 2 * lace;
      const y = sole - toe - 1.2 - 1.4 * lace;
      fillBand([y, x, x + 1.6, y + 0.8, x, x + 1.6], 'rows', trim, image);
    }
  }
  if (dice.chance(0.3)) {
    shadowed.copy(trim).dim(0.1);
    fillBand(
      [23.5, sole - heel + 1.5, sole, 27, sole - heel + 2, sole],
      'columns',
      shadowed,
      image,
    );
  }
}

function ankleBoot(dice: Dice, image: Uint8Array): void {
  const thick = dice.between(0.8, 2);
  const heel = dice.chance(0.45) ? dice.between(1.5, 7) : dice.between(0, 1);
  const ground = dice.between(25, 27.5);
  const sole = ground - thick - heel * 0.5;
  const top = Math.max(0.5, sole - dice.between(13, 20));
  const front = dice.between(11, 15);
  const back = dice.between(25.5, 27.5);
  const toe = dice.between(3, 4.8);
  const lift = heel * 0.25;
  const knots = [
    ...[top, front, back + dice.between(-2, 0.3)],
    ...[top + 4, front + dice.between(-0.5, 1), back - dice.between(0, 1.5)],
    ...[sole - toe - 3, front - 0.5, back],
    ...[sole - toe - 0.5, front - dice.between(3, 5), back],
    ...[sole - toe + 1.5, dice.between(2, 4.5), back + 0.2],
    ...[sole - 0.8, 1, back],
    ...[sole + 0.1, 0.8, back],
  ];
  fillBand(knots, 'rows', cloth, image);
  drawSole(sole - lift * 0.2, thick, heel, dice, image);
  if (dice.chance(0.35)) {
    // The elastic at the ankle.
    const x = dice.between(18, 21);
    fillBand([top + 1, x - 1, x + 2, sole - 5, x, x + 1.5], 'rows', trim, image);
  } else if (dice.chance(0.5)) {
    for (let y = top + 2; y < sole - toe - 1; y += 2) {
      fillBand([y, front, front + 2.5, y + 0.8, front, front + 2.5], 'rows', trim, image);
    }
  }
  if (dice.chance(0.3)) fillBand([top, front, back, top + 1.8, front, back], 'rows', trim, image);
}

function sandal(dice: Dice, image: Uint8Array): void {
  const heel = dice.chance(0.45) ? dice.between(3, 11) : dice.between(0, 1.5);
  const thick = dice.between(0.9, 2.6);
  const ground = dice.between(18, 20.5) + heel * 0.5;
  // The foot stands on a line that falls from the heel to the ball and lies flat from there to the toes.
  const bed = ground - thick;
  const arch = bed - heel;
  const flat = dice.between(8, 12);
  const block = dice.chance(0.5) ? dice.between(4, 9) : dice.between(1, 2);
  const wedge = dice.chance(0.4);
  shadowed.copy(dice.chance(0.5) ? trim : cloth).dim(dice.between(-0.3, 0.3));
  const knots = [
    ...[0.5, bed + 0.2, ground - 0.4],
    ...[flat, bed, ground],
    ...[22, arch + 0.25 * heel, wedge ? ground : arch + 0.25 * heel + thick],
    ...[26, arch, wedge ? ground : arch + thick],
    ...[27.4, arch, wedge ? ground : arch + thick],
  ];
  fillBand(knots, 'columns', shadowed, image);
  if (!wedge && heel > 1.5) {
    const heelKnots = [arch, 27.4 - block, 27.4, ground, 27 - 0.7 * block, 27];
    fillBand(heelKnots, 'rows', shadowed, image);
  }
  // Straps: bands that rise from the bed and lean over the foot, higher towards the heel.
  const bedAt = (x: number) => (x < flat ? bed : bed - (heel * (x - flat)) / (26 - flat));
  const straps = 1 + dice.below(4);
  const rise = dice.between(2.5, 6);
  for (let strap = 0; strap < straps; strap++) {
    const x = 2 + (18 * (strap + dice.between(0, 0.9))) / straps;
    const top = bedAt(x) - rise * (0.4 + x / 22) * dice.between(0.6, 1.1);
    const foot = dice.between(1.2, 5);
    const lean = dice.between(-2, 6);
    const cover = dice.chance(0.6) ? cloth : trim;
    const knots = [
      ...[top, x + lean, x + lean + foot * 0.7],
      ...[(top + bedAt(x)) / 2, x + lean * 0.7, x + lean * 0.7 + foot],
      ...[bedAt(x) + 0.5, x, x + foot],
    ];
    fillBand(knots, 'rows', cover, image);
  }
  const light = Math.min(255, cloth.brightness + dice.between(-30, 30));
  const thickness = dice.between(0.4, 1);
  if (dice.chance(0.5)) {
    const ankle = arch - dice.between(3, 8);
    drawLine(dice.between(15, 19), ankle + 1.5, 25, ankle, thickness, 1, light, image);
    drawLine(25, ankle, 26, arch, thickness + 0.3, 1, light, image);
  } else if (dice.chance(0.6)) {
    const tip = dice.between(2, 6);
    drawLine(tip, bedAt(tip) - 1, 12, bedAt(12) - rise * 0.8, thickness, 1, light, image);
    drawLine(12, bedAt(12) - rise * 0.8, 20, bedAt(20) - 1, thickness, 1, light, image);
  }
}
