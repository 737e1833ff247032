import { kernels } from '../kernels/active.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { type Ceiling, leastSeconds, measureCeiling } from '../kernels/ceiling.ts';
import { effects } from '../kernels/effects.ts';
import { nativeInfo, nativePlans } from '../kernels/native.ts';
import { sizesOf } from '../kernels/window.ts';
import { costOf, largestOf } from './cost.ts';
import { endingsOf } from './fold.ts';
import type { Instruction } from './join.ts';
import type { Place } from './memory.ts';
import type { Plan } from './plan.ts';
import type { Call } from './record.ts';

/** One instruction of a plan, with what it has to do and what it took. */
export interface InstructionReport {
  /** `matmul · add · relu`, `run: add · sigmoid`, or `update: matmul · adam`. */
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
    const kernels = instruction.calls.flatMap((call) => [
      call.kernel,
      ...endingsOf(call, plan.recording.buffers),
    ]);
    const costs = instruction.calls.map((call) => costOf(call, plan.recording.buffers));
    const took = times.map((row) => row[i] as number).sort((a, b) => a - b);
    const median = took[took.length >> 1];
    return {
      name: `${instruction.kind === 'call' ? '' : `${instruction.kind}: `}${counted(kernels)}`,
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
  return Math.max(0, ...calls.map((one) => largestOf(one, buffers))).toLocaleString('en');
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

/**
 * A plan as a table: each instruction, its work, the least time that this machine's ceiling allows it, and the time it
 * took if steps were timed.
 */
export function explain(plan: Plan, times: readonly Float64Array[] = []): string {
  const limit = ceiling();
  const rows = reportOf(plan, times).map(({ name, sizes, flops, bytes, nanoseconds }, i) => [
    String(i),
    name,
    sizes,
    whole(flops),
    whole(bytes),
    limit ? (1e6 * leastSeconds(limit, { flops, bytes })).toFixed(1) : '',
    nanoseconds === undefined ? '' : (nanoseconds / 1000).toFixed(1),
  ]);
  const head = ['', 'instruction', 'sizes', 'flops', 'bytes'];
  const table = [[...head, limit ? 'least µs' : '', times.length > 0 ? 'µs' : ''], ...rows];
  const widths =
    table[0]?.map((_, c) => Math.max(...table.map((row) => row[c]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, c) =>
        c === 1 || c === 2 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [...summary(plan), ...lines].join('\n');
}

/** What was joined, and where the arrays lie. */
function summary({ instructions, recording, places, arenaBytes, dropped, folded }: Plan): string[] {
  const joined = instructions.filter(({ calls }) => calls.length > 1);
  const calls = joined.reduce((sum, one) => sum + one.calls.length, 0);
  const of = (kind: Place['kind']) => {
    const bytes = places.map((place, b) =>
      place.kind === kind ? (recording.buffers[b]?.byteLength ?? 0) : -1,
    );
    const all = bytes.filter((n) => n >= 0);
    return `${all.length} (${whole(all.reduce((sum, n) => sum + n, 0))} bytes)`;
  };
  return [
    `plan: ${instructions.length} instructions of ${recording.calls.length} kernel calls: ${dropped} dropped, ${folded} folded into others, ${calls} joined in ${joined.length}`,
    `arrays: ${of('arena')} in ${whole(arenaBytes)} bytes of the plan, ${of('block')} in cache blocks, ${of('pinned')} from outside, ${of('input')} of arguments, ${of('output')} of results`,
  ];
}

const whole = (n: number): string => Math.round(n).toLocaleString('en');

let measured: Ceiling | undefined;

/** The ceiling of the instruction set and the threads in use, measured when first asked for. */
function ceiling(): Ceiling | undefined {
  if (nativePlans(kernels()) === undefined) return undefined;
  const { facts } = nativeInfo();
  if (measured?.isa !== facts?.isa || measured?.threads !== facts?.threads) {
    measured = measureCeiling();
  }
  return measured;
}
