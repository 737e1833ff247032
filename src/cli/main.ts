#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { data } from './data.ts';
import { decode } from './decode.ts';
import { dispatch } from './dispatch.ts';
import { doctor } from './doctor.ts';
import { encode } from './encode.ts';
import { gradcheck } from './gradcheck.ts';
import { interpolate } from './interpolate.ts';
import { ops } from './ops.ts';
import { profile } from './profile.ts';
import { reconstruct } from './reconstruct.ts';
import { sample } from './sample.ts';
import { summary } from './summary.ts';
import { train } from './train.ts';

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
    commands: [
      train,
      encode,
      decode,
      reconstruct,
      sample,
      interpolate,
      summary,
      profile,
      data,
      gradcheck,
      ops,
      doctor,
    ],
  },
  process.argv.slice(2),
);
