/** Training steps of several engines: the line that each prints, and the table of them. */
import { alignColumns } from '../src/cli/table.ts';
import { median } from './measure.ts';

/** What bench:steps and the scripts of bench/peers print. */
export interface PeerLine {
  readonly peer: string;
  readonly model: string;
  readonly threads: number;
  readonly batch: number;
  readonly ms_median: number;
  readonly ms_min: number;
  /** How many were timed. */
  readonly steps: number;
  readonly loss_10: number;
  readonly share_of_ceiling?: number;
  /** Which kernels the engine's libraries chose. */
  readonly chosen?: string;
  /** What it stopped with. */
  readonly error?: string;
  /** Why it was not run. */
  readonly leftOut?: string;
}

/** A peer's variants are one family, of which the fastest counts. */
interface Family {
  readonly name: string;
  readonly variant: string;
  /** Median over the rounds of each round's median; the best of all. */
  readonly milliseconds: number;
  readonly best: number;
  /** Of the lowest and the highest round, as shares of the median. */
  readonly spread: readonly [number, number];
  /** Timed in a round, where they were fewest. */
  readonly steps: number;
  readonly loss: number;
}

const familyOf = ({ peer, threads }: PeerLine) => `${peer.replace(/^(torch).*/, '$1')} ×${threads}`;

function familiesOf(lines: readonly PeerLine[]): Family[] {
  const variants = new Map<string, PeerLine[]>();
  for (const line of lines) {
    if (line.ms_median === undefined) continue;
    const key = `${line.peer} ×${line.threads}`;
    variants.set(key, [...(variants.get(key) ?? []), line]);
  }
  const families = new Map<string, Family>();
  for (const all of variants.values()) {
    const [line] = all;
    if (line === undefined) continue;
    const medians = all.map(({ ms_median }) => ms_median);
    const milliseconds = median(medians);
    const family: Family = {
      name: familyOf(line),
      variant: line.peer,
      milliseconds,
      best: Math.min(...all.map(({ ms_min }) => ms_min)),
      spread: [Math.min(...medians) / milliseconds, Math.max(...medians) / milliseconds],
      steps: Math.min(...all.map(({ steps }) => steps)),
      loss: line.loss_10,
    };
    const other = families.get(family.name);
    if (other === undefined || milliseconds < other.milliseconds) families.set(family.name, family);
  }
  return [...families.values()];
}

export function tableOf(title: string, lines: readonly PeerLine[], own: readonly string[]): string {
  const families = familiesOf(lines);
  const ours = own.map((name) => families.find((family) => family.name === name));
  const rows = families.map((family) => {
    const { name, variant, milliseconds, best, spread, steps, loss } = family;
    const ratios = ours.map((other) =>
      other === undefined || own.includes(name)
        ? ''
        : `${(milliseconds / other.milliseconds).toFixed(1)}× (${(best / other.best).toFixed(1)}×)`,
    );
    return [
      name,
      variant,
      milliseconds.toFixed(3),
      best.toFixed(3),
      spread.map((share) => share.toFixed(2)).join('–'),
      ...ratios,
      String(steps),
      loss.toFixed(4),
    ];
  });
  const head = [
    '',
    'variant',
    'ms',
    'at best',
    'rounds',
    ...own.map((name) => `of ${name}`),
    'steps',
    'loss 10',
  ];
  const notes = new Set(
    lines.flatMap(({ peer, chosen, error, leftOut }) => [
      ...(chosen === undefined ? [] : [`${peer}: ${chosen}`]),
      ...(error === undefined ? [] : [`${peer} cannot: ${error}`]),
      ...(leftOut === undefined ? [] : [`${peer} is left out: ${leftOut}`]),
    ]),
  );
  return [title, alignColumns([head, ...rows], [2, 3, 4, 5, 6, 7, 8, 9]), ...notes].join('\n');
}
