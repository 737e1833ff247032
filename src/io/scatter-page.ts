/**
 * The 3-D scatter of codes as a page to turn with the mouse, a finger or the keyboard: one HTML file that fetches
 * nothing.
 */
import { OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, instanceOf } from '../core/options.ts';
import { shapeText } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { escaped, labelOf } from './chart.ts';
import { gridPicture } from './pictures.ts';
import { encodePng } from './png.ts';
import { inkOn } from './rainbow.ts';
import { checkScatter, classColour, type Scatter } from './scatter-data.ts';
import { script } from './scatter-script.ts';

export interface ScatterPageOptions {
  /** [n,h,w] or [n,h,w,1], brightness in [0, 1]: shown of the point under the mouse. */
  readonly images?: Tensor;
}

/** The text of the HTML file. */
export function scatterPage(scatter: Scatter, options: ScatterPageOptions = {}): string {
  checkOptions('scatterPage', options, { images: instanceOf(Tensor) });
  const { axes, places, classes, title, leftOut } = checkScatter(scatter);
  const { values } = scatter.points;
  const data = {
    axes: axes.map(({ name, axis }) => ({
      name,
      ticks: axis.ticks.map((value) => [axis.place(value), labelOf(value).replaceAll('-', '−')]),
    })),
    classes: classes.map((name, label) => {
      const colour = classColour(label, classes.length);
      return { name, colour: `rgb(${colour})`, ink: `rgb(${inkOn(colour)})` };
    }),
    points: places.map(({ place, label, index }) => ({
      place: place.map((share) => Number(share.toFixed(5))),
      label,
      index,
      values: [0, 1, 2].map((axis) => Number((values[3 * index + axis] ?? 0).toPrecision(5))),
    })),
    view: { elevation: scatter.elevation ?? 30, azimuth: scatter.azimuth ?? -60 },
    ...(options.images === undefined ? {} : { images: spriteOf(options.images, scatter) }),
  };
  const note =
    leftOut === 0
      ? ''
      : ` ${leftOut} of ${places.length + leftOut} points are not finite and are left out.`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<title>${escaped(title || 'scatter')}</title>
<style>${style}</style>
<header>
  <h1>${escaped(title || 'scatter')}</h1>
  <p>Drag to turn, scroll or pinch to zoom. Keys: arrows turn, + and − zoom, N and P go from point to point, 0 starts over.${note}</p>
</header>
<main>
  <div id="stage">
    <canvas tabindex="0" role="img" aria-label="${escaped(title || 'scatter')}: ${places.length} points in three dimensions; a table of them follows"></canvas>
    <div id="about" role="status" hidden></div>
  </div>
  <div id="legend" role="group" aria-label="Classes to show"></div>
</main>
<details><summary>The points as a table</summary><div id="table"></div></details>
<noscript><p>This page needs JavaScript to draw.</p></noscript>
<script>
const data = ${JSON.stringify(data).replaceAll('<', '\\u003c')};
${script}
</script>
</html>
`;
}

/** The images of all points in one, as the page cuts them out again. */
function spriteOf(
  images: Tensor,
  { points }: Scatter,
): {
  columns: number;
  width: number;
  height: number;
  url: string;
} {
  const [count, height = 0, width = 0, channels = 1] = images.shape;
  const n = points.shape[0] ?? 0;
  if ((images.rank !== 3 && images.rank !== 4) || count !== n || channels !== 1) {
    throw new ShapeError(
      `scatterPage: images is ${shapeText(images.shape)}; want [${n},h,w] or [${n},h,w,1], an image a point`,
      { shape: images.shape },
    );
  }
  const columns = Math.ceil(Math.sqrt(n));
  if (columns * Math.max(width, height) > 8192) {
    throw new OptionError(
      `scatterPage: ${n} images are more than browsers show; want fewer points`,
    );
  }
  const png = encodePng(gridPicture(images.values, { height, width, columns }));
  const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  return { columns, width, height, url };
}

const style = `
:root{--page:#fff;--pane:#f3f3f6;--grid:#d4d4db;--axis:#6e6e76;--text:#2c2c32;--quiet:#5c5c66;--card:#fff;--focus:#0b62c4}
@media(prefers-color-scheme:dark){:root{--page:#17181c;--pane:#222329;--grid:#3b3c45;--axis:#9a9aa4;--text:#dcdce2;--quiet:#a4a4ae;--card:#2a2b32;--focus:#7ab8ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--page);color:var(--text);font:15px/1.45 system-ui,sans-serif}
header{padding:16px 20px 0}
h1{margin:0;font-size:19px}
header p{margin:4px 0 0;color:var(--quiet)}
main{flex:1;display:flex;gap:8px;padding:8px 20px;min-height:380px}
#stage{position:relative;flex:1;min-width:0;min-height:380px}
canvas{position:absolute;inset:0;width:100%;height:100%;touch-action:none;cursor:grab;border-radius:6px;outline-offset:-2px}
canvas:active{cursor:grabbing}
canvas:focus-visible,button:focus-visible,summary:focus-visible{outline:2px solid var(--focus)}
#legend{display:flex;flex-direction:column;gap:4px;align-self:center}
#legend button{display:flex;align-items:center;gap:8px;border:0;padding:3px 6px;background:none;color:inherit;font:inherit;text-align:left;cursor:pointer;border-radius:4px}
#legend button:hover{background:var(--pane)}
#legend button[aria-pressed=false]{opacity:.35;text-decoration:line-through}
#legend b{min-width:22px;text-align:center;padding:1px 5px;border-radius:4px;font-weight:500}
#about{position:absolute;pointer-events:none;background:var(--card);border:1px solid var(--grid);border-radius:6px;padding:8px 10px;box-shadow:0 3px 12px #0003;font-size:13.5px;white-space:nowrap}
#about strong{display:block}
#about canvas{position:static;display:block;width:112px;height:auto;margin-top:6px;image-rendering:pixelated;border-radius:2px}
details{padding:4px 20px 18px}
summary{cursor:pointer;color:var(--quiet)}
#table{max-height:50vh;overflow:auto;margin-top:8px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:2px 12px 2px 0;text-align:right}
th{position:sticky;top:0;background:var(--page)}
@media(max-width:620px){main{flex-direction:column}#legend{flex-direction:row;flex-wrap:wrap;align-self:auto}}
`;
