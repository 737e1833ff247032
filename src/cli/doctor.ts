import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { cacheFolder, fashionMnist, mnist, type PublishedSet, verifySet } from '../data/mnist.ts';
import { askedBackend } from '../kernels/active.ts';
import { type AddonFacts, nativeInfo } from '../kernels/native.ts';
import { type Command, defineCommand } from './command.ts';
import { alignColumns } from './table.ts';

/** Says what this machine has, what was chosen from it, and why. */
export const doctor: Command = defineCommand({
  name: 'doctor',
  summary: 'Shows what was chosen on this machine and why: kernels, instruction set, threads',
  options: { json: { type: 'flag', help: 'One JSON object instead of the lines' } },
  run({ options }) {
    const found = diagnose();
    console.log(options.json ? JSON.stringify(found, undefined, 2) : report(found));
    return found.kernels.chosen === 'none' ? 1 : 0;
  },
});

export interface Diagnosis {
  readonly versions: {
    readonly tapegrad: string;
    readonly node: string;
    readonly v8: string;
    readonly napi: string;
    /** What the addon was compiled with. */
    readonly compiler?: string;
  };
  readonly machine: {
    readonly processor: string;
    readonly platform: string;
    readonly memoryBytes: number;
    readonly caches: readonly { readonly name: string; readonly size: string }[];
  };
  readonly kernels: {
    /** None where a variable of the environment asks for what cannot be: then commands refuse to run. */
    readonly chosen: 'native' | 'reference' | 'none';
    readonly why: string;
    readonly path?: string;
  };
  readonly instructionSets?: {
    readonly built: readonly string[];
    readonly supported: readonly string[];
    readonly used: string;
    readonly lanes: number;
    readonly why: string;
  };
  readonly threads: {
    readonly used: number;
    readonly why: string;
    /** Processors the scheduler may give this process. */
    readonly affinity: number;
    /** Processors' worth of time the container may use; 0 without a limit. */
    readonly quota: number;
  };
  readonly data: {
    readonly cache: string;
    readonly sets: Readonly<Record<string, string>>;
  };
  /** Variables of the environment that are set and change something. */
  readonly environment: Readonly<Record<string, string>>;
}

const variables = [
  'TAPEGRAD_ADDON',
  'TAPEGRAD_BACKEND',
  'TAPEGRAD_ISA',
  'TAPEGRAD_THREADS',
  'TAPEGRAD_CACHE',
  'TAPEGRAD_OFFLINE',
  'XDG_CACHE_HOME',
] as const;

export function diagnose(env: NodeJS.ProcessEnv = process.env): Diagnosis {
  const { path, facts, caches } = nativeInfo();
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const kernels = kernelsOf(env);
  return {
    versions: {
      tapegrad: version,
      node: process.versions.node,
      v8: process.versions.v8,
      napi: process.versions.napi ?? 'unknown',
      ...(facts === undefined ? {} : { compiler: facts.compiler }),
    },
    machine: {
      processor: facts?.processor.trim() || cpus()[0]?.model.trim() || 'unknown',
      platform: `${process.platform}-${process.arch}, kernel ${release()}`,
      memoryBytes: totalmem(),
      caches,
    },
    kernels: { ...kernels, ...(path === undefined ? {} : { path }) },
    ...(facts === undefined ? {} : { instructionSets: instructionSetsOf(facts, env) }),
    threads: threadsOf(kernels.chosen === 'native' ? facts : undefined, env),
    data: {
      cache: cacheFolder(),
      sets: { mnist: stateOf(mnist), 'fashion-mnist': stateOf(fashionMnist) },
    },
    environment: Object.fromEntries(
      variables.flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
    ),
  };
}

