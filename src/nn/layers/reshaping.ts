/** Layers that lay the numbers of each sample out anew. */
import { ShapeError } from '../../core/errors.ts';
import { wantList } from '../../core/options.ts';
import { checkShape, type Shape, shapeText, sizeOf } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { reshape } from '../../ops/index.ts';
import { Layer, type LayerOptions } from '../layer.ts';

/** Each sample as one row. As tf.keras.layers.Flatten. */
export class Flatten extends Layer {
  call(x: Tensor): Tensor {
    return reshape(x, [x.shape[0] ?? 1, sizeOf(x.shape.slice(1))]);
  }
}

/** Each sample in another shape, of which one size may be −1. As tf.keras.layers.Reshape. */
export class Reshape extends Layer {
  readonly targetShape: Shape;

  constructor(targetShape: Shape, options: LayerOptions = {}) {
    super(options);
    wantList('Reshape', 'targetShape', targetShape, 'new Reshape([28, 28, 1])');
    checkShape(
      'Reshape',
      targetShape.map((n) => (n === -1 ? 1 : n)),
    );
    this.targetShape = targetShape;
  }

  call(x: Tensor): Tensor {
    const sample = x.shape.slice(1);
    const known = sizeOf(this.targetShape.filter((n) => n !== -1));
    const open = this.targetShape.filter((n) => n === -1).length;
    const left = sizeOf(sample) / known;
    if (open > 1 || (open === 1 ? !Number.isInteger(left) : left !== 1)) {
      throw new ShapeError(
        `${this.name}: a sample is ${shapeText(sample)} and targetShape is ${shapeText(this.targetShape)}; want as many numbers in both`,
        { x: x.shape, targetShape: this.targetShape },
      );
    }
    const target = this.targetShape.map((n) => (n === -1 ? left : n));
    return reshape(x, [x.shape[0] ?? 1, ...target]);
  }
}
