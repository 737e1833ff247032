/** Folders that tests make among the system's temporary ones lie in one, which goes away after them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const name = 'tapegrad-tests-';

/** Vitest calls it once for each project; the first call makes the folder. */
export default function makeFolder(): (() => void) | undefined {
  if (basename(tmpdir()).startsWith(name)) return undefined;
  const before = { ...process.env };
  const folder = mkdtempSync(join(tmpdir(), name));
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder });
  return () => {
    rmSync(folder, { recursive: true, force: true });
    process.env = before;
  };
}
