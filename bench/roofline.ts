/**
 * The roofline of Williams, Waterman and Patterson, "Roofline: an insightful visual performance model", 2009: operations a
 * second over operations a byte. No kernel can be above the roof; how far it is below is what is left to gain.
 */
import { escaped } from '../src/io/chart.ts';
import type { Ceiling } from '../src/kernels/ceiling.ts';

export interface Dot {
  readonly kernel: string;
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
}

const width = 980;
const height = 620;
const plot = { left: 70, right: width - 30, top: 70, bottom: height - 60 };
const families: readonly (readonly [RegExp, string])[] = [
  [/^matmul/, 'matmul'],
  [/^(conv2d|depthwise)/, 'convolutions'],
  [/./, 'others, an element counted as one operation'],
];

/** Kernels that count no operations get one for each element they move. */
export function rooflinePicture(dots: readonly Dot[], ceiling: Ceiling, title: string): string {
  const points = dots.map(({ kernel, name, flops, bytes, seconds }) => {
    const operations = flops > 0 ? flops : bytes / 8;
    return { kernel, name, intensity: operations / bytes, rate: operations / seconds / 1e9 };
  });
  const xs = [0.05, Math.max(200, ...points.map(({ intensity }) => intensity * 1.5))] as const;
  const slowest = Math.min(...points.map(({ rate }) => rate));
  const ys = [Math.min(0.1, slowest / 2), (2 * ceiling.flops) / 1e9] as const;
  const place = (value: number, [low, high]: readonly [number, number], from: number, to: number) =>
    from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
  const x = (value: number) => round(place(value, xs, plot.left, plot.right));
  const y = (value: number) => round(place(value, ys, plot.bottom, plot.top));
  const peak = ceiling.flops / 1e9;

  const roofs = ceiling.levels.map(({ name, bandwidth }) => {
    const rate = bandwidth / 1e9;
    const from = Math.max(xs[0], ys[0] / rate);
    const label = `${name} ${rate.toFixed(0)} GB/s`;
    return [
      `<path class="roof" d="M${x(from)} ${y(from * rate)}L${x(peak / rate)} ${y(peak)}"/>`,
      `<text class="small" transform="translate(${x(from) + 6} ${y(from * rate) - 6}) rotate(${round(slope(x, y))})">${escaped(label)}</text>`,
    ].join('');
  });
  const nearest = Math.max(...ceiling.levels.map(({ bandwidth }) => bandwidth / 1e9));
  const boxes: { left: number; top: number; right: number }[] = [];
  const circles = points.map(({ kernel, name, intensity, rate }) => {
    const family = families.findIndex(([pattern]) => pattern.test(kernel));
    const [at, top, long] = [x(intensity), y(rate), 6.2 * name.length];
    const isBefore = at + 6 + long > plot.right;
    const left = isBefore ? at - 6 - long : at + 6;
    const box = { left, top, right: left + long };
    const free = boxes.every(
      (other) => Math.abs(other.top - top) > 11 || other.right < box.left || box.right < other.left,
    );
    if (free) boxes.push(box);
    const label = free
      ? `<text class="small${isBefore ? ' end' : ''}" x="${isBefore ? at - 6 : left}" y="${top + 3}">${escaped(name)}</text>`
      : '';
    return `<g><title>${escaped(`${name}: ${rate.toFixed(1)} GFLOP/s`)}</title><circle class="family${family}" cx="${at}" cy="${top}" r="3.5"/>${label}</g>`;
  });
  const powers = (low: number, high: number) =>
    [0.01, 0.1, 1, 10, 100, 1000, 10000].filter((power) => power >= low && power <= high);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="${plot.left}" y="28">${escaped(title)}</text>`,
    ...families.map(
      ([, name], i) =>
        `<circle class="family${i}" cx="${plot.left + 6 + 190 * i}" cy="48" r="4"/><text x="${plot.left + 16 + 190 * i}" y="52">${escaped(name)}</text>`,
    ),
    ...powers(...xs).map(
      (tick) =>
        `<path class="grid" d="M${x(tick)} ${plot.top}V${plot.bottom}"/><text class="middle" x="${x(tick)}" y="${plot.bottom + 18}">${tick}</text>`,
    ),
    ...powers(...ys).map(
      (tick) =>
        `<path class="grid" d="M${plot.left} ${y(tick)}H${plot.right}"/><text class="end" x="${plot.left - 8}" y="${y(tick) + 4}">${tick}</text>`,
    ),
    `<path class="frame" d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}"/>`,
    `<text class="middle" x="${(plot.left + plot.right) / 2}" y="${height - 14}">operations a byte (log)</text>`,
    `<text class="middle" transform="translate(20 ${(plot.top + plot.bottom) / 2}) rotate(-90)">GFLOP/s (log)</text>`,
    ...roofs,
    `<path class="roof" d="M${x(peak / nearest)} ${y(peak)}H${plot.right}"/><text class="small end" x="${plot.right}" y="${y(peak) - 6}">multiply-add ${peak.toFixed(0)} GFLOP/s</text>`,
    ...circles,
    '</svg>',
    '',
  ].join('\n');
}

/** Degrees of a line on which both axes grow alike. */
function slope(x: (value: number) => number, y: (value: number) => number): number {
  return (Math.atan2(y(10) - y(1), x(10) - x(1)) * 180) / Math.PI;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const style = [
  'text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:17px;font-weight:600}',
  '.small{font-size:10px}.middle{text-anchor:middle}.end{text-anchor:end}',
  '.page{fill:#fff}.grid{stroke:#eee}.frame{fill:none;stroke:#888}.roof{fill:none;stroke:#888;stroke-width:1.5}',
  '.family0{fill:#0072b2}.family1{fill:#d55e00}.family2{fill:#009e73}',
  '@media(prefers-color-scheme:dark){text{fill:#d8d8dc}.page{fill:#17181c}.grid{stroke:#26272c}',
  '.family0{fill:#56b4e9}.family1{fill:#e69f00}.family2{fill:#2fc99b}}',
].join('');
