/** A bar beneath the printed lines that shows how far a long work is, how fast, and how long it still takes. */

/** What a bar needs of `process.stdout`. */
export interface Screen {
  readonly isTTY?: boolean;
  /** 0 where a terminal does not know. */
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Bytes are shown as kB and MB; anything else as it is. */
  readonly unit?: 'bytes';
  readonly label?: string;
  /** How many there will be; unknown if there is none. */
  readonly total?: number | undefined;
  readonly screen?: Screen;
  /** The rate is that of about so many milliseconds; 2000 unless told. */
  readonly memory?: number;
  /** Milliseconds, for tests. */
  readonly clock?: () => number;
}

const redrawEvery = 100;

/**
 * On a terminal, a line that is redrawn in place; anywhere else nothing, so that a log holds plain lines. Lines to be
 * kept go through `print`, which puts them above the bar.
 */
export class ProgressBar {
  private readonly label: string;
  private readonly bytes: boolean;
  private readonly screen: Screen;
  private readonly memory: number;
  private readonly clock: () => number;
  private readonly live: boolean;
  private readonly colour: boolean;
  private total: number | undefined;
  private done = 0;
  /** Units a second, and when and where it was last measured; what was done before the first update is not counted. */
  private rate: number | undefined;
  private measured: { at: number; done: number } | undefined;
  private drawnAt = -Infinity;
  /** Columns that the bar on the screen takes; 0 if there is none. */
  private drawn = 0;

  constructor(options: ProgressOptions) {
    this.label = options.label === undefined ? '' : `${options.label} `;
    this.bytes = options.unit === 'bytes';
    this.total = options.total;
    this.screen = options.screen ?? process.stdout;
    this.memory = options.memory ?? 2000;
    this.clock = options.clock ?? (() => performance.now());
    this.live = (this.screen.isTTY ?? false) && process.env.TERM !== 'dumb';
    this.colour = !process.env.NO_COLOR;
  }

  /** How far it is; drawn ten times a second at most, so it may be told of every step. */
  update(done: number, total: number | undefined = this.total): void {
    this.done = done;
    this.total = total;
    if (!this.live) return;
    const now = this.clock();
    if (now - this.drawnAt < redrawEvery) return;
    this.measure(now);
    this.draw();
  }

  /** A line that stays. */
  print(line: string): void {
    this.clear();
    this.screen.write(`${line}\n`);
    if (this.live && this.drawnAt > -Infinity) this.draw();
  }

  /** Takes the bar away. */
  end(): void {
    this.clear();
    this.drawnAt = -Infinity;
  }

  private measure(now: number): void {
    if (this.measured !== undefined) {
      const passed = now - this.measured.at;
      const rate = ((this.done - this.measured.done) / passed) * 1000;
      const weight = this.rate === undefined ? 1 : 1 - Math.exp(-passed / this.memory);
      this.rate = (this.rate ?? 0) * (1 - weight) + rate * weight;
    }
    this.measured = { at: now, done: this.done };
  }

  private draw(): void {
    this.clear();
    // The last column stays free: some terminals start a new line when it is written.
    const room = Math.max(1, (this.screen.columns || 80) - 1);
    const text = this.text(room);
    this.screen.write(this.colour ? text.coloured : text.plain);
    this.drawn = text.plain.length;
    this.drawnAt = this.clock();
  }

  private clear(): void {
    if (this.drawn === 0) return;
    // A window made narrower since has broken the bar into several rows.
    const above = Math.ceil(this.drawn / Math.max(1, this.screen.columns || 80)) - 1;
    this.screen.write(`\r${above > 0 ? `\x1b[${above}A` : ''}\x1b[J`);
    this.drawn = 0;
  }

  private text(room: number): { plain: string; coloured: string } {
    const { total, rate } = this;
    const count =
      total === undefined
        ? this.amount(this.done)
        : `${this.amount(this.done)}/${this.amount(total)}`;
    const speed = rate === undefined ? '' : `  ${this.amount(rate)}/s`;
    const left =
      total === undefined || !rate ? '' : `  ${minutes((total - this.done) / rate)} left`;
    const before = `${this.label}${count} `;
    const after = `${speed}${left}`;
    const width = Math.min(40, room - before.length - after.length);
    if (total === undefined || width < 5) {
      const plain = `${before}${after}`.slice(0, room);
      return { plain, coloured: plain };
    }
    const share = total === 0 ? 1 : Math.min(1, Math.max(0, this.done / total));
    const full = '━'.repeat(Math.round(share * width));
    const rest = '─'.repeat(width - full.length);
    return {
      plain: `${before}${full}${rest}${after}`,
      coloured: `${before}\x1b[36m${full}\x1b[90m${rest}\x1b[0m${after}`,
    };
  }

  private amount(n: number): string {
    if (this.bytes) return n < 1e6 ? `${Math.round(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`;
    return n < 10 && !Number.isInteger(n) ? n.toFixed(1) : Math.round(n).toLocaleString('en-US');
  }
}

/** `0:06`, `12:40`, `1:02:03`. */
function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, mins] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(mins)}:${two(whole % 60)}` : `${mins}:${two(whole % 60)}`;
}
