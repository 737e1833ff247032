import type { Numbers } from '../kernels/arrays.ts';
import { effects } from '../kernels/effects.ts';
import { sizesOf } from '../kernels/window.ts';
import { costOf } from './cost.ts';
import type { Instruction } from './join.ts';
import type { Plan } from './plan.ts';
import type { Call } from './record.ts';

/** One instruction of a plan, with what it has to do and what it took. */
export interface InstructionReport {
  /** `matmul`, or `run: add · sigmoid`. */
  readonly name: string;
  readonly kernels: readonly string[];
  /** Of a matmul `32×784×128`, of a convolution `128×28×28×1 → 24×24×4 by 5×5`, else how many numbers the largest array has. */
  readonly sizes: string;
  readonly flops: number;
  readonly bytes: number;
  /** Median over the timed steps; undefined if none was timed. */
  readonly nanoseconds?: number;
}

/** What a plan does, instruction by instruction. `times` has one row of nanoseconds a timed step. */
export function reportOf(plan: Plan, times: readonly Float64Array[] = []): InstructionReport[] {
  return plan.instructions.map((instruction, i) => {
    const kernels = instruction.calls.map((call) => call.kernel);
    const costs = instruction.calls.map((call) => costOf(call, plan.recording.buffers));
    const took = times.map((row) => row[i] as number).sort((a, b) => a - b);
    const median = took[took.length >> 1];
    return {
      name:
        instruction.kind === 'call'
          ? (kernels[0] as string)
          : `${instruction.kind}: ${counted(kernels)}`,
      kernels,
      sizes: sizesText(instruction.calls, plan.recording.buffers),
      flops: costs.reduce((sum, cost) => sum + cost.flops, 0),
      bytes: bytesOf(instruction, plan),
      ...(median === undefined ? {} : { nanoseconds: median }),
    };
  });
}

/** Neighbours of one name are counted: `adam ×8`. */
function counted(names: readonly string[]): string {
  const parts: { name: string; times: number }[] = [];
  for (const name of names) {
    const last = parts.at(-1);
    if (last?.name === name) last.times++;
    else parts.push({ name, times: 1 });
  }
  return parts.map(({ name, times }) => (times > 1 ? `${name} ×${times}` : name)).join(' · ');
}

function sizesText(calls: readonly Call[], buffers: readonly Numbers[]): string {
  const [call] = calls;
  const arrays = calls.flatMap(({ args }) =>
    args.flatMap((arg) => (typeof arg === 'object' ? [buffers[arg.buffer] as Numbers] : [])),
  );
  if (call?.kernel === 'matmul') {
    const [batch, ...sizes] = call.args.slice(3, 7);
    return `${batch === 1 ? '' : `${batch} of `}${sizes.join('×')}`;
  }
  const window = arrays.find((array) => array instanceof Int32Array);
  if (window !== undefined && /^(conv2d|depthwise|maxPool|avgPool)/.test(call?.kernel ?? '')) {
    const w = sizesOf(window);
    const from = [w.batch, w.height, w.width, w.channels].join('×');
    return `${from} → ${w.rows}×${w.cols}×${w.filters} by ${w.kernelHeight}×${w.kernelWidth}`;
  }
  return Math.max(0, ...arrays.map(({ length }) => length)).toLocaleString('en');
}

/**
 * Bytes an instruction moves through memory: every array once if it is read and once if it is written, but what it
 * reads of its own results and what lives in cache blocks not at all.
 */
function bytesOf(instruction: Instruction, plan: Plan): number {
  const read = new Set<number>();
  const written = new Set<number>();
  for (const { kernel, args } of instruction.calls) {
    args.forEach((arg, i) => {
      if (typeof arg !== 'object' || plan.places[arg.buffer]?.kind === 'block') return;
      const effect = effects[kernel][i] ?? 'n';
      if ('rm'.includes(effect) && !written.has(arg.buffer)) read.add(arg.buffer);
      if ('wpm'.includes(effect)) written.add(arg.buffer);
    });
  }
  return [...read, ...written].reduce(
    (sum, buffer) => sum + (plan.recording.buffers[buffer]?.byteLength ?? 0),
    0,
  );
}

/** A plan as a table: each instruction, its work, and the time it took if steps were timed. */
export function explain(plan: Plan, times: readonly Float64Array[] = []): string {
  const counts = { pinned: 0, input: 0, arena: 0, block: 0 };
  for (const place of plan.places) counts[place.kind]++;
  const whole = (n: number) => Math.round(n).toLocaleString('en');
  const rows = reportOf(plan, times).map(({ name, flops, bytes, nanoseconds }, i) => [
    String(i),
    name,
    whole(flops),
    whole(bytes),
    nanoseconds === undefined ? '' : (nanoseconds / 1000).toFixed(1),
  ]);
  const table = [['', 'instruction', 'flops', 'bytes', times.length > 0 ? 'µs' : ''], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => (row[column] as string).length));
  const widths = [0, 1, 2, 3, 4].map(width);
  const lines = table.map((row) =>
    row
      .map((cell, c) =>
        c === 1 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  return [
    `plan: ${plan.instructions.length} instructions of ${plan.recording.calls.length} kernel calls, ${plan.dropped} dropped`,
    `memory: ${whole(plan.arenaBytes)} bytes for ${counts.arena} arrays; ${counts.block} live in cache blocks, ${counts.pinned} are variables or constants, ${counts.input} inputs`,
    ...lines,
  ].join('\n');
}
