/** Rows of images to compare: original, code and reconstruction under each other, or originals beside their decodings. */
import { ShapeError } from '../core/errors.ts';
import { checkOptions, whole } from '../core/options.ts';
import { shapeText } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type GridOptions, gridPicture } from './pictures.ts';
import type { Picture } from './png.ts';

export interface RowsOptions {
  /** Side in pixels of the square each image is drawn in, whatever its own size; 112 unless told. */
  readonly side?: number;
  /** Pixels between the squares and around them; 4 unless told. */
  readonly spacing?: number;
}

/**
 * Rows of images [n,h,w] or [n,h,w,1], brightness in [0, 1]: the same n in every row, but sizes of their own. One row is
 * a strip, such as the path between two images.
 */
export function rowsPicture(rows: readonly Tensor[], options: RowsOptions = {}): Picture {
  checkOptions('rowsPicture', options, { side: whole(1), spacing: whole(0) });
  const { side = 112, spacing = 4 } = options;
  const sizes = rows.map((row, i) => sizeOfImages('rowsPicture', `row ${i}`, row));
  const columns = sizes[0]?.count ?? 0;
  const other = sizes.findIndex(({ count }) => count !== columns);
  if (columns === 0 || other > 0) {
    throw new ShapeError(
      `rowsPicture: ${columns === 0 ? 'no image' : `row ${other} has ${sizes[other]?.count} images and the first ${columns}`}; want as many in every row, at least one`,
    );
  }
  const all = new Float32Array(rows.length * columns * side * side);
  rows.forEach((row, i) => {
    const { height, width } = sizes[i] ?? { height: 1, width: 1 };
    all.set(stretched(row.values, columns, height, width, side), i * columns * side * side);
  });
  return gridPicture(all, { height: side, width: side, columns, spacing });
}

/**
 * Originals beside their decodings, both [n,h,w] or [n,h,w,1], as pairs that touch: `columns` (1) of them a row, each
 * pixel a square of `scale` (4), `spacing` (1) pixels between pairs.
 */
export function pairsPicture(
  originals: Tensor,
  decodings: Tensor,
  options: Partial<Pick<GridOptions, 'columns' | 'scale' | 'spacing'>> = {},
): Picture {
  checkOptions('pairsPicture', options, { columns: whole(1), scale: whole(1), spacing: whole(0) });
  const { columns = 1, scale = 4, spacing = 1 } = options;
  const { count, height, width } = sizeOfImages('pairsPicture', 'originals', originals);
  const others = sizeOfImages('pairsPicture', 'decodings', decodings);
  if (others.count !== count || others.height !== height || others.width !== width) {
    throw new ShapeError(
      `pairsPicture: originals is ${shapeText(originals.shape)} and decodings is ${shapeText(decodings.shape)}; want the same shape`,
      { originals: originals.shape, decodings: decodings.shape },
    );
  }
  const pairs = new Float32Array(2 * originals.size);
  for (let row = 0; row < count * height; row++) {
    const from = row * width;
    pairs.set(originals.values.subarray(from, from + width), 2 * from);
    pairs.set(decodings.values.subarray(from, from + width), 2 * from + width);
  }
  return gridPicture(pairs, { height, width: 2 * width, columns, scale, spacing });
}

function sizeOfImages(
  op: string,
  name: string,
  images: Tensor,
): { count: number; height: number; width: number } {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  if ((images.rank !== 3 && images.rank !== 4) || channels !== 1 || height < 1 || width < 1) {
    throw new ShapeError(
      `${op}: ${name} is ${shapeText(images.shape)}; want [n,h,w] or [n,h,w,1]`,
      {
        shape: images.shape,
      },
    );
  }
  return { count, height, width };
}

/** Images brought to [side,side], each pixel that of the image under its middle. */
function stretched(
  values: ArrayLike<number>,
  count: number,
  height: number,
  width: number,
  side: number,
): Float32Array {
  const large = new Float32Array(count * side * side);
  for (let i = 0; i < large.length; i++) {
    const image = Math.floor(i / (side * side));
    const y = Math.floor(((Math.floor(i / side) % side) + 0.5) * (height / side));
    const x = Math.floor(((i % side) + 0.5) * (width / side));
    large[i] = values[(image * height + y) * width + x] ?? 0;
  }
  return large;
}
