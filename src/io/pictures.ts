/** Many small images in one grey picture: the posts' grids, and contact sheets. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { anything, checkOptions, whole } from '../core/options.ts';
import type { Picture } from './png.ts';

export interface GridOptions {
  /** Size of one image. */
  readonly height: number;
  readonly width: number;
  /** Images side by side. */
  readonly columns: number;
  /** Each pixel is drawn as a square of this side; 1 unless told. */
  readonly scale?: number;
  /** Pixels (before scaling) between images and around them; 0 unless told. */
  readonly spacing?: number;
}

/**
 * Lays images of [height, width] values out row by row, as many rows as they fill. Values are brightness in [0, 1], 0
 * black; what lies outside is clipped and NaN is black.
 */
export function gridPicture(values: ArrayLike<number>, options: GridOptions): Picture {
  checkOptions('gridPicture', options, {
    height: anything,
    width: anything,
    columns: anything,
    scale: anything,
    spacing: whole(0),
  });
  const { height, width, columns, scale = 1, spacing = 0 } = options;
  for (const [name, value] of Object.entries({ height, width, columns, scale })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new OptionError(`gridPicture: ${name} is ${value}; want a whole number of at least 1`);
    }
  }
  const size = height * width;
  if (values.length === 0 || values.length % size !== 0) {
    throw new ShapeError(
      `gridPicture: ${values.length} values; want images of ${size} values each, [n,${height},${width}]`,
    );
  }
  const count = values.length / size;
  const rows = Math.ceil(count / columns);
  const pictureWidth = (columns * (width + spacing) + spacing) * scale;
  const pictureHeight = (rows * (height + spacing) + spacing) * scale;
  const data = new Uint8Array(pictureWidth * pictureHeight).fill(spacing > 0 ? 64 : 0);

  for (let image = 0; image < count; image++) {
    const top = (spacing + Math.floor(image / columns) * (height + spacing)) * scale;
    const left = (spacing + (image % columns) * (width + spacing)) * scale;
    for (let y = 0; y < height * scale; y++) {
      const from = image * size + Math.floor(y / scale) * width;
      const to = (top + y) * pictureWidth + left;
      for (let x = 0; x < width * scale; x++) {
        data[to + x] = greyOf(values[from + Math.floor(x / scale)] ?? 0);
      }
    }
  }
  return { width: pictureWidth, height: pictureHeight, channels: 1, data };
}

function greyOf(brightness: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, brightness))); // NaN ends as 0 in a Uint8Array
}
