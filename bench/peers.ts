/**
 * Training steps of this engine between those of others, in turns: PyTorch (Debian's package), TensorFlow.js and jax-js
 * (npm packages in a folder of their own). What a peer cannot do is said.
 */
import { join, resolve } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { cacheFolder } from '../src/data/mnist.ts';
import { convBesideLibraries } from './conv.ts';
import { install, javaScriptPeers, linesOf, type Peer, torchPeers } from './engines.ts';
import { gemmBesideLibraries } from './gemm.ts';
import { useBestKernels } from './libraries.ts';
import { heading, machine, runBench } from './machine.ts';
import { modelsNamed } from './models.ts';
import { type PeerLine, tableOf } from './peer-lines.ts';
import type { Progress } from './progress.ts';

const besideLibraries: Readonly<
  Record<string, (most: number, json: boolean, progress: Progress) => void>
> = {
  gemm: gemmBesideLibraries,
  conv: convBesideLibraries,
};

await runBench(
  {
    name: 'bench:peers',
    summary: 'Times training steps of this engine and of others in turns',
    positionals: [
      {
        name: 'name',
        help: 'Models A to F, or names of programs; all if none is named. `gemm`: matmul beside OpenBLAS, BLIS and oneDNN; `conv`: convolutions beside oneDNN',
        optional: true,
        many: true,
      },
    ],
    options: {
      batch: {
        type: 'number',
        whole: true,
        min: 1,
        help: "Examples in a batch; the program's own unless told",
      },
      threads: { type: 'number', whole: true, min: 1, max: 256, help: 'Most threads' },
      rounds: { type: 'number', whole: true, min: 1, default: 3, help: 'Turns of each peer' },
      budget: {
        type: 'number',
        above: 0,
        default: 1,
        value: 'SECONDS',
        help: 'Time for each line of a turn',
      },
      folder: { type: 'text', value: 'DIR', help: 'Where the npm packages of the peers are' },
      install: { type: 'flag', help: 'Installs those packages there, and ends' },
      slow: { type: 'flag', help: 'Runs also what takes seconds a step' },
      json: { type: 'flag', help: 'The lines of all turns instead of tables' },
    },
  },
  async (options, words, progress) => {
    const folder = resolve(options.folder ?? join(cacheFolder(), 'peers'));
    if (options.install) {
      install(folder);
      return;
    }
    const here = machine();
    const say = options.json ? progress.note : progress.print;
    say(heading(here));
    const most = options.threads ?? here.threads;
    const set = useBestKernels(here.isas);
    if (set.length > 0) say(`for the libraries: ${set.join(' ')}`);
    const library = words.find((word) => Object.hasOwn(besideLibraries, word));
    if (library !== undefined) {
      const odd = words.find((word) => !Object.hasOwn(besideLibraries, word));
      if (odd !== undefined) {
        throw new UsageError(
          `bench:peers: found ${odd} beside ${library}; want it in a run of its own`,
        );
      }
      for (const word of new Set(words)) besideLibraries[word]?.(most, options.json, progress);
      return;
    }
    const models = modelsNamed('bench:peers', words);
    const threads = [...new Set([1, most])];
    const steps = [process.execPath, 'build/bench/bench/steps.js', '--json', '--mode', 'compiled'];
    const own = threads.map(
      (count): Peer => ({
        name: `tapegrad ×${count}`,
        threads: count,
        command: [...steps, '--threads', String(count)],
      }),
    );
    const others = [...torchPeers(threads, here.isas, say), ...javaScriptPeers(folder, say)];
    // The best of five variants finds a quiet moment sooner than the best of one: so before each turn of PyTorch comes
    // another one of this engine, with as many threads.
    const turns = [
      ...own,
      ...others.flatMap((other) => [
        ...own.filter(({ threads: count }) => count === other.threads),
        other,
      ]),
    ];
    const shared = [
      ...['--budget', String(options.budget)],
      ...(options.batch === undefined ? [] : ['--batch', String(options.batch)]),
    ];
    progress.expect(models.length * options.rounds * turns.length);
    for (const { letter, program, batch } of models) {
      const lines: PeerLine[] = [];
      for (let round = 0; round < options.rounds; round++) {
        for (const peer of turns) {
          const leftOut =
            options.slow || !peer.slow?.models.includes(letter) ? undefined : peer.slow.why;
          if (leftOut !== undefined && round > 0) {
            progress.step();
            continue;
          }
          const checked = own.includes(peer) && round > 0 ? ['--verified'] : [];
          const found =
            leftOut === undefined
              ? await linesOf(peer, [...shared, ...checked], letter)
              : [{ peer: peer.name, model: letter, leftOut } as PeerLine];
          lines.push(...found);
          if (options.json)
            for (const line of found) progress.print(JSON.stringify({ ...line, round }));
          progress.step();
        }
      }
      if (options.json) continue;
      const title = `\n${letter} ${program.name}, batch ${options.batch ?? batch}`;
      progress.print(
        tableOf(
          title,
          lines,
          own.map(({ name }) => name),
        ),
      );
    }
  },
);
