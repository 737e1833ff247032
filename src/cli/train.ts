import type { CommandGroup } from './command.ts';

/** Trains a program of the posts. */
export const train: CommandGroup = {
  name: 'train',
  summary: 'Trains a program of the posts',
  noun: 'program',
  commands: [],
};
