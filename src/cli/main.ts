#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { dispatch } from './dispatch.ts';

// A young generation that stays small gives batches back soon after their steps: 30 MB less, and a tenth of the full
// collections. It is for this process alone, and takes effect before the heap has grown: before a command is loaded.
setFlagsFromString('--semi-space-growth-factor=1');

// A reader that closes the pipe (`tapegrad train --help | head -1`) has seen enough; a full disk has not.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`standard output: ${error.message}\n`);
  process.exit(1);
});

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

process.exitCode = await dispatch(
  {
    name: 'tapegrad',
    version,
    summary: `tapegrad ${version}: a tensor engine written from scratch, and autoencoders trained on it.`,
    commands: {
      train: async () => (await import('./train.ts')).train,
      encode: async () => (await import('./encode.ts')).encode,
      decode: async () => (await import('./decode.ts')).decode,
      reconstruct: async () => (await import('./reconstruct.ts')).reconstruct,
      sample: async () => (await import('./sample.ts')).sample,
      interpolate: async () => (await import('./interpolate.ts')).interpolate,
      summary: async () => (await import('./summary.ts')).summary,
      profile: async () => (await import('./profile.ts')).profile,
      data: async () => (await import('./data.ts')).data,
      gradcheck: async () => (await import('./gradcheck.ts')).gradcheck,
      ops: async () => (await import('./ops.ts')).ops,
      doctor: async () => (await import('./doctor.ts')).doctor,
    },
  },
  process.argv.slice(2),
);
