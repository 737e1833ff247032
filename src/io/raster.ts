/** Drawing into pixels: convex areas, lines and text, with smooth edges. */
import { type Path, strokesOf } from './letters.ts';
import type { Picture } from './png.ts';
import type { Rgb } from './rainbow.ts';

export interface TextStyle {
  readonly size: number;
  readonly colour: Rgb;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
}

/**
 * An RGB picture to draw on. Places are in units of `scale` pixels, y downwards, [0, 0] the upper left corner; a pixel is
 * covered as far as the edge's distance from its centre says.
 */
export class Raster {
  readonly width: number;
  readonly height: number;
  private readonly scale: number;
  private readonly data: Uint8Array;

  constructor(width: number, height: number, background: Rgb, scale = 1) {
    this.width = Math.round(width * scale);
    this.height = Math.round(height * scale);
    this.scale = scale;
    this.data = new Uint8Array(this.width * this.height * 3);
    for (let i = 0; i < this.data.length; i++) this.data[i] = background[i % 3] ?? 0;
  }

  get picture(): Picture {
    return { width: this.width, height: this.height, channels: 3, data: this.data };
  }

  /** Fills a convex area, its corners in either direction. */
  area(corners: Path, colour: Rgb): void {
    const points = this.scaled(corners);
    const edges = points.map(
      (from, i) => new Segment(from, points[(i + 1) % points.length] ?? from),
    );
    // Twice the area is positive if the corners run clockwise on the page, where the inside is on the right.
    const turn = Math.sign(edges.reduce((sum, { x, y, dx, dy }) => sum + x * dy - y * dx, 0));
    const heights = points.map(([, y]) => y);
    const bottom = Math.ceil(Math.max(...heights) + 1);
    for (let row = Math.floor(Math.min(...heights) - 1); row <= bottom; row++) {
      const [left, right] = spanOf(edges, row, 1);
      for (let column = left; column < right; column++) {
        let inside = 1;
        for (const edge of edges) {
          const share = 0.5 + turn * edge.side(column + 0.5, row + 0.5);
          if (share < inside) inside = share;
        }
        this.blend(column, row, colour, inside);
      }
    }
  }

  /** Draws lines with round ends. Where several paths of one call cross, they are not drawn twice. */
  lines(paths: readonly Path[], width: number, colour: Rgb): void {
    const radius = (width * this.scale) / 2;
    // A line thinner than a pixel is a pixel wide and pale.
    const strength = Math.min(1, 2 * radius);
    const reach = Math.max(radius, 0.5) + 0.5;
    const covered = new Map<number, number>();
    for (const path of paths.map((path) => this.scaled(path))) {
      for (let i = 1; i < path.length; i++) {
        const segment = new Segment(path[i - 1] ?? [0, 0], path[i] ?? [0, 0]);
        const { y, dy } = segment;
        const bottom = Math.ceil(Math.max(y, y + dy) + reach);
        for (let row = Math.floor(Math.min(y, y + dy) - reach); row <= bottom; row++) {
          const [left, right] = spanOf([segment], row, reach);
          for (let column = left; column < right; column++) {
            const share = reach - segment.distance(column + 0.5, row + 0.5);
            const at = row * this.width + column;
            if (share > (covered.get(at) ?? 0) && column < this.width) covered.set(at, share);
          }
        }
      }
    }
    for (const [at, share] of covered) {
      this.blend(
        at % this.width,
        Math.floor(at / this.width),
        colour,
        strength * Math.min(1, share),
      );
    }
  }

  /** Writes a line of text, [x, y] on its baseline. */
  text(text: string, x: number, y: number, style: TextStyle): void {
    const { size, colour, anchor = 'start', bold = false } = style;
    const { paths, length } = strokesOf(text);
    const start = x - { start: 0, middle: 0.5, end: 1 }[anchor] * length * size;
    const placed = paths.map((path) =>
      path.map(([u, v]) => [start + u * size, y - v * size] as const),
    );
    this.lines(placed, size * (bold ? 0.125 : 0.09), colour);
  }

  private scaled(path: Path): Path {
    return path.map(([x, y]) => [x * this.scale, y * this.scale]);
  }

  private blend(column: number, row: number, colour: Rgb, share: number): void {
    if (share <= 0 || column < 0 || row < 0 || column >= this.width || row >= this.height) return;
    const at = 3 * (row * this.width + column);
    for (let channel = 0; channel < 3; channel++) {
      const under = this.data[at + channel] ?? 0;
      // Half is added because a byte array cuts off what follows the point.
      this.data[at + channel] = under + ((colour[channel] ?? 0) - under) * share + 0.5;
    }
  }
}

class Segment {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  private readonly length: number;
  private readonly cos: number;
  private readonly sin: number;

  constructor([x0, y0]: Path[number], [x1, y1]: Path[number]) {
    this.x = x0;
    this.y = y0;
    this.dx = x1 - x0;
    this.dy = y1 - y0;
    this.length = Math.hypot(this.dx, this.dy) || 1;
    this.cos = this.dx / this.length;
    this.sin = this.dy / this.length;
  }

  /** How far a point lies to the right of the line, as one walks along it on the page. */
  side(x: number, y: number): number {
    return this.cos * (y - this.y) - this.sin * (x - this.x);
  }

  distance(x: number, y: number): number {
    const [u, v] = [x - this.x, y - this.y];
    const along = Math.min(1, Math.max(0, (u * this.dx + v * this.dy) / this.length ** 2));
    return Math.hypot(u - along * this.dx, v - along * this.dy);
  }
}

/** The columns of a row that lie within `reach` of segments, or between two of them. */
function spanOf(segments: readonly Segment[], row: number, reach: number): [number, number] {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (const { x, y, dx, dy } of segments) {
    // The part of the segment, from 0 to 1, whose height is that of the row.
    const a = dy === 0 ? 0 : (row - reach - y) / dy;
    const b = dy === 0 ? 1 : (row + 1 + reach - y) / dy;
    const from = Math.max(0, Math.min(a, b));
    const to = Math.min(1, Math.max(a, b));
    if (from > to || (dy === 0 && (y < row - reach || y > row + 1 + reach))) continue;
    left = Math.min(left, x + from * dx, x + to * dx);
    right = Math.max(right, x + from * dx, x + to * dx);
  }
  return [Math.max(0, Math.floor(left - reach)), Math.ceil(right + reach)];
}
