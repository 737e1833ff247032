/**
 * One run of a program: its folder, its lines, its pace. The folder is made when there is something to put into it: a run
 * that cannot load its data leaves nothing, and an earlier run there as it was. It holds `config.json`, `metrics.jsonl` (one line for
 * each logged step or epoch), pictures, `weights.safetensors`, saved anew with logged steps and at the end, and at the end
 * `loss.svg`; each file is there whole or not at all, whenever the run is stopped.
 */
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { compile } from '../compile/compile.ts';
import type { Tensor, Variable } from '../core/tensor.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ImageSet } from '../data/image-set.ts';
import type { LoadOptions } from '../data/mnist.ts';
import { lineChart } from '../io/chart.ts';
import { SummaryWriter } from '../io/events.ts';
import { JsonLines, writeFileAtomically } from '../io/files.ts';
import { gridPicture } from '../io/pictures.ts';
import { encodePng } from '../io/png.ts';
import { saveSafetensors } from '../io/safetensors.ts';
import type { Callback } from '../nn/callbacks/callback.ts';
import { ProgressLines } from '../nn/callbacks/progress-lines.ts';
import type { Screen } from '../nn/progress-bar.ts';

/** Where a run shows itself. */
export interface Display {
  print(line: string): void;
  /** How far some work is; called often. */
  progress(label: string, done: number, total: number | undefined, unit?: 'bytes'): void;
  /** The work is over. */
  end(): void;
  /** Where Keras's progress lines are drawn; unless told, they are printed when they are whole. */
  readonly screen?: Screen;
}

export interface RunOptions {
  readonly folder: string;
  /** What `config.json` tells. */
  readonly config: object;
  readonly data?: string | undefined;
  /** What is counted. */
  readonly unit?: 'step' | 'epoch' | undefined;
  /** Run every step as it is written, without a plan. */
  readonly eager?: boolean | undefined;
  readonly display: Display;
  readonly signal: AbortSignal;
}

/** Milliseconds of work after which the event loop gets its turn, so that Ctrl-C is heard. */
const turnEvery = 30;
/** Milliseconds between two savings of the weights while they are trained: what a crash costs. */
const saveEvery = 5000;

export class Run {
  readonly folder: string;
  readonly unit: 'step' | 'epoch';
  /** The step that runs or ran last, or the epoch, counted from 1, that ended last; undefined before the first. */
  step: number | undefined;
  private readonly display: Display;
  private readonly signal: AbortSignal;
  private readonly data: string | undefined;
  /** Whether steps run as they are written, without a plan. */
  readonly eager: boolean;
  private metrics: JsonLines | undefined;
  /** Names of the files it has written so far; `config.json` tells them, so that a later run there can remove them. */
  private readonly files = new Set<string>();
  private readonly logged = new Map<string, [step: number, value: number][]>();
  private readonly writers: SummaryWriter[] = [];
  private weights: (() => ReadonlyMap<string, Variable>) | undefined;
  private config: object;
  private turn: number = performance.now();
  private saved = -Infinity;
  private diverged = false;

  constructor(options: RunOptions) {
    this.folder = options.folder;
    this.display = options.display;
    this.signal = options.signal;
    this.data = options.data;
    this.unit = options.unit ?? 'step';
    this.eager = options.eager ?? false;
    this.config = options.config;
  }

  /** Makes the folder, if this is the first that is put into it, and removes what an earlier run has left there. */
  private open(): JsonLines {
    if (this.metrics !== undefined) return this.metrics;
    const earlier = filesOfRun(this.folder);
    this.writeConfig();
    for (const file of earlier)
      if (file !== 'config.json') rmSync(this.path(file), { force: true });
    this.metrics = new JsonLines(this.path('metrics.jsonl'));
    return this.metrics;
  }

