import { describe, expect, it } from 'vitest';
import { summary } from '../../src/cli/summary.ts';
import { autoencoders } from '../../src/programs/autoencoders.ts';
import { restore } from '../../src/programs/restore.ts';
import { run, savedRun } from './saved-run.ts';

describe('summary', () => {
  it.each(autoencoders)('prints the model of a run of $name, with its weights', async (program) => {
    const folder = savedRun(program);
    const { code, lines } = await run(summary, folder);
    expect(code).toBe(0);
    const weights = [...restore(folder).autoencoder.weightsByPath().values()];
    const total = weights.reduce((count, { size }) => count + size, 0);
    // The weights of dense-ae lie in two objects: there are no layers to tell of.
    const wanted =
      program.name === 'dense-ae' ? 'encoderH1 [784,128]' : total.toLocaleString('en-US');
    expect(lines.join('\n')).toContain(wanted);
  });

  it('takes one run', async () => {
    expect(await run(summary, 'a', 'b')).toMatchObject({
      code: 2,
      error: 'summary: found b; want no more than run',
    });
  });
});
