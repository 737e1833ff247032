/**
 * Handwritten digits drawn by code, for machines that have no MNIST: a pen follows a curve through jittered points, and
 * what it drew is brought to MNIST's size and place.
 */
import {
  type Dice,
  type DrawnSet,
  type DrawnSetOptions,
  drawLine,
  drawSet,
  side,
} from './drawn-set.ts';
import type { ImageSet } from './image-set.ts';

const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const digitSet: DrawnSet = {
  name: 'digits',
  classes,
  source: 'The embedded digits, drawn by code',
  draw: drawDigit,
};

export function digits(options: DrawnSetOptions = {}): ImageSet {
  return drawSet(digitSet, options);
}

/** The path of one stroke: x, y, x, y, … in a box of 100 x 100, y downwards. A point given twice is a corner. */
type Stroke = readonly number[];

/** How people write each digit, one way a line. */
const ways: readonly (readonly (readonly Stroke[])[])[] = [
  [
    [[55, 2, 30, 6, 10, 30, 6, 58, 20, 90, 47, 100, 74, 87, 88, 55, 82, 22, 62, 4, 48, 4]],
    [[72, 14, 45, 0, 20, 14, 5, 50, 20, 90, 50, 100, 80, 80, 90, 45, 76, 14, 55, 6, 38, 14]],
    [[40, 4, 14, 25, 5, 62, 26, 97, 62, 97, 88, 68, 86, 28, 66, 5, 46, 3]],
    [[30, 10, 10, 40, 12, 80, 42, 100, 76, 84, 90, 45, 75, 8, 45, 0, 26, 16]],
  ],
  [
    [[50, 0, 50, 33, 50, 66, 50, 100]],
    [[53, 0, 50, 33, 48, 66, 50, 100]],
    [[48, 0, 52, 30, 52, 66, 47, 100]],
    [[50, 0, 50, 50, 50, 100]],
    [[34, 20, 52, 0, 52, 0, 50, 50, 50, 100]],
    [
      [24, 24, 50, 0, 50, 0, 50, 50, 50, 100],
      [24, 100, 50, 99, 78, 99],
    ],
  ],
  [
    [[12, 25, 25, 5, 55, 0, 80, 15, 76, 42, 48, 70, 12, 97, 12, 97, 45, 94, 90, 98]],
    [[12, 22, 35, 2, 70, 5, 82, 28, 60, 60, 28, 90, 10, 94, 10, 78, 32, 74, 60, 90, 95, 88]],
    [[10, 12, 45, 4, 80, 8, 80, 8, 45, 55, 8, 95, 8, 95, 50, 92, 92, 94]],
    [[18, 28, 22, 8, 50, 0, 74, 12, 72, 38, 52, 66, 22, 96, 10, 88, 26, 78, 55, 94, 86, 92]],
    [[15, 18, 48, 0, 78, 18, 66, 50, 10, 98, 10, 98, 86, 88]],
  ],
  [
    [[12, 14, 40, 0, 75, 10, 72, 32, 40, 46, 40, 46, 78, 58, 82, 82, 50, 100, 10, 88]],
    [[12, 6, 46, 5, 80, 5, 80, 5, 40, 42, 40, 42, 75, 52, 85, 78, 55, 100, 10, 90]],
    [[12, 18, 40, 0, 72, 14, 62, 38, 38, 50, 30, 43, 46, 42, 78, 58, 78, 85, 45, 100, 8, 85]],
    [[16, 10, 50, 0, 74, 16, 58, 42, 34, 47, 66, 52, 84, 72, 66, 96, 30, 100, 6, 82]],
  ],
  [
    [
      [24, 4, 18, 30, 12, 56, 12, 56, 45, 56, 90, 50],
      [72, 6, 70, 50, 64, 100],
    ],
    [
      [66, 0, 34, 34, 6, 66, 6, 66, 50, 66, 95, 62],
      [66, 0, 66, 50, 63, 100],
    ],
    [[18, 5, 12, 34, 24, 50, 56, 44, 80, 5, 80, 5, 72, 50, 65, 100]],
    [
      [20, 8, 10, 36, 14, 52, 40, 55, 70, 46],
      [80, 2, 70, 46, 58, 100],
    ],
    [
      [
        58, 0, 30, 32, 10, 60, 10, 60, 50, 58, 86, 54, 86, 54, 72, 54, 64, 6, 64, 6, 60, 60, 54,
        100,
      ],
    ],
  ],
  [
    [
      [28, 5, 25, 25, 22, 46, 22, 46, 56, 36, 86, 58, 75, 90, 40, 100, 8, 88],
      [28, 5, 60, 4, 90, 2],
    ],
    [[90, 4, 58, 4, 30, 6, 30, 6, 24, 42, 24, 42, 60, 38, 84, 62, 68, 92, 35, 100, 8, 90]],
    [[86, 5, 50, 3, 27, 18, 34, 40, 65, 52, 78, 74, 54, 97, 12, 92]],
    [[92, 0, 62, 6, 40, 10, 40, 10, 30, 42, 58, 48, 72, 70, 52, 96, 8, 98]],
  ],
  [
    [[70, 2, 40, 22, 15, 58, 18, 88, 48, 100, 75, 85, 72, 62, 48, 55, 22, 72]],
    [[58, 0, 30, 30, 12, 65, 25, 95, 58, 97, 78, 75, 60, 55, 35, 60, 18, 78]],
    [[66, 0, 38, 35, 15, 75, 30, 100, 65, 95, 72, 70, 50, 60, 25, 70, 16, 84]],
    [[40, 0, 22, 40, 14, 75, 30, 99, 64, 98, 82, 78, 66, 60, 40, 66, 24, 90]],
    [[74, 8, 52, 4, 22, 34, 12, 70, 32, 98, 66, 92, 74, 66, 54, 54, 26, 64, 14, 76]],
  ],
  [
    [[8, 10, 45, 8, 88, 5, 88, 5, 62, 45, 40, 100]],
    [
      [8, 8, 45, 7, 84, 5, 84, 5, 62, 45, 44, 100],
      [34, 52, 58, 50, 84, 46],
    ],
    [[8, 26, 12, 8, 12, 8, 48, 8, 85, 6, 85, 6, 62, 48, 52, 100]],
    [[10, 14, 50, 3, 82, 10, 74, 45, 56, 100]],
    [[6, 18, 24, 6, 54, 14, 86, 4, 86, 4, 70, 40, 50, 74, 44, 100]],
  ],
  [
    [
      [
        74, 12, 46, 0, 20, 14, 32, 38, 65, 58, 78, 82, 50, 100, 22, 85, 32, 60, 65, 38, 80, 18, 64,
        4,
      ],
    ],
    [
      [50, 46, 25, 32, 28, 8, 55, 0, 76, 14, 72, 36, 50, 46],
      [50, 46, 20, 64, 18, 90, 50, 100, 82, 88, 78, 62, 50, 46],
    ],
    [[86, 5, 50, 2, 25, 18, 45, 45, 75, 70, 65, 98, 30, 97, 25, 72, 55, 45, 86, 14, 80, 4]],
    [[52, 42, 28, 26, 44, 2, 72, 10, 66, 34, 40, 56, 18, 82, 40, 100, 70, 88, 66, 60, 46, 40]],
  ],
  [
    [[78, 18, 50, 0, 20, 18, 25, 45, 56, 44, 78, 18, 78, 18, 72, 60, 60, 100]],
    [[75, 10, 45, 2, 22, 25, 32, 46, 60, 42, 76, 12, 76, 12, 75, 55, 72, 100]],
    [[78, 20, 50, 2, 22, 22, 35, 48, 65, 40, 80, 18, 80, 60, 65, 95, 25, 92]],
    [[70, 6, 38, 4, 18, 26, 34, 44, 64, 32, 74, 8, 68, 50, 52, 100]],
  ],
];

