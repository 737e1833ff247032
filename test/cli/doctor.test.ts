import { expect, it } from 'vitest';
import { type Diagnosis, diagnose, report } from '../../src/cli/doctor.ts';
import { nativeInfo } from '../../src/kernels/native.ts';

const machine: Diagnosis = {
  versions: { tapegrad: '1.2.3', node: '20.0.0', v8: '11', napi: '9', compiler: 'gcc 12' },
  machine: {
    processor: 'Some Processor',
    platform: 'linux-x64, kernel 6',
    memoryBytes: 8 * 2 ** 30,
    caches: [
      { name: 'L1d', size: '32K' },
      { name: 'L2', size: '1M' },
    ],
  },
  kernels: { chosen: 'native', why: 'the addon was found and loads', path: 'here/tapegrad.node' },
  instructionSets: {
    built: ['baseline', 'avx2'],
    supported: ['baseline'],
    used: 'baseline',
    lanes: 4,
    why: 'the best',
  },
  threads: { used: 2, why: 'one for each', affinity: 2, quota: 1.5 },
  data: { cache: 'no/such/folder', sets: { mnist: 'not downloaded' } },
  environment: { TAPEGRAD_ISA: 'baseline' },
};

it('tells what was chosen and why, a line each', () => {
  expect(report(machine)).toBe(
    [
      'tapegrad         1.2.3 on Node 20.0.0, V8 11, Node-API 9',
      'processor        Some Processor',
      '                 linux-x64, kernel 6; L1d 32K, L2 1M; 8.0 GiB of memory',
      'kernels          native: the addon was found and loads',
      '                 here/tapegrad.node',
      '                 compiled by gcc 12',
      'instruction set  baseline, 4 numbers at a time: the best',
      '                 built: baseline, avx2; supported here: baseline',
      'threads          2: one for each',
      '                 2 processors by affinity, a quota of 1.5',
      'data cache       no/such/folder (not there yet)',
      '                 mnist: not downloaded',
      'environment      TAPEGRAD_ISA=baseline',
    ].join('\n'),
  );
});

it('says that nothing runs where the environment asks for what cannot be', () => {
  const { kernels } = diagnose({ TAPEGRAD_BACKEND: 'nope' });
  expect(kernels.chosen).toBe('none');
  expect(kernels.why).toBe("TAPEGRAD_BACKEND is 'nope'; want native or reference");
});

it('counts a single processor', () => {
  const threads = { ...machine.threads, affinity: 1, quota: 0 };
  expect(report({ ...machine, threads })).toContain(' 1 processor by affinity, no quota\n');
});

it('describes this machine truthfully', () => {
  const found = diagnose({});
  const { facts } = nativeInfo();
  expect(found.versions.node).toBe(process.versions.node);
  expect(found.kernels.chosen).toBe(facts === undefined ? 'reference' : 'native');
  expect(found.instructionSets?.used).toBe(facts?.isa);
  if (facts !== undefined) expect(facts.isasSupported).toContain(facts.isa);
  expect(found.threads.used).toBeGreaterThanOrEqual(1);
});

it('follows the environment in what it says', () => {
  const found = diagnose({ TAPEGRAD_BACKEND: 'reference', TAPEGRAD_ISA: '', OTHER: 'x' });
  expect(found.kernels.chosen).toBe('reference');
  expect(found.kernels.why).toBe('TAPEGRAD_BACKEND is reference');
  expect(found.threads).toMatchObject({ used: 1, why: 'the reference kernels use one' });
  expect(found.environment).toEqual({ TAPEGRAD_BACKEND: 'reference' });
});