function kernelsOf(env: NodeJS.ProcessEnv): Pick<Diagnosis['kernels'], 'chosen' | 'why'> {
  const { error, refuses, facts } = nativeInfo();
  try {
    if (askedBackend(env) === 'reference') {
      return { chosen: 'reference', why: 'TAPEGRAD_BACKEND is reference' };
    }
  } catch (refusal) {
    return { chosen: 'none', why: (refusal as Error).message };
  }
  if (refuses) return { chosen: 'none', why: error ?? 'the addon refuses the environment' };
  if (facts !== undefined) return { chosen: 'native', why: 'the addon was found and loads' };
  return { chosen: 'reference', why: error ?? 'no addon' };
}

function instructionSetsOf(
  facts: AddonFacts,
  env: NodeJS.ProcessEnv,
): NonNullable<Diagnosis['instructionSets']> {
  return {
    built: facts.isasBuilt,
    supported: facts.isasSupported,
    used: facts.isa,
    lanes: facts.lanes,
    why: env.TAPEGRAD_ISA
      ? `TAPEGRAD_ISA is ${env.TAPEGRAD_ISA}`
      : 'the best that was built and that the processor and the operating system support',
  };
}

function threadsOf(facts: AddonFacts | undefined, env: NodeJS.ProcessEnv): Diagnosis['threads'] {
  if (facts === undefined) {
    const affinity = availableParallelism();
    return { used: 1, why: 'the reference kernels use one', affinity, quota: 0 };
  }
  const { threads, affinity, quota } = facts;
  const limited = quota > 0 && quota < affinity;
  const why = env.TAPEGRAD_THREADS
    ? `TAPEGRAD_THREADS is ${env.TAPEGRAD_THREADS}`
    : limited
      ? `the container may use ${quota} processors' worth of time`
      : `one for each processor this process may run on`;
  return { used: threads, why, affinity, quota };
}

/** Whether the set's files lie in the cache, and whole. */
function stateOf(set: PublishedSet): string {
  const files = verifySet(set);
  const bad = files.filter((file) => file.state === 'damaged').map((file) => file.path);
  if (bad.length > 0) return `damaged: ${bad.join(', ')}`;
  const good = files.filter((file) => file.state === 'good').length;
  if (good === files.length) return 'complete, checksums match';
  return good === 0 ? 'not downloaded' : `${good} of ${files.length} files`;
}

/** The diagnosis for people. */
export function report(found: Diagnosis): string {
  const { versions, machine, kernels, instructionSets, threads, data, environment } = found;
  const caches = machine.caches.map(({ name, size }) => `${name} ${size}`).join(', ');
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB of memory`;
  const folder = existsSync(data.cache) ? data.cache : `${data.cache} (not there yet)`;
  const quota = threads.quota === 0 ? 'no quota' : `a quota of ${threads.quota}`;
  const sets = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return alignColumns([
    [
      'tapegrad',
      `${versions.tapegrad} on Node ${versions.node}, V8 ${versions.v8}, Node-API ${versions.napi}`,
    ],
    ['processor', machine.processor],
    ['', [machine.platform, caches, memory].filter((part) => part !== '').join('; ')],
    ['kernels', `${kernels.chosen}: ${kernels.why}`],
    ...(kernels.path === undefined ? [] : [['', kernels.path]]),
    ...(versions.compiler === undefined ? [] : [['', `compiled by ${versions.compiler}`]]),
    ...(instructionSets === undefined
      ? []
      : [
          [
            'instruction set',
            `${instructionSets.used}, ${instructionSets.lanes} numbers at a time: ${instructionSets.why}`,
          ],
          [
            '',
            `built: ${instructionSets.built.join(', ')}; supported here: ${instructionSets.supported.join(', ')}`,
          ],
        ]),
    ['threads', `${threads.used}: ${threads.why}`],
    [
      '',
      `${threads.affinity} ${threads.affinity === 1 ? 'processor' : 'processors'} by affinity, ${quota}`,
    ],
    ['data cache', folder],
    ...Object.entries(data.sets).map(([name, state]) => ['', `${name}: ${state}`]),
    ['environment', sets.length === 0 ? 'nothing set that changes anything' : sets.join(' ')],
  ]);
}
