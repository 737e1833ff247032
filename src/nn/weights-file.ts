/** Weights of a model in a safetensors file. */
import { DataError } from '../core/errors.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import type { Tensor, Variable } from '../core/tensor.ts';
import { loadSafetensors, saveSafetensors } from '../io/safetensors.ts';

/** Writes the weights under their paths; the file is replaced whole or not at all. */
export function writeWeights(path: string, weights: ReadonlyMap<string, Variable>): void {
  saveSafetensors(path, weights);
}

/**
 * Reads values for all of the weights, from the file or from tensors that were read of it; none is changed unless every
 * one fits. `model` is the name that errors give.
 */
export function readWeights(
  path: string,
  weights: ReadonlyMap<string, Variable>,
  model: string,
  tensors: ReadonlyMap<string, Tensor> = loadSafetensors(path).tensors,
): void {
  const fail = (found: string) =>
    new DataError(`${path}: ${found}; want the weights of ${model}`, { file: path });
  for (const [name, weight] of weights) {
    const value = tensors.get(name);
    if (value === undefined) throw fail(`it has no ${name}`);
    if (!sameShape(value.shape, weight.shape) || value.dtype !== weight.dtype) {
      throw fail(
        `${name} is ${value.dtype} ${shapeText(value.shape)} where the model has ${weight.dtype} ${shapeText(weight.shape)}`,
      );
    }
  }
  const strange = [...tensors.keys()].find((name) => !weights.has(name));
  if (strange !== undefined) throw fail(`it has ${strange}, which the model has not`);
  for (const [name, weight] of weights) {
    const value = tensors.get(name);
    if (value !== undefined) weight.assign(value);
  }
}
