import { type Command, defineCommand } from './command.ts';
import { openRun, runArgument } from './trained-run.ts';

/** Prints the layers and weights of what a run has trained. */
export const summary: Command = defineCommand({
  name: 'summary',
  summary: 'Prints the layers and weights of the model of a trained run',
  positionals: [runArgument],
  options: {},
  run({ positionals: [folder] }) {
    console.log(openRun('summary', folder).autoencoder.summary());
  },
});
