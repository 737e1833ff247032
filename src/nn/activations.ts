/** Activations by Keras's names, for layers. */
import type { Tensor } from '../core/tensor.ts';
import * as ops from '../ops/index.ts';
import { byName } from './by-name.ts';

export type Activation = (x: Tensor) => Tensor;

/** What went into the sigmoid or softmax that made a tensor, for as long as the tensor lives. */
const logits = new WeakMap<Tensor, Tensor>();

/**
 * The logits behind probabilities that came straight out of a layer. Cross-entropies use them, as Keras does: they stay
 * exact, and pass a gradient, where a probability has rounded to 0 or 1.
 */
export function logitsBehind(probabilities: Tensor): Tensor | undefined {
  return logits.get(probabilities);
}

function rememberingLogits(activation: Activation): Activation {
  return (x) => {
    const y = activation(x);
    logits.set(y, x);
    return y;
  };
}

export type ActivationName =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'gelu'
  | 'sigmoid'
  | 'softmax'
  | 'tanh'
  | 'softplus'
  | 'softsign'
  | 'swish'
  | 'silu'
  | 'exponential'
  | 'hardSigmoid';

const activations: Readonly<Record<ActivationName, Activation>> = {
  linear: (x) => x,
  relu: (x) => ops.relu(x),
  relu6: (x) => ops.relu6(x),
  leakyRelu: (x) => ops.leakyRelu(x),
  elu: (x) => ops.elu(x),
  selu: (x) => ops.selu(x),
  gelu: (x) => ops.gelu(x),
  sigmoid: rememberingLogits((x) => ops.sigmoid(x)),
  softmax: rememberingLogits((x) => ops.softmax(x)),
  tanh: (x) => ops.tanh(x),
  softplus: (x) => ops.softplus(x),
  softsign: (x) => ops.div(x, ops.add(1, ops.abs(x))),
  swish: (x) => ops.mul(x, ops.sigmoid(x)),
  silu: (x) => ops.mul(x, ops.sigmoid(x)),
  exponential: (x) => ops.exp(x),
  hardSigmoid: (x) => ops.clip(ops.add(ops.mul(0.2, x), 0.5), 0, 1),
};

/** An activation from its name; none is linear, and one that is a function stays. */
export function activation(
  asker: string,
  given: ActivationName | (string & {}) | Activation | undefined,
): Activation {
  if (typeof given === 'function') return given;
  return byName(asker, 'activation', given ?? 'linear', activations);
}
