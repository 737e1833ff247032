/**
 * First values of weights, by Keras's names and definitions: each makes a function from a shape to a tensor. Those that
 * draw take a `generator`, else they read the default stream (`setSeed`).
 */
import { ShapeError } from '../core/errors.ts';
import { checkOptions, instanceOf, number, oneOf, type Wants } from '../core/options.ts';
import { Generator } from '../core/random.ts';
import { type Shape, shapeText, sizeOf } from '../core/shape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import * as ops from '../ops/index.ts';
import { byName } from './by-name.ts';

type FloatType = 'float32' | 'float64';

/** Makes the first value of a weight of this shape. */
export type Initialiser = (shape: Shape, dtype?: FloatType) => Tensor;

interface Drawn {
  generator?: Generator;
}
const drawn: Wants<Drawn> = { generator: instanceOf(Generator) };
const normal: Wants<Drawn & { mean?: number; stddev?: number }> = {
  mean: number(),
  stddev: number({ min: 0 }),
  ...drawn,
};

export function zeros(): Initialiser {
  return (shape, dtype) => ops.zeros(shape, dtype);
}

export function ones(): Initialiser {
  return (shape, dtype) => ops.ones(shape, dtype);
}

export function constant(value = 0): Initialiser {
  return (shape, dtype) => ops.fill(shape, value, dtype);
}

export function randomNormal(
  options: Drawn & { mean?: number; stddev?: number } = {},
): Initialiser {
  checkOptions('randomNormal', options, normal);
  const { mean = 0, stddev = 0.05, ...stream } = options;
  return (shape, dtype = 'float32') => ops.randomNormal(shape, { mean, stddev, dtype, ...stream });
}

export function randomUniform(
  options: Drawn & { minval?: number; maxval?: number } = {},
): Initialiser {
  checkOptions('randomUniform', options, { minval: number(), maxval: number(), ...drawn });
  const { minval = -0.05, maxval = 0.05, ...stream } = options;
  return (shape, dtype = 'float32') =>
    ops.randomUniform(shape, { minval, maxval, dtype, ...stream });
}

/** Normal, but never further than two stddev from the mean. */
export function truncatedNormal(
  options: Drawn & { mean?: number; stddev?: number } = {},
): Initialiser {
  checkOptions('truncatedNormal', options, normal);
  const { mean = 0, stddev = 0.05, ...stream } = options;
  return (shape, dtype = 'float32') =>
    ops.truncatedNormal(shape, { mean, stddev, dtype, ...stream });
}

/** Standard deviation of a standard normal number that was cut at ±2. */
const truncatedDeviation = 0.87962566103423978;

/** A variance of scale / n, where n counts the inputs of a unit, its outputs, or is the mean of both. */
export function varianceScaling(
  options: Drawn & {
    scale?: number;
    mode?: 'fanIn' | 'fanOut' | 'fanAvg';
    distribution?: 'truncatedNormal' | 'untruncatedNormal' | 'uniform';
  } = {},
): Initialiser {
  checkOptions('varianceScaling', options, {
    scale: number({ above: 0 }),
    mode: oneOf('fanIn', 'fanOut', 'fanAvg'),
    distribution: oneOf('truncatedNormal', 'untruncatedNormal', 'uniform'),
    ...drawn,
  });
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal', ...stream } = options;
  return (shape, dtype) => {
    const { fanIn, fanOut } = fansOf(shape);
    const n = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode];
    const variance = scale / Math.max(1, n);
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return randomUniform({ minval: -limit, maxval: limit, ...stream })(shape, dtype);
    }
    const stddev = Math.sqrt(variance);
    if (distribution === 'untruncatedNormal')
      return randomNormal({ stddev, ...stream })(shape, dtype);
    return truncatedNormal({ stddev: stddev / truncatedDeviation, ...stream })(shape, dtype);
  };
}

/** Uniform within ±sqrt(6 / (fanIn + fanOut)): the default of layers. X. Glorot and Y. Bengio, 2010, eq. 16. */
export function glorotUniform(options: Drawn = {}): Initialiser {
  checkOptions('glorotUniform', options, drawn);
  return varianceScaling({ mode: 'fanAvg', distribution: 'uniform', ...options });
}

export function glorotNormal(options: Drawn = {}): Initialiser {
  checkOptions('glorotNormal', options, drawn);
  return varianceScaling({ mode: 'fanAvg', ...options });
}

