/** Every folder that tests make for a while lies in one, which goes away after them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function makeFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-tests-'));
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder });
  return () => rmSync(folder, { recursive: true, force: true });
}
