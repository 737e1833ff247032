import { OptionError } from '../core/errors.ts';
import { want } from '../core/options.ts';

/** Pairs of what stands at the same place in two lists: `zip(gradients, variables)`. */
export function zip<A, B>(left: Iterable<A>, right: Iterable<B>): [A, B][] {
  for (const [side, given] of Object.entries({ left, right })) {
    want('zip', side, given, {
      words: 'a list, as in zip(gradients, variables)',
      fits: (value) => typeof (value as Iterable<A>)?.[Symbol.iterator] === 'function',
    });
  }
  const [a, b] = [[...left], [...right]];
  if (a.length !== b.length) {
    throw new OptionError(
      `zip: ${a.length} on the left and ${b.length} on the right; want as many of each`,
      { left: a.length, right: b.length },
    );
  }
  return a.map((one, i) => [one, b[i] as B]);
}
