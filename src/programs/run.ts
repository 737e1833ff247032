/**
 * One run of a program: its folder, its lines, its pace. The folder holds `config.json`, `metrics.jsonl` (one line for
 * each logged step), pictures, and `loss.svg`; each file is there whole or not at all, whenever the run is stopped.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Tensor } from '../core/tensor.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ImageSet } from '../data/image-set.ts';
import type { LoadOptions } from '../data/mnist.ts';
import { lineChart } from '../io/chart.ts';
import { JsonLines, writeFileAtomically } from '../io/files.ts';
import { gridPicture } from '../io/pictures.ts';
import { encodePng } from '../io/png.ts';

/** Where a run shows itself. */
export interface Display {
  print(line: string): void;
  /** How far some work is; called often. */
  progress(label: string, done: number, total: number | undefined, unit?: 'bytes'): void;
  /** The work is over. */
  end(): void;
}

export interface RunOptions {
  readonly folder: string;
  /** What `config.json` tells. */
  readonly config: object;
  readonly data?: string | undefined;
  readonly display: Display;
  readonly signal: AbortSignal;
}

/** Milliseconds of work after which the event loop gets its turn, so that Ctrl-C is heard. */
const turnEvery = 30;

export class Run {
  readonly folder: string;
  /** The step that runs or ran last; undefined before the first. */
  step: number | undefined;
  private readonly display: Display;
  private readonly signal: AbortSignal;
  private readonly data: string | undefined;
  private readonly metrics: JsonLines;
  private readonly logged = new Map<string, [step: number, value: number][]>();
  private config: object;

  constructor(options: RunOptions) {
    this.folder = options.folder;
    this.display = options.display;
    this.signal = options.signal;
    this.data = options.data;
    this.config = options.config;
    writeFileAtomically(this.path('config.json'), json(this.config));
    rmSync(this.path('metrics.jsonl'), { force: true }); // of an earlier run in this folder
    this.metrics = new JsonLines(this.path('metrics.jsonl'));
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
      onProgress: (file, done, total) => this.display.progress(file, done, total, 'bytes'),
    });
    this.display.end();
    this.signal.throwIfAborted();
    this.print(`data     ${set.source}`);
    this.config = { ...this.config, source: set.source };
    writeFileAtomically(this.path('config.json'), json(this.config));
    return set;
  }

  /** `enumerate` of the posts: each element with its number. Ends with the signal's reason when the run is stopped. */
  async *steps<T>(elements: Dataset<T>): AsyncGenerator<[step: number, element: T]> {
    const total = elements.cardinality();
    let step = 0;
    let turn = performance.now();
    try {
      for await (const element of elements) {
        this.step = step;
        yield [step, element];
        this.display.progress('step', ++step, total);
        const now = performance.now();
        if (now - turn < turnEvery) continue;
        turn = now;
        await setImmediate();
        this.signal.throwIfAborted();
      }
    } finally {
      this.display.end();
    }
  }

  /** Adds a line to the metrics and a point to the chart of each. */
  log(step: number, values: Readonly<Record<string, number>>): void {
    const rounded = Object.entries(values).map(
      ([name, value]) => [name, Number(value.toPrecision(7))] as const, // what float32 knows
    );
    this.metrics.append({ step, ...Object.fromEntries(rounded) });
    for (const [name, value] of rounded) {
      const points = this.logged.get(name) ?? [];
      this.logged.set(name, points);
      points.push([step, value]);
    }
  }

  /** Writes images of values in [0, 1], [n, height · width] or of any shape of that size, as one grid; returns the path. */
  picture(
    file: string,
    images: Tensor,
    grid: { height: number; width: number; columns: number },
  ): string {
    const picture = gridPicture(images.values, { ...grid, scale: 4 });
    writeFileAtomically(this.path(file), encodePng(picture));
    return this.path(file);
  }

  /** Draws what was logged and closes the files; nothing can be logged afterwards. */
  close(title: string): void {
    this.metrics.close();
    const series = [...this.logged].map(([name, points]) => ({ name, points }));
    if (!series.some(({ points }) => points.some(([, value]) => value > 0))) return;
    const chart = lineChart(series, { title, xLabel: 'step', yLabel: 'loss', yScale: 'log' });
    writeFileAtomically(this.path('loss.svg'), chart);
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
