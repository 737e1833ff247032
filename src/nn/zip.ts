import { OptionError } from '../core/errors.ts';

/** Pairs of what stands at the same place in two lists: `zip(gradients, variables)`. */
export function zip<A, B>(left: Iterable<A>, right: Iterable<B>): [A, B][] {
  const [a, b] = [[...left], [...right]];
  if (a.length !== b.length) {
    throw new OptionError(
      `zip: ${a.length} on the left and ${b.length} on the right; want as many of each`,
      { left: a.length, right: b.length },
    );
  }
  return a.map((one, i) => [one, b[i] as B]);
}
