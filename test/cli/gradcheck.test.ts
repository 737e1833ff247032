import { afterEach, describe, expect, it, vi } from 'vitest';
import { dispatch } from '../../src/cli/dispatch.ts';
import { gradcheck, report } from '../../src/cli/gradcheck.ts';
import { checkable } from '../../src/ops/samples.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What `tapegrad gradcheck …` prints and answers. */
async function run(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const said = { out: '', error: '' };
  vi.spyOn(console, 'log').mockImplementation((text: string) => {
    said.out += `${text}\n`;
  });
  const line = {
    name: 'tapegrad',
    version: '0',
    summary: '',
    commands: { gradcheck: () => gradcheck },
  };
  const output = {
    out: (text: string) => {
      said.out += text;
    },
    error: (text: string) => {
      said.error += text;
    },
  };
  const code = await dispatch(line, ['gradcheck', ...words], output);
  return { code, ...said };
}

describe('tapegrad gradcheck', () => {
  it('prints a line for each op that is named, with its formula', async () => {
    const { code, out } = await run('sigmoid', 'floor');
    expect(code).toBe(0);
    expect(out).toMatch(/^sigmoid +\d+ +\d\.\de-\d+ +yes +ok +y = 1 \/ \(1 \+ e\^-x\)$/m);
    expect(out).toMatch(/^floor .*no gradient: floor is constant between steps/m);
    expect(out).toMatch(/1 differentiable, 1 without a gradient; \d+ inputs, .*: all passed\n$/);
  });

  it('takes an op together with its other ways', async () => {
    const { out } = await run('max', '--json');
    expect(JSON.parse(out).ops.map((op: { name: string }) => op.name)).toEqual(['max', 'max:axes']);
  });

  it('checks everything when nothing is named', async () => {
    const { code, out } = await run('--json', '--seed', '5');
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found.seed).toBe(5);
    expect(found.ops).toHaveLength(checkable.length);
  });

  it('fails with exit code 1 and says where, when the tolerance cannot be met', async () => {
    const { code, out } = await run('tan', '--tolerance', '1e-20');
    expect(code).toBe(1);
    expect(out).toMatch(/^tan .*FAILED/m);
    expect(out).toMatch(
      /^tan: sample 0: the gradient of input 0 \[\] along a random direction is /m,
    );
    expect(out).toMatch(/1 FAILED\n$/);
  });

  it('asks whether another op was meant', async () => {
    expect(await run('sigmod')).toEqual({
      code: 2,
      out: '',
      error: 'gradcheck: no op sigmod; did you mean sigmoid?',
    });
    expect((await run('xyzzy')).error).toBe(
      'gradcheck: no op xyzzy; tapegrad gradcheck lists them all',
    );
  });
});

it('prints failures beneath the table', () => {
  const wrong = { name: 'f', math: 'y = x', inputs: 1, worst: 0.5, failures: ['it is off'] };
  expect(report([wrong], 1e-6, 1)).toBe(
    [
      'op  inputs  worst error  second          formula',
      'f        1       5.0e-1  yes     FAILED  y = x',
      '',
      'f: it is off',
      '',
      '1 differentiable, 0 without a gradient; 1 inputs, first and second derivatives within 1e-6 (seed 1): 1 FAILED',
    ].join('\n'),
  );
});
