/** A folder with the four files of MNIST, but for a few images of squares. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tapegrad-'));
}

export function tinyMnist(): string {
  const folder = temporaryFolder();
  for (const [name, count] of [
    ['train', 64],
    ['t10k', 24],
  ] as const) {
    const images = Buffer.alloc(16 + count * 784);
    const labels = Buffer.alloc(8 + count);
    for (const [i, word] of [0x803, count, 28, 28].entries()) images.writeUInt32BE(word, 4 * i);
    for (const [i, word] of [0x801, count].entries()) labels.writeUInt32BE(word, 4 * i);
    for (let i = 0; i < count; i++) {
      labels[8 + i] = i % 10;
      const side = 6 + (i % 10);
      for (let y = 4; y < 4 + side; y++) {
        images.fill(255, 16 + i * 784 + y * 28 + 4, 16 + i * 784 + y * 28 + 4 + side);
      }
    }
    writeFileSync(join(folder, `${name}-images-idx3-ubyte`), images);
    writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), labels);
  }
  return folder;
}
