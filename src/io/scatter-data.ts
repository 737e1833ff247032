/** What a 3-D scatter shows: points with their classes, checked and scaled. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { shapeText } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Axis, linearAxis, rangeOf } from './chart.ts';
import { type Rgb, rainbow } from './rainbow.ts';

export interface Scatter {
  /** [n,3], one point a row. Points that are not finite are left out, and the picture says how many. */
  readonly points: Tensor;
  /** The class of each point, a whole number from 0: written at the point, on its colour of the rainbow map. */
  readonly labels: ArrayLike<number>;
  /** Names of the classes, for the legend; '0' to '9' unless told. */
  readonly classes?: readonly string[];
  readonly title?: string;
  readonly axisNames?: readonly [string, string, string];
  /** Degrees, as Matplotlib counts them: 30 above the horizon, turned by −60, unless told. */
  readonly elevation?: number;
  readonly azimuth?: number;
}

/** A place in the box, 0 to 1 along each axis. */
export type Place = readonly [x: number, y: number, z: number];

/** A scatter that was checked: points scaled into [0, 1] along each axis. */
export interface CheckedScatter {
  readonly places: { readonly place: Place; readonly label: number; readonly index: number }[];
  readonly axes: readonly { readonly name: string; readonly axis: Axis }[];
  readonly classes: readonly string[];
  readonly title: string;
  readonly leftOut: number;
}

export function checkScatter(scatter: Scatter): CheckedScatter {
  const { points, labels, classes = [...'0123456789'], title = '' } = scatter;
  const axisNames = scatter.axisNames ?? ['code 0', 'code 1', 'code 2'];
  const [n = 0, axes = 0] = points.shape;
  if (points.rank !== 2 || axes !== 3) {
    throw new ShapeError(
      `scatter: points is ${shapeText(points.shape)}; want [n,3]. Of longer codes take three columns, or their principal components`,
      { shape: points.shape },
    );
  }
  if (labels.length !== n) {
    throw new OptionError(`scatter: ${labels.length} labels for ${n} points; want one each`);
  }
  const { values } = points;
  const finite: { at: Place; label: number; index: number }[] = [];
  for (let i = 0; i < n; i++) {
    const label = labels[i] ?? 0;
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      throw new OptionError(
        `scatter: label ${i} is ${label}; want whole numbers from 0 to ${classes.length - 1}`,
      );
    }
    const at = [values[3 * i] ?? 0, values[3 * i + 1] ?? 0, values[3 * i + 2] ?? 0] as const;
    if (at.every(Number.isFinite)) finite.push({ at, label, index: i });
  }
  if (finite.length === 0) throw new OptionError('scatter: no point to draw; want finite numbers');
  const scaled = axisNames.map((name, axis) => ({
    name,
    axis: linearAxis(rangeOf(finite.map(({ at }) => at[axis] ?? 0)), 0, 1, 7, true),
  }));
  const places = finite.map(({ at, label, index }) => {
    const [x = 0, y = 0, z = 0] = scaled.map(({ axis }, i) => axis.place(at[i] ?? 0));
    return { place: [x, y, z] as const, label, index };
  });
  return { places, axes: scaled, classes, title, leftOut: n - finite.length };
}

/** The colour of a class: the entry 255 · class / (last class) of the rainbow map, as the post takes it. */
export function classColour(label: number, classes: number): Rgb {
  return rainbow(Math.floor((255 * label) / Math.max(1, classes - 1)));
}
