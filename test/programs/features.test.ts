import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features } from '../../src/programs/features.ts';
import { train } from '../../src/programs/train.ts';
import { temporaryFolder } from './tiny-mnist.ts';

async function run(options: object) {
  const out = temporaryFolder();
  const lines: string[] = [];
  const display = { print: (line: string) => lines.push(line), progress() {}, end() {} };
  await train(features, { out, ...options }, { display });
  return { out, lines };
}

describe('features', () => {
  it('does worse with all features than with the first, prints both, and draws the way between', async () => {
    const { out, lines } = await run({ samples: 100, features: 90, kept: 5, seed: 3 });
    const scores = JSON.parse(readFileSync(join(out, 'scores.json'), 'utf8'));
    const printed = (of: number[]) => `[${of.map((score) => score.toFixed(8)).join(' ')}]`;
    expect(lines.slice(2)).toEqual([
      printed(scores[90]),
      printed(scores[5]),
      `1 − R² by the number of features  ${join(out, 'scores.svg')}`,
    ]);
    expect(Object.keys(scores)).toEqual([
      '5',
      '10',
      '20',
      '30',
      '40',
      '50',
      '60',
      '70',
      '80',
      '90',
    ]);
    expect(Math.min(...scores[5])).toBeGreaterThan(0.98);
    expect(Math.max(...scores[90])).toBeLessThan(0.97);
    expect(readFileSync(join(out, 'scores.svg'), 'utf8')).toContain('What is left unexplained');
  });

  it('gives the same scores for the same seed, others for another', async () => {
    const small = { samples: 20, features: 3, kept: 1 };
    const scores = async (seed: number) => (await run({ ...small, seed })).lines.slice(2, 4);
    expect(await scores(1)).toEqual(await scores(1));
    expect(await scores(1)).not.toEqual(await scores(2));
  });

  it('refuses to keep more features than there are', async () => {
    const failed = await run({ samples: 20, features: 3, kept: 4 }).catch(String);
    expect(failed).toBe('OptionError: features: kept is 4; want at most 3, all there are');
  });
});
