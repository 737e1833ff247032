/** Runs the other benches and writes what they found between the marks of docs/performance.md, so that no figure is copied by hand. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { writeFileAtomically } from '../src/io/files.ts';
import { run } from './children.ts';
import type { KernelLine } from './kernel-lines.ts';
import { commitText, heading, machine, runBench } from './machine.ts';
import { models } from './models.ts';
import type { PeerLine } from './peer-lines.ts';
import {
  ceilingsText,
  kernelsTable,
  laddersTables,
  peersTable,
  verbatim,
} from './report-tables.ts';

const page = 'docs/performance.md';

/** What a bench prints; a file in build/report has it while it runs, and where it does not come to its end. */
async function printed(...command: string[]): Promise<string> {
  const [script = '', ...words] = command;
  const name = [
    basename(script, '.js'),
    ...words.filter((word) => /^[a-z][\w-]*$/i.test(word)),
  ].join('-');
  const file = join('build/report', `${name}.txt`);
  console.error(`${command.join(' ')} > ${file}`);
  mkdirSync('build/report', { recursive: true });
  const open = openSync(file, 'w');
  const { failed } = await run([process.execPath, ...command], {
    stdio: ['ignore', open, 'inherit'],
  });
  closeSync(open);
  if (failed !== undefined) throw new Error(`${command.join(' ')}: ${failed}`);
  return readFileSync(file, 'utf8').trimEnd();
}
const bench = (name: string, ...words: string[]): Promise<string> =>
  printed(`build/bench/bench/${name}.js`, ...words);
const linesOf = <L>(text: string): L[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as L);

// ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The last table of `tapegrad profile`, instructions of one kind together. */
async function profileText(program: string): Promise<string> {
  const picture = `docs/pictures/profile-${program}.svg`;
  const words = ['profile', program, '--threads', '1', '--out', picture];
  const [heading = '', , together = ''] = (await printed('dist/cli/main.js', ...words)).split(
    '\n\n',
  );
  return verbatim(`${heading}\n${together}`);
}

interface Asked {
  readonly folder: string | undefined;
  readonly rounds: string;
}

/** The marks of the page and what goes between them. */
const sections: Readonly<Record<string, (asked: Asked) => Promise<Record<string, string>>>> = {
  async peers({ folder, rounds }) {
    const where = folder === undefined ? [] : ['--folder', folder];
    const turns = ['--json', '--rounds', rounds, ...where];
    const steps = await bench('peers', ...turns);
    const large = await bench('peers', 'A', '--batch', '2048', ...turns);
    return { peers: peersTable([...linesOf<PeerLine>(steps), ...linesOf<PeerLine>(large)]) };
  },
  libraries: async () => ({ libraries: verbatim(await bench('peers', 'gemm')) }),
  convolutions: async () => ({ convolutions: verbatim(await bench('peers', 'conv')) }),
  async profile() {
    const texts: string[] = [];
    for (const { program } of models) texts.push(await profileText(program.name));
    return { profile: texts.join('\n\n') };
  },
  behaviour: async () => ({ behaviour: verbatim(await bench('behaviour')) }),
  async products() {
    const words = ['matmul', '--isa', 'avx2', '--threads', '1', '--passes', '8'];
    if (!machine().isas.includes('avx2')) return {};
    const lines = linesOf<KernelLine>(await bench('kernels', '--json', ...words));
    return { products: kernelsTable(lines, 'avx2') };
  },
  async kernels() {
    const roofline = 'docs/pictures/roofline.svg';
    const lines = linesOf<KernelLine>(await bench('kernels', '--json', '--roofline', roofline));
    const best = machine().isa;
    return {
      ceilings: ceilingsText(lines),
      kernels: kernelsTable(lines, best),
      ladder: laddersTables(lines),
    };
  },
};

await runBench(
  {
    name: 'bench:report',
    summary: `Runs the other benches and writes their tables into ${page}; takes half an hour`,
    positionals: [
      {
        name: 'part',
        help: 'All if none is named',
        choices: Object.keys(sections),
        optional: true,
        many: true,
      },
    ],
    options: {
      folder: { type: 'text', value: 'DIR', help: 'Where the npm packages of the peers are' },
      rounds: { type: 'number', whole: true, min: 1, default: 3, help: 'Turns of each peer' },
    },
  },
  async ({ folder, rounds }, words) => {
    const names = words.length === 0 ? Object.keys(sections) : words;
    const commit = commitText();
    for (const name of names) {
      const load = loadavg()[0]?.toFixed(1);
      try {
        const parts = (await sections[name]?.({ folder, rounds: String(rounds) })) ?? {};
        const about = `${heading(machine())}; ${commit}; load before the run ${load}.`;
        for (const [mark, text] of Object.entries(parts)) write(mark, `${text}\n\n${about}`);
      } catch (error) {
        console.error(`bench:report: ${name} is left as it was: ${(error as Error).message}`);
        process.exitCode = 1;
      }
    }
  },
);

/** What has no marks yet goes to the end of the page with its marks, so that nothing measured is lost. */
function write(mark: string, text: string): void {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const whole = readFileSync(page, 'utf8');
  const [from, to] = [whole.indexOf(open), whole.indexOf(close)];
  if (from < 0 || to < from) {
    console.error(`bench:report: ${page} has no ${open} … ${close}; they are at its end now`);
    writeFileAtomically(page, `${whole.trimEnd()}\n\n${open}\n${text}\n${close}\n`);
    return;
  }
  writeFileAtomically(page, `${whole.slice(0, from)}${open}\n${text}\n${whole.slice(to)}`);
}
