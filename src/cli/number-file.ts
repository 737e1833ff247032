/** Rows of numbers in a file: .npy, or .csv as spreadsheets and `tapegrad encode` write it. */
import { DataError } from '../core/errors.ts';
import { shapeText } from '../core/shape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import { readWhole, writeFileAtomically } from '../io/files.ts';
import { loadNpy } from '../io/npy.ts';
import { cast, reshape } from '../ops/index.ts';
import { numberOf } from './parse.ts';

/** [rows, size], float32. */
export function readNumberRows(file: string, size: number): Tensor {
  const numbers = file.endsWith('.npy') ? cast(loadNpy(file), 'float32') : readCsv(file);
  const row = numbers.rank === 1 ? numbers.size : numbers.size / (numbers.shape[0] || 1);
  if (numbers.size === 0 || row !== size) {
    throw new DataError(
      `${file}: it has ${shapeText(numbers.shape)} numbers; want rows of ${size}`,
      { file, shape: numbers.shape },
    );
  }
  return reshape(numbers, [-1, size]);
}

/** A first line of words names the columns; where some are called `code …`, the others are left out. */
function readCsv(file: string): Tensor {
  const lines = readWhole(file)
    .toString('utf8')
    .split(/\r?\n/)
    .map((text, i) => ({ cells: text.split(/[,;\t]/).map((cell) => cell.trim()), line: i + 1 }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const named = lines[0]?.cells.some((cell) => Number.isNaN(numberOf(cell)));
  const names = named ? (lines.shift()?.cells ?? []) : [];
  const codes = [...names.keys()].filter((column) => names[column]?.startsWith('code'));
  const rows = lines.map(({ cells, line }) => ({
    line,
    cells: codes.length > 0 ? codes.map((column) => cells[column] ?? '') : cells,
  }));
  const width = rows[0]?.cells.length ?? 0;
  const numbers = new Float32Array(rows.length * width);
  rows.forEach(({ cells, line }, i) => {
    if (cells.length !== width) {
      throw new DataError(
        `${file}: line ${line} has ${cells.length} numbers and the first ${width}; want as many in each`,
        { file, line },
      );
    }
    cells.forEach((cell, j) => {
      numbers[i * width + j] = numberOf(cell);
      if (!Number.isNaN(numberOf(cell))) return;
      throw new DataError(`${file}: line ${line} has ${cell || 'nothing'} for a number; want one`, {
        file,
        line,
      });
    });
  });
  return fromArray(numbers, [rows.length, width]);
}

/** Writes named columns, each row led by its own cells. */
export function writeCsv(
  file: string,
  names: readonly string[],
  rows: readonly (readonly (number | string)[])[],
): void {
  const lines = [names, ...rows].map((row) => row.map(cellText).join(','));
  writeFileAtomically(file, `${lines.join('\n')}\n`);
}

/** A number with the digits float32 knows; words without what parts cells. */
function cellText(cell: number | string): string {
  if (typeof cell === 'number') return String(Number(cell.toPrecision(9)));
  return cell.replace(/[",;\s]+/g, ' ');
}
