/** Keras's progress bar, character for character as TensorFlow 2.0 to 2.15 prints it. */

/** What a bar needs of `process.stdout`. */
export interface Screen {
  readonly isTTY?: boolean;
  /** 0 where a terminal does not know. */
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressBarOptions {
  /** How many steps there will be; unknown if there is none. */
  readonly target: number | undefined;
  readonly screen: Screen;
  /** Milliseconds. */
  readonly clock: () => number;
}

const width = 30;
/** A terminal is redrawn this often at most, in milliseconds. */
const redrawEvery = 50;

/** `125/250 [==============>...............] - ETA: 1s - loss: 0.0150`, redrawn in place on a terminal. */
export class ProgressBar {
  readonly #options: ProgressBarOptions;
  readonly #begun: number;
  #afterFirst: number | undefined;
  #drawnAt = -Infinity;
  #drawn = 0;

  constructor(options: ProgressBarOptions) {
    this.#options = options;
    this.#begun = options.clock();
  }

  /** So many steps are done, with these figures. */
  update(done: number, logs: { readonly [name: string]: number }): void {
    const now = this.#options.clock();
    if (done === 1) this.#afterFirst = now;
    if (!this.#options.screen.isTTY || now - this.#drawnAt < redrawEvery) return;
    const { target } = this.#options;
    const perStep = this.#timePerStep(done, now);
    const time =
      target === undefined
        ? `${this.#elapsed(now)} ${timePerStepText(perStep)}`
        : `ETA: ${etaText(perStep * (target - done))}`;
    // A line that wrapped could not be taken back.
    const room = (this.#options.screen.columns || Infinity) - 1;
    this.#draw(`${barText(done, target)} - ${time}${figuresText(logs)}`.slice(0, room));
    this.#drawnAt = now;
  }

  /** The last line, which stays. */
  finish(done: number, logs: { readonly [name: string]: number }): void {
    const now = this.#options.clock();
    const time = `${this.#elapsed(now)} ${timePerStepText(this.#timePerStep(done, now))}`;
    this.#draw(`${barText(done, done)} - ${time}${figuresText(logs)}`);
    this.#options.screen.write('\n');
  }

  #draw(line: string): void {
    const back = this.#drawn > 0 ? '\r' : '';
    this.#options.screen.write(back + line.padEnd(this.#drawn));
    this.#drawn = line.length;
  }

  #elapsed(now: number): string {
    return `${pythonRound((now - this.#begun) / 1000)}s`;
  }

  /** Seconds a step. The first step, which has more to do, is not counted once there are others. */
  #timePerStep(done: number, now: number): number {
    if (done === 0) return 0;
    const since = this.#afterFirst;
    return since !== undefined && done > 1
      ? (now - since) / 1000 / (done - 1)
      : (now - this.#begun) / 1000 / done;
  }
}

/** `  3/250 [..............................]`, or `     12/Unknown`. */
function barText(done: number, target: number | undefined): string {
  if (target === undefined) return `${String(done).padStart(7)}/Unknown`;
  const count = `${String(done).padStart(String(target).length)}/${target}`;
  const full = target === 0 ? width : Math.floor((width * done) / target);
  const head = full === 0 ? '' : '='.repeat(full - 1) + (done < target ? '>' : '=');
  return `${count} [${head.padEnd(width, '.')}]`;
}

/** ` - loss: 0.0150 - val_loss: 0.0276` */
export function figuresText(logs: { readonly [name: string]: number }): string {
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${figureText(value)}`)
    .join('');
}

/** Four decimals, or powers of ten for what four decimals would not show. */
export function figureText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Math.abs(value) > 1e-3) return value.toFixed(4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `1ms/step` */
function timePerStepText(seconds: number): string {
  if (seconds >= 1 || seconds === 0) return `${pythonRound(seconds)}s/step`;
  if (seconds >= 1e-3) return `${pythonRound(seconds * 1e3)}ms/step`;
  return `${pythonRound(seconds * 1e6)}us/step`;
}

/** `12s`, `1:05`, `1:00:10` */
function etaText(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  if (seconds > 3600) {
    return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  }
  if (seconds > 60) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds)}s`;
}

/** To the nearest whole number, halves to the even one, as Python prints `%.0f`. */
function pythonRound(x: number): number {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
