/**
 * Training steps of this engine between those of others, in turns: PyTorch (Debian's package), TensorFlow.js and jax-js
 * (npm packages in a folder of their own). What a peer cannot do is said.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { cacheFolder } from '../src/data/mnist.ts';
import { convBesideLibraries } from './conv.ts';
import { gemmBesideLibraries } from './gemm.ts';
import { folderOf, useBestKernels } from './libraries.ts';
import { heading, machine, runBench } from './machine.ts';
import { modelsNamed } from './models.ts';
import { type PeerLine, tableOf } from './peer-lines.ts';

const packages = [
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-backend-wasm@4.22.0',
  '@jax-js/jax@0.1.25',
];

interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Models that are left out, with the reason, unless all are asked for. */
  readonly slow?: { readonly models: string; readonly why: string };
}

// ── Who is here ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Memory that was freed stays with the process: without it torch gets new pages in every step. */
const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 28),
};

/** Its own loops are AVX2 unless told, which is at times the faster. */
const wideLoops = { ATEN_CPU_CAPABILITY: 'avx512' };

function torchPeers(
  threads: readonly number[],
  isas: readonly string[],
  say: (text: string) => void,
): Peer[] {
  const python = process.env.PYTHON ?? '/usr/bin/python3';
  if (spawnSync(python, ['-c', 'import torch']).status !== 0) {
    say(`PyTorch: ${python} has none; apt-get install python3-torch libopenblas0-openmp`);
    return [];
  }
  const blas = process.env.OMP_BLAS ?? folderOf('libopenblas0-openmp', 'libblas.so.3');
  if (blas === undefined) {
    say(
      'PyTorch: without libopenblas0-openmp its matmuls are a plain loop; apt-get install it, or OMP_BLAS=FOLDER of its libblas.so.3',
    );
  }
  return threads.flatMap((count) => {
    const environment = {
      OMP_NUM_THREADS: String(count),
      ...(blas === undefined ? {} : { LD_LIBRARY_PATH: blas }),
    };
    const command = [python, 'bench/peers/torch-steps.py', '--threads', String(count)];
    const kept = {
      name: `torch+malloc ×${count}`,
      command: [...command, '--modes', 'foreach,channels_last'],
      environment: { ...environment, ...keepMemory, PEER_SUFFIX: '+malloc' },
    };
    const wide = {
      ...kept,
      name: `torch+malloc+avx512 ×${count}`,
      environment: { ...kept.environment, ...wideLoops, PEER_SUFFIX: '+malloc+avx512' },
    };
    return [
      { name: `torch ×${count}`, command, environment },
      kept,
      ...(isas.includes('avx512') ? [wide] : []),
    ];
  });
}

function javaScriptPeers(folder: string, say: (text: string) => void): Peer[] {
  const environment = { PEERS: folder };
  if (!existsSync(join(folder, 'node_modules/@tensorflow'))) {
    say(
      `TensorFlow.js, jax-js: not in ${folder}; npm run bench:peers -- --install puts them there`,
    );
    return [];
  }
  const node = (script: string, ...words: string[]) => [
    process.execPath,
    `bench/peers/${script}`,
    ...words,
  ];
  const seconds = { models: 'CD', why: 'seconds a step; --slow runs it' };
  return [
    { name: 'tfjs-wasm', command: node('tfjs-steps.mjs', '--backend', 'wasm'), environment },
    {
      name: 'jax-js',
      command: node('jaxjs-steps.mjs'),
      environment,
      slow: { ...seconds, models: 'D' },
    },
    {
      name: 'tfjs-cpu',
      command: node('tfjs-steps.mjs', '--backend', 'cpu'),
      environment,
      slow: seconds,
    },
  ];
}

function install(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages];
  execFileSync('npm', words, { cwd: folder, stdio: 'inherit' });
}

// ── In turns ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The lines of one script's run; a peer that fails says so in a line of its own. */
async function linesOf(peer: Peer, words: readonly string[], model: string): Promise<PeerLine[]> {
  const [command = '', ...first] = peer.command;
  const child = spawn(command, [...first, ...words, model], {
    env: { ...process.env, ...peer.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', error: '' };
  child.stdout.on('data', (chunk) => {
    texts.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    texts.error += chunk;
  });
  const code = await new Promise((done) => child.on('close', done));
  const lines = texts.out.split('\n').filter((line) => line.startsWith('{'));
  if (code === 0 || lines.length > 0) return lines.map((line) => JSON.parse(line) as PeerLine);
  const why = texts.error.trim().split('\n').at(-1) ?? `exit code ${code}`;
  return [{ peer: peer.name, model, threads: 1, error: why } as PeerLine];
}

const besideLibraries: Readonly<Record<string, (most: number, json: boolean) => void>> = {
  gemm: gemmBesideLibraries,
  conv: convBesideLibraries,
};

await runBench(
  {
    name: 'bench:peers',
    summary: 'Times training steps of this engine and of others in turns',
    many: 'Models A to F, or names of programs; all if none is named. `gemm`: matmul beside OpenBLAS, BLIS and oneDNN; `conv`: convolutions beside oneDNN',
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
  async (options, words) => {
    const folder = resolve(options.folder ?? join(cacheFolder(), 'peers'));
    if (options.install) {
      install(folder);
      return;
    }
    const here = machine();
    const say = (text: string) => (options.json ? console.error : console.log)(text);
    say(heading(here));
    const most = options.threads ?? here.threads;
    const set = useBestKernels(here.isas);
    if (set.length > 0) say(`for the libraries: ${set.join(' ')}`);
    if (words.some((word) => Object.hasOwn(besideLibraries, word))) {
      const odd = words.find((word) => !Object.hasOwn(besideLibraries, word));
      if (odd !== undefined) {
        throw new UsageError(
          `bench:peers: found ${odd} beside ${words[0]}; want it in a run of its own`,
        );
      }
      for (const word of new Set(words)) besideLibraries[word]?.(most, options.json);
      return;
    }
    const models = modelsNamed('bench:peers', words);
    const threads = [...new Set([1, most])];
    const steps = [process.execPath, 'build/bench/bench/steps.js', '--json', '--mode', 'compiled'];
    const own = threads.map(
      (count): Peer => ({
        name: `tapegrad ×${count}`,
        command: [...steps, '--threads', String(count)],
      }),
    );
    const others = [...torchPeers(threads, here.isas, say), ...javaScriptPeers(folder, say)];
    const shared = [
      ...['--budget', String(options.budget)],
      ...(options.batch === undefined ? [] : ['--batch', String(options.batch)]),
    ];
    for (const { letter, program, batch } of models) {
      const lines: PeerLine[] = [];
      for (let round = 0; round < options.rounds; round++) {
        for (const peer of [...own, ...others]) {
          if (!options.slow && peer.slow?.models.includes(letter)) {
            if (round === 0)
              lines.push({ peer: peer.name, model: letter, leftOut: peer.slow.why } as PeerLine);
            continue;
          }
          const checked = own.includes(peer) && round > 0 ? ['--verified'] : [];
          const found = await linesOf(peer, [...shared, ...checked], letter);
          lines.push(...found);
          if (options.json)
            for (const line of found) console.log(JSON.stringify({ ...line, round }));
        }
      }
      if (options.json) continue;
      const title = `\n${letter} ${program.name}, batch ${options.batch ?? batch}`;
      console.log(
        tableOf(
          title,
          lines,
          own.map(({ name }) => name),
        ),
      );
    }
  },
);
