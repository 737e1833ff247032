import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { tensor, Variable } from '../../src/core/tensor.ts';
import { encodeGraph, graphOfTape } from '../../src/io/graph.ts';
import { matmul, sigmoid } from '../../src/ops/index.ts';
import { decodeMessage, floatAt, messageAt, messagesAt, numberAt, textAt } from './event-reader.ts';

describe('encodeGraph', () => {
  it('writes names, ops, inputs, attributes, shapes and types that a reader finds', () => {
    const graph = decodeMessage(
      encodeGraph([
        { name: 'x', op: 'Input', shape: [-1, 784], dtype: 'float32' },
        {
          name: 'encoder/dense',
          op: 'Dense',
          inputs: ['x', 'x'],
          attributes: { axis: -1, rate: 0.5, mode: 'SAME', bias: true, window: [2, 3] },
        },
      ]),
    );
    const [x, dense] = messagesAt(graph, 1);
    if (x === undefined || dense === undefined) throw new Error('two nodes are wanted');
    expect([textAt(x, 1), textAt(x, 2)]).toEqual(['x', 'Input']);
    expect(dense.get(3)?.map((name) => Buffer.from(name as Uint8Array).toString())).toEqual([
      'x',
      'x',
    ]);
    const attributesOf = (node: typeof x) =>
      new Map(messagesAt(node, 5).map((pair) => [textAt(pair, 1), messageAt(pair, 2)]));
    const shapeOf = (value: typeof x | undefined, ...path: number[]) =>
      messagesAt(messageAt(value ?? new Map(), ...path), 2).map((axis) => numberAt(axis, 1));
    const [ofX, ofDense] = [attributesOf(x), attributesOf(dense)];
    expect(shapeOf(ofX.get('_output_shapes'), 1, 7)).toEqual([-1, 784]);
    expect(numberAt(ofX.get('T') ?? new Map(), 6)).toBe(1);
    expect(numberAt(ofDense.get('axis') ?? new Map(), 3)).toBe(-1);
    expect(floatAt(ofDense.get('rate') ?? new Map(), 4)).toBe(0.5);
    expect(textAt(ofDense.get('mode') ?? new Map(), 2)).toBe('SAME');
    expect(numberAt(ofDense.get('bias') ?? new Map(), 5)).toBe(1);
    expect(shapeOf(ofDense.get('window'), 7)).toEqual([2, 3]);
  });

  it('refuses names that stand twice, that TensorBoard cannot read, or that nothing has', () => {
    const node = { name: 'a', op: 'A' };
    expect(() => encodeGraph([node, node])).toThrow(
      new OptionError(
        'graph: the name "a" stands twice; want unique names of letters, digits and _ . - /',
        { name: 'a' },
      ),
    );
    expect(() => encodeGraph([{ name: 'a b', op: 'A' }])).toThrow(
      new OptionError(
        'graph: the name "a b" is not one TensorBoard reads; want unique names of letters, digits and _ . - /',
        { name: 'a b' },
      ),
    );
    expect(() => encodeGraph([{ name: 'a', op: 'A', inputs: ['b'] }])).toThrow(
      new OptionError('graph: the input "b" of a is no node; want the name of one', {
        name: 'a',
        input: 'b',
      }),
    );
  });
});

describe('graphOfTape', () => {
  it('names variables by their names and numbers ops that stand twice', () => {
    const w = new Variable([[1, 2]], { name: 'encoder/w' });
    const x = tensor([[1], [2]]);
    const tape = new GradientTape();
    tape.record(() => sigmoid(sigmoid(matmul(x, w))));
    expect(graphOfTape(tape.steps)).toEqual([
      { name: 'input', op: 'Input', inputs: [], shape: [2, 1], dtype: 'float32' },
      { name: 'encoder/w', op: 'Variable', inputs: [], shape: [1, 2], dtype: 'float32' },
      {
        name: 'matmul',
        op: 'matmul',
        inputs: ['input', 'encoder/w'],
        shape: [2, 2],
        dtype: 'float32',
      },
      { name: 'sigmoid', op: 'sigmoid', inputs: ['matmul'], shape: [2, 2], dtype: 'float32' },
      { name: 'sigmoid_1', op: 'sigmoid', inputs: ['sigmoid'], shape: [2, 2], dtype: 'float32' },
    ]);
  });

  it('makes a graph that can be written even of strange and clashing names', () => {
    const strange = new Variable([[1]], { name: 'weight of ñ' });
    const clashing = new Variable([[1]], { name: 'matmul' });
    const tape = new GradientTape();
    tape.record(() => matmul(matmul(strange, clashing), clashing));
    const nodes = graphOfTape(tape.steps);
    expect(nodes.map(({ name }) => name)).toEqual([
      'weight_of__',
      'matmul',
      'matmul_1',
      'matmul_2',
    ]);
    expect(encodeGraph(nodes).length).toBeGreaterThan(0);
  });
});
