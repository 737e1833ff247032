/** Runs the other benches and writes what they found between the marks of docs/performance.md, so that no figure is copied by hand. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { writeFileAtomically } from '../src/io/files.ts';
import type { KernelLine } from './kernel-lines.ts';
import { heading, machine, runBench } from './machine.ts';
import { median } from './measure.ts';
import { models } from './models.ts';
import type { PeerLine } from './peer-lines.ts';

const page = 'docs/performance.md';

/** What a bench prints; a file in build/report has it while it runs, and where it does not come to its end. */
function printed(command: readonly string[]): string {
  const [bench = '', ...words] = command;
  const name = [basename(bench, '.js'), ...words.filter((word) => /^\w+$/.test(word))].join('-');
  const file = join('build/report', `${name}.txt`);
  console.error(`${command.join(' ')} > ${file}`);
  mkdirSync('build/report', { recursive: true });
  const open = openSync(file, 'w');
  try {
    execFileSync(process.execPath, command, { stdio: ['ignore', open, 'inherit'] });
  } finally {
    closeSync(open);
  }
  return readFileSync(file, 'utf8').trimEnd();
}
const bench = (name: string, ...words: string[]): string =>
  printed([`build/bench/bench/${name}.js`, ...words]);
const linesOf = <L>(text: string): L[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as L);

const verbatim = (text: string): string => `\`\`\`\n${text}\n\`\`\``;
const table = (rows: readonly (readonly string[])[]): string =>
  [rows[0] ?? [], (rows[0] ?? []).map(() => '---'), ...rows.slice(1)]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
const percent = (share: number | undefined): string =>
  share === undefined ? '' : `${(100 * share).toFixed(0)} %`;
const digits = (x: number): string => Number(x.toPrecision(3)).toLocaleString('en');

// ── Training steps beside other engines ──────────────────────────────────────────────────────────────────────────

const least = (numbers: readonly number[]): number => Math.min(...numbers);

/** Best against best: the best variant of each peer, the best turn of each. */
function peersTable(lines: readonly PeerLine[]): string {
  const ratios = new Map<string, number[]>();
  const rows = models.flatMap(({ letter, program }) => {
    const of = (peer: string, threads = 1) =>
      lines.filter(
        (l) =>
          l.model === letter && l.threads === threads && l.peer.startsWith(peer) && l.ms_min > 0,
      );
    const best = (some: readonly PeerLine[]) => least(some.map((l) => l.ms_min));
    return [1, 2].flatMap((threads) => {
      const own = of('tapegrad', threads);
      if (own.length === 0) return [];
      const beside = (peer: string) => {
        const others = of(peer, peer === 'torch' ? threads : 1);
        if (others.length === 0) return '–';
        const ratio = best(others) / best(own);
        const key = `${peer} ×${threads}`;
        ratios.set(key, [...(ratios.get(key) ?? []), ratio]);
        return `${digits(best(others))}, **${digits(ratio)}×**`;
      };
      const torch = of('torch', threads)[0]?.loss_10;
      return [
        [
          `${letter} ${program.name}, ${own[0]?.batch}`,
          String(threads),
          `${digits(best(own))} (${digits(median(own.map((l) => l.ms_median)))})`,
          percent(Math.max(...own.map((l) => l.share_of_ceiling ?? 0))),
          ...['torch', 'jax-js', 'tfjs-wasm', 'tfjs-cpu'].map(beside),
          `${own[0]?.loss_10.toFixed(4)}, ${torch?.toFixed(4) ?? '–'}`,
        ],
      ];
    });
  });
  const head = ['step, batch', 'threads', 'this engine', 'of its floor', 'PyTorch', 'jax-js'];
  const means = [...ratios].map(([key, some]) => {
    const mean = Math.exp(some.reduce((sum, r) => sum + Math.log(r), 0) / some.length);
    return `${key} ${digits(mean)} (least ${digits(least(some))})`;
  });
  const torch = lines.filter(({ peer }) => peer.startsWith('torch')).map(({ steps }) => steps ?? 0);
  const steps = `PyTorch's turns timed ${least(torch)} to ${Math.max(...torch)} steps.`;
  const whole = table([[...head, 'TF.js WASM', 'TF.js CPU', 'loss 10: this, PyTorch'], ...rows]);
  return `${whole}\n\nGeometric means of the ratios: ${means.join('; ')}.${torch.length === 0 ? '' : ` ${steps}`}`;
}

// ── Kernels ──────────────────────────────────────────────────────────────────────────────────────────────────────

