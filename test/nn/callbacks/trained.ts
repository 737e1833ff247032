import type { Tensor } from '../../../src/core/tensor.ts';
import type { Callback, History, Logs } from '../../../src/nn/callbacks/index.ts';
import type { FitOptions } from '../../../src/nn/fit-data.ts';
import { Dense } from '../../../src/nn/layers/index.ts';
import { Model } from '../../../src/nn/model.ts';
import { SGD } from '../../../src/nn/optimisers.ts';
import { Sequential } from '../../../src/nn/sequential.ts';

/** A model of one weight, which counts its steps: 1, 2, 3, …; it is trained by one batch an epoch. */
export class Counter extends Model {
  readonly dense: Dense = new Dense(1, { kernelInitializer: 'zeros', useBias: false });
  override call(x: Tensor): Tensor {
    return this.dense.apply(x);
  }
  override trainStep(): { loss: number } {
    this.dense.kernel.assign([[this.dense.kernel.item() + 1]]);
    return { loss: this.dense.kernel.item() };
  }
}

/** Fits a Counter for so many epochs as there are values, which take the place of the figures of each epoch. */
export async function fitScripted(
  callbacks: readonly Callback[],
  figures: { readonly [name: string]: readonly number[] },
  options: FitOptions = {},
): Promise<{ model: Counter; history: History }> {
  const model = new Counter().compile({ optimizer: new SGD({ learningRate: 1 }) });
  const epochs = Object.values(figures)[0]?.length ?? 1;
  const script: Callback = {
    onEpochEnd(epoch: number, logs: Logs) {
      for (const [name, values] of Object.entries(figures)) logs[name] = values[epoch] as number;
    },
  };
  const history = await model.fit([[1]], undefined, {
    epochs,
    verbose: 0,
    callbacks: [script, ...callbacks],
    ...options,
  });
  return { model, history };
}

/** A model that learns y = 2x from four samples. */
export function doubling(): Sequential {
  const model = new Sequential([new Dense(1, { name: 'dense' })], { name: 'doubling' });
  return model.compile({ optimizer: new SGD({ learningRate: 0.02 }), loss: 'mse' });
}
export const doubles: { x: number[][]; y: number[][] } = {
  x: [[1], [2], [3], [4]],
  y: [[2], [4], [6], [8]],
};
