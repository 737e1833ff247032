/** What models take and return: a tensor, or several in lists and under names. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { isBareObject, shown } from '../core/options.ts';
import type { Shape } from '../core/shape.ts';
import { Tensor, type TensorLike, tensor } from '../core/tensor.ts';

export type Tensors = Tensor | readonly Tensors[] | { readonly [name: string]: Tensors };

/** Numbers in nested lists become one tensor; tensors, and lists and objects of them, stay as they are. */
export function toTensors(given: Tensors | TensorLike): Tensors {
  if (given instanceof Tensor) return given;
  let first: unknown = given;
  while (Array.isArray(first)) first = first[0];
  const numbers =
    typeof first === 'number' || typeof first === 'boolean' || ArrayBuffer.isView(first);
  return numbers && !isListOfArrays(given) ? tensor(given as TensorLike) : (given as Tensors);
}

/** Refuses what is neither a tensor nor a list or an object of them. */
export function wantTensors(asker: string, given: unknown, path = 'the input'): void {
  if (given instanceof Tensor) return;
  if (!Array.isArray(given) && !isBareObject(given)) {
    throw new OptionError(
      `${asker}: ${path} is ${shown(given)}; want a tensor, or a list or an object of them`,
      { input: given },
    );
  }
  for (const [name, part] of Object.entries(given)) wantTensors(asker, part, `${path}.${name}`);
}

function isListOfArrays(given: unknown): boolean {
  return Array.isArray(given) && ArrayBuffer.isView(given[0]);
}

/** The tensors within, in order. */
export function leavesOf(tensors: Tensors): Tensor[] {
  return tensors instanceof Tensor ? [tensors] : Object.values(tensors).flatMap(leavesOf);
}

/** The same lists and names with something else in the place of each tensor. */
export function mapTensors(tensors: Tensors, change: (t: Tensor) => Tensor): Tensors {
  if (tensors instanceof Tensor) return change(tensors);
  if (Array.isArray(tensors)) return tensors.map((part) => mapTensors(part, change));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, part]) => [name, mapTensors(part, change)]),
  );
}

/** Several of one form joined leaf by leaf. */
export function zipTensors(
  list: readonly Tensors[],
  join: (leaves: readonly Tensor[]) => Tensor,
): Tensors {
  const leaves = list.map(leavesOf);
  let at = 0;
  return mapTensors(list[0] as Tensors, () => {
    const place = at++;
    return join(leaves.map((l) => l[place] as Tensor));
  });
}

/** Number of samples: the size of the first axis, which all share. */
export function batchSizeOf(batch: Tensors): number {
  const size = leavesOf(batch)[0]?.shape[0];
  if (size === undefined) {
    throw new ShapeError('batch: a tensor in it has no axes; want the samples along the first', {});
  }
  return size;
}

/** Shapes with the first axis, the batch, left open, as summaries print them: `(None, 28, 28, 1)`. */
export function shapesText(tensors: Tensors): string {
  const texts = leavesOf(tensors).map((t) => openShapeText([null, ...t.shape.slice(1)]));
  return tensors instanceof Tensor ? (texts[0] as string) : `[${texts.join(', ')}]`;
}

/** A shape in which null is an axis of any size. */
export type OpenShape = readonly (number | null)[];

function openShapeText(shape: OpenShape): string {
  const sizes = shape.map((n) => n ?? 'None');
  return `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`;
}

/** A shape of an actual tensor: open axes have size 1. */
export function closed(shape: OpenShape): Shape {
  return shape.map((n) => n ?? 1);
}
