// How long the part is that a learner reads: lines of src/kernels, src/core and src/ops without comments and blank lines.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text with its comments gone. Strings are kept whole, so that a `//` in an address is no comment. */
export function withoutComments(text) {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replace(token, (found) => (found.startsWith('/') ? '' : found));
}

/** Lines of code in one folder of src/. */
export function linesIn(folder) {
  const files = readdirSync(join(root, 'src', folder)).filter((name) => name.endsWith('.ts'));
  const lines = files.flatMap((name) =>
    withoutComments(readFileSync(join(root, 'src', folder, name), 'utf8')).split('\n'),
  );
  return lines.filter((line) => line.trim() !== '').length;
}

export function bookLines() {
  const folders = ['kernels', 'core', 'ops'].map((folder) => ({ folder, lines: linesIn(folder) }));
  const total = folders.reduce((sum, { lines }) => sum + lines, 0);
  const parts = folders.map(({ folder, lines }) => `${folder} ${lines}`).join(', ');
  return `${total} lines without comments (${parts}); want about 3,500`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(bookLines());
