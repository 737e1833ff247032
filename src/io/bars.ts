/** Horizontal bars as SVG, each with the part of it that could not be saved: where a step's time goes. */
import { escaped } from './chart.ts';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The part from its beginning that is drawn full; the rest is drawn pale. */
  readonly full: number;
  /** What is written behind it. */
  readonly note: string;
}

const left = 440;
const room = 420;
const noteRoom = 210;
const lineHeight = 20;
const top = 62;

/** The picture as the text of an SVG file; `subtitle` says what the full and the pale parts are. */
export function barsPicture(
  bars: readonly Bar[],
  { title, subtitle }: { title: string; subtitle: string },
): string {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const width = left + room + noteRoom;
  const height = top + lineHeight * bars.length + 16;
  const long = (value: number) => Math.max(0.5, Math.round((room * value * 10) / most) / 10);
  const rows = bars.map(({ name, value, full, note }, i) => {
    const y = top + lineHeight * i;
    const shown = name.length > 60 ? `${name.slice(0, 59)}…` : name;
    return [
      `<g><title>${escaped(`${name}: ${note}`)}</title>`,
      `<text class="end" x="${left - 8}" y="${y + 13}">${escaped(shown)}</text>`,
      `<rect class="pale" x="${left}" y="${y + 2}" width="${long(value)}" height="14"/>`,
      `<rect class="full" x="${left}" y="${y + 2}" width="${long(Math.min(full, value))}" height="14"/>`,
      `<text x="${left + long(value) + 6}" y="${y + 13}">${escaped(note)}</text></g>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="16" y="28">${escaped(title)}</text>`,
    `<text x="16" y="48">${escaped(subtitle)}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

const style = [
  'text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:17px;font-weight:600}',
  '.end{text-anchor:end}.page{fill:#fff}.full{fill:#0072b2}.pale{fill:#a6cfe8}',
  '@media(prefers-color-scheme:dark){text{fill:#d8d8dc}.page{fill:#17181c}',
  '.full{fill:#56b4e9}.pale{fill:#28485c}}',
].join('');
