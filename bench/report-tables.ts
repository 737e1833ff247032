/** The tables of docs/performance.md, from the lines that the other benches print. */
import { disturbedMark, type KernelLine } from './kernel-lines.ts';
import { median } from './measure.ts';
import { models } from './models.ts';
import type { PeerLine } from './peer-lines.ts';

export const verbatim = (text: string): string => `\`\`\`\n${text}\n\`\`\``;
const table = (rows: readonly (readonly string[])[]): string =>
  [rows[0] ?? [], (rows[0] ?? []).map(() => '---'), ...rows.slice(1)]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
const percent = (share: number | undefined): string =>
  share === undefined ? '' : `${(100 * share).toFixed(0)} %`;
const share = (line: KernelLine | undefined): string =>
  percent(line?.shareOfCeiling) + (line?.disturbed ? disturbedMark : '');
const digits = (x: number): string => Number(x.toPrecision(3)).toLocaleString('en');

// ── Training steps beside other engines ──────────────────────────────────────────────────────────────────────────

const least = (numbers: readonly number[]): number => Math.min(...numbers);

const geometricMean = (numbers: readonly number[]): number =>
  Math.exp(numbers.reduce((sum, one) => sum + Math.log(one), 0) / numbers.length);

/** Of a peer's variants the one with the least: the median over its turns of each turn's median. */
function typical(lines: readonly PeerLine[]): number {
  const variants = [...new Set(lines.map(({ peer }) => peer))];
  return least(
    variants.map((name) => median(lines.filter((l) => l.peer === name).map((l) => l.ms_median))),
  );
}

/** Best against best: the best variant of each peer, the best turn of each; medians against medians in brackets. */
export function peersTable(lines: readonly PeerLine[]): string {
  const ratios = new Map<string, { best: number; typical: number }[]>();
  const ours = lines.filter(({ peer, ms_min }) => peer === 'tapegrad' && ms_min > 0);
  const counts = [...new Set(ours.map(({ threads }) => threads))].sort((a, b) => a - b);
  const kinds = models.flatMap(({ letter, program }) =>
    [...new Set(ours.filter(({ model }) => model === letter).map(({ batch }) => batch))].map(
      (batch) => ({ letter, program, batch }),
    ),
  );
  const rows = kinds.flatMap(({ letter, program, batch }) => {
    const of = (peer: string, threads = 1) =>
      lines.filter(
        (l) =>
          l.model === letter &&
          l.batch === batch &&
          l.threads === threads &&
          l.peer.startsWith(peer) &&
          l.ms_min > 0,
      );
    const best = (some: readonly PeerLine[]) => least(some.map((l) => l.ms_min));
    return counts.flatMap((threads) => {
      const own = of('tapegrad', threads);
      if (own.length === 0) return [];
      const beside = (peer: string) => {
        const others = of(peer, peer === 'torch' ? threads : 1);
        if (others.length === 0) return '–';
        const [quick, usual] = [best(others), typical(others)];
        const ratio = { best: quick / best(own), typical: usual / typical(own) };
        const key = `${peer} ×${threads}`;
        ratios.set(key, [...(ratios.get(key) ?? []), ratio]);
        return `${digits(quick)} (${digits(usual)}), **${digits(ratio.best)}×** (${digits(ratio.typical)}×)`;
      };
      // The highest ceiling of all turns: each measures its own, and others may have been at work.
      const floor = least(own.map((l) => (l.share_of_ceiling ?? 0) * l.ms_min));
      const torch = of('torch', threads)[0]?.loss_10;
      return [
        [
          `${letter} ${program.name}, ${batch}`,
          String(threads),
          `${digits(best(own))} (${digits(typical(own))})`,
          percent(floor / best(own)),
          ...['torch', 'jax-js', 'tfjs-wasm', 'tfjs-cpu'].map(beside),
          `${own[0]?.loss_10.toFixed(4)}, ${torch?.toFixed(4) ?? '–'}`,
        ],
      ];
    });
  });
  const head = ['step, batch', 'threads', 'this engine', 'of its floor', 'PyTorch', 'jax-js'];
  const means = [...ratios].map(([key, some]) => {
    const [quick, usual] = [some.map((r) => r.best), some.map((r) => r.typical)].map(
      (all) => `${digits(geometricMean(all))} (least ${digits(least(all))})`,
    );
    return `${key} ${quick}, by medians ${usual}`;
  });
  const torch = lines.flatMap(({ peer, steps }) =>
    peer.startsWith('torch') && steps ? steps : [],
  );
  const missing = new Set(
    lines.flatMap(({ peer, model, error, leftOut }) =>
      error || leftOut ? [`${peer} ${model} (${error ?? leftOut})`] : [],
    ),
  );
  const notes = [
    ...(means.length > 0 ? [`Geometric means of the ratios: ${means.join('; ')}.`] : []),
    ...(torch.length > 0
      ? [`PyTorch's turns timed ${least(torch)} to ${Math.max(...torch)} steps.`]
      : []),
    ...(missing.size > 0 ? [`Not timed: ${[...missing].join('; ')}.`] : []),
  ];
  const whole = table([[...head, 'TF.js WASM', 'TF.js CPU', 'loss 10: this, PyTorch'], ...rows]);
  return [whole, ...(notes.length > 0 ? [notes.join(' ')] : [])].join('\n\n');
}

