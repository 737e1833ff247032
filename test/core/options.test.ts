import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { customGradient } from '../../src/core/custom-gradient.ts';
import { checkNumerics } from '../../src/core/numerics.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { tensor } from '../../src/core/tensor.ts';
import { Dataset } from '../../src/data/dataset.ts';
import { loadFashionMnist, loadMnist } from '../../src/data/mnist.ts';
import { encodeNpy } from '../../src/io/npy.ts';
import { scatterPicture } from '../../src/io/scatter.ts';
import { globalNorm } from '../../src/nn/clip.ts';
import { Dense, Reshape } from '../../src/nn/layers/index.ts';
import { SGD } from '../../src/nn/optimisers.ts';
import { zip } from '../../src/nn/zip.ts';
import { concat, pad, slice, tile } from '../../src/ops/index.ts';
import { withDefaults } from '../../src/programs/train.ts';
import { thrown } from '../thrown.ts';

describe('a value of another kind', () => {
  it.each<[string, () => unknown, string]>([
    [
      'record',
      () => new GradientTape().record(undefined as never),
      'record: undefined came in; want a function, as in tape.record(() => loss(x))',
    ],
    [
      'checkNumerics',
      () => checkNumerics(tensor([1]) as never),
      'checkNumerics: a Tensor came in; want a function, as in checkNumerics(() => loss(x))',
    ],
    [
      'customGradient',
      () => customGradient(3 as never),
      'customGradient: 3 came in; want a function, as in customGradient((x) => ({ value, gradient: (dy) => dy }))',
    ],
    [
      'the rule of customGradient',
      () => customGradient((x) => x as never)([1]),
      'customGradient: the function did not return a value with its rule; want { value, gradient: (dy) => … }',
    ],
    [
      'tile',
      () => tile([1], undefined as never),
      'tile: times is undefined; want a list, as in tile(x, [2, 1])',
    ],
    [
      'slice',
      () => slice([1], undefined as never),
      'slice: begin is undefined; want a list, as in slice(x, [0, 2], [1, 3])',
    ],
    [
      'pad',
      () => pad([1], 2 as never),
      'pad: paddings is 2; want a list, as in pad(x, [[0, 0], [1, 1]])',
    ],
    [
      'applyGradients',
      () => new SGD().applyGradients([[tensor(1), tensor(1)]] as never),
      'applyGradients: what came in are no pairs; want [gradient, variable] each, as zip(gradients, variables) makes them',
    ],
    [
      'applyGradients with two lists',
      () => new SGD().applyGradients(3 as never),
      'applyGradients: what came in are no pairs; want [gradient, variable] each, as zip(gradients, variables) makes them',
    ],
    [
      'compile',
      () => compile(undefined as never),
      'compile: undefined came in; want a function, as in compile((x, y) => trainStep(x, y))',
    ],
    [
      'compile, for its options',
      () => compile(() => 1, { time: true } as object),
      'compile: no option time; did you mean timed?',
    ],
    [
      'loadMnist',
      () => loadMnist({ path: 'data' } as object),
      'loadMnist: no option path; want data, cache, offline, onProgress, drawn, signal, mirrors',
    ],
    [
      'loadFashionMnist',
      () => loadFashionMnist('data' as never),
      'loadFashionMnist: options are "data"; want an object with data, cache, offline, onProgress, drawn, signal, mirrors',
    ],
    [
      'zip',
      () => zip([1], undefined as never),
      'zip: right is undefined; want a list, as in zip(gradients, variables)',
    ],
    [
      'globalNorm',
      () => globalNorm(tensor([1]) as never),
      'globalNorm: tensors is a Tensor; want a list, as in globalNorm(gradients)',
    ],
    [
      'concat',
      () => concat(tensor([1]) as never),
      'concat: the first argument is a Tensor; want a list, as in concat([a, b])',
    ],
    [
      'Dataset.from',
      () => Dataset.from(3 as never),
      'from: the source is 3; want an iterable, such as a list, or a function that starts one',
    ],
    [
      'Dataset.zip',
      () => Dataset.zip([Dataset.range(3)] as never),
      'zip: data set 0 is a list; want a Dataset',
    ],
    [
      'concatenate',
      () => Dataset.range(3).concatenate([1] as never),
      'concatenate: the other is [1]; want a Dataset',
    ],
    [
      'train',
      () => withDefaults('vae' as never, {}),
      'train: the program is "vae"; want a program, as in train(vae, { steps: 100 })',
    ],
    [
      'Reshape',
      () => new Reshape(3 as never),
      'Reshape: targetShape is 3; want a list, as in new Reshape([28, 28, 1])',
    ],
    [
      'an initializer that makes nothing',
      () => new Dense(1, { name: 'd', kernelInitializer: (() => {}) as never }).apply([[1]]),
      'd: what the initializer of kernel made is undefined; want a Tensor',
    ],
    [
      'saveNpy',
      () => encodeNpy(tensor([1]), { bytes: true } as object),
      'saveNpy: no option bytes; want asBytes',
    ],
    [
      'scatterPicture',
      () => scatterPicture({} as never, { scale: 0 }),
      'scatterPicture: scale is 0; want a number above 0',
    ],
  ])('is told by %s', (_, run, message) => {
    expect(thrown(run).replace(/^\w+: /, '')).toBe(message);
  });
});
