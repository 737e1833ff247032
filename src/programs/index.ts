/** The programs. */
import { autoencoders } from './autoencoders.ts';
import { features } from './features.ts';
import { pca } from './pca.ts';
import type { Program } from './program.ts';

export { convAe } from './conv-ae.ts';
export { convBceAe } from './conv-bce-ae.ts';
export { curveAe } from './curve-ae.ts';
export { deepAe } from './deep-ae.ts';
export { denseAe } from './dense-ae.ts';
export { features } from './features.ts';
export { pca } from './pca.ts';
export { vae } from './vae.ts';

/** What `tapegrad train` offers: the autoencoders, and the experiments of post 3. */
export const programs: readonly Program[] = [
  ...autoencoders,
  features,
  pca,
] as unknown as Program[];
