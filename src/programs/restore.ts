/** From the folder of a run back to what it trained. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, ShapeError } from '../core/errors.ts';
import { type Shape, sameShape, shapeText } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { readWeights } from '../nn/weights-file.ts';
import type { Autoencoder } from './autoencoder.ts';
import { type AutoencoderProgram, autoencoders } from './autoencoders.ts';
import { refusal } from './options.ts';

/** A run that has ended. */
export interface TrainedRun {
  readonly program: AutoencoderProgram;
  /** The options it was trained with, as `config.json` tells them. */
  readonly options: { readonly [name: string]: unknown };
  readonly autoencoder: Autoencoder;
}

/** Rebuilds what a run has trained from its `config.json` and `weights.safetensors`. */
export function restore(folder: string): TrainedRun {
  const { program, options } = readConfig(folder);
  const weights = join(folder, 'weights.safetensors');
  if (!existsSync(weights)) {
    throw new DataError(
      `${folder}: it has no weights.safetensors; want a run that was trained to its end, or stopped after its first step`,
      { folder },
    );
  }
  const autoencoder = program.autoencoder(options);
  readWeights(weights, autoencoder.weightsByPath(), program.name);
  return { program, options, autoencoder: checked(autoencoder) };
}

function readConfig(folder: string): Pick<TrainedRun, 'program' | 'options'> {
  if (!existsSync(folder)) {
    throw new DataError(`${folder}: there is no such folder; want the folder of a run`, { folder });
  }
  const file = join(folder, 'config.json');
  if (!existsSync(file)) {
    throw new DataError(`${folder}: it has no config.json; want the folder of a run`, { folder });
  }
  const fail = (found: string) =>
    new DataError(`${file}: ${found}; want what tapegrad train wrote`, { file });
  let config: { program?: unknown; options?: unknown };
  try {
    config = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fail(`it is no JSON (${(error as Error).message})`);
  }
  const name = config?.program;
  if (typeof name !== 'string') throw fail('no program');
  const program = autoencoders.find((one) => one.name === name);
  if (program === undefined) {
    throw new DataError(
      `${folder}: it is a run of ${name}; want one of ${autoencoders.map((one) => one.name).join(', ')}`,
      { folder, program: name },
    );
  }
  if (typeof config.options !== 'object' || config.options === null) throw fail('no options');
  const options: Record<string, unknown> = { ...config.options };
  for (const [name, option] of Object.entries(program.options)) {
    // A run may be from before there was the option.
    const value = options[name] ?? (option.type === 'flag' ? false : option.default);
    options[name] = value;
    const wanted = value === undefined ? undefined : refusal(option, value);
    if (wanted === undefined) continue;
    throw new DataError(`${file}: ${name} is ${JSON.stringify(value)}; want ${wanted}`, { file });
  }
  return { program, options };
}

/** The same, but it refuses what has not the shape it wants. */
function checked(autoencoder: Autoencoder): Autoencoder {
  const { sampleShape, codeShape } = autoencoder;
  const want = (op: string, name: string, t: Tensor, shape: Shape): Tensor => {
    if (sameShape(t.shape.slice(1), shape)) return t;
    throw new ShapeError(`${op}: ${name} is ${shapeText(t.shape)}; want [n,${shape.join()}]`, {
      [name]: t.shape,
    });
  };
  return {
    ...autoencoder,
    encode: (samples) => autoencoder.encode(want('encode', 'samples', samples, sampleShape)),
    decode: (codes) => autoencoder.decode(want('decode', 'codes', codes, codeShape)),
  };
}
