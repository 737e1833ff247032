/** What bench:behaviour finds, and what it is told. */

/** What was measured, beside what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most it should be. */
  readonly target?: number;
  readonly note: string;
}

export interface Settings {
  /** A folder with MNIST's four files. */
  readonly data: string;
  readonly out: string;
  /** Seconds of each measurement that is repeated for a time. */
  readonly seconds: number;
  readonly steps: number;
  readonly check: boolean;
}
