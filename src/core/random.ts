import { philox, type RandomState } from '../kernels/random.ts';
import { OptionError } from './errors.ts';
import { stepRecorder } from './replay.ts';

/**
 * A stream of random numbers: a seed and how far it has been read. The same seed gives the same stream on every
 * kernel table and any number of threads; `state` is all there is to save.
 */
export class Generator {
  /** [seed low, seed high, counter low, counter high]; kernels read it and move the counter. */
  readonly state: RandomState;

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new OptionError(`seed: it is ${seed}; want a whole number from 0 to 2^53 − 1`, {
        seed,
      });
    }
    this.state = Int32Array.from([seed | 0, Math.floor(seed / 0x100000000) | 0, 0, 0]);
  }

  /** Four fresh words of 32 bits. */
  words(): Uint32Array {
    stepRecorder()?.onUnrepeatable('draws words from a generator');
    const words = new Uint32Array(4);
    const [k0 = 0, k1 = 0, low = 0, high = 0] = this.state;
    philox(k0, k1, low, high, words);
    const next = (low + 1) | 0;
    this.state[2] = next;
    if (next === 0) this.state[3] = (high + 1) | 0;
    return words;
  }

  /** A stream of its own, whose seed is drawn from this one. */
  split(): Generator {
    const child = new Generator(0);
    child.state.set(this.words().subarray(0, 2));
    return child;
  }
}

const global = new Generator(Math.floor(Math.random() * 2 ** 53));

/** Starts the stream that initialisers, random ops, dropout and shuffles draw from anew: one seed governs them all. */
export function setSeed(seed: number): void {
  stepRecorder()?.onUnrepeatable('sets the seed');
  global.state.set(new Generator(seed).state); // in place: a compiled step reads it there
}

/** The stream that everything draws from that was given none of its own. */
export function defaultGenerator(): Generator {
  return global;
}
