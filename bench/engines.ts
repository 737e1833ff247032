/** The engines that training steps are timed beside: which of them are here, how each is started, what it prints. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../src/io/files.ts';
import { run } from './children.ts';
import { folderOf } from './libraries.ts';
import type { PeerLine } from './peer-lines.ts';

const packages = [
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-backend-wasm@4.22.0',
  '@jax-js/jax@0.1.25',
];

export interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  /** Where they are ours to set. */
  readonly threads?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Models that are left out, with the reason, unless all are asked for. */
  readonly slow?: { readonly models: string; readonly why: string };
}

/** Memory that was freed stays with the process: without it torch gets new pages in every step. */
const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 28),
};

/** Its own loops are AVX2 unless told, which is at times the faster. */
const wideLoops = { ATEN_CPU_CAPABILITY: 'avx512' };

export function torchPeers(
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
      threads: count,
      command: [...command, '--modes', 'foreach,channels_last'],
      environment: { ...environment, ...keepMemory, PEER_SUFFIX: '+malloc' },
    };
    const wide = {
      ...kept,
      name: `torch+malloc+avx512 ×${count}`,
      environment: { ...kept.environment, ...wideLoops, PEER_SUFFIX: '+malloc+avx512' },
    };
    return [
      { name: `torch ×${count}`, threads: count, command, environment },
      kept,
      ...(isas.includes('avx512') ? [wide] : []),
    ];
  });
}

export function javaScriptPeers(folder: string, say: (text: string) => void): Peer[] {
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

/** Puts the npm packages of the peers there. */
export function install(folder: string): void {
  writeFileAtomically(join(folder, 'package.json'), '{ "private": true }\n');
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages];
  execFileSync('npm', words, { cwd: folder, stdio: 'inherit' });
}

/** The lines of one script's run; a peer that fails says so in a line of its own, behind what it could do. */
export async function linesOf(
  { name, command, environment }: Peer,
  words: readonly string[],
  model: string,
): Promise<PeerLine[]> {
  const { out, error, failed } = await run([...command, ...words, model], {
    env: { ...process.env, ...environment },
  });
  // A process that was ended in the middle of a line leaves a part of it.
  const whole = out.slice(0, out.lastIndexOf('\n') + 1).split('\n');
  const lines = whole.filter((line) => line.startsWith('{'));
  const found = lines.map((line) => JSON.parse(line) as PeerLine);
  if (failed === undefined) return found;
  const last = error.trim().split('\n').at(-1);
  return [...found, { peer: name, model, error: last || failed } as PeerLine];
}
