/** Guesses what a mistyped word was meant to be. */
export { didYouMean, nearest } from '../core/did-you-mean.ts';
