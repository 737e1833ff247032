/** What a 3-D scatter looks like from where: lines, areas and texts on a page, the farthest first. Drawn by `scatter.ts`. */
import { labelOf } from './chart.ts';
import { strokesOf } from './letters.ts';
import type { Rgb } from './rainbow.ts';
import {
  type CheckedScatter,
  checkScatter,
  classColour,
  type Place,
  type Scatter,
} from './scatter-data.ts';

export type Point = readonly [x: number, y: number];

export type Mark =
  | { readonly kind: 'area'; readonly role: 'pane'; readonly corners: readonly Point[] }
  | { readonly kind: 'line'; readonly role: 'grid' | 'axis'; readonly path: readonly Point[] }
  | {
      readonly kind: 'text';
      readonly role: 'title' | 'tick' | 'name' | 'note' | 'legend';
      readonly at: Point;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly text: string;
    }
  | {
      readonly kind: 'label';
      /** Of the box, which is as wide as the text needs. */
      readonly centre: Point;
      readonly size: number;
      readonly text: string;
      readonly colour: Rgb;
    };

/** Sizes of the writing. */
export const textSizes = {
  title: 18,
  tick: 13,
  name: 14,
  note: 13,
  legend: 14,
  label: 13,
} as const;
/** A side of length 1 of the box, in the units of the page, where it is as near as its middle. */
const unit = 128;
const margin = 24;
/** Matplotlib's: the height of the box is three quarters of its width, seen from ten units away. */
const sides: Place = [4, 4, 3];
const distance = 10 * (Math.hypot(...sides) / 1.83);

/** A page and what is on it; it is as large as that wants. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

export function sceneOf(scatter: Scatter): Scene {
  const checked = checkScatter(scatter);
  const project = viewFrom(scatter.elevation ?? 30, scatter.azimuth ?? -60);
  const { places, classes } = checked;
  const labels = places
    .map(({ place, label }) => ({ ...project(place), label }))
    .sort((a, b) => a.nearness - b.nearness)
    .map(
      ({ at, nearness, label }): Mark => ({
        kind: 'label',
        centre: at,
        size: textSizes.label * nearness,
        text: `${label}`,
        colour: classColour(label, classes.length),
      }),
    );
  const plot = [...boxOf(checked, project), ...labels];
  const [left, top, right, bottom] = extentOf(plot);
  const marks = [...plot, ...wordsOf(checked, [left, top, right, bottom])];
  const [fromX, fromY, toX, toY] = extentOf(marks);
  return {
    width: Math.ceil(toX - fromX + 2 * margin),
    height: Math.ceil(toY - fromY + 2 * margin),
    marks: marks.map((mark) => shifted(mark, margin - fromX, margin - fromY)),
  };
}

/** Where a place in the box is on the page. `nearness` is 1 in the middle of the box and larger towards the eye. */
type Project = ((place: Place) => { at: Point; nearness: number }) & {
  /** The side of the box, 0 or 1 along each axis, that is turned away from the eye. */
  readonly far: Place;
};

function viewFrom(elevation: number, azimuth: number): Project {
  const [e, a] = [(elevation * Math.PI) / 180, (azimuth * Math.PI) / 180];
  const towardsEye: Place = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  const right: Place = [-Math.sin(a), Math.cos(a), 0];
  const up: Place = [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)];
  const project = (place: Place): { at: Point; nearness: number } => {
    const along = (direction: Place) =>
      direction.reduce((sum, part, i) => sum + part * ((place[i] ?? 0) - 0.5) * (sides[i] ?? 1), 0);
    const nearness = distance / (distance - along(towardsEye));
    return { at: [unit * along(right) * nearness, -unit * along(up) * nearness], nearness };
  };
  const [x, y, z] = towardsEye;
  return Object.assign(project, { far: [x > 0 ? 0 : 1, y > 0 ? 0 : 1, z > 0 ? 0 : 1] as const });
}