function ceilingsText(lines: readonly KernelLine[]): string {
  return verbatim(
    lines
      .flatMap(({ ceiling, isa, threads }) => {
        if (ceiling === undefined) return [];
        const levels = Object.entries(ceiling.gbPerSecond).map(
          ([l, gb]) => `${l} ${gb.toFixed(0)}`,
        );
        return [
          `${isa} ×${threads}`.padEnd(13) +
            `${ceiling.gflopPerSecond.toFixed(0)} GFLOP/s; ${levels.join(', ')} GB/s`,
        ];
      })
      .join('\n'),
  );
}

function kernelsTable(lines: readonly KernelLine[], best: string): string {
  const names = [...new Set(lines.flatMap(({ kernel }) => kernel ?? []))];
  const others = [...new Set(lines.map(({ isa }) => isa))].filter(
    (isa) => isa !== best && isa !== 'reference',
  );
  const rows = names.flatMap((name) => {
    const at = (isa: string, threads = 1) =>
      lines.find((l) => l.kernel === name && l.isa === isa && l.threads === threads);
    const own = at(best);
    const reference = at('reference');
    if (own === undefined) return [];
    const rate =
      own.gflopPerSecond === undefined
        ? `${digits(own.gbPerSecond ?? 0)} GB/s`
        : `${digits(own.gflopPerSecond)} GFLOP/s`;
    return [
      [
        name,
        digits(1000 * (own.msMedian ?? 0)),
        rate,
        percent(own.shareOfCeiling),
        percent(at(best, 2)?.shareOfCeiling),
        ...others.map((isa) => percent(at(isa)?.shareOfCeiling)),
        reference === undefined ? '' : ((reference.msMedian ?? 0) / (own.msMedian ?? 0)).toFixed(0),
      ],
    ];
  });
  const head = [
    `${best}, µs`,
    'rate',
    'of the ceiling',
    '×2',
    ...others,
    'reference, times as long',
  ];
  return table([['kernel', ...head], ...rows]);
}

function laddersTables(lines: readonly KernelLine[]): string {
  const names = [...new Set(lines.flatMap(({ ladder }) => ladder ?? []))];
  const head = ['µs', 'GFLOP/s', 'of the ceiling', 'gained'];
  return names
    .map((name) =>
      table([
        [name, ...head],
        ...lines
          .filter((l) => l.ladder === name)
          .map((l) => [
            l.rung ?? '',
            digits(1000 * (l.msMedian ?? 0)),
            digits(l.gflopPerSecond ?? 0),
            percent(l.shareOfCeiling),
            `${(l.timesRungBefore ?? 1).toFixed(1)}×`,
          ]),
      ]),
    )
    .join('\n\n');
}

// ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The last table of `tapegrad profile`, instructions of one kind together. */
function profileText(program: string): string {
  const picture = `docs/pictures/profile-${program}.svg`;
  const text = printed([
    'dist/cli/main.js',
    'profile',
    program,
    '--threads',
    '1',
    '--out',
    picture,
  ]);
  const [heading = '', , together = ''] = text.split('\n\n');
  return verbatim(`${heading}\n${together}`);
}

interface Asked {
  readonly folder: string | undefined;
  readonly rounds: string;
}

/** The marks of the page and what goes between them. */
const sections: Readonly<Record<string, (asked: Asked) => Record<string, string>>> = {
  peers({ folder, rounds }) {
    const words = [
      '--json',
      '--rounds',
      rounds,
      ...(folder === undefined ? [] : ['--folder', folder]),
    ];
    return { peers: peersTable(linesOf<PeerLine>(bench('peers', ...words))) };
  },
  libraries: () => ({ libraries: verbatim(bench('peers', 'gemm')) }),
  convolutions: () => ({ convolutions: verbatim(bench('peers', 'conv')) }),
  profile: () => ({
    profile: models.map(({ program }) => profileText(program.name)).join('\n\n'),
  }),
  behaviour: () => ({ behaviour: verbatim(bench('behaviour')) }),
  kernels() {
    const roofline = 'docs/pictures/roofline.svg';
    const lines = linesOf<KernelLine>(bench('kernels', '--json', '--roofline', roofline));
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
    many: `Only these parts: ${Object.keys(sections).join(', ')}`,
    options: {
      folder: { type: 'text', value: 'DIR', help: 'Where the npm packages of the peers are' },
      rounds: { type: 'number', whole: true, min: 1, default: 3, help: 'Turns of each peer' },
    },
  },
  ({ folder, rounds }, words) => {
    const names = words.length === 0 ? Object.keys(sections) : words;
    const odd = names.find((name) => !Object.hasOwn(sections, name));
    if (odd !== undefined) {
      throw new UsageError(
        `bench:report: no part ${odd}; want ${Object.keys(sections).join(', ')}`,
      );
    }
    for (const name of names) {
      const load = loadavg()[0]?.toFixed(1);
      try {
        const parts = sections[name]?.({ folder, rounds: String(rounds) }) ?? {};
        const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
        const about = `${heading(machine())}; commit ${commit.trim()}; load before the run ${load}.`;
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
