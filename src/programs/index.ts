/** The programs, in the order of their posts. */
import { convAe } from './conv-ae.ts';
import { convBceAe } from './conv-bce-ae.ts';
import { curveAe } from './curve-ae.ts';
import { deepAe } from './deep-ae.ts';
import { denseAe } from './dense-ae.ts';
import type { Program } from './program.ts';
import { vae } from './vae.ts';

export { convAe } from './conv-ae.ts';
export { convBceAe } from './conv-bce-ae.ts';
export { curveAe } from './curve-ae.ts';
export { deepAe } from './deep-ae.ts';
export { denseAe } from './dense-ae.ts';
export { vae } from './vae.ts';

/** What `tapegrad train` offers. */
export const programs: readonly Program[] = [
  denseAe,
  deepAe,
  convAe,
  curveAe,
  convBceAe,
  vae,
] as unknown as Program[];