/** The three panes behind the points with their grids, and the axes with ticks, numbers and names. */
function boxOf({ axes }: CheckedScatter, project: Project): Mark[] {
  const [farX, farY, farZ] = project.far;
  const nearX = 1 - farX;
  const nearY = 1 - farY;
  const at = (x: number, y: number, z: number): Point => project([x, y, z]).at;
  const line = (role: 'grid' | 'axis', ...path: Point[]): Mark => ({ kind: 'line', role, path });
  const panes = [
    [at(0, 0, farZ), at(1, 0, farZ), at(1, 1, farZ), at(0, 1, farZ)],
    [at(farX, 0, 0), at(farX, 1, 0), at(farX, 1, 1), at(farX, 0, 1)],
    [at(0, farY, 0), at(1, farY, 0), at(1, farY, 1), at(0, farY, 1)],
  ];
  const ticksOf = (axis: number) => {
    const scaled = axes[axis]?.axis;
    return (scaled?.ticks ?? []).map((value) => ({
      share: scaled?.place(value) ?? 0,
      text: labelOf(value).replaceAll('-', '−'),
    }));
  };
  const [xs, ys, zs] = [ticksOf(0), ticksOf(1), ticksOf(2)];
  const marks: Mark[] = [
    ...panes.map((corners): Mark => ({ kind: 'area', role: 'pane', corners })),
    ...panes.map((corners) => line('grid', ...corners, ...corners.slice(0, 1))),
    ...xs.map(({ share: x }) =>
      line('grid', at(x, nearY, farZ), at(x, farY, farZ), at(x, farY, 1 - farZ)),
    ),
    ...ys.map(({ share: y }) =>
      line('grid', at(nearX, y, farZ), at(farX, y, farZ), at(farX, y, 1 - farZ)),
    ),
    ...zs.map(({ share: z }) =>
      line('grid', at(nearX, farY, z), at(farX, farY, z), at(farX, nearY, z)),
    ),
  ];

  // Each axis runs along an edge of the box; its ticks point away from the box, and what is written follows them.
  const edges: { ticks: typeof xs; axis: number; on(share: number): Place; out: Place }[] = [
    { ticks: xs, axis: 0, on: (x) => [x, nearY, farZ], out: [0, nearY - farY, 0] },
    { ticks: ys, axis: 1, on: (y) => [nearX, y, farZ], out: [nearX - farX, 0, 0] },
  ];
  // The upright edge on the right of the page.
  const onTheRight = at(nearX, farY, 0.5)[0] > at(farX, nearY, 0.5)[0];
  edges.push(
    onTheRight
      ? { ticks: zs, axis: 2, on: (z) => [nearX, farY, z], out: [nearX - farX, 0, 0] }
      : { ticks: zs, axis: 2, on: (z) => [farX, nearY, z], out: [0, nearY - farY, 0] },
  );
  for (const { ticks, axis, on, out } of edges) {
    marks.push(line('axis', project(on(0)).at, project(on(1)).at));
    const away = directionFrom(project(on(0.5)).at, outside(on(0.5), out, project));
    let widest = 0;
    for (const { share, text } of ticks) {
      const foot = project(on(share)).at;
      const reach = reachOf('tick', text, away);
      widest = Math.max(widest, reach);
      marks.push(line('axis', foot, moved(foot, away, 6)));
      marks.push(textAt('tick', moved(foot, away, 10 + reach), text));
    }
    const name = axes[axis]?.name ?? '';
    const room = 10 + 2 * widest + 8 + reachOf('name', name, away);
    marks.push(textAt('name', moved(project(on(0.5)).at, away, room), name));
  }
  return marks;
}

/** How far a text reaches from its middle in a direction. */
function reachOf(role: 'tick' | 'name', text: string, [dx, dy]: Point): number {
  return Math.abs(dx) * (widthOfText(role, text) / 2) + Math.abs(dy) * (textSizes[role] / 2);
}

