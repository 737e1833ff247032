/** Which table of kernels is in use: native where an addon could be loaded, else the reference; or a third, recording. */
import { loadNative } from './native.ts';
import { type Kernels, reference } from './reference.ts';

export type Backend = 'native' | 'reference';

let active: Kernels | undefined;

/** The table for float32 work. Loaded at first use, so importing the library costs nothing. */
export function kernels(): Kernels {
  active ??= process.env.TAPEGRAD_BACKEND === 'reference' ? reference : (loadNative() ?? reference);
  return active;
}

/** Puts another table in use and returns the one that was. */
export function useKernels(table: Kernels): Kernels {
  const before = kernels();
  active = table;
  return before;
}
