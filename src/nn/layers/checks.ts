/** Refusals that layers share. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { shapeText } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';

export function wantWhole(layer: string, name: string, value: number, least = 1): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new OptionError(`${layer}: ${name} is ${value}; want a whole number of at least ${least}`, {
    [name]: value,
  });
}

/** Images [batch, height, width, channels], of as many channels as the weights were made for. */
export function wantImages(name: string, x: Tensor, channels?: number): Tensor {
  if (x.rank !== 4 || (channels !== undefined && x.shape[3] !== channels)) {
    const wanted = channels === undefined ? 'channels' : `${channels} channels`;
    throw new ShapeError(
      `${name}: x is ${shapeText(x.shape)}; want images [batch, height, width, ${wanted}]${x.rank === 3 && channels === 1 ? '. expandDims(x, −1) adds the channel' : ''}`,
      { layer: name, x: x.shape },
    );
  }
  return x;
}
