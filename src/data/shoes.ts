/** Shoes drawn by code, toes to the left as in Fashion-MNIST. */
import { type Cloths, fillBand } from './cloth.ts';
import { type Dice, drawLine } from './drawn-set.ts';

/** The sole: from toe to heel, thin or thick, sometimes thicker at the heel. */
function drawSole(
  cloths: Cloths,
  top: number,
  thick: number,
  heel: number,
  dice: Dice,
  image: Uint8Array,
): void {
  const { cloth, trim, shadowed } = cloths;
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

export function sneaker(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { cloth, trim, shadowed } = cloths;
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
  drawSole(cloths, sole, thick, 0, dice, image);
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

export function ankleBoot(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { cloth, trim } = cloths;
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
  drawSole(cloths, sole - lift * 0.2, thick, heel, dice, image);
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

export function sandal(cloths: Cloths, dice: Dice, image: Uint8Array): void {
  const { cloth, trim, shadowed } = cloths;
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
