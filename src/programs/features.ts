import { OptionError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { lineChart } from '../io/chart.ts';
import { add, mul, randomNormal, reshape, slice } from '../ops/index.ts';
import { crossValScore, LinearRegression } from './linear-regression.ts';
import { defineProgram, type Program } from './program.ts';

const options = {
  samples: { type: 'number', whole: true, min: 10, default: 1000, help: 'Samples' },
  features: { type: 'number', whole: true, min: 2, default: 900, help: 'Features of a sample' },
  kept: { type: 'number', whole: true, min: 1, default: 10, help: 'Features that are kept' },
  noise: { type: 'number', min: 0, default: 0.1, help: 'Standard deviation of the noise in y' },
} as const;

/** What post 3 opens with: least squares drown in 900 features, of which one matters, and do well with ten. */
export const features: Program<typeof options> = defineProgram({
  name: 'features',
  summary: 'Least squares that drown in 900 features and do well with 10 (post 3)',
  post: 'Introduction to Autoencoders, R. Kübler',
  options,

  async run(run, { samples, features, kept, noise }) {
    if (kept > features) {
      throw new OptionError(`features: kept is ${kept}; want at most ${features}, all there are`);
    }
    const dtype = 'float64'; // NumPy's

    const X = randomNormal([samples, features], { dtype });
    const x0 = reshape(slice(X, [0, 0], [samples, 1]), [samples]);
    const y = add(add(mul(2, x0), 1), mul(noise, randomNormal([samples], { dtype })));

    const scores: Record<string, number[]> = {};
    run.print(listed(await score(features)));
    run.print(listed(await score(kept)));

    // Beyond the post: it is worst where there are as many features as samples to fit to, four in five.
    const tenth = Math.ceil(features / 9);
    for (let count = tenth; count < features; count += tenth) await score(count);
    const points = Object.entries(scores).map(([count, parts]) => {
      const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
      return [Number(count), 1 - mean] as const;
    });
    const chart = lineChart([{ name: '1 − R²', points }], {
      title: 'What is left unexplained, by the number of features',
      xLabel: 'features',
      yLabel: '1 − R²',
      yScale: 'log',
    });
    run.write('scores.json', `${JSON.stringify(scores, undefined, 2)}\n`);
    run.print(`1 − R² by the number of features  ${run.write('scores.svg', chart)}`);

    /** R² of the five parts with the first so many features. */
    async function score(count: number): Promise<number[]> {
      const parts = crossValScore(new LinearRegression(), first(count), y);
      scores[count] = parts;
      await run.progress('fit', Object.keys(scores).length, undefined);
      return parts;
    }
    function first(count: number): Tensor {
      return slice(X, [0, 0], [samples, count]);
    }
  },
});

/** As NumPy prints an array. */
function listed(scores: readonly number[]): string {
  return `[${scores.map((score) => score.toFixed(8)).join(' ')}]`;
}