/** Pen points along the strokes of one digit; room for more than any way above needs. */
const capacity = 256;
const xs = new Float64Array(capacity);
const ys = new Float64Array(capacity);
const radii = new Float64Array(capacity);
/** 1 where the pen was lifted before this point. */
const lifted = new Uint8Array(capacity);

/** Pen points between two points of a way. */
const stepsPerSpan = 4;

function drawDigit(label: number, dice: Dice, image: Uint8Array): void {
  const way = dice.pick(ways[label] ?? []);
  // A round zero shows every wobble as a corner.
  const wobble = dice.between(2, 6.5) * (label === 0 ? 0.6 : 1);
  let count = 0;
  for (const stroke of way) count = followCurve(stroke, wobble, dice, count);
  bend(count, dice);
  slantAndTurn(count, label, dice);
  choosePen(count, dice);
  const softness = dice.between(0.8, 1.3);
  bringToPlace(count);
  ink(count, softness, image);
}

/** Lays pen points on the Catmull-Rom curve through a stroke's points, each moved a little, and counts on. */
function followCurve(stroke: Stroke, wobble: number, dice: Dice, from: number): number {
  const points: number[] = [];
  for (let i = 0; i < stroke.length; i += 2) {
    const x = stroke[i] ?? 0;
    const y = stroke[i + 1] ?? 0;
    const corner = i > 0 && x === stroke[i - 2] && y === stroke[i - 1];
    if (corner) points.push(points[i - 2] ?? 0, points[i - 1] ?? 0);
    else points.push(x + dice.normal(wobble), y + dice.normal(wobble));
  }
  const last = points.length / 2 - 1;
  const at = (i: number, axis: number) => points[2 * Math.min(last, Math.max(0, i)) + axis] ?? 0;
  let count = from;
  for (let i = 0; i <= last; i++) {
    const steps = i === last ? 1 : stepsPerSpan;
    if (i < last && at(i, 0) === at(i + 1, 0) && at(i, 1) === at(i + 1, 1)) continue;
    for (let step = 0; step < steps; step++) {
      const t = step / stepsPerSpan;
      xs[count] = catmullRom(at(i - 1, 0), at(i, 0), at(i + 1, 0), at(i + 2, 0), t);
      ys[count] = catmullRom(at(i - 1, 1), at(i, 1), at(i + 1, 1), at(i + 2, 1), t);
      lifted[count] = count === from ? 1 : 0;
      count++;
    }
  }
  return count;
}