  private writeConfig(): void {
    const config = { ...this.config, files: [...this.files] };
    writeFileAtomically(this.path('config.json'), json(config));
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  print(line: string): void {
    this.display.print(line);
  }

  /** A set of images from wherever the user wants it to come; its source is printed and noted. */
  async load(read: (options: LoadOptions) => Promise<ImageSet>): Promise<ImageSet> {
    const set = await read({
      data: this.data,
      signal: this.signal,
      onProgress: (file, done, total) => this.display.progress(file, done, total, 'bytes'),
    });
    this.display.end();
    for (let turn = 0; turn < 2; turn++) await setImmediate(); // signals are heard between two turns
    this.signal.throwIfAborted();
    this.print(`data     ${set.source}`);
    this.config = { ...this.config, source: set.source };
    if (this.metrics === undefined) this.open();
    else this.writeConfig();
    return set;
  }

  /** The weights that are saved meanwhile and when the run ends, however it ends. A folder that cannot be made shows before training. */
  keep(model: { weightsByPath(): ReadonlyMap<string, Variable> }): void {
    this.open();
    this.weights = () => model.weightsByPath();
  }

  /** The step, recorded and replayed by `compile`; as it is with `--eager`. */
  compile<A extends readonly unknown[], R>(step: (...args: A) => R): (...args: A) => R {
    return this.eager ? step : compile(step);
  }

  /** `enumerate` of the posts: each element with its number. Ends with the signal's reason when the run is stopped. */
  async *steps<T>(elements: Dataset<T>): AsyncGenerator<[step: number, element: T]> {
    const total = elements.cardinality();
    let step = 0;
    try {
      for await (const element of elements) {
        this.step = step;
        yield [step, element];
        await this.progress('step', ++step, total);
      }
    } finally {
      this.display.end();
    }
  }

  /** The numbers of the epochs, from 0. */
  async *epochs(count: number): AsyncGenerator<number> {
    try {
      for (let epoch = 0; epoch < count; epoch++) {
        yield epoch;
        this.step = epoch + 1;
      }
    } finally {
      this.display.end();
    }
  }

  /** Shows how far some work is. Called often, it lets signals be heard; throws the signal's reason if one was. */
  async progress(label: string, done: number, total: number | undefined): Promise<void> {
    this.display.progress(label, done, total);
    const now = performance.now();
    if (now - this.turn < turnEvery) return;
    this.turn = now;
    await setImmediate();
    this.signal.throwIfAborted();
  }

  /** What `fit` tells: Keras's lines, the metrics of each epoch, and an end when the run is stopped. */
  callbacks(): Callback[] {
    const { signal } = this;
    const hear = () => signal.throwIfAborted(); // fit gives signals their turn
    return [
      new ProgressLines({ screen: this.display.screen ?? linesOnly(this.display) }),
      {
        onTrainBatchEnd: hear,
        onTestBatchEnd: hear,
        onPredictBatchEnd: hear,
        onEpochEnd: (epoch, logs) => {
          this.step = epoch + 1;
          this.log(this.step, logs);
        },
      },
    ];
  }

  /** Writes for TensorBoard into a folder of the run, which is emptied first. */
  writer(folder: string): SummaryWriter {
    this.open();
    rmSync(this.path(folder), { recursive: true, force: true });
    const writer = new SummaryWriter(this.path(folder));
    this.writers.push(writer);
    return writer;
  }

  /** Adds a line to the metrics and a point to the chart of each; says once if they are no longer numbers. */
  log(step: number, values: Readonly<Record<string, number>>): void {
    const rounded = Object.entries(values).map(
      ([name, value]) => [name, Number(value.toPrecision(7))] as const, // what float32 knows
    );
    this.open().append({ [this.unit]: step, ...Object.fromEntries(rounded) });
    for (const [name, value] of rounded) {
      const points = this.logged.get(name) ?? [];
      this.logged.set(name, points);
      points.push([step, value]);
    }
    const lost = rounded.find(([, value]) => !Number.isFinite(value));
    if (lost !== undefined && !this.diverged) {
      this.diverged = true;
      this.print(
        `${this.unit} ${step}: ${lost.join(' is ')}; a smaller --learning-rate may keep it finite`,
      );
    }
    if (performance.now() - this.saved > saveEvery) this.saveWeights();
  }

  private saveWeights(): void {
    const weights = this.weights?.() ?? new Map();
    if (weights.size > 0 && this.metrics)
      saveSafetensors(this.path('weights.safetensors'), weights);
    this.saved = performance.now();
  }

  /** Writes images of values in [0, 1], [n, height · width] or of any shape of that size, as one grid; returns the path. */
  picture(
    file: string,
    images: Tensor,
    grid: { height: number; width: number; columns: number },
  ): string {
    const picture = gridPicture(images.values, { ...grid, scale: 4 });
    return this.write(file, encodePng(picture));
  }

  /** Writes a file of the run; returns its path. */
  write(file: string, content: Uint8Array | string): string {
    this.open();
    if (!this.files.has(file)) {
      this.files.add(file);
      this.writeConfig(); // before the file itself, which could else be left without being told of
    }
    writeFileAtomically(this.path(file), content);
    return this.path(file);
  }

  /** Saves the weights, draws what was logged and closes the files; nothing can be logged afterwards. */
  close(title: string): void {
    this.metrics?.close();
    for (const writer of this.writers) writer.close();
    this.saveWeights();
    const series = [...this.logged].map(([name, points]) => ({ name, points }));
    if (!series.some(({ points }) => points.some(([, value]) => value > 0))) return;
    const chart = lineChart(series, { title, xLabel: this.unit, yLabel: 'loss', yScale: 'log' });
    this.write('loss.svg', chart);
  }
}

/** A screen that is no terminal: each line is printed when it is whole. */
function linesOnly(display: Display): Screen {
  let line = '';
  return {
    write(text) {
      const [first = '', ...others] = text.split('\n');
      line += first;
      for (const next of others) {
        display.print(line);
        line = next;
      }
    },
  };
}

/** What an earlier run has written, as its `config.json` tells; only plain names, in the folder itself. */
function filesOfRun(folder: string): string[] {
  const always = ['metrics.jsonl', 'weights.safetensors', 'loss.svg'];
  try {
    const { files } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const told = (files as unknown[]).filter((file) => typeof file === 'string');
    return [...always, ...told.filter((file) => file === basename(file))];
  } catch {
    return always;
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
