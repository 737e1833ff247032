/** The 3-D scatter of codes as a picture: an SVG file, or pixels for a PNG file. */
import { checkOptions, number } from '../core/options.ts';
import { escaped } from './chart.ts';
import type { Picture } from './png.ts';
import { inkOn, type Rgb } from './rainbow.ts';
import { Raster } from './raster.ts';
import type { Scatter } from './scatter-data.ts';
import { boxOfLabel, type Mark, type Point, sceneOf, textSizes } from './scatter-scene.ts';

const page: Rgb = [255, 255, 255];
const colours = {
  pane: [243, 243, 246],
  grid: [212, 212, 219],
  axis: [110, 110, 118],
  text: [44, 44, 50],
} as const satisfies Record<string, Rgb>;
const darkStyle = {
  page: '#17181c',
  pane: '#222329',
  grid: '#3b3c45',
  axis: '#9a9aa4',
  text: '#dcdce2',
};

/** The text of an SVG file, readable on a light page and on a dark one. */
export function scatterSvg(scatter: Scatter): string {
  const { width, height, marks } = sceneOf(scatter);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(scatter.title ?? 'scatter')}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...marks.map(svgOf),
    '</svg>',
    '',
  ].join('\n');
}

function svgOf(mark: Mark): string {
  if (mark.kind === 'area') return `<path class="pane" d="M${pathText(mark.corners)}Z"/>`;
  if (mark.kind === 'line') return `<path class="${mark.role}" d="M${pathText(mark.path)}"/>`;
  if (mark.kind === 'text') {
    const [x, y] = mark.at;
    return `<text class="${mark.role}" x="${px(x)}" y="${px(y)}" text-anchor="${mark.anchor}">${escaped(mark.text)}</text>`;
  }
  const { left, top, width, height, baseline } = boxOfLabel(mark);
  const ink = inkOn(mark.colour)[0] === 0 ? '#000' : '#fff';
  return (
    `<rect class="label" x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" rx="${px(mark.size / 5)}" fill="rgb(${mark.colour})"/>` +
    `<text x="${px(mark.centre[0])}" y="${px(baseline)}" text-anchor="middle" fill="${ink}" font-size="${px(mark.size)}">${escaped(mark.text)}</text>`
  );
}

/** The picture in pixels, `scale` of them a unit of the SVG; 2 unless told. */
export function scatterPicture(scatter: Scatter, options: { scale?: number } = {}): Picture {
  checkOptions('scatterPicture', options, { scale: number({ above: 0 }) });
  const { width, height, marks } = sceneOf(scatter);
  const raster = new Raster(width, height, page, options.scale ?? 2);
  for (const mark of marks) draw(raster, mark);
  return raster.picture;
}

function draw(raster: Raster, mark: Mark): void {
  if (mark.kind === 'area') raster.area(mark.corners, colours.pane);
  else if (mark.kind === 'line') raster.lines([mark.path], 1, colours[mark.role]);
  else if (mark.kind === 'text') {
    const { anchor, role } = mark;
    const bold = role === 'title';
    raster.text(mark.text, ...mark.at, {
      size: textSizes[role],
      colour: colours.text,
      anchor,
      bold,
    });
  } else {
    const { left, top, width, height, baseline } = boxOfLabel(mark);
    const { size, colour } = mark;
    raster.area(rounded(left - 0.8, top - 0.8, width + 1.6, height + 1.6, size / 4), page);
    raster.area(rounded(left, top, width, height, size / 5), colour);
    const ink = inkOn(colour);
    raster.text(mark.text, mark.centre[0], baseline, { size, colour: ink, anchor: 'middle' });
  }
}

/** The corners of a rectangle with round corners. */
function rounded(
  left: number,
  top: number,
  width: number,
  height: number,
  radius: number,
): Point[] {
  const steps = 4;
  const centres = [
    [left + width - radius, top + height - radius],
    [left + radius, top + height - radius],
    [left + radius, top + radius],
    [left + width - radius, top + radius],
  ] as const;
  return centres.flatMap(([x, y], quarter) =>
    Array.from({ length: steps + 1 }, (_, i): Point => {
      const angle = ((quarter + i / steps) * Math.PI) / 2;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    }),
  );
}

function pathText(path: readonly Point[]): string {
  return path.map(([x, y]) => `${px(x)} ${px(y)}`).join('L');
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}

const style = [
  'text{font-family:system-ui,sans-serif}.label{stroke:#fff;stroke-width:.8}',
  ...Object.entries(textSizes).map(
    ([role, size]) => `text.${role}{font-size:${size}px;fill:rgb(${colours.text})}`,
  ),
  '.title{font-weight:600}.grid,.axis{fill:none}.page{fill:#fff}',
  `.pane{fill:rgb(${colours.pane})}.grid{stroke:rgb(${colours.grid})}.axis{stroke:rgb(${colours.axis})}`,
  '@media(prefers-color-scheme:dark){',
  `.page{fill:${darkStyle.page}}.pane{fill:${darkStyle.pane}}.grid{stroke:${darkStyle.grid}}`,
  `.axis{stroke:${darkStyle.axis}}.label{stroke:${darkStyle.page}}`,
  ...Object.keys(textSizes).map((role) => `text.${role}{fill:${darkStyle.text}}`),
  '}',
].join('');
