/** Tensors of images to pictures, and back. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { shapeText } from '../core/shape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import type { Picture } from './png.ts';

/**
 * The pictures in a tensor [n,h,w,c] of 1 (grey) or 3 (RGB) channels. Floats are brightness in [0, 1], int32 is 0 to 255;
 * what lies outside is clipped and NaN is black. Only the first `atMost` are made.
 */
export function picturesOf(images: Tensor, atMost: number = Number.POSITIVE_INFINITY): Picture[] {
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  if (images.rank !== 4 || (channels !== 1 && channels !== 3) || height === 0 || width === 0) {
    throw new ShapeError(
      `picturesOf: images is ${shapeText(images.shape)}; want [n,h,w,c] with 1 channel (grey) or 3 (RGB)`,
      { shape: images.shape },
    );
  }
  const scale = images.dtype === 'int32' ? 1 : 255;
  const size = height * width * channels;
  const values = images.values;
  return Array.from({ length: Math.min(count, atMost) }, (_, image) => {
    // A clamped array rounds and clips by itself.
    const data = new Uint8ClampedArray(size);
    for (let i = 0; i < size; i++) data[i] = scale * (values[image * size + i] ?? 0);
    return { width, height, channels, data: new Uint8Array(data.buffer) };
  });
}

/** Pictures of one size as a float32 tensor [n,h,w,c] of brightness in [0, 1]. */
export function tensorOfPictures(pictures: readonly Picture[]): Tensor {
  const [first] = pictures;
  if (first === undefined) throw new OptionError('tensorOfPictures: no picture; want at least one');
  const { width, height, channels } = first;
  const size = width * height * channels;
  const values = new Float32Array(pictures.length * size);
  pictures.forEach((picture, i) => {
    if (picture.width !== width || picture.height !== height || picture.channels !== channels) {
      throw new OptionError(
        `tensorOfPictures: picture ${i} is ${sizeText(picture)} and the first is ${sizeText(first)}; want pictures of one size`,
      );
    }
    picture.data.forEach((byte, at) => {
      values[i * size + at] = byte / 255;
    });
  });
  return fromArray(values, [pictures.length, height, width, channels]);
}

function sizeText({ width, height, channels }: Picture): string {
  return `${width} x ${height} x ${channels}`;
}
