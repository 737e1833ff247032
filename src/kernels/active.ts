/** Which tables of kernels are in use: native where an addon could be loaded, else the reference; or one that records. */
import { loadNative } from './native.ts';
import { type Kernels, reference } from './reference.ts';

export type Backend = 'native' | 'reference';

/** `fast` works on float32, `exact` on float64 and on int32 values. */
export interface Tables {
  readonly fast: Kernels;
  readonly exact: Kernels;
}

let tables: Tables | undefined;

/** Loaded at first use, so importing the library costs nothing. */
function current(): Tables {
  tables ??= {
    fast: askedBackend() === 'reference' ? reference : (loadNative() ?? reference),
    exact: reference,
  };
  return tables;
}

/** What TAPEGRAD_BACKEND asks for; a word that is no backend is refused, as going on would hide it. */
export function askedBackend(env: NodeJS.ProcessEnv = process.env): Backend | undefined {
  const { TAPEGRAD_BACKEND: asked } = env;
  if (!asked) return undefined;
  if (asked === 'native' || asked === 'reference') return asked;
  throw Object.assign(
    new Error(`TAPEGRAD_BACKEND is '${asked}'; want native or reference`),
    { code: 'ERR_TAPEGRAD_OPTION' }, // as the addon's own refusals
  );
}

/** The table for float32 work. */
export function kernels(): Kernels {
  return current().fast;
}

/** The table for float64 and for arithmetic on int32. */
export function exactKernels(): Kernels {
  return current().exact;
}

/** Puts another table for float32 work in use and returns the one that was. */
export function useKernels(table: Kernels): Kernels {
  const { fast, exact } = current();
  tables = { fast: table, exact };
  return fast;
}

/** Puts tables made of those in use in their place; what it returns puts them back. */
export function useTables(change: (tables: Tables) => Tables): () => void {
  const before = current();
  tables = change(before);
  return () => {
    tables = before;
  };
}
