/** How far a bench is: a bar on stderr where that is a terminal, for stdout may go into a file or another program. */
import { ProgressBar, type Screen } from '../src/cli/progress.ts';

export class Progress {
  readonly #bar: ProgressBar;
  #done = 0;
  #total = 0;

  constructor(screen: Screen = process.stderr) {
    // One part of a bench takes ten times as long as another.
    this.#bar = new ProgressBar({ screen, memory: 60_000 });
  }

  /** So much more is to be done. */
  expect(more: number): void {
    this.#total += more;
    this.#show();
  }

  /** One thing of that is done. */
  step(): void {
    this.#done++;
    this.#show();
  }

  /** A line on stdout. */
  print = (line: string): void => this.#aside(() => console.log(line));

  /** A line on stderr. */
  note = (line: string): void => this.#aside(() => console.error(line));

  /** Takes the bar away. */
  end(): void {
    this.#bar.end();
  }

  #aside(say: () => void): void {
    this.#bar.end();
    say();
    if (this.#done < this.#total) this.#show();
  }

  #show(): void {
    this.#bar.update(this.#done, this.#total);
  }
}
