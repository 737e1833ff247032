/** Refusals that layers share. */
import { ShapeError } from '../../core/errors.ts';
import { type Shape, shapeText } from '../../core/shape.ts';

/** The channels of images [batch, height, width, channels], as many as the weights were made for if they were. */
export function wantImages(name: string, x: Shape, channels?: number): number {
  const found = x[3];
  if (x.length === 4 && found !== undefined && found === (channels ?? found)) return found;
  const wanted =
    channels === undefined ? 'channels' : `${channels} ${channels === 1 ? 'channel' : 'channels'}`;
  throw new ShapeError(
    `${name}: x is ${shapeText(x)}; want images [batch, height, width, ${wanted}]${x.length === 3 ? '. expandDims(x, −1) adds a channel' : ''}`,
    { layer: name, x },
  );
}
