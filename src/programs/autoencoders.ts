/** The programs that train an autoencoder, in the order of their posts. */
import type { Autoencoder } from './autoencoder.ts';
import { convAe } from './conv-ae.ts';
import { convBceAe } from './conv-bce-ae.ts';
import { curveAe } from './curve-ae.ts';
import { deepAe } from './deep-ae.ts';
import { denseAe } from './dense-ae.ts';
import type { Program } from './program.ts';
import { vae } from './vae.ts';

export interface AutoencoderProgram extends Program {
  autoencoder(options: object): Autoencoder;
}

export const autoencoders: readonly AutoencoderProgram[] = [
  denseAe,
  deepAe,
  convAe,
  curveAe,
  convBceAe,
  vae,
] as unknown as AutoencoderProgram[];
