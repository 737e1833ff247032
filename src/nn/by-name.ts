import { didYouMean } from '../core/did-you-mean.ts';
import { OptionError } from '../core/errors.ts';
import { shown } from '../core/options.ts';

/**
 * What a name stands for. Keras's spelling and ours are one: `mean_squared_error`, `meanSquaredError`. `asker: no kind
 * "name"` begins the message when nothing has that name.
 */
export function byName<T>(
  asker: string,
  kind: string,
  name: string,
  table: { readonly [name: string]: T },
): T {
  const known = Object.keys(table);
  if (typeof name !== 'string') {
    throw new OptionError(
      `${asker}: ${kind} is ${shown(name)}; want a function, or a name such as '${known.at(-1)}'`,
      { [kind]: name },
    );
  }
  const found = known.find((candidate) => plain(candidate) === plain(name));
  if (found !== undefined) return table[found] as T;
  throw new OptionError(
    `${asker}: no ${kind} ${JSON.stringify(name)}${didYouMean(name, known, `; want one of ${known.join(', ')}`)}`,
    { [kind]: name },
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
