import * as conv2d from './conv2d.ts';
import * as elementwise from './elementwise.ts';
import * as matmul from './matmul.ts';
import * as move from './move.ts';
import * as optimise from './optimise.ts';
import * as pool from './pool.ts';
import { randomInteger, randomNormal, randomUniform, truncatedNormal } from './random.ts';
import * as reduce from './reduce.ts';
import * as resize from './resize.ts';

/** The stream kernels; the generator's inner parts are for TypeScript only. */
interface RandomKernels {
  randomInteger: typeof randomInteger;
  randomNormal: typeof randomNormal;
  randomUniform: typeof randomUniform;
  truncatedNormal: typeof truncatedNormal;
}

/** The contract: what every table of kernels offers. */
export type Kernels = typeof elementwise &
  typeof reduce &
  typeof matmul &
  typeof move &
  typeof optimise &
  typeof conv2d &
  typeof pool &
  typeof resize &
  RandomKernels;

/** Every kernel as the plainest correct loop. Native kernels have the same names and arguments. */
export const reference: Kernels = {
  ...elementwise,
  ...reduce,
  ...matmul,
  ...move,
  ...optimise,
  ...conv2d,
  ...pool,
  ...resize,
  randomInteger,
  randomNormal,
  randomUniform,
  truncatedNormal,
};