// ── Kernels ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function ceilingsText(lines: readonly KernelLine[]): string {
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

/** Of the timings of one kernel the quickest, with the largest share that is not disturbed: others can only lower it. */
function bestOf(lines: readonly KernelLine[]): KernelLine | undefined {
  const [line] = lines.toSorted((a, b) => (a.msBest ?? 0) - (b.msBest ?? 0));
  const shares = lines.flatMap((l) => (l.disturbed || !l.shareOfCeiling ? [] : l.shareOfCeiling));
  if (line === undefined || shares.length === 0) return line;
  return { ...line, shareOfCeiling: Math.max(...shares), disturbed: false };
}

export function kernelsTable(lines: readonly KernelLine[], best: string): string {
  const names = [...new Set(lines.flatMap(({ kernel }) => kernel ?? []))];
  const counts = [...new Set(lines.map(({ threads }) => threads))]
    .filter((threads) => threads > 1)
    .sort((a, b) => a - b);
  const others = [...new Set(lines.map(({ isa }) => isa))].filter(
    (isa) => isa !== best && isa !== 'reference',
  );
  const rows = names.flatMap((name) => {
    const at = (isa: string, threads = 1) =>
      bestOf(lines.filter((l) => l.kernel === name && l.isa === isa && l.threads === threads));
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
        digits(1000 * (own.msBest ?? 0)),
        rate,
        share(own),
        ...counts.map((threads) => share(at(best, threads))),
        ...others.map((isa) => share(at(isa))),
        reference === undefined ? '' : ((reference.msBest ?? 0) / (own.msBest ?? 0)).toFixed(0),
      ],
    ];
  });
  const head = [
    `${best}, µs at best`,
    'rate',
    'of the ceiling',
    ...counts.map((threads) => `×${threads}`),
    ...others,
    'reference, times as long',
  ];
  return table([['kernel', ...head], ...rows]);
}

export function laddersTables(lines: readonly KernelLine[]): string {
  const names = [...new Set(lines.flatMap(({ ladder }) => ladder ?? []))];
  const head = ['µs at best', 'GFLOP/s', 'of the ceiling', 'gained'];
  return names
    .map((name) =>
      table([
        [name, ...head],
        ...lines
          .filter((l) => l.ladder === name)
          .map((l) => [
            l.rung ?? '',
            digits(1000 * (l.msBest ?? 0)),
            digits(l.gflopPerSecond ?? 0),
            share(l),
            `${(l.timesRungBefore ?? 1).toFixed(1)}×`,
          ]),
      ]),
    )
    .join('\n\n');
}