/** Of the strokes' letters; the fonts of a browser may run a little wider. */
function widthOfText(role: keyof typeof textSizes, text: string): number {
  return 1.12 * textSizes[role] * strokesOf(text).length;
}

function outside(place: Place, out: Place, project: Project): Point {
  const [x, y, z] = place;
  return project([x + 0.1 * out[0], y + 0.1 * out[1], z + 0.1 * out[2]]).at;
}

function directionFrom([x0, y0]: Point, [x1, y1]: Point): Point {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  return [(x1 - x0) / length, (y1 - y0) / length];
}

function moved([x, y]: Point, [dx, dy]: Point, by: number): Point {
  return [x + dx * by, y + dy * by];
}

/** Centred on a point, which is the middle of the letters' height. */
function textAt(role: 'tick' | 'name', [x, y]: Point, text: string): Mark {
  return { kind: 'text', role, at: [x, y + 4], anchor: 'middle', text };
}

/** Title and note above and below what is drawn, the legend on its right. */
function wordsOf(
  { title, classes, leftOut, places }: CheckedScatter,
  [left, top, right, bottom]: Extent,
): Mark[] {
  const marks: Mark[] = [];
  const add = (role: 'title' | 'note' | 'legend', at: Point, text: string) =>
    marks.push({ kind: 'text', role, at, anchor: 'start', text });
  if (title !== '') add('title', [left, top - 28], title);
  if (leftOut > 0) {
    const all = places.length + leftOut;
    add('note', [left, bottom + 28], `${leftOut} of ${all} points are not finite and are left out`);
  }
  classes.forEach((name, label) => {
    const y = top + 16 + 28 * label;
    const colour = classColour(label, classes.length);
    const size = textSizes.label;
    marks.push({ kind: 'label', centre: [right + 40, y], size, text: `${label}`, colour });
    if (name !== `${label}`) add('legend', [right + 58, y + 5], name);
  });
  return marks;
}

/** The box of a label: as wide as its text needs. */
export function boxOfLabel({ centre: [x, y], size, text }: Mark & { kind: 'label' }): {
  left: number;
  top: number;
  width: number;
  height: number;
  baseline: number;
} {
  const width = size * Math.max(1, strokesOf(text).length + 0.6);
  const height = size * 1.3;
  return { left: x - width / 2, top: y - height / 2, width, height, baseline: y + size * 0.36 };
}

type Extent = readonly [left: number, top: number, right: number, bottom: number];

function extentOf(marks: readonly Mark[]): Extent {
  const points = marks.flatMap((mark): Point[] => {
    if (mark.kind === 'area') return [...mark.corners];
    if (mark.kind === 'line') return [...mark.path];
    if (mark.kind === 'label') {
      const { left, top, width, height } = boxOfLabel(mark);
      return [
        [left, top],
        [left + width, top + height],
      ];
    }
    const [x, y] = mark.at;
    const width = widthOfText(mark.role, mark.text);
    const left = x - { start: 0, middle: 0.5, end: 1 }[mark.anchor] * width;
    return [
      [left, y - 0.75 * textSizes[mark.role]],
      [left + width, y + 0.25 * textSizes[mark.role]],
    ];
  });
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [...corner(xs, ys, Math.min), ...corner(xs, ys, Math.max)];
}

function corner(xs: number[], ys: number[], pick: (a: number, b: number) => number): Point {
  return [xs.reduce((a, b) => pick(a, b)), ys.reduce((a, b) => pick(a, b))];
}

function shifted(mark: Mark, dx: number, dy: number): Mark {
  const move = ([x, y]: Point): Point => [x + dx, y + dy];
  if (mark.kind === 'area') return { ...mark, corners: mark.corners.map(move) };
  if (mark.kind === 'line') return { ...mark, path: mark.path.map(move) };
  return mark.kind === 'label'
    ? { ...mark, centre: move(mark.centre) }
    : { ...mark, at: move(mark.at) };
}
