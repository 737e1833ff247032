/** Kernels that make each number of one or two others. */
import { layoutOf, stridesOf } from '../src/core/shape.ts';
import type { Kernels } from '../src/kernels/reference.ts';
import { type Case, caseOf, floats, truths } from './case.ts';

const unary = [
  ...(['neg', 'square', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'expm1', 'log', 'log1p'] as const),
  ...(['abs', 'sign', 'floor', 'ceil', 'round', 'sin', 'cos', 'tan', 'erf'] as const),
  ...(['sigmoid', 'tanh', 'relu', 'relu6', 'softplus'] as const),
];
const positive = new Set<string>(['sqrt', 'rsqrt', 'reciprocal', 'log', 'log1p', 'tan', 'pow']);

function signed(kernel: string, size: number, seed: number): Float32Array {
  const x = floats(size, seed);
  // tan is steep near π/2, and what needs positive numbers gets such from 0.1 on.
  return positive.has(kernel) ? x.map((value) => 0.1 + Math.abs(Math.tanh(value))) : x;
}

export function unaryCase(kernel: keyof Kernels, n: number): Case {
  return caseOf(kernel, `${n}`, [signed(kernel, n, 10), null], new Float32Array(n));
}

const binary = [
  ...(['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum'] as const),
  ...(['reluGrad', 'sigmoidGrad', 'tanhGrad', 'squaredDifference'] as const),
];
const logical: (keyof Kernels)[] = [
  ...(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const),
  ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const),
];

export function binaryCase(kernel: keyof Kernels, shape: number[], b: number[] = shape): Case {
  const [size, sizeB] = [shape, b].map((sizes) => sizes.reduce((all, n) => all * n, 1));
  const logic = kernel.startsWith('logical');
  const make = (n = 1, seed = 11) => (logic ? truths(n, seed) : signed(kernel, n, seed));
  const strides = [...shape.map(() => 0), ...stridesOf(b)].slice(-shape.length);
  const divisor = (n?: number) =>
    kernel === 'div' ? signed('reciprocal', n ?? 1, 12) : make(n, 12);
  return caseOf(
    kernel,
    b === shape ? `[${shape}]` : `[${shape}] [${b}]`,
    [make(size), divisor(sizeB), null, layoutOf(shape, stridesOf(shape), strides)],
    new (logical.includes(kernel) ? Int32Array : Float32Array)(size ?? 0),
    { bytes: 4 * (2 * (size ?? 0) + (sizeB ?? 0)) },
  );
}

function otherCases(n: number): Case[] {
  const [x, z] = [floats(n, 13), floats(n, 14)];
  const [y, ys] = [() => new Float32Array(n), () => new Int32Array(n)];
  const flat = layoutOf([n], [1], [1], [1]);
  return [
    caseOf('where', `${n}`, [truths(n, 15), x, z, null, flat], y(), { bytes: 16 * n }),
    caseOf('logicalNot', `${n}`, [truths(n, 15), null], ys()),
    caseOf('isNan', `${n}`, [x, null], ys()),
    caseOf('isFinite', `${n}`, [x, null], ys()),
    caseOf('clip', `${n}`, [x, null, -1, 1], y()),
    caseOf('leakyRelu', `${n}`, [x, null, 0.2], y()),
    caseOf('elu', `${n}`, [x, null, 1], y()),
    caseOf('sigmoidCrossEntropy', `${n}`, [z.map(Math.abs), x, null], y()),
    caseOf('cast', `${n} to int32`, [x, null], ys()),
  ];
}

/** All of them, over n numbers. */
export const elementwiseCases = (n: number): Case[] => [
  ...unary.map((kernel) => unaryCase(kernel, n)),
  ...[...binary, ...logical].map((kernel) => binaryCase(kernel, [n])),
  ...otherCases(n),
];
