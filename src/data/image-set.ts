/** Images as bytes, 0 black to 255 white, each with the number of its class. */
export interface LabelledImages {
  /** [count, height, width] in row order. */
  readonly images: Uint8Array;
  /** [count]. */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** A set to train and to test on. */
export interface ImageSet {
  readonly name: string;
  /** What each label stands for. */
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Where the images came from, as a sentence. */
  readonly source: string;
}
