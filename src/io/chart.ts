/** Line charts as SVG: readable on a light page and on a dark one, without a script or a font of their own. */
import { OptionError } from '../core/errors.ts';
import { anything, checkOptions, oneOf } from '../core/options.ts';

export interface Series {
  readonly name: string;
  /** [x, y] in the order they are joined; a point that is not finite leaves a gap. */
  readonly points: readonly (readonly [number, number])[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A logarithmic y axis leaves out what is not above zero. */
  readonly yScale?: 'linear' | 'log';
}

const width = 760;
const height = 440;
const plot = { left: 76, right: width - 24, top: 76, bottom: height - 56 };

/** The chart as the text of an SVG file. */
export function lineChart(series: readonly Series[], options: ChartOptions): string {
  checkOptions('lineChart', options, {
    title: anything,
    xLabel: anything,
    yLabel: anything,
    yScale: oneOf('linear', 'log'),
  });
  const { title, xLabel, yLabel, yScale = 'linear' } = options;
  if (series.length === 0 || series.length > hues.length) {
    throw new OptionError(`lineChart: ${series.length} series; want 1 to ${hues.length}`);
  }
  const log = yScale === 'log';
  const drawable = ([x, y]: readonly [number, number]) =>
    Number.isFinite(x) && Number.isFinite(y) && (!log || y > 0);
  const points = series.flatMap((one) => one.points).filter(drawable);
  if (points.length === 0) {
    throw new OptionError(
      `lineChart: no point to draw; want finite numbers${log ? ' above zero on a log axis' : ''}`,
    );
  }
  const counts = points.every(([x]) => Number.isInteger(x)); // there is no epoch 1.5
  const xs = linearAxis(
    rangeOf(points.map(([x]) => x)),
    plot.left,
    plot.right,
    8,
    true,
    counts ? 1 : 0,
  );
  const ys = (log ? logAxis : linearAxis)(
    rangeOf(points.map(([, y]) => y)),
    plot.bottom,
    plot.top,
    6,
  );

  const lines = series.map((one, i) => {
    const path = pathOf(one.points, drawable, xs.place, ys.place);
    return `<path class="line hue${i}" d="${path}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    text(plot.left, 32, title, 'title'),
    ...(series.length > 1 ? legend(series) : []),
    ...ys.ticks.map((y) => {
      const at = px(ys.place(y));
      const line = `<path class="grid" d="M${plot.left} ${at}H${plot.right}"/>`;
      return line + text(plot.left - 8, at + 4, labelOf(y), 'end');
    }),
    ...xs.ticks.map((x) => {
      const at = px(xs.place(x));
      const line = `<path class="grid" d="M${at} ${plot.top}V${plot.bottom}"/>`;
      return line + text(at, plot.bottom + 18, labelOf(x), 'middle');
    }),
    `<path class="frame" d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}"/>`,
    text((plot.left + plot.right) / 2, height - 14, xLabel, 'middle'),
    `<g transform="rotate(-90)">${text(-(plot.top + plot.bottom) / 2, 20, log ? `${yLabel} (log)` : yLabel, 'middle')}</g>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

/** Where values lie on the page, and the values worth a label. */
export interface Axis {
  place(value: number): number;
  ticks: number[];
}
export type Range = readonly [number, number];

export function linearAxis(
  [low, high]: Range,
  from: number,
  to: number,
  want: number,
  tight = false,
  leastStep = 0,
): Axis {
  const step = Math.max(leastStep, niceStep((high - low) / want));
  const start = tight ? low : Math.floor(low / step) * step;
  const end = tight ? high : Math.ceil(high / step) * step;
  const ticks = [];
  // Counted by whole numbers: adding up 0.1 drifts.
  for (let i = Math.ceil(start / step - 1e-9); i * step <= end + step * 1e-9; i++)
    ticks.push(i * step);
  return { place: (value) => from + ((value - start) / (end - start)) * (to - from), ticks };
}

/** Ticks at 1, 2 and 5 times each power of ten, or the powers alone when there are many. */
function logAxis([low, high]: Range, from: number, to: number, want: number): Axis {
  const room = 0.1 * Math.log(high / low);
  const ticksAt = (multiples: readonly number[]) => {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.log10(high) + 1; power++) {
      for (const multiple of multiples) ticks.push(Number(`${multiple}e${power}`));
    }
    return ticks.filter((tick) => Math.log(low / tick) < room && Math.log(tick / high) < room);
  };
  let ticks = ticksAt([1, 2, 5]);
  if (ticks.length > 2 * want) {
    ticks = ticksAt([1]);
    const every = Math.ceil(ticks.length / (2 * want));
    ticks = ticks.filter((_, i) => i % every === 0);
  }
  if (ticks.length < 3) ticks = linearAxis([low, high], from, to, want, true).ticks;
  const start = Math.log(Math.min(low, ticks[0] ?? low)) - room / 4;
  const end = Math.log(Math.max(high, ticks.at(-1) ?? high)) + room / 4;
  return {
    place: (value) => from + ((Math.log(value) - start) / (end - start)) * (to - from),
    ticks,
  };
}

/** Smallest and largest; a single value gets room around it. (No spread: long lists overflow the stack.) */
export function rangeOf(values: readonly number[]): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low < high) return [low, high];
  const room = low === 0 ? 1 : Math.abs(low) / 2;
  return [low - room, high + room];
}

/** The smallest of 1, 2, 5 times a power of ten that is no less than `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const multiple = [1, 2, 5, 10].find((m) => m * power >= step * (1 - 1e-9)) ?? 10;
  return multiple * power;
}

export function labelOf(value: number): string {
  const size = Math.abs(value);
  // Multiples of a step such as 5e-6 are not exact.
  const rounded = Number(value.toPrecision(6));
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return rounded.toExponential().replace('e+', 'e');
  const [whole = '', fraction] = `${rounded}`.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Joins the points; of those that share a pixel column, only what can be seen: the first, the extremes, the last. */
function pathOf(
  points: readonly (readonly [number, number])[],
  drawable: (point: readonly [number, number]) => boolean,
  placeX: (x: number) => number,
  placeY: (y: number) => number,
): string {
  let path = '';
  let pen = 'M';
  let column: (readonly [number, number])[] = [];
  const flush = () => {
    for (const [x, y] of seen(column)) {
      path += `${pen}${px(x)} ${px(y)}`;
      pen = 'L';
    }
    column = [];
  };
  for (const point of points) {
    if (!drawable(point)) {
      flush();
      pen = 'M';
      continue;
    }
    const at = [placeX(point[0]), placeY(point[1])] as const;
    if (column[0] !== undefined && Math.floor(column[0][0]) !== Math.floor(at[0])) flush();
    column.push(at);
  }
  flush();
  // A line needs two points; a lone one is drawn as a small circle.
  return path.replace(/M([^ML]+)(?=M|$)/g, 'M$1m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0');
}

function seen(column: (readonly [number, number])[]): (readonly [number, number])[] {
  if (column.length <= 4) return column;
  const byHeight = column
    .map((_, i) => i)
    .sort((i, j) => (column[i]?.[1] ?? 0) - (column[j]?.[1] ?? 0));
  const kept = new Set([0, byHeight[0], byHeight.at(-1), column.length - 1]);
  return column.filter((_, i) => kept.has(i));
}

function legend(series: readonly Series[]): string[] {
  let left = plot.left;
  return series.map(({ name }, i) => {
    const entry = `<path class="line hue${i}" d="M${left} 54h20"/>${text(left + 26, 58, name, 'start')}`;
    left += 26 + 7 * name.length + 24;
    return entry;
  });
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${px(x)}" y="${px(y)}">${escaped(content)}</text>`;
}

export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}

/** On light and on dark, told apart by people who confuse red and green: Okabe and Ito, "Color Universal Design". */
const hues = [
  ['#0072b2', '#56b4e9'],
  ['#d55e00', '#e69f00'],
  ['#009e73', '#2fc99b'],
  ['#b0568a', '#e08fbc'],
  ['#555555', '#bbbbbb'],
  ['#8a7400', '#f0e442'],
];

const style = [
  'text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:17px;font-weight:600}',
  '.middle{text-anchor:middle}.end{text-anchor:end}',
  '.page{fill:#fff}.grid{stroke:#e4e4e8}.frame{fill:none;stroke:#888}',
  '.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}',
  ...hues.map(([light], i) => `.hue${i}{stroke:${light}}`),
  '@media(prefers-color-scheme:dark){text{fill:#d8d8dc}.page{fill:#17181c}.grid{stroke:#303138}',
  ...hues.map(([, dark], i) => `.hue${i}{stroke:${dark}}`),
  '}',
].join('');