/** The curve between b and c: t = 0 is b, t = 1 is c. */
function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** Bends the plane by two long waves in random directions. */
function bend(count: number, dice: Dice): void {
  for (let wave = 0; wave < 2; wave++) {
    const strength = dice.between(0, 9);
    const direction = dice.between(0, 2 * Math.PI);
    const alongX = dice.between(-0.05, 0.05);
    const alongY = dice.between(-0.05, 0.05);
    const start = dice.between(0, 2 * Math.PI);
    const dx = strength * Math.cos(direction);
    const dy = strength * Math.sin(direction);
    for (let i = 0; i < count; i++) {
      const height = Math.sin(alongX * (xs[i] ?? 0) + alongY * (ys[i] ?? 0) + start);
      xs[i] = (xs[i] ?? 0) + dx * height;
      ys[i] = (ys[i] ?? 0) + dy * height;
    }
  }
}

/** Narrows, more at the top or at the foot, slants to the right (most people do), and turns. */
function slantAndTurn(count: number, label: number, dice: Dice): void {
  const narrow = dice.between(0.55, 1.15);
  const taper = dice.normal(0.004);
  const slant = (label === 1 ? 0.2 : 0.12) + dice.normal(label === 1 ? 0.32 : 0.24);
  const turn = dice.normal(0.13);
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  for (let i = 0; i < count; i++) {
    const y = (ys[i] ?? 0) - 50;
    const x = ((xs[i] ?? 0) - 50) * narrow * (1 + taper * y) - slant * y;
    xs[i] = cos * x - sin * y;
    ys[i] = sin * x + cos * y;
  }
}

/** Pens are thin or thick, and press more here than there. Radii in pixels of the finished image. */
function choosePen(count: number, dice: Dice): void {
  const radius = Math.min(2.2, Math.max(0.6, 1.22 * Math.exp(dice.normal(0.3))));
  const pressure = dice.between(0, 0.25);
  const pace = dice.between(0.1, 0.4);
  const start = dice.between(0, 2 * Math.PI);
  for (let i = 0; i < count; i++) {
    const tremor = dice.between(-0.22, 0.22);
    radii[i] = radius * (1 + pressure * Math.sin(start + pace * i) + tremor);
  }
}

/** As in MNIST: scaled to fit 20 x 20 pixels, then moved so that the centre of the ink is the centre of the image. */
function bringToPlace(count: number): void {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  let widest = 0;
  for (let i = 0; i < count; i++) {
    left = Math.min(left, xs[i] ?? 0);
    right = Math.max(right, xs[i] ?? 0);
    top = Math.min(top, ys[i] ?? 0);
    bottom = Math.max(bottom, ys[i] ?? 0);
    widest = Math.max(widest, radii[i] ?? 0);
  }
  const scale = (20 - 2 * widest) / Math.max(right - left, bottom - top);

  let inkX = 0;
  let inkY = 0;
  let inked = 0;
  for (let i = 0; i < count; i++) {
    xs[i] = (xs[i] ?? 0) * scale;
    ys[i] = (ys[i] ?? 0) * scale;
    if (lifted[i] === 1) continue;
    const dx = (xs[i] ?? 0) - (xs[i - 1] ?? 0);
    const dy = (ys[i] ?? 0) - (ys[i - 1] ?? 0);
    const weight = Math.sqrt(dx * dx + dy * dy) * (radii[i] ?? 0);
    inkX += weight * ((xs[i] ?? 0) - dx / 2);
    inkY += weight * ((ys[i] ?? 0) - dy / 2);
    inked += weight;
  }
  const middle = (side - 1) / 2;
  for (let i = 0; i < count; i++) {
    xs[i] = (xs[i] ?? 0) - inkX / inked + middle;
    ys[i] = (ys[i] ?? 0) - inkY / inked + middle;
  }
}

/** Draws along the pen points; `softness` is the width of the pen's edge in pixels. */
function ink(count: number, softness: number, image: Uint8Array): void {
  for (let i = 1; i < count; i++) {
    if (lifted[i] === 1) continue;
    const radius = radii[i] ?? 0;
    const [x, y] = [xs[i] ?? 0, ys[i] ?? 0];
    drawLine(xs[i - 1] ?? 0, ys[i - 1] ?? 0, x, y, radius, softness, 255, image);
  }
}
