/**
 * Letters as strokes of a pen, for pictures that are drawn without the fonts of the machine. A letter is lines
 * (`l x y x y …`) and arcs of ellipses (`e cx cy rx ry from to`, degrees, counter-clockwise if `to` is larger), y upwards
 * from the baseline, in hundredths of the size of the type: capitals are 70 high, small letters 48.
 */

/** A line through points. */
export type Path = readonly (readonly [x: number, y: number])[];

const letters: Readonly<Record<string, string>> = {
  '0': 'e22 35 22 36 0 360',
  '1': 'l6 57 24 71 24 0',
  '2': 'e22 50 21 21 165 -35 l39 38 2 0 44 0',
  '3': 'e21 53 18 18 150 -90 e21 17 21 18 90 -155 l14 35 21 35',
  '4': 'l34 0 34 71 0 20 46 20',
  '5': 'l40 70 8 70 5 38 e21 23 21 24 140 -150',
  '6': 'e22 21 21 22 0 360 e34 22 33 49 180 95',
  '7': 'l1 70 43 70 15 0',
  '8': 'e22 53 17 18 0 360 e22 17 21 18 0 360',
  '9': 'e22 49 21 22 0 360 e10 48 33 49 0 -85',
  A: 'l0 0 27 70 54 0 l10 25 44 25',
  B: 'l24 70 0 70 0 0 24 0 e24 53 17 17 90 -90 l24 36 0 36 e24 18 20 18 90 -90',
  C: 'e31 35 31 36 48 312',
  D: 'l18 70 0 70 0 0 18 0 e18 35 34 35 90 -90',
  E: 'l42 70 0 70 0 0 42 0 l0 36 36 36',
  F: 'l42 70 0 70 0 0 l0 36 34 36',
  G: 'e31 35 31 36 48 356 l62 33 38 33',
  H: 'l0 70 0 0 l50 70 50 0 l0 36 50 36',
  I: 'l4 70 4 0',
  J: 'l28 70 28 18 e12 18 16 19 0 -150',
  K: 'l0 70 0 0 l46 70 0 26 l16 41 48 0',
  L: 'l0 70 0 0 40 0',
  M: 'l0 0 0 70 31 14 62 70 62 0',
  N: 'l0 0 0 70 50 0 50 70',
  O: 'e33 35 33 36 0 360',
  P: 'l0 0 0 70 24 70 e24 51 20 19 90 -90 l24 32 0 32',
  Q: 'e33 35 33 36 0 360 l42 16 62 -5',
  R: 'l0 0 0 70 24 70 e24 51 20 19 90 -90 l24 32 0 32 l22 32 46 0',
  S: 'e23 53 20 18 35 270 e23 17 23 18 90 -145',
  T: 'l0 70 52 70 l26 70 26 0',
  U: 'l0 70 0 24 e25 24 25 25 180 360 l50 24 50 70',
  V: 'l0 70 26 0 52 70',
  W: 'l0 70 18 0 37 70 56 0 74 70',
  X: 'l0 70 46 0 l46 70 0 0',
  Y: 'l0 70 24 34 48 70 l24 34 24 0',
  Z: 'l0 70 46 70 0 0 48 0',
  a: 'e20 24 20 25 0 360 l40 48 40 0',
  b: 'l0 72 0 0 e20 24 20 25 0 360',
  c: 'e21 24 21 25 48 312',
  d: 'e20 24 20 25 0 360 l40 72 40 0',
  e: 'l1 26 41 26 e21 24 20 25 4 315',
  f: 'e24 56 14 16 70 180 l10 56 10 0 l0 47 24 47',
  g: 'e20 24 20 25 0 360 l40 48 40 -4 e20 -4 20 17 0 -150',
  h: 'l0 72 0 0 e20 28 20 21 180 0 l40 28 40 0',
  i: 'l4 48 4 0 l4 65 4 66',
  j: 'l14 48 14 -8 e3 -8 11 13 0 -100 l14 65 14 66',
  k: 'l0 72 0 0 l36 48 0 18 l12 28 38 0',
  l: 'l4 72 4 0',
  m: 'l0 48 0 0 e16 30 16 19 180 0 l32 30 32 0 e48 30 16 19 180 0 l64 30 64 0',
  n: 'l0 48 0 0 e20 28 20 21 180 0 l40 28 40 0',
  o: 'e21 24 21 25 0 360',
  p: 'l0 48 0 -20 e20 24 20 25 0 360',
  q: 'l40 48 40 -20 e20 24 20 25 0 360',
  r: 'l0 48 0 0 e20 28 20 21 180 70',
  s: 'e17 36 15 13 35 270 e17 11 17 12 90 -145',
  t: 'l12 64 12 13 e25 13 13 14 180 275 l0 48 26 48',
  u: 'l0 48 0 20 e20 20 20 21 180 360 l40 48 40 0',
  v: 'l0 48 19 0 38 48',
  w: 'l0 48 14 0 28 48 42 0 56 48',
  x: 'l0 48 36 0 l36 48 0 0',
  y: 'l0 48 19 0 l38 48 11 -20',
  z: 'l0 48 36 48 0 0 38 0',
  '-': 'l2 27 26 27',
  '−': 'l2 33 40 33',
  '–': 'l0 27 40 27',
  '+': 'l2 33 42 33 l22 53 22 13',
  '=': 'l2 42 42 42 l2 24 42 24',
  '.': 'l3 1 3 2',
  ',': 'l5 3 1 -10',
  ':': 'l3 1 3 2 l3 43 3 44',
  ';': 'l5 3 1 -10 l4 43 4 44',
  '!': 'l3 70 3 20 l3 1 3 2',
  '?': 'e20 54 18 17 165 -50 e32 20 13 22 100 180 l19 1 19 2',
  "'": 'l2 72 2 54',
  '"': 'l2 72 2 54 l16 72 16 54',
  '/': 'l0 -8 26 74',
  '|': 'l2 -14 2 76',
  '(': 'e30 29 28 52 125 235',
  ')': 'e-14 29 28 52 55 -55',
  '[': 'l14 74 2 74 2 -14 14 -14',
  ']': 'l0 74 12 74 12 -14 0 -14',
  _: 'l0 -10 44 -10',
  '%': 'l6 -2 54 72 e12 56 12 14 0 360 e48 14 12 14 0 360',
  '&': 'l56 0 12 50 e24 56 14 15 205 -40 l35 46 10 30 e22 17 20 18 130 340 l41 11 52 34',
  '#': 'l16 0 24 70 l36 0 44 70 l4 46 56 46 l2 24 54 24',
  '*': 'l18 70 18 34 l2 61 34 43 l2 43 34 61',
  '<': 'l40 56 2 33 40 10',
  '>': 'l2 56 40 33 2 10',
  '·': 'l3 30 3 31',
  '×': 'l4 51 38 15 l4 15 38 51',
};
/** For a letter that is not there. */
const box = 'l0 0 0 70 40 70 40 0 0 0';
const gap = 17;
const space = 26;
const arcStep = 15;

