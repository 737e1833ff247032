import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dispatch } from '../../src/cli/dispatch.ts';
import { ops, opsPage } from '../../src/cli/ops.ts';
import { catalogue } from '../../src/ops/catalogue.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

async function run(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const said = { out: '', error: '' };
  vi.spyOn(console, 'log').mockImplementation((text: string) => {
    said.out += `${text}\n`;
  });
  const line = { name: 'tapegrad', version: '0', summary: '', commands: { ops: () => ops } };
  const error = (text: string) => {
    said.error += text;
  };
  return { code: await dispatch(line, ['ops', ...words], { out: error, error }), ...said };
}

describe('docs/ops.md', () => {
  it('is what the catalogue says; npm run docs writes it anew', () => {
    const page = readFileSync(new URL('../../docs/ops.md', import.meta.url), 'utf8');
    expect(page).toBe(opsPage());
  });

  it('has a row for every op, with what it keeps, its kernel and its gradient', () => {
    const page = opsPage();
    for (const name of catalogue.keys()) expect(page).toContain(`| \`${name}\` |`);
    expect(page).toContain('| y = 1 / (1 + e^-x) | x [2,3] → [2,3] | y | sigmoid | to x |');
    expect(page).toMatch(/\| `transpose` \|.*\| none, a view \| to x \|/);
    expect(page).toMatch(
      /\| `argmax` \|.*\| none: argmax makes integers, which have no gradient \|/,
    );
  });
});

describe('tapegrad ops', () => {
  it('shows the ops that are named', async () => {
    const { code, out } = await run('mul');
    expect(code).toBe(0);
    expect(out).toMatch(/^mul {2}y = a b {2}.*→.* {2}a, b +mul +to a, b$/m);
  });

  it('asks whether another was meant', async () => {
    expect(await run('matmull')).toEqual({
      code: 2,
      out: '',
      error: 'ops: no op matmull; did you mean matmul?',
    });
  });
});
