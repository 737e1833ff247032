import { describe, expect, it } from 'vitest';
import { Activation } from '../../../src/nn/layers/index.ts';
import { square } from '../../../src/ops/index.ts';
import { thrown } from '../../thrown.ts';

const at = (kind: string, x: number) => new Activation(kind).apply([x]).item();

describe('Activation', () => {
  it('knows the activations by name, in either spelling', () => {
    expect(at('linear', -1.5)).toBe(-1.5);
    expect(at('relu', -2)).toBe(0);
    expect(at('relu6', 9)).toBe(6);
    expect(at('leaky_relu', -1)).toBeCloseTo(-0.2);
    expect(at('elu', -1)).toBeCloseTo(Math.expm1(-1));
    expect(at('selu', 1)).toBeCloseTo(1.0507);
    expect(at('gelu', 1)).toBeCloseTo(0.841345);
    expect(at('sigmoid', 1)).toBeCloseTo(0.731059);
    expect(at('tanh', 1)).toBeCloseTo(Math.tanh(1));
    expect(at('softplus', 0)).toBeCloseTo(Math.LN2);
    expect(at('softsign', -3)).toBeCloseTo(-0.75);
    expect(at('swish', 1)).toBeCloseTo(0.731059);
    expect(at('silu', 1)).toBeCloseTo(0.731059);
    expect(at('exponential', 1)).toBeCloseTo(Math.E);
    expect(at('hard_sigmoid', 1)).toBeCloseTo(0.7);
    expect(at('hardSigmoid', 9)).toBe(1);
    const shares = new Activation('softmax').apply([[0, Math.log(3)]]).toArray() as number[][];
    expect(shares[0]?.[1]).toBeCloseTo(0.75);
  });

  it('takes functions', () => {
    expect(new Activation((x) => square(x)).apply([3]).item()).toBe(9);
  });

  it('guesses what a name was meant to be', () => {
    expect(thrown(() => new Activation('sigmoyd'))).toBe(
      'OptionError: Activation: no activation "sigmoyd"; did you mean sigmoid?',
    );
    expect(thrown(() => new Activation('maxout'))).toBe(
      'OptionError: Activation: no activation "maxout"; want one of linear, relu, relu6, leakyRelu, elu, selu, gelu, sigmoid, softmax, tanh, softplus, softsign, swish, silu, exponential, hardSigmoid',
    );
  });
});
