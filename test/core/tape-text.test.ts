import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { add, matmul, relu, stopGradient, sum } from '../../src/ops/index.ts';

/** Numbers of tensors count up for the whole process: here they start from 1. */
function renumbered(text: string): string {
  const seen = new Map<string, string>();
  return text.replace(/(?<=#)\d+|\bt\d+\b/g, (id) => {
    const number = id.replace('t', '');
    const short = seen.get(number) ?? String(seen.size + 1);
    seen.set(number, short);
    return id.startsWith('t') ? `t${short}` : short;
  });
}

const lines = readFileSync(new URL(import.meta.url), 'utf8').split('\n');
/** The number of the first line of this file that holds a text. */
const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;

function recorded(options = {}): { tape: GradientTape; loss: Tensor } {
  const w = new Variable([[1, 2], [3, 4]], { name: 'w' }); // biome-ignore format: a matrix
  const b = new Variable([0, 0], { name: 'b' });
  const x = tensor([[1, -1]]);
  const tape = new GradientTape(options);
  const loss = tape.record(() => {
    const h = relu(add(matmul(x, w), b));
    return sum(add(h, stopGradient(h)));
  });
  return { tape, loss };
}

it('prints its steps as a table', () => {
  const lines = renumbered(String(recorded().tape))
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, ' | '));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "GradientTape: 7 steps, 32 bytes kept
    watched: w* [2,2], b* [2]
    step | op | takes | makes | keeps
    0 | matmul | #1, w* | #2 [1,2] | #1, w*
    1 | add | #2, b* | #3 [1,2] | –
    2 | relu | #3 | #4 [1,2] | #4
    3 | stopGradient | #4 | #5 [1,2] | – | it is cut by stopGradient
    4 | add | #4, #5 | #6 [1,2] | –
    5 | sumTo | #6 | #7 [1,1] | –
    6 | reshape | #7 | #8 [] | –"
  `);
});

it('prints an empty tape', () => {
  expect(String(new GradientTape())).toMatchInlineSnapshot(`
    "GradientTape: 0 steps, 0 bytes kept
    watched: nothing
    step  op  takes  makes  keeps"
  `);
});

it('prints itself when logged', () => {
  const { tape } = recorded();
  expect(inspect(tape)).toBe(String(tape));
});

it('names the line of every step when it traces', () => {
  const { tape } = recorded({ trace: true });
  const places = tape.steps.map((step) => step.line?.replace(/.*\//, '').replace(/:\d+$/, ''));
  expect(new Set(places)).toEqual(
    new Set([
      `tape-text.test.ts:${lineOf('const h =')}`,
      `tape-text.test.ts:${lineOf('return sum')}`,
    ]),
  );
});

it('draws itself for Graphviz', () => {
  expect(renumbered(recorded().tape.toDot())).toMatchInlineSnapshot(`
    "digraph tape {
      rankdir=TB; node [shape=box, fontname="monospace"];
      s0 [label="0 matmul"];
      t1 -> s0 [label="[1,2]"];
      t2 -> s0 [label="[2,2]"];
      s1 [label="1 add"];
      s0 -> s1 [label="[1,2]"];
      t3 -> s1 [label="[2]"];
      s2 [label="2 relu"];
      s1 -> s2 [label="[1,2]"];
      s3 [label="3 stopGradient", style=dashed];
      s2 -> s3 [label="[1,2]"];
      s4 [label="4 add"];
      s2 -> s4 [label="[1,2]"];
      s3 -> s4 [label="[1,2]"];
      s5 [label="5 sumTo"];
      s4 -> s5 [label="[1,2]"];
      s6 [label="6 reshape"];
      s5 -> s6 [label="[1,1]"];
      t1 [label="#1\\n[1,2]", shape=ellipse];
      t2 [label="w\\n[2,2]", shape=doublecircle];
      t3 [label="b\\n[2]", shape=doublecircle];
    }
    "
  `);
});
