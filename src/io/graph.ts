/** Graphs of computations, for TensorBoard's graph page: TensorFlow's GraphDef. */
import { OptionError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Step } from '../core/steps.ts';
import type { Dtype, Identity } from '../core/tensor.ts';
import { bytes, float, integer, message } from './protobuf.ts';

export interface GraphNode {
  /** Unique. `encoder/matmul` is drawn inside a box `encoder`. */
  readonly name: string;
  readonly op: string;
  /** Names of the nodes whose outputs go in. */
  readonly inputs?: readonly string[];
  /** Shown beside the node; a list of numbers is a shape. */
  readonly attributes?: { readonly [name: string]: string | number | boolean | Shape };
  /** Drawn on the arrows that leave the node. */
  readonly shape?: Shape;
  readonly dtype?: Dtype;
}

/** Numbers of TensorFlow's DataType. */
const dataTypes: Record<Dtype, number> = { float32: 1, float64: 2, int32: 3 };

/** The nodes as a GraphDef message. */
export function encodeGraph(nodes: readonly GraphNode[]): Uint8Array {
  const names = new Set<string>();
  for (const { name } of nodes) {
    if (!/^[A-Za-z0-9.][A-Za-z0-9_./-]*$/.test(name) || names.has(name)) {
      throw new OptionError(
        `graph: the name ${JSON.stringify(name)} ${names.has(name) ? 'stands twice' : 'is not one TensorBoard reads'}; want unique names of letters, digits and _ . - /`,
        { name },
      );
    }
    names.add(name);
  }
  for (const { name, inputs = [] } of nodes) {
    const missing = inputs.find((input) => !names.has(input));
    if (missing !== undefined) {
      throw new OptionError(
        `graph: the input ${JSON.stringify(missing)} of ${name} is no node; want the name of one`,
        { name, input: missing },
      );
    }
  }
  const producer = integer(1, 22);
  return message(...nodes.map((node) => bytes(1, encodeNode(node))), bytes(4, producer));
}

function encodeNode(node: GraphNode): Uint8Array {
  const attributes = Object.entries(node.attributes ?? {}).map(([name, value]) =>
    attribute(name, encodeValue(value)),
  );
  if (node.shape !== undefined) {
    attributes.push(attribute('_output_shapes', bytes(1, bytes(7, encodeShape(node.shape)))));
  }
  if (node.dtype !== undefined) attributes.push(attribute('T', integer(6, dataTypes[node.dtype])));
  return message(
    bytes(1, node.name),
    bytes(2, node.op),
    ...(node.inputs ?? []).map((input) => bytes(3, input)),
    ...attributes,
  );
}

/** A map of Protocol Buffers is a list of pairs. */
function attribute(name: string, value: Uint8Array): Uint8Array {
  return bytes(5, message(bytes(1, name), bytes(2, value)));
}

function encodeValue(value: string | number | boolean | Shape): Uint8Array {
  if (typeof value === 'string') return bytes(2, value);
  if (typeof value === 'boolean') return integer(5, value);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? integer(3, value) : float(4, value);
  }
  return bytes(7, encodeShape(value));
}

/** A TensorShapeProto. */
export function encodeShape(shape: Shape): Uint8Array {
  return message(...shape.map((size) => bytes(2, integer(1, size))));
}

/**
 * What a tape recorded, as nodes: `graphOfTape(tape.steps)`. Variables go by their names, what else the steps took from
 * outside is an Input.
 */
export function graphOfTape(steps: readonly Step[]): GraphNode[] {
  const nodes: GraphNode[] = [];
  const names = new Map<Identity, string>();
  const taken = new Set<string>();
  const add = (made: Identity, wanted: string, op: string, inputs: readonly string[]) => {
    const clean = wanted.replace(/[^A-Za-z0-9_./-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x$&');
    let name = clean;
    // As TensorFlow numbers them: matmul, matmul_1, matmul_2.
    for (let n = 1; taken.has(name); n++) name = `${clean}_${n}`;
    taken.add(name);
    names.set(made, name);
    nodes.push({ name, op, inputs, shape: made.shape, dtype: made.dtype });
    return name;
  };
  for (const step of steps) {
    const inputs = step.inputs.map(
      (input) =>
        names.get(input) ??
        add(input, input.name ?? 'input', input.name === undefined ? 'Input' : 'Variable', []),
    );
    add(step.output, step.op, step.op, inputs);
  }
  return nodes;
}
