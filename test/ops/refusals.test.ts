/** Every sentence with which an op refuses what it was given, quoted whole. */
import { describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { sumTo } from '../../src/ops/broadcast.ts';
import { defineOp } from '../../src/ops/define.ts';
import * as ops from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const x = tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix
const whole = tensor([1, 2, 3], undefined, 'int32');
const exact = tensor([1, 2, 3], undefined, 'float64');
/** What a caller without types might hand over. */
const loose = ops as unknown as Record<string, (...args: unknown[]) => unknown>;
const images = ops.zeros([1, 4, 4, 1]);
const filter = ops.zeros([2, 2, 1, 1]);
const call = (name: string, ...args: unknown[]) => loose[name]?.(...args);

const refused: Record<string, [what: string, run: () => unknown, message: string][]> = {
  'any op': [
    [
      'an input that is missing',
      () => call('add', x),
      'OptionError: add: b is missing; want a tensor, numbers in nested arrays, or a typed array',
    ],
    [
      'null',
      () => call('exp', null),
      'OptionError: exp: x is null; want a tensor, numbers in nested arrays, or a typed array',
    ],
    [
      'a text',
      () => call('mul', '3', x),
      'OptionError: mul: a is "3"; want a tensor, numbers in nested arrays, or a typed array',
    ],
    [
      'float64 beside float32',
      () => ops.add(tensor([1, 2, 3]), exact),
      'ShapeError: add: b is float64 and another input is float32; want one type. cast(b, "float32") makes it so',
    ],
    [
      'floats beside int32',
      () => ops.add(tensor([1, 2, 3], [3], 'int32'), tensor([1, 2, 3])),
      'ShapeError: add: b is float32 and another input is int32; want one type. cast(x, "float32") of the int32 one makes it so',
    ],
    [
      "Python's name of an option",
      () => ops.matmul(x, x, { transpose_b: true } as object),
      'OptionError: matmul: no option transpose_b; did you mean transposeB?',
    ],
    [
      'a list for options',
      () => ops.matmul(x, x, [true] as object),
      'OptionError: matmul: options are [true]; want an object with transposeA, transposeB',
    ],
    [
      'an option of an op on windows that it does not have',
      () => call('conv2d', images, filter, { stride: 2 }),
      'OptionError: conv2d: no option stride; did you mean strides?',
    ],
    [
      'an output shape that is no list',
      () => call('conv2dTranspose', images, filter, { outputShape: 4 }),
      'OptionError: conv2dTranspose: outputShape is 4; want a list',
    ],
    [
      'strides in place of options',
      () => call('depthwiseConv2d', images, filter, 2),
      'OptionError: depthwiseConv2d: options are 2; want an object with strides, dilations, padding',
    ],
    [
      'strides that are none',
      () => call('conv2d', images, filter, { strides: { height: 2 } }),
      'OptionError: conv2d: strides is {"height":2}; want a whole number of at least 1, or one for the height and one for the width',
    ],
    [
      "Keras's name of a pool's size",
      () => call('maxPool', images, { poolSize: 2 }),
      'OptionError: maxPool: no option poolSize; want ksize, strides, padding',
    ],
    [
      'a size that is a number',
      () => call('resizeBilinear', images, 4),
      'OptionError: resizeBilinear: size is 4; want [height, width], whole numbers of at least 1',
    ],
    [
      "TensorFlow's British half-pixel centres",
      () => call('resizeNearest', images, [4, 4], { halfPixelCentres: true }),
      'OptionError: resizeNearest: no option halfPixelCentres; did you mean halfPixelCenters?',
    ],
    [
      'gamma for scale',
      () => call('layerNormalisation', x, { gamma: 2 }),
      'OptionError: layerNormalisation: no option gamma; want scale, offset, epsilon, axes',
    ],
    [
      'a text for epsilon',
      () => call('batchNormalisation', x, 0, 1, { epsilon: '1' }),
      'OptionError: batchNormalisation: epsilon is "1"; want a number of at least 0',
    ],
    [
      'an object for keepDims',
      () => call('mean', x, 0, { keepDims: true }),
      'OptionError: mean: keepDims is {"keepDims":true}; want true or false',
    ],
    [
      'an axis, in the name of the op that was called',
      () => ops.variance(x, 2),
      'ShapeError: variance: axis is 2; want a whole number from -2 to 1 for 2 axes',
    ],
    [
      'nothing to be like',
      () => call('onesLike', undefined),
      'OptionError: onesLike: x is undefined; want a Tensor',
    ],
    [
      'shapes of truth and prediction that do not meet',
      () => ops.meanSquaredError(x, [1, 2]),
      'ShapeError: meanSquaredError: the truth is [2,3] and the prediction is [2]; want sizes that are equal or 1, aligned from the last axis',
    ],
    [
      'an int32 truth beside a float32 prediction',
      () => ops.huber(whole, tensor([1, 2, 3])),
      'ShapeError: huber: the truth is int32 and the prediction is float32; want one type. cast(truth, "float32") makes it so',
    ],
    [
      'a value that is none',
      () => ops.randomUniform([3], { maxval: '1' as never }),
      'OptionError: randomUniform: maxval is "1"; want a number',
    ],
    [
      'a seed for a generator',
      () => ops.randomNormal([3], { generator: 7 as never }),
      'OptionError: randomNormal: generator is 7; want a Generator',
    ],
    [
      'a flag that is none',
      () => ops.matmul(x, x, { transposeB: 'yes' as never }),
      'OptionError: matmul: transposeB is "yes"; want true or false',
    ],
    [
      'an object for a number',
      () => ops.leakyRelu(x, { alpha: 0.1 } as never),
      'OptionError: leakyRelu: alpha is {"alpha":0.1}; want a number',
    ],
    [
      'an object for the first of two numbers',
      () => ops.oneHot([1], 2, { onValue: 5 } as never),
      'OptionError: oneHot: on is {"onValue":5}; want a number',
    ],
    [
      'a number for a shape',
      () => ops.reshape(x, 6 as never),
      'ShapeError: reshape: shape is 6; want a list of whole numbers',
    ],
    [
      'an object for axes',
      () => ops.sum(x, { axis: 0 } as never),
      'OptionError: sum: axes are {"axis":0}; want one axis or a list of them',
    ],
    [
      'a negative deviation',
      () => ops.randomNormal([3], { stddev: -1 }),
      'OptionError: randomNormal: stddev is -1; want a number of at least 0',
    ],
    [
      'a type that is none',
      () => ops.cast(x, 'float16' as 'float32'),
      'OptionError: dtype: it is float16; want float32, int32 or float64',
    ],
    [
      'floats where indices are meant',
      () => ops.gather(x, tensor([0, 1])),
      'ShapeError: gather: indices is float32; want int32. cast(indices, "int32") makes it so',
    ],
    [
      'floats for a condition',
      () => ops.where(tensor([1, 0, 1]), x, 0),
      'ShapeError: where: condition is float32; want int32. cast(condition, "int32") makes it so',
    ],
    [
      'shapes that do not meet',
      () => ops.add(x, [1, 2]),
      'ShapeError: add: a is [2,3] and b is [2]; want sizes that are equal or 1, aligned from the last axis',
    ],
  ],
  'ops that leave the whole numbers': [
    ...[
      'sqrt',
      'rsqrt',
      'reciprocal',
      'exp',
      'expm1',
      'log',
      'log1p',
      'sin',
      'cos',
      'tan',
      'erf',
      'sigmoid',
      'tanh',
      'leakyRelu',
      'elu',
      'softplus',
      'softmax',
      'logSoftmax',
      'variance',
    ].map(
      // biome-ignore format: a list
      (name): [string, () => unknown, string] => [
        `integers: ${name}`,
        () => call(name, whole),
        `ShapeError: ${name}: x is int32; want floats. cast(x, "float32") makes it so`,
      ],
    ),
    [
      'integers: div',
      () => ops.div(whole, 2),
      'ShapeError: div: a is int32; want floats. cast(a, "float32") makes it so',
    ],
    [
      'integers: div below',
      () => ops.div(2, whole),
      'ShapeError: div: b is int32; want floats. cast(b, "float32") makes it so',
    ],
    [
      'integers: dropout',
      () => ops.dropout(whole, 0.5),
      'ShapeError: dropout: x is int32; want floats. cast(x, "float32") makes it so',
    ],
    [
      'integers: matmul',
      () => ops.matmul(ops.cast(x, 'int32'), x),
      'ShapeError: matmul: a is int32; want floats. cast(a, "float32") makes it so',
    ],
    [
      'integers: a loss',
      () => ops.sigmoidCrossEntropyWithLogits(whole, whole),
      'ShapeError: sigmoidCrossEntropyWithLogits: prediction is int32; want floats. cast(prediction, "float32") makes it so',
    ],
  ],
  options: [
    [
      'a misspelt name',
      () => call('randomNormal', [2], { stdDev: 2 }),
      'OptionError: randomNormal: no option stdDev; did you mean stddev?',
    ],
    [
      'a name of something else',
      () => call('truncatedNormal', [2], { seed: 2 }),
      'OptionError: truncatedNormal: no option seed; want mean, stddev, dtype, generator',
    ],
    [
      'a number in place of an object',
      () => call('randomUniform', [2], 0, 1),
      'OptionError: randomUniform: options are 0; want an object with minval, maxval, dtype, generator',
    ],
    [
      'truths in place of an object: matmul',
      () => call('matmul', x, x, true),
      'OptionError: matmul: options are true; want an object with transposeA, transposeB',
    ],
    [
      'truths in place of an object: cumsum',
      () => call('cumsum', x, 0, true),
      'OptionError: cumsum: options are true; want an object with exclusive, reverse',
    ],
    [
      'null: cumprod',
      () => call('cumprod', x, 0, null),
      'OptionError: cumprod: options are null; want an object with exclusive, reverse',
    ],
    [
      'a misspelt name: pad',
      () => call('pad', [1], [[1, 1]], { constantValue: 1 }),
      'OptionError: pad: no option constantValue; want mode, value',
    ],
    [
      'a misspelt name: dropout',
      () => call('dropout', x, 0.5, { seed: 1 }),
      'OptionError: dropout: no option seed; want generator',
    ],
    [
      'an option of another loss',
      () => call('meanAbsoluteError', x, x, { delta: 1 }),
      'OptionError: meanAbsoluteError: no option delta; want reduction, sampleWeight',
    ],
    [
      'a misspelt name: huber',
      () => call('huber', x, x, { dleta: 1 }),
      'OptionError: huber: no option dleta; did you mean delta?',
    ],
    [
      'a misspelt name: binaryCrossentropy',
      () => call('binaryCrossentropy', x, x, { fromLogit: true }),
      'OptionError: binaryCrossentropy: no option fromLogit; did you mean fromLogits?',
    ],
    [
      'of a tape',
      () => new GradientTape({ persist: true } as object),
      'OptionError: GradientTape: no option persist; want persistent, watchAccessedVariables, trace',
    ],
    [
      'of a gradient',
      () => new GradientTape().gradient(x, x, { outputGradients: x } as object),
      'OptionError: gradient: no option outputGradients; did you mean outputGradient?',
    ],
    [
      'of a variable',
      () => new Variable(1, { train: false } as object),
      'OptionError: Variable: no option train; want trainable, name, dtype',
    ],
  ],
  elementwise: [
    [
      'clip with its ends exchanged',
      () => ops.clip(x, 2, 1),
      'OptionError: clip: low is 2 and high is 1; want low ≤ high',
    ],
    [
      'clip at NaN',
      () => ops.clip(x, Number.NaN, 1),
      'OptionError: clip: low is NaN and high is 1; want low ≤ high',
    ],
    [
      'a negative alpha of elu',
      () => ops.elu(x, -1),
      'OptionError: elu: alpha is -1; want a number of at least 0',
    ],
    [
      'where with branches that do not meet',
      () => ops.where([true], x, [1, 2]),
      'ShapeError: where: a is [2,3] and b is [2]; want sizes that are equal or 1, aligned from the last axis',
    ],
    [
      'where with a condition that does not meet them',
      () => ops.where([true, false], x, x),
      'ShapeError: where: condition is [2] and a and b is [2,3]; want sizes that are equal or 1, aligned from the last axis',
    ],
  ],
  broadcast: [
    [
      'broadcastTo a shape that does not meet x',
      () => ops.broadcastTo(x, [2, 4]),
      'ShapeError: broadcastTo: x is [2,3] and shape is [2,4]; want sizes that are equal or 1, aligned from the last axis',
    ],
    [
      'broadcastTo a smaller shape',
      () => ops.broadcastTo(x, [3]),
      'ShapeError: broadcastTo: x is [2,3] and shape is [3]; want a shape that x can grow to',
    ],
    [
      'broadcastTo a negative size',
      () => ops.broadcastTo(1, [-2]),
      'ShapeError: broadcastTo: shape is [-2]; want a list of whole numbers of at least 0',
    ],
    [
      'sumTo a larger shape',
      () => sumTo(x, [2, 2, 3]),
      'ShapeError: sumTo: x is [2,3] and shape is [2,2,3]; want a shape that can grow to x',
    ],
  ],
  matmul: [
    [
      'sizes that do not fit',
      () => ops.matmul(x, ops.zeros([2, 4])),
      'ShapeError: matmul: a is [2,3] and b is [2,4]; want a [m,k] and b [k,n]. Did you mean transpose(a)?',
    ],
    [
      'the transpose of what was meant',
      () => ops.matmul(ops.zeros([32, 784]), ops.zeros([256, 784])),
      'ShapeError: matmul: a is [32,784] and b is [256,784]; want a [m,k] and b [k,n]. Did you mean transpose(b)?',
    ],
    [
      'sizes that fit no way',
      () => ops.matmul(x, ops.zeros([4, 5])),
      'ShapeError: matmul: a is [2,3] and b is [4,5]; want a [m,k] and b [k,n].',
    ],
    [
      'a vector',
      () => ops.matmul(x, [1, 2, 3]),
      'ShapeError: matmul: b is [3]; want at least two axes. expandDims adds one',
    ],
    [
      'batches that do not meet',
      () => ops.matmul(ops.zeros([2, 1, 1]), ops.zeros([3, 1, 1])),
      "ShapeError: matmul: a's batch is [2] and b's batch is [3]; want sizes that are equal or 1, aligned from the last axis",
    ],
  ],
  reduce: [
    [
      'an axis there is not',
      () => ops.sum(x, 2),
      'ShapeError: sum: axis is 2; want a whole number from -2 to 1 for 2 axes',
    ],
    [
      'an axis twice',
      () => ops.max(x, [0, -2]),
      'ShapeError: max: axis 0 is named twice; want different axes',
    ],
    [
      'argmax of nothing',
      () => ops.argmax(ops.zeros([2, 0]), 1),
      'ShapeError: argmax: axis 1 of x [2,0] is empty; want at least one element',
    ],
    [
      'argmin of a single number',
      () => ops.argmin(3),
      'ShapeError: argmin: axis is 0; want none for a single number',
    ],
    [
      'any of floats',
      () => ops.any(x),
      'ShapeError: any: x is float32; want int32. cast(x, "int32") makes it so',
    ],
    [
      'softmax of a single number',
      () => ops.softmax(3),
      'ShapeError: softmax: axis is -1; want none for a single number',
    ],
    [
      'cumsum along an axis there is not',
      () => ops.cumsum(x, -3),
      'ShapeError: cumsum: axis is -3; want a whole number from -2 to 1 for 2 axes',
    ],
  ],
  move: [
    [
      'reshape to another size',
      () => ops.reshape(x, [4]),
      'ShapeError: reshape: x is [2,3] with 6 elements and shape is [4]; want sizes whose product is 6, at most one of them −1',
    ],
    [
      'reshape with what is left a fraction',
      () => ops.reshape(x, [-1, 4]),
      'ShapeError: reshape: x is [2,3] with 6 elements and shape is [-1,4]; want sizes whose product is 6, at most one of them −1',
    ],
    [
      'reshape with two open sizes',
      () => ops.reshape(x, [-1, -1]),
      'ShapeError: reshape: x is [2,3] with 6 elements and shape is [-1,-1]; want sizes whose product is 6, at most one of them −1',
    ],
    [
      'squeeze of an axis that is not 1',
      () => ops.squeeze(x, 0),
      'ShapeError: squeeze: axis 0 of [2,3] has size 2; want 1',
    ],
    [
      'expandDims beyond the end',
      () => ops.expandDims(x, 3),
      'ShapeError: expandDims: axis is 3; want a whole number from -3 to 2 for 3 axes',
    ],
    [
      'transpose with an axis left out',
      () => ops.transpose(x, [0]),
      'ShapeError: transpose: the order is [0] for 2 axes; want each axis once',
    ],
    [
      'transpose with an axis twice',
      () => ops.transpose(x, [1, 1]),
      'ShapeError: transpose: the order is [1,1] for 2 axes; want each axis once',
    ],
    [
      'slice with too many numbers',
      () => ops.slice(x, [0, 0, 0], [1]),
      'ShapeError: slice: begin is [0,0,0] and size is [1] for x [2,3]; want at most 2 numbers each',
    ],
    [
      'slice beyond the end',
      () => ops.slice(x, [0, 2], [2, 2]),
      'ShapeError: slice: axis 1 of x [2,3] is asked for 2 elements from 2; want them within its 3',
    ],
    [
      'slice from a negative place',
      () => ops.slice(x, -1),
      'ShapeError: slice: axis 0 of x [2,3] is asked for 3 elements from -1; want them within its 2',
    ],
    [
      'stridedSlice with a step of 0',
      () => ops.stridedSlice(x, [0], [2], [0]),
      'OptionError: stridedSlice: the step of axis 0 is 0; want a whole number that is not 0',
    ],
    [
      'stridedSlice from a fraction',
      () => ops.stridedSlice(x, [null, 0.5], []),
      'OptionError: stridedSlice: a place on axis 1 is 0.5; want a whole number or null',
    ],
    [
      'stridedSlice of axes there are not',
      () => ops.stridedSlice(x, [0, 0, 0], []),
      'ShapeError: stridedSlice: 3 places are given for x [2,3]; want at most 2',
    ],
    [
      'reverse of an axis there is not',
      () => ops.reverse(x, 2),
      'ShapeError: reverse: axis is 2; want a whole number from -2 to 1 for 2 axes',
    ],
    [
      'pad with too few pairs',
      () => ops.pad(x, [[1, 1]]),
      'ShapeError: pad: paddings are [[1,1]] for x [2,3]; want 2 pairs [before, after] of whole numbers of at least 0',
    ],
    [
      'pad with a negative size',
      () => ops.pad(x, [[0, 0], [-1, 0]]), // biome-ignore format: pairs
      'ShapeError: pad: paddings are [[0,0],[-1,0]] for x [2,3]; want 2 pairs [before, after] of whole numbers of at least 0',
    ],
    [
      'pad in a mode there is not',
      () => call('pad', x, [[0, 0], [0, 0]], { mode: 'wrap' }), // biome-ignore format: pairs
      `OptionError: pad: mode is "wrap"; want 'constant', 'reflect' or 'symmetric'`,
    ],
    [
      'a reflection wider than the axis',
      () => ops.pad(x, [[2, 0], [0, 0]], { mode: 'reflect' }), // biome-ignore format: pairs
      'ShapeError: pad: axis 0 of x [2,3] is to grow by [2,0] in mode reflect; want at most 1 on a side',
    ],
    [
      'a mirror wider than the axis',
      () => ops.pad(x, [[0, 0], [0, 4]], { mode: 'symmetric' }), // biome-ignore format: pairs
      'ShapeError: pad: axis 1 of x [2,3] is to grow by [0,4] in mode symmetric; want at most 3 on a side',
    ],
    [
      'concat of nothing',
      () => ops.concat([]),
      'ShapeError: concat: the list is empty; want at least one tensor',
    ],
    [
      'concat of shapes that differ elsewhere',
      () => ops.concat([x, ops.zeros([2, 4])]),
      'ShapeError: concat: tensor 0 is [2,3] and tensor 1 is [2,4]; want shapes that differ along axis 0 only',
    ],
    [
      'stack of nothing',
      () => ops.stack([]),
      'ShapeError: stack: the list is empty; want at least one tensor',
    ],
    [
      'stack of different shapes',
      () => ops.stack([x, ops.zeros([3, 2])]),
      'ShapeError: stack: tensor 0 is [2,3] and tensor 1 is [3,2]; want one shape',
    ],
    [
      'unstack of a single number',
      () => ops.unstack(1),
      'ShapeError: unstack: axis is 0; want none for a single number',
    ],
    [
      'split into unequal parts',
      () => ops.split(x, 2, 1),
      'ShapeError: split: axis 1 of x [2,3] is to be parted into 2; want equal parts, or sizes whose sum is 3',
    ],
    [
      'split into sizes that do not add up',
      () => ops.split(x, [1, 1], 1),
      'ShapeError: split: axis 1 of x [2,3] is to be parted into [1,1]; want equal parts, or sizes whose sum is 3',
    ],
    [
      'split with two open sizes',
      () => ops.split(x, [-1, -1], 1),
      'ShapeError: split: axis 1 of x [2,3] is to be parted into [-1,-1]; want equal parts, or sizes whose sum is 3',
    ],
    [
      'tile with too few numbers',
      () => ops.tile(x, [2]),
      'ShapeError: tile: times are [2] for x [2,3]; want 2 whole numbers of at least 0',
    ],
    [
      'gather beyond the end',
      () => ops.gather(x, [0, 2]),
      'ShapeError: gather: an index is 2; want 0 to 1 for axis 0 of x [2,3]',
    ],
    [
      'gather at a negative place',
      () => ops.gather(x, -1, 1),
      'ShapeError: gather: an index is -1; want 0 to 2 for axis 1 of x [2,3]',
    ],
    [
      'gather at a fraction',
      () => ops.gather(x, [0.5]),
      'OptionError: tensor: found 0.5 where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off',
    ],
    [
      'oneHot of a negative depth',
      () => ops.oneHot([0], -1),
      'OptionError: oneHot: depth is -1; want a whole number of at least 0',
    ],
    [
      'oneHot along an axis there is not',
      () => ops.oneHot([0], 3, 1, 0, 2),
      'ShapeError: oneHot: axis is 2; want a whole number from -2 to 1 for 2 axes',
    ],
  ],
  losses: [
    [
      'a reduction there is not',
      () => call('meanSquaredError', x, x, { reduction: 'max' }),
      `OptionError: meanSquaredError: reduction is "max"; want 'mean', 'sum' or 'none'`,
    ],
    [
      'shapes that differ',
      () => ops.binaryCrossentropy(x, [1, 2, 3]),
      'ShapeError: binaryCrossentropy: the truth is [2,3] and the prediction is [3]; want the same shape',
    ],
    [
      'labels that are not one a row',
      () => ops.sparseSoftmaxCrossEntropyWithLogits([0, 1, 2], x),
      'ShapeError: sparseSoftmaxCrossEntropyWithLogits: labels are [3] and logits are [2,3]; want one label a row',
    ],
    [
      'a label that is no class',
      () => ops.sparseSoftmaxCrossEntropyWithLogits([0, 3], x),
      'ShapeError: sparseSoftmaxCrossEntropyWithLogits: a label is 3; want 0 to 2',
    ],
    [
      'logits of no axis',
      () => ops.sparseSoftmaxCrossEntropyWithLogits([], 1),
      'ShapeError: sparseSoftmaxCrossEntropyWithLogits: labels are [0] and logits are []; want one label a row',
    ],
    [
      'sparse labels that are floats',
      () => ops.sparseSoftmaxCrossEntropyWithLogits(ops.zeros([2]), x),
      'ShapeError: sparseSoftmaxCrossEntropyWithLogits: labels are float32; want int32. cast(labels, "int32") makes them so',
    ],
    [
      'weights of other samples',
      () => ops.meanSquaredError(x, x, { sampleWeight: [1, 2, 3] }),
      'ShapeError: meanSquaredError: sampleWeight is [3] and the loss of each sample is [2]; want sizes that are equal or 1, aligned from the last axis',
    ],
  ],
  'create and random': [
    [
      'a shape with a fraction',
      () => ops.zeros([1.5]),
      'ShapeError: zeros: shape is [1.5]; want a list of whole numbers of at least 0',
    ],
    [
      'a range without steps',
      () => ops.range(0, 5, 0),
      'OptionError: range: from 0 to 5 by 0; want finite numbers and a step that is not 0',
    ],
    [
      'a range without end',
      () => ops.range(Number.POSITIVE_INFINITY),
      'OptionError: range: from 0 to Infinity by 1; want finite numbers and a step that is not 0',
    ],
    [
      'linspace of nothing',
      () => ops.linspace(0, 1, 0),
      'OptionError: linspace: count is 0; want a whole number of at least 1',
    ],
    [
      'randomUniform with its ends exchanged',
      () => ops.randomUniform([2], { minval: 1, maxval: 0 }),
      'OptionError: randomUniform: minval is 1 and maxval is 0; want minval ≤ maxval',
    ],
    [
      'randomNormal of a negative size',
      () => ops.randomNormal([-1]),
      'ShapeError: randomNormal: shape is [-1]; want a list of whole numbers of at least 0',
    ],
    [
      'dropout of everything',
      () => ops.dropout(x, 1),
      'OptionError: dropout: rate is 1; want at least 0 and below 1',
    ],
  ],
  derivatives: [
    [
      'grad of several numbers',
      () => ops.grad((t: Tensor) => ops.square(t))(x),
      'ShapeError: grad: the function returned [2,3]; want a single number. sum() or mean() makes one, jacobian() takes several',
    ],
    [
      'grad of a function that returns a plain number',
      () => ops.grad((t: Tensor) => ops.sum(t).item() as unknown as Tensor)(x),
      'OptionError: grad: the function returned 21; want a tensor of a single number',
    ],
    [
      'jvp with a direction of another shape',
      () => ops.jvp(ops.square, x, [1, 2, 3]),
      'ShapeError: jvp: x is [2,3] and the direction is [3]; want the same shape',
    ],
    [
      'valueAndGrad of a tensor in place of a function',
      () => call('valueAndGrad', x),
      'OptionError: grad: a Tensor came in; want a function, as in grad((x) => sum(square(x)))',
    ],
    [
      'grad by plain numbers',
      () => ops.grad((t) => ops.sum(t as Tensor))([1, 2] as never),
      'OptionError: grad: x is [1,2]; want a tensor, or a list or an object of them. tensor(x) makes one of numbers',
    ],
    [
      'jvp without a direction',
      () => call('jvp', ops.square, x),
      'OptionError: jvp: v is undefined; want a tensor, numbers in nested arrays, or a typed array',
    ],
    [
      'jvp with its arguments in another order',
      () => call('jvp', x, ops.square, x),
      'OptionError: jvp: a Tensor came in; want a function, as in jvp((x) => square(x), x, v)',
    ],
    [
      'vjp of a function that returns nothing',
      () => ops.vjp((() => undefined) as never, x),
      'OptionError: vjp: the function returned undefined; want a tensor',
    ],
    [
      'jacobian at nothing',
      () => call('jacobian', ops.square),
      'OptionError: jacobian: x is undefined; want a tensor, numbers in nested arrays, or a typed array',
    ],
    [
      'hessian of a function that returns a number',
      () => ops.hessian((() => 3) as never, x),
      'OptionError: hessian: the function returned 3; want a tensor',
    ],
    [
      'checkGradients with a misspelt option',
      () => ops.checkGradients(ops.square, [[1]], { tolerence: 1 } as object),
      'OptionError: checkGradients: no option tolerence; did you mean tolerance?',
    ],
  ],
};

for (const [family, rows] of Object.entries(refused)) {
  describe(`${family}: what is refused`, () => {
    it.each(rows)('%s', (_, run, message) => {
      expect(thrown(run)).toBe(message);
    });
  });
}

it('an op of your own without a derivative says so', () => {
  const flat = defineOp({
    name: 'flat',
    inputs: ['x'],
    math: 'y = x',
    shape: ({ x }) => x,
    view: ({ x }, shape) => x.view(shape),
  });
  const message = thrown(() => ops.grad((t: Tensor) => ops.sum(flat(t)))(x));
  expect(message).toBe('GradientError: gradient: the source has none: flat has no gradient');
});
