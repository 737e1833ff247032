/** What a step takes and returns: tensors, plain values, and lists and plain objects of them. */
import { OptionError } from '../core/errors.ts';
import { Tensor, Variable } from '../core/tensor.ts';

export type Tree = unknown;

export interface Described {
  /** Each once, without the variables. */
  readonly tensors: readonly Tensor[];
  /** The same for trees that differ in the numbers of their tensors only. */
  readonly text: string;
}

/** The tensors of a tree, and the rest of it as text. A variable counts by who it is: its numbers lie where they lie. */
export function described(tree: Tree): Described {
  const tensors: Tensor[] = [];
  const describe = (value: Tree): string => {
    if (value instanceof Variable) return `variable #${value.identity.id}`;
    if (value instanceof Tensor) {
      const seen = tensors.indexOf(value);
      if (seen < 0) tensors.push(value);
      return `${value.dtype}[${value.shape}]#${seen < 0 ? tensors.length - 1 : seen}`;
    }
    if (Array.isArray(value)) return `[${Array.from(value, describe).join()}]`; // holes, too
    if (typeof value === 'string') return JSON.stringify(value);
    if (Object.is(value, -0)) return '-0';
    if (typeof value === 'bigint') return `${value}n`;
    const isObject = typeof value === 'object' && value !== null;
    if (['function', 'symbol'].includes(typeof value) || (isObject && !isPlain(value))) {
      const name = isObject ? (value.constructor?.name ?? 'special object') : typeof value;
      throw new OptionError(
        `compile: an argument or result of the step is a ${name}; want tensors, numbers, strings, and lists or plain objects of them`,
      );
    }
    if (!isObject) return String(value);
    return `{${Object.entries(value)
      .map(([name, part]) => `${JSON.stringify(name)}:${describe(part)}`)
      .join()}}`;
  };
  return { text: describe(tree), tensors };
}

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** A tree with other tensors in the place of some. */
export function replaced(tree: Tree, others: ReadonlyMap<Tensor, Tensor>): Tree {
  if (tree instanceof Tensor) return others.get(tree) ?? tree;
  if (Array.isArray(tree)) return tree.map((part) => replaced(part, others));
  if (typeof tree === 'object' && tree !== null) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, part]) => [name, replaced(part, others)]),
    );
  }
  return tree;
}
