import type { Kernels } from './reference.ts';

export function loadNative(): Kernels | undefined {
  return undefined;
}
