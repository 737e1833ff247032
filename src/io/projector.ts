/** Points for TensorBoard's embedding projector: codes, what is known of each, and its image. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError, ShapeError } from '../core/errors.ts';
import { shapeText } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { writeFileAtomically } from './files.ts';
import { gridPicture } from './pictures.ts';
import { encodePng } from './png.ts';

export interface Embedding {
  /** Names it in the projector, and its files. */
  readonly name: string;
  /** [n,d], one point a row. */
  readonly points: Tensor;
  /** Columns of n entries, such as `{ digit: [5, 0, 4] }`: shown beside the points, and to colour them by. */
  readonly metadata?: { readonly [column: string]: ArrayLike<string | number> };
  /** [n,h,w] or [n,h,w,1], brightness in [0, 1]: drawn in place of the points. */
  readonly images?: Tensor;
}

/** Browsers refuse larger textures. */
const largestSprite = 8192;

/**
 * Writes `projector_config.pbtxt` and the files it names into a folder: a run's, or that of its event files. They take
 * the place of what an earlier call wrote there.
 */
export function writeProjector(folder: string, ...embeddings: readonly Embedding[]): void {
  const files = new Map<string, Uint8Array | string>();
  const config = embeddings.map((embedding) => describe(embedding, files)).join('');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeFileAtomically(join(folder, name), content);
  writeFileAtomically(join(folder, 'projector_config.pbtxt'), config);
}

/** The embedding's part of the configuration; its files are added to `files`. */
function describe(embedding: Embedding, files: Map<string, Uint8Array | string>): string {
  const { name, points, metadata, images } = embedding;
  if (!/^[\w.-]+$/.test(name) || files.has(`${name}.tsv`)) {
    throw new OptionError(
      `writeProjector: the name ${JSON.stringify(name)}; want letters, digits and _ . -, and each name once`,
    );
  }
  const [n = 0, d = 0] = points.shape;
  if (points.rank !== 2 || n === 0 || d === 0) {
    throw new ShapeError(
      `writeProjector: points is ${shapeText(points.shape)}; want [n,d], at least one of each`,
    );
  }
  const lines = [`tensor_name: "${name}"`, `tensor_path: "${name}.tsv"`];
  const rows = Array.from({ length: n }, (_, i) =>
    points.values.slice(i * d, (i + 1) * d).join('\t'),
  );
  files.set(`${name}.tsv`, `${rows.join('\n')}\n`);

  if (metadata !== undefined) {
    lines.push(`metadata_path: "${name}-metadata.tsv"`);
    files.set(`${name}-metadata.tsv`, metadataTable(metadata, n));
  }
  if (images !== undefined) {
    const [height = 0, width = 0] = images.shape.slice(1);
    lines.push(
      `sprite { image_path: "${name}-sprite.png" single_image_dim: ${width} single_image_dim: ${height} }`,
    );
    files.set(`${name}-sprite.png`, sprite(images, n));
  }
  return `embeddings {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

/** The projector wants a line of headings if there are several columns, and none if there is one. */
function metadataTable(metadata: NonNullable<Embedding['metadata']>, n: number): string {
  const columns = Object.entries(metadata);
  const wrong = columns.find(([, entries]) => entries.length !== n);
  if (columns.length === 0 || wrong !== undefined) {
    throw new OptionError(
      `writeProjector: ${wrong === undefined ? 'metadata has no column' : `the column ${wrong[0]} has ${wrong[1].length} entries`}; want columns of ${n}, one entry a point`,
    );
  }
  const cell = (content: string | number | undefined) => `${content}`.replace(/[\t\r\n]+/g, ' ');
  const rows = Array.from({ length: n }, (_, i) => columns.map(([, entries]) => cell(entries[i])));
  if (columns.length > 1) rows.unshift(columns.map(([name]) => cell(name)));
  return rows.map((row) => `${row.join('\t')}\n`).join('');
}

/** All images in one, row by row. The projector takes it that there are as many rows as columns, so black ones fill up. */
function sprite(images: Tensor, n: number): Uint8Array {
  const [count, height = 0, width = 0, channels = 1] = images.shape;
  if ((images.rank !== 3 && images.rank !== 4) || count !== n || channels !== 1) {
    throw new ShapeError(
      `writeProjector: images is ${shapeText(images.shape)}; want [${n},h,w] or [${n},h,w,1], an image a point`,
    );
  }
  const columns = Math.ceil(Math.sqrt(n));
  const side = columns * Math.max(height, width);
  if (side > largestSprite) {
    throw new OptionError(
      `writeProjector: ${n} images of ${height} x ${width} take ${side} pixels a side; want at most ${largestSprite}. Take fewer points`,
    );
  }
  const filled = new Float32Array(columns * columns * height * width);
  filled.set(images.values);
  return encodePng(gridPicture(filled, { height, width, columns }));
}
