/** Pieces of cloth in a picture of 28 x 28: an outline, filled with a weave, folds, a pattern and shade. */
import { philox } from '../kernels/random.ts';
import { type Dice, side } from './drawn-set.ts';

/** Numbers around zero, spread evenly over −1 to 1, that the weave of every cloth is cut from. */
const grain: Float64Array = (() => {
  const numbers = new Float64Array(8192);
  const words = new Uint32Array(4);
  for (let i = 0; i < numbers.length; i++) {
    if (i % 4 === 0) philox(0, 0, i, 0, words);
    numbers[i] = (words[i % 4] ?? 0) / 0x80000000 - 1;
  }
  return numbers;
})();

/** One wave of the sine in 1024 steps: folds and stripes count in these. */
const wave: Float64Array = Float64Array.from({ length: 1024 }, (_, i) =>
  Math.sin((2 * Math.PI * i) / 1024),
);

type Pattern = 'plain' | 'stripes' | 'checks' | 'spots';

/** How bright a cloth is at each point. Black until chosen. */
export class Cloth {
  /** 0 to 255, before weave, folds and pattern. */
  brightness = 0;
  private weave = 0;
  private cut = 0;
  /** Darkening towards the sides of a piece. */
  private shade = 0;
  private fold = 0;
  private foldX = 0;
  private foldY = 0;
  private foldStart = 0;
  private crease = 0;
  private creaseX = 0;
  private creaseY = 0;
  private pattern: Pattern = 'plain';
  private contrast = 0;
  private stripeX = 0;
  private stripeY = 0;
  private stripeStart = 0;

  /** Another cloth, at random. */
  choose(dice: Dice, patterned: number): this {
    // Most are light, and dark ones are rare: as in Fashion-MNIST.
    this.brightness = dice.chance(0.76) ? dice.between(165, 258) : dice.between(25, 165);
    this.weave = dice.chance(0.2) ? dice.between(20, 50) : dice.between(2, 22);
    this.cut = dice.below(4096);
    this.shade = dice.between(0, 0.45);
    this.fold = dice.between(0.02, 0.15);
    this.foldX = dice.below(560) - 280;
    this.foldY = dice.below(160) - 80;
    this.foldStart = dice.below(1024);
    this.crease = dice.between(0, dice.chance(0.2) ? 0.22 : 0.09);
    this.creaseX = dice.below(700) - 350;
    this.creaseY = dice.below(500) - 250;
    this.contrast = dice.between(0.15, 0.75) * (dice.chance(0.7) ? -1 : 0.5);
    this.pattern = dice.chance(patterned) ? dice.pick(patterns) : 'plain';
    const pace = 150 + dice.below(330);
    const upright = dice.chance(0.25);
    this.stripeX = upright || this.pattern !== 'stripes' ? pace : 0;
    this.stripeY = upright ? 0 : pace;
    this.stripeStart = dice.below(1024);
    return this;
  }

  copy(other: Cloth): this {
    return Object.assign(this, other);
  }

  /** Darker by a share; lighter if it is negative. */
  dim(share: number): this {
    this.brightness = Math.min(255, Math.max(12, this.brightness * (1 - share)));
    return this;
  }

  /** Brightness at a pixel, `across` −1 and 1 being the sides of the piece. */
  at(x: number, y: number, across: number): number {
    if (this.brightness === 0) return 0;
    const fine = grain[(this.cut + x + side * y) & 8191] ?? 0;
    const square = across * across;
    const fold = wave[(this.foldX * x + this.foldY * y + this.foldStart) & 1023] ?? 0;
    const crease = wave[(this.creaseX * x + this.creaseY * y) & 1023] ?? 0;
    let value = this.brightness * (1 - this.shade * square * square);
    value *= 1 + this.fold * fold + this.crease * crease;
    if (this.pattern !== 'plain' && this.inPattern(x, y)) value *= 1 + this.contrast;
    value += this.weave * fine;
    return Math.min(255, Math.max(3, value));
  }

  private inPattern(x: number, y: number): boolean {
    if (this.pattern === 'spots') {
      return (grain[(this.cut + 999 + (x >> 1) + side * ((y + (x >> 2)) >> 1)) & 8191] ?? 0) > 0.4;
    }
    const over = wave[(this.stripeX * x + this.stripeStart) & 1023] ?? 0;
    const down = wave[(this.stripeY * y + this.stripeStart) & 1023] ?? 0;
    if (this.pattern === 'checks') return over * down > 0;
    return (this.stripeX === 0 ? down : over) > 0.1;
  }
}

const patterns: readonly Pattern[] = ['stripes', 'stripes', 'checks', 'spots', 'spots'];

/** What one garment is made of. */
export interface Cloths {
  readonly cloth: Cloth;
  /** Collars, soles, prints. */
  readonly trim: Cloth;
  /** One of the others, darker; for the moment. */
  readonly shadowed: Cloth;
  /** Black, to cut holes with. */
  readonly nothing: Cloth;
}

/** The middle line of a picture; pixel i covers i to i + 1. */
export const middle = 14;

/**
 * Fills a band with a cloth. Knots are triples `at, low, high` in rising order of `at`: for a band of rows, at height
 * `at` it spans from x = low to x = high, straight between knots; for a band of columns x and y are exchanged. Pixel i
 * covers i to i + 1; edges that cut a pixel blend.
 */
export function fillBand(
  knots: readonly number[],
  along: 'rows' | 'columns',
  cloth: Cloth,
  image: Uint8Array,
): void {
  const start = knots[0] ?? 0;
  const end = knots[knots.length - 3] ?? 0;
  let knot = 0;
  for (let line = Math.max(0, Math.floor(start)); line < Math.min(side, end); line++) {
    const covered = Math.min(line + 1, end) - Math.max(line, start);
    const at = Math.min(end, Math.max(start, line + 0.5));
    while (knot + 6 < knots.length && (knots[knot + 3] ?? 0) < at) knot += 3;
    const before = knots[knot] ?? 0;
    const span = Math.max(1e-6, (knots[knot + 3] ?? 0) - before);
    const t = Math.min(1, Math.max(0, (at - before) / span));
    const low = (1 - t) * (knots[knot + 1] ?? 0) + t * (knots[knot + 4] ?? 0);
    const high = (1 - t) * (knots[knot + 2] ?? 0) + t * (knots[knot + 5] ?? 0);
    const perHalf = 2 / Math.max(1e-6, high - low);
    const last = Math.min(side, Math.ceil(high));
    for (let cross = Math.max(0, Math.floor(low)); cross < last; cross++) {
      const part = covered * (Math.min(cross + 1, high) - Math.max(cross, low));
      if (part <= 0) continue;
      const across = (cross + 0.5 - low) * perHalf - 1;
      const x = along === 'rows' ? cross : line;
      const y = along === 'rows' ? line : cross;
      const i = y * side + x;
      image[i] = (1 - part) * (image[i] ?? 0) + part * cloth.at(x, y, across);
    }
  }
}
