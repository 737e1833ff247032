import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/ops/catalogue.ts';
import * as ops from '../../src/ops/index.ts';
import { checkable, checkSamples, derivedFunctions, sampled } from '../../src/ops/samples.ts';

/** Public functions whose gradients are not checked by samples, and why. */
const exempt: Readonly<Record<string, string>> = {
  fill: 'takes no tensor',
  zeros: 'takes no tensor',
  ones: 'takes no tensor',
  zerosLike: 'looks at a shape only',
  onesLike: 'looks at a shape only',
  range: 'takes no tensor',
  linspace: 'takes no tensor',
  eye: 'takes no tensor',
  randomNormal: 'takes no tensor',
  randomUniform: 'takes no tensor',
  truncatedNormal: 'takes no tensor',
  grad: 'is a derivative: test/ops/derivatives.test.ts',
  valueAndGrad: 'is a derivative: test/ops/derivatives.test.ts',
  vjp: 'is a derivative: test/ops/derivatives.test.ts',
  jvp: 'is a derivative: test/ops/derivatives.test.ts',
  jacobian: 'is a derivative: test/ops/derivatives.test.ts',
  hessian: 'is a derivative: test/ops/derivatives.test.ts',
  checkGradients: 'is the check: test/ops/gradcheck.test.ts',
};

const seed = 1;
const checked = new Map<string, ReturnType<typeof checkSamples>>();
/** The check of an op, made once. */
function check(name: string): ReturnType<typeof checkSamples> {
  const result = checked.get(name) ?? checkSamples(name, { seed });
  checked.set(name, result);
  return result;
}

describe('every op agrees with differences, first and second derivatives, in float64', () => {
  it.each(checkable)('%s', (name) => {
    expect(check(name).failures, `seed ${seed}`).toEqual([]);
  });
});

it('gives every op of the catalogue a row of samples, and has no row without an op', () => {
  expect([...sampled].sort()).toEqual([...catalogue.keys()].sort());
});

it('differentiates by at least one input of every op that has a gradient', () => {
  const unchecked = checkable.filter((name) => {
    const { noGradient, inputs } = check(name);
    return noGradient === undefined && inputs === 0;
  });
  expect(unchecked).toEqual([]);
});

it('covers every public function of src/ops', () => {
  const covered = new Set([...checkable, ...Object.keys(exempt)]);
  const functions = Object.entries(ops).filter(([, value]) => typeof value === 'function');
  expect(functions.map(([name]) => name).filter((name) => !covered.has(name))).toEqual([]);
});

it('names no function twice and exempts only functions that exist', () => {
  const twice = Object.keys(derivedFunctions).filter((name) => catalogue.has(name));
  expect(twice).toEqual([]);
  expect(Object.keys(exempt).filter((name) => !(name in ops))).toEqual([]);
});
