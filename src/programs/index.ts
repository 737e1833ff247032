/** The programs, in the order of their posts. */
import { denseAe } from './dense-ae.ts';
import type { Program } from './program.ts';

export { denseAe } from './dense-ae.ts';

/** What `tapegrad train` offers. */
export const programs: readonly Program[] = [denseAe as unknown as Program];
