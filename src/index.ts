/** The public names. */
import { installMethods } from './ops/methods.ts';

export * from './core/errors.ts';
export { checkNumerics } from './core/numerics.ts';
export { defaultGenerator, Generator, setSeed } from './core/random.ts';
export type { Shape } from './core/shape.ts';
export {
  customGradient,
  type GradientOptions,
  type GradientsOf,
  GradientTape,
  type Sources,
  type TapeOptions,
} from './core/tape.ts';
export {
  type Dtype,
  fromArray,
  type NestedNumbers,
  Tensor,
  type TensorLike,
  tensor,
  Variable,
} from './core/tensor.ts';
export * from './ops/index.ts';

installMethods();
