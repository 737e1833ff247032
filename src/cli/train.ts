import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Screen } from '../nn/progress-bar.ts';
import type { Options } from '../programs/options.ts';
import type { Program } from '../programs/program.ts';
import type { Display } from '../programs/run.ts';
import { sharedOptions, train as trainProgram } from '../programs/train.ts';
import type { Command, CommandGroup } from './command.ts';
import { ProgressBar } from './progress.ts';

/** Trains a program of the posts. */
export const train: CommandGroup = {
  name: 'train',
  summary: 'Trains a program of the posts and leaves its pictures, curve and metrics in a folder',
  noun: 'program',
  commands: {
    'dense-ae': async () => commandOf((await import('../programs/dense-ae.ts')).denseAe),
    'deep-ae': async () => commandOf((await import('../programs/deep-ae.ts')).deepAe),
    'conv-ae': async () => commandOf((await import('../programs/conv-ae.ts')).convAe),
    'curve-ae': async () => commandOf((await import('../programs/curve-ae.ts')).curveAe),
    'conv-bce-ae': async () => commandOf((await import('../programs/conv-bce-ae.ts')).convBceAe),
    vae: async () => commandOf((await import('../programs/vae.ts')).vae),
    features: async () => commandOf((await import('../programs/features.ts')).features),
    pca: async () => commandOf((await import('../programs/pca.ts')).pca),
  },
};

function commandOf<O extends Options>(one: Program<O>): Command {
  const program = one as unknown as Program;
  return {
    name: program.name,
    summary: program.summary,
    options: { ...program.options, ...sharedOptions },
    async run({ options }) {
      const stop = new AbortController();
      const signals = ['SIGINT', 'SIGTERM'] as const;
      const onSignal = (signal: (typeof signals)[number]) => {
        leave(); // so that a second one ends the process at once
        stop.abort(signal);
      };
      const leave = () => {
        for (const signal of signals) process.off(signal, onSignal);
      };
      for (const signal of signals) process.on(signal, onSignal);
      try {
        const display = displayOnTerminal();
        const { folder, stopped, lastStep, unit } = await trainProgram(program, options, {
          display,
          signal: stop.signal,
        });
        if (!stopped) return 0;
        const after =
          lastStep === undefined ? `before the first ${unit} ended` : `after ${unit} ${lastStep}`;
        const rest = existsSync(folder)
          ? `what there is is in ${folder}`
          : 'there is nothing to keep';
        display.print(`stopped ${after}; ${rest}`);
        return 128 + constants.signals[stop.signal.reason as (typeof signals)[number]];
      } finally {
        leave();
      }
    },
  };
}

/** Lines on standard output; on a terminal a bar beneath them. */
export function displayOnTerminal(): Display {
  let bar: ProgressBar | undefined;
  let shown: string | undefined;
  let unfinished = false; // whether a line of Keras's stands on the screen, to be drawn anew
  const { stdout } = process;
  const screen: Screen = {
    isTTY: stdout.isTTY,
    get columns() {
      return stdout.columns;
    },
    write(text) {
      stdout.write(text);
      unfinished = !text.endsWith('\n');
    },
  };
  const end = () => {
    bar?.end();
    bar = undefined;
  };
  return {
    screen,
    print(line) {
      if (unfinished) screen.write('\n');
      if (bar) bar.print(line);
      else console.log(line);
    },
    progress(label, done, total, unit) {
      if (label !== shown) end();
      shown = label;
      bar ??= new ProgressBar({ label, total, ...(unit && { unit }) });
      bar.update(done, total);
    },
    end,
  };
}
