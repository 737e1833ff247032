import { sizeOf } from '../core/shape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import { all, isFinite } from '../ops/index.ts';
import { type Command, defineCommand, UsageError } from './command.ts';
import { readNumberRows } from './number-file.ts';
import { numberOf } from './parse.ts';
import {
  decodeRows,
  openRun,
  outOption,
  pathsFor,
  runArgument,
  writeSamples,
} from './trained-run.ts';

/** Makes an image of a code that is typed by hand: `tapegrad decode RUN 0 0 5`. */
export const decode: Command = defineCommand({
  name: 'decode',
  summary: 'Makes an image of a code typed by hand: decode RUN 0 0 5',
  positionals: [
    runArgument,
    { name: 'number', help: 'The numbers of the code', optional: true, many: true },
  ],
  options: {
    file: {
      type: 'text',
      value: 'FILE',
      help: 'Codes, a row each (.npy, .csv), as encode writes them',
    },
    out: outOption,
  },
  run({ options, positionals }) {
    const [first] = positionals;
    // A folder whose name is a number is given as ./5.
    const named = first !== undefined && Number.isNaN(numberOf(first));
    const words = named ? positionals.slice(1) : positionals;
    const { file } = options;
    if (file !== undefined && words.length > 0) {
      throw new UsageError('decode: --file and numbers came in; want one of them');
    }
    const typed = words.map(numberIn);
    const run = openRun('decode', named ? first : undefined);
    const size = sizeOf(run.autoencoder.codeShape);
    const codes = file === undefined ? oneCode(typed, size) : readNumberRows(file, size);
    if (!all(isFinite(codes)).item()) {
      throw new UsageError(
        'decode: a number of a code is infinite or NaN; want numbers that float32 holds, below 3.4e38',
      );
    }
    const samples = decodeRows(run.autoencoder, codes);
    if (run.autoencoder.loadImages === undefined) console.log(String(samples));
    const title = file === undefined ? `The code ${typed.join(', ')}` : 'Decodings';
    const scale = codes.shape[0] === 1 ? 8 : 4;
    const path = pathsFor('decode', run, options.out);
    writeSamples(run, path, { codes, samples }, { title, scale });
  },
});

function numberIn(word: string): number {
  const number = numberOf(word);
  if (!Number.isNaN(number)) return number;
  throw new UsageError(`decode: ${word} is no number; want those of a code, such as 0 0 5`, {
    word,
  });
}

function oneCode(numbers: readonly number[], size: number): Tensor {
  if (numbers.length !== size) {
    const came = numbers.length === 1 ? '1 number' : `${numbers.length} numbers`;
    throw new UsageError(
      `decode: ${came} came in for a code of ${size}; want ${size}${size > 8 ? ', or --file with a row of them' : ''}`,
      { count: numbers.length, size },
    );
  }
  return fromArray(Float32Array.from(numbers), [1, size]);
}
