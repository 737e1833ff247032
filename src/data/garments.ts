/** Garments drawn by code, for machines that have no Fashion-MNIST. */
import { type Draw, type DrawnSetOptions, drawSet } from './drawn-set.ts';
import type { ImageSet } from './image-set.ts';

const classes = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

export function garments(options: DrawnSetOptions = {}): ImageSet {
  const source = 'The embedded garments, drawn by code';
  return drawSet({ name: 'garments', classes, source }, drawGarment, options);
}

const drawGarment: Draw = () => {};