/** The strokes of a line of text of size 1 that starts at [0, 0], and how long it is. Accents are left out. */
export function strokesOf(text: string): { paths: Path[]; length: number } {
  const paths: Path[] = [];
  let at = 0;
  for (const letter of text.normalize('NFD').replace(/\p{M}/gu, '')) {
    if (letter === ' ') {
      at += space;
      continue;
    }
    const strokes = parse(letters[letter] ?? box);
    const xs = strokes.flatMap((path) => path.map(([x]) => x));
    const left = Math.min(...xs);
    for (const path of strokes) paths.push(path.map(([x, y]) => [(at + x - left) / 100, y / 100]));
    at += Math.max(...xs) - left + gap;
  }
  return { paths, length: Math.max(0, at - gap) / 100 };
}

function parse(letter: string): Path[] {
  return [...letter.matchAll(/([le])([^le]+)/g)].map(([, kind, list = '']) => {
    const numbers = list.trim().split(' ').map(Number);
    if (kind === 'l') {
      return Array.from({ length: numbers.length / 2 }, (_, i) => [
        numbers[2 * i] ?? 0,
        numbers[2 * i + 1] ?? 0,
      ]);
    }
    const [cx = 0, cy = 0, rx = 0, ry = 0, from = 0, to = 0] = numbers;
    const steps = Math.ceil(Math.abs(to - from) / arcStep);
    return Array.from({ length: steps + 1 }, (_, i) => {
      const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
      return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
    });
  });
}