/** Uniform within ±sqrt(6 / fanIn). K. He et al., "Delving Deep into Rectifiers", 2015. */
export function heUniform(options: Drawn = {}): Initialiser {
  checkOptions('heUniform', options, drawn);
  return varianceScaling({ scale: 2, distribution: 'uniform', ...options });
}

export function heNormal(options: Drawn = {}): Initialiser {
  checkOptions('heNormal', options, drawn);
  return varianceScaling({ scale: 2, ...options });
}

/** Uniform within ±sqrt(3 / fanIn). Y. LeCun et al., "Efficient BackProp", 1998. */
export function lecunUniform(options: Drawn = {}): Initialiser {
  checkOptions('lecunUniform', options, drawn);
  return varianceScaling({ distribution: 'uniform', ...options });
}

export function lecunNormal(options: Drawn = {}): Initialiser {
  checkOptions('lecunNormal', options, drawn);
  return varianceScaling(options);
}

/**
 * Rows or columns, whichever are fewer, are orthogonal and of length `gain`; axes before the last are taken as one. A. Saxe
 * et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014.
 */
export function orthogonal(options: Drawn & { gain?: number } = {}): Initialiser {
  checkOptions('orthogonal', options, { gain: number(), ...drawn });
  const { gain = 1, ...stream } = options;
  return (shape, dtype = 'float32') => {
    if (shape.length < 2) {
      throw new ShapeError(`orthogonal: shape is ${shapeText(shape)}; want at least two axes`, {
        shape,
      });
    }
    const columns = shape.at(-1) as number;
    const rows = sizeOf(shape) / columns;
    const [few, many] = [Math.min(rows, columns), Math.max(rows, columns)];
    const vectors = ops
      .unstack(ops.randomNormal([few, many], { dtype: 'float64', ...stream }))
      .map((row) => row.values as Float64Array);
    orthonormalise(vectors);
    const weights =
      dtype === 'float64' ? new Float64Array(rows * columns) : new Float32Array(rows * columns);
    vectors.forEach((vector, i) => {
      vector.forEach((value, j) => {
        weights[rows < columns ? i * columns + j : j * columns + i] = gain * value;
      });
    });
    return fromArray(weights, shape);
  };
}

/** Gram and Schmidt's method, each vector twice: once leaves rounding errors that a second pass takes away. */
function orthonormalise(vectors: readonly Float64Array[]): void {
  const dot = (a: Float64Array, b: Float64Array) =>
    a.reduce((s, x, j) => s + x * (b[j] as number), 0);
  vectors.forEach((vector, i) => {
    for (const before of [...vectors.slice(0, i), ...vectors.slice(0, i)]) {
      const along = dot(vector, before);
      vector.forEach((x, j) => {
        vector[j] = x - along * (before[j] as number);
      });
    }
    const length = Math.sqrt(dot(vector, vector));
    vector.forEach((x, j) => {
      vector[j] = x / length;
    });
  });
}

/** `gain` on the diagonal, zeros elsewhere. */
export function identity(options: { gain?: number } = {}): Initialiser {
  checkOptions('identity', options, { gain: number() });
  const { gain = 1 } = options;
  return (shape, dtype) => {
    const [rows, columns] = shape;
    if (rows === undefined || columns === undefined || shape.length > 2) {
      throw new ShapeError(`identity: shape is ${shapeText(shape)}; want two axes`, { shape });
    }
    return ops.mul(ops.eye(rows, columns, dtype), gain);
  };
}

/**
 * How many inputs a unit has and how many units each input reaches. A dense kernel is [inputs, units], that of a
 * convolution [height, width, inputs, units].
 */
export function fansOf(shape: Shape): { fanIn: number; fanOut: number } {
  const [fanIn, fanOut] = [shape.at(-2) ?? shape[0] ?? 1, shape.at(-1) ?? 1];
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: fanIn * field, fanOut: fanOut * field };
}

export type InitialiserName =
  | 'zeros'
  | 'ones'
  | 'constant'
  | 'randomNormal'
  | 'randomUniform'
  | 'truncatedNormal'
  | 'varianceScaling'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'orthogonal'
  | 'identity';

const initialisersByName: Record<InitialiserName, () => Initialiser> = {
  zeros,
  ones,
  constant,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  orthogonal,
  identity,
};

/** An initialiser from its name, ours or Keras's: `glorotUniform`, `glorot_uniform`. One that is a function stays. */
export function initialiser(
  asker: string,
  named: InitialiserName | (string & {}) | Initialiser,
): Initialiser {
  if (typeof named === 'function') return named;
  return byName(asker, 'initializer', named, initialisersByName)();
}
