import { describe, expect, it } from 'vitest';
import { customGradient } from '../../src/core/custom-gradient.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { fromArray, type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import {
  add,
  cast,
  clone,
  concat,
  exp,
  matmul,
  mul,
  relu,
  sigmoid,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  where,
} from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

/** A float64 tensor, so that values can be compared exactly. */
const f64 = (values: number | number[]): Tensor => tensor(values, undefined, 'float64');

describe('the forms of sources and answers', () => {
  const w = new Variable([1, 2], { name: 'w' });
  const b = new Variable(3, { name: 'b' });
  const record = () => {
    const tape = new GradientTape();
    return { tape, loss: tape.record(() => sum(add(square(w), mul(b, w)))) };
  };

  it('answers one source with one gradient', () => {
    const { tape, loss } = record();
    expect(tape.gradient(loss, w).toArray()).toEqual([5, 7]);
  });

  it('answers a list with a list', () => {
    const { tape, loss } = record();
    const [dw, db] = tape.gradient(loss, [w, b] as const);
    expect([dw.toArray(), db.toArray()]).toEqual([[5, 7], 3]);
  });

  it('answers names with names', () => {
    const { tape, loss } = record();
    const gradients = tape.gradient(loss, { weights: w, bias: b });
    expect(Object.keys(gradients)).toEqual(['weights', 'bias']);
    expect(gradients.bias.item()).toBe(3);
  });

  it('answers a source named twice twice', () => {
    const { tape, loss } = record();
    const [first, b1, second] = tape.gradient(loss, [w, b, w] as const);
    expect(first.toArray()).toEqual([5, 7]);
    expect(second.toArray()).toEqual([5, 7]);
    expect(b1.item()).toBe(3);
  });

  it('answers no sources with nothing', () => {
    const { tape, loss } = record();
    expect(tape.gradient(loss, [])).toEqual([]);
  });

  it('gives each gradient the shape and type of its source', () => {
    const x = f64([1, 2, 3]);
    const s = f64(2);
    const tape = new GradientTape();
    tape.watch(x, s);
    const loss = tape.record(() => mul(x, s));
    const [dx, ds] = tape.gradient(loss, [x, s] as const);
    expect([dx.shape, dx.dtype, ds.shape, ds.dtype]).toEqual([[3], 'float64', [], 'float64']);
  });
});

describe('the target', () => {
  it('is summed when it holds several numbers', () => {
    const x = f64([1, 2, 3]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => square(x));
    expect(tape.gradient(y, x).toArray()).toEqual([2, 4, 6]);
  });

  it('is weighted by outputGradient, a tensor or plain numbers', () => {
    for (const outputGradient of [f64([1, 0, -1]), [1, 0, -1]]) {
      const x = f64([1, 2, 3]);
      const tape = new GradientTape();
      tape.watch(x);
      const y = tape.record(() => square(x));
      expect(tape.gradient(y, x, { outputGradient }).toArray()).toEqual([2, 0, -6]);
    }
  });

  it('may be several, whose gradients are summed, each with what arrives from above it', () => {
    for (const [options, wanted] of [
      [{}, [2 + 4, 4 + 32]],
      [{ outputGradient: [[1, 0], f64([1, -1])] }, [2 + 4, 0 - 32]],
    ] as const) {
      const x = f64([1, 2]);
      const tape = new GradientTape();
      tape.watch(x);
      const targets = tape.record(() => {
        const y = square(x);
        return [y, square(y)]; // the first lies on the way to the second
      });
      expect(tape.gradient(targets, x, options).toArray()).toEqual(wanted);
    }
  });

  it('counts twice when it is listed twice', () => {
    const x = f64([3]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => square(x));
    expect(tape.gradient([y, y], x).toArray()).toEqual([12]);
  });

  it('may be the source: the gradient is one', () => {
    const x = f64([1, 2]);
    const tape = new GradientTape();
    tape.watch(x);
    tape.record(() => square(x));
    expect(tape.gradient(x, x).toArray()).toEqual([1, 1]);
  });

  it('may be in the middle of what was recorded', () => {
    const x = f64(3);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => {
      const y = square(x);
      exp(y);
      return y;
    });
    expect(tape.gradient(y, x).item()).toBe(6);
  });

  it('has a gradient with respect to what was computed on the way', () => {
    const x = f64(3);
    const tape = new GradientTape();
    tape.watch(x);
    const { y, z } = tape.record(() => {
      const y = square(x);
      return { y, z: mul(y, x) };
    });
    const [dy, dx] = tape.gradient(z, [y, x] as const);
    expect([dy.item(), dx.item()]).toEqual([3, 27]);
  });
});

describe('sums over paths', () => {
  it('counts a tensor once for every time it is used', () => {
    const x = f64(2);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => mul(mul(x, x), add(x, add(x, x))));
    expect(tape.gradient(y, x).item()).toBe(36); // 3x^3
  });

  it('counts a tensor used several times by one op', () => {
    const x = f64([1, 2]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => mul(concat([x, x, x]), f64([1, 2, 3, 4, 5, 6])));
    expect(tape.gradient(y, x).toArray()).toEqual([9, 12]);
  });

  it('walks a chain of 30,000 steps without recursion', () => {
    const x = f64(1);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => {
      let y: Tensor = x;
      for (let i = 0; i < 30_000; i++) y = add(y, x);
      return y;
    });
    expect(tape.gradient(y, x).item()).toBe(30_001);
  });

  it('leaves alone what leads elsewhere, even where its rule would fail', () => {
    const x = f64(2);
    const broken = customGradient((v) => ({
      value: square(v),
      gradient: () => {
        throw new Error('this rule must not run');
      },
    }));
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => {
      broken(x);
      return mul(x, x);
    });
    expect(tape.gradient(y, x).item()).toBe(4);
  });
});

describe('watching', () => {
  it('watches trainable variables by itself, and others only when told', () => {
    const trained = new Variable(2);
    const frozen = new Variable(3, { trainable: false });
    const tape = new GradientTape();
    tape.watch(frozen);
    const y = tape.record(() => mul(trained, frozen));
    const [a, b] = tape.gradient(y, [trained, frozen] as const);
    expect([a.item(), b.item()]).toEqual([3, 2]);
  });

  it('watches nothing by itself when told so', () => {
    const a = new Variable(2);
    const b = new Variable(3);
    const tape = new GradientTape({ watchAccessedVariables: false });
    tape.watch(a);
    const y = tape.record(() => mul(a, b));
    expect(tape.steps.length).toBe(1);
    expect(tape.gradient(y, a).item()).toBe(3);
  });

  it('records nothing that touches nothing watched', () => {
    const tape = new GradientTape();
    tape.record(() => exp(square(f64(2))));
    expect(tape.steps).toEqual([]);
  });

  it('records nothing outside record, nor inside stopRecording', () => {
    const x = new Variable(2);
    const tape = new GradientTape();
    square(x);
    const y = tape.record(() => {
      const y = square(x);
      tape.stopRecording(() => exp(y));
      return y;
    });
    expect(tape.steps.map((s) => s.op)).toEqual(['square']);
    expect(tape.gradient(y, x).item()).toBe(4);
  });

  it('runs stopRecording plainly when it is not recording', () => {
    const tape = new GradientTape();
    expect(tape.stopRecording(() => 7)).toBe(7);
  });

  it('stops one tape and leaves the others recording', () => {
    const x = new Variable(2);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.record(() => inner.record(() => inner.stopRecording(() => square(x))));
    expect([outer.steps.length, inner.steps.length]).toEqual([1, 0]);
  });

  it('goes on recording where an earlier record ended', () => {
    const x = new Variable(3);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    const z = tape.record(() => mul(y, x));
    expect(tape.gradient(z, x).item()).toBe(27);
  });

  it('forgets everything on reset', () => {
    const x = new Variable(3);
    const tape = new GradientTape();
    tape.gradient(
      tape.record(() => square(x)),
      x,
    );
    tape.reset();
    expect(tape.steps).toEqual([]);
    const y = tape.record(() => mul(x, x));
    expect(tape.gradient(y, x).item()).toBe(6);
  });
});

describe('a function that throws', () => {
  it('leaves no tape recording', () => {
    const x = new Variable(2);
    const tape = new GradientTape();
    expect(() =>
      tape.record(() => {
        square(x);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    square(x);
    expect(tape.steps.length).toBe(1);
    expect(tape.record(() => 1)).toBe(1);
  });

  it('inside stopRecording leaves the tape recording', () => {
    const x = new Variable(2);
    const tape = new GradientTape();
    const y = tape.record(() => {
      expect(() =>
        tape.stopRecording(() => {
          throw new Error('stop');
        }),
      ).toThrow('stop');
      return square(x);
    });
    expect(tape.gradient(y, x).item()).toBe(4);
  });

  it('keeps the steps of a gradient that was refused', () => {
    const x = new Variable(2);
    const other = new Variable(1);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    expect(() => tape.gradient(y, other)).toThrow('nothing recorded used it');
    expect(tape.gradient(y, x).item()).toBe(4);
  });
});

describe('a persistent tape', () => {
  it('answers as often as it is asked', () => {
    const x = new Variable([1, 2]);
    const tape = new GradientTape({ persistent: true });
    const { y, z } = tape.record(() => {
      const y = square(x);
      return { y, z: mul(y, x) };
    });
    expect(tape.gradient(y, x).toArray()).toEqual([2, 4]);
    expect(tape.gradient(z, x).toArray()).toEqual([3, 12]);
    expect(tape.gradient(z, x).toArray()).toEqual([3, 12]);
  });
});

describe('derivatives of derivatives', () => {
  it('second and third derivatives by nested tapes', () => {
    const x = f64(2);
    const outer = new GradientTape();
    const middle = new GradientTape();
    const inner = new GradientTape();
    for (const tape of [outer, middle, inner]) tape.watch(x);
    const { second, first } = outer.record(() => {
      const { first } = middle.record(() => {
        const y = inner.record(() => mul(square(x), square(x)));
        return { first: inner.gradient(y, x) };
      });
      return { first, second: middle.gradient(first, x) };
    });
    expect(first.item()).toBe(32); // 4x^3
    expect(second.item()).toBe(48); // 12x^2
    expect(outer.gradient(second, x).item()).toBe(48); // 24x
  });

  it('a gradient taken while its own persistent tape records is recorded', () => {
    const x = f64(3);
    const tape = new GradientTape({ persistent: true });
    tape.watch(x);
    const first = tape.record(() => {
      const y = mul(square(x), x);
      return tape.gradient(y, x);
    });
    expect(first.item()).toBe(27);
    expect(tape.gradient(first, x).item()).toBe(18);
  });

  it('reaches through paths that meet: the sum of gradients is a step too', () => {
    const x = f64(0.5);
    const outer = new GradientTape();
    outer.watch(x);
    const dy = outer.record(() => {
      const inner = new GradientTape();
      inner.watch(x);
      return inner.gradient(
        inner.record(() => mul(sin(x), exp(x))),
        x,
      );
    });
    const want = 2 * Math.cos(0.5) * Math.exp(0.5);
    expect(outer.gradient(dy, x).item()).toBeCloseTo(want, 12);
  });
});

describe('stopGradient', () => {
  it('keeps the value and passes no gradient', () => {
    const x = f64(3);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => mul(x, stopGradient(square(x))));
    expect(y.item()).toBe(27);
    expect(tape.gradient(y, x).item()).toBe(9);
  });
});

describe('variables that change', () => {
  const refusal = (name: string) =>
    `OptionError: tensor: these numbers belong to the variable ${name}, which was changed after they were taken; want them used before it changes: take the gradient before the update, or clone() the variable`;

  it('are refused between record and gradient where the rule needs the old numbers', () => {
    const w = new Variable([1, 2], { name: 'w' });
    const tape = new GradientTape();
    const y = tape.record(() => sum(square(w)));
    w.assign([5, 6]);
    expect(thrown(() => tape.gradient(y, w))).toBe(refusal('w [2]'));
  });

  it('do not matter where the rule needs no numbers', () => {
    const w = new Variable([1, 2]);
    const tape = new GradientTape();
    const y = tape.record(() => sum(add(w, 1)));
    w.assign([5, 6]);
    expect(tape.gradient(y, w).toArray()).toEqual([1, 1]);
  });

  it('are refused through views, and not through a clone', () => {
    const w = new Variable([[1, 2]], { name: 'kernel' });
    const view = w.view([2]);
    const copy = clone(w);
    w.assign([[5, 6]]);
    expect(thrown(() => view.values)).toBe(refusal('kernel [1,2]'));
    expect(copy.toArray()).toEqual([[1, 2]]);
  });

  it('give the gradient of what they were when it is taken before the update', () => {
    const w = new Variable(3);
    for (let step = 0; step < 3; step++) {
      const tape = new GradientTape();
      const y = tape.record(() => square(w));
      w.assign(sub(w, mul(0.25, tape.gradient(y, w))));
    }
    expect(w.item()).toBe(0.375);
  });
});

describe('what is refused', () => {
  it('a second gradient of a tape that is not persistent', () => {
    const x = new Variable(2);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    tape.gradient(y, x);
    expect(thrown(() => tape.gradient(y, x))).toBe(
      'GradientError: gradient: this tape is used up by an earlier gradient; want one call a recording. new GradientTape({ persistent: true }) keeps its steps',
    );
  });

  it('record inside the same tape', () => {
    const tape = new GradientTape();
    expect(thrown(() => tape.record(() => tape.record(() => 1)))).toBe(
      'OptionError: record: this tape is recording already; want one record at a time',
    );
    expect(tape.record(() => 2)).toBe(2);
  });

  it('a function that returns a promise', () => {
    const tape = new GradientTape();
    expect(thrown(() => tape.record(async () => 1))).toBe(
      'OptionError: record: the function returned a promise; want one that computes at once, without await',
    );
  });

  it('watching integers', () => {
    expect(thrown(() => new GradientTape().watch(tensor([1], undefined, 'int32')))).toBe(
      'GradientError: watch: the tensor is int32; want a float, only those have gradients. cast(x, "float32") makes one',
    );
  });

  it('a target that is no tensor, or of integers', () => {
    const x = new Variable(1);
    const tape = new GradientTape();
    expect(thrown(() => tape.gradient(3 as unknown as Tensor, x))).toBe(
      'OptionError: gradient: the target is a number; want the tensor that was recorded',
    );
    const y = tape.record(() => cast(x, 'int32'));
    expect(thrown(() => tape.gradient(y, x))).toBe(
      'GradientError: gradient: the target is int32; want a float, integers have no gradient',
    );
    expect(thrown(() => tape.gradient([], x))).toBe(
      'OptionError: gradient: the list of targets is empty; want at least one tensor',
    );
    expect(thrown(() => tape.gradient([square(x)], x, { outputGradient: 1 }))).toBe(
      'GradientError: gradient: outputGradient is a number and there are 1 targets; want a list of as many',
    );
  });

  it('a source that is no tensor', () => {
    const x = new Variable(1);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    expect(thrown(() => tape.gradient(y, [x, null as unknown as Tensor]))).toBe(
      'OptionError: gradient: source 1 is null; want a tensor',
    );
    expect(thrown(() => tape.gradient(y, { w: [x] as unknown as Tensor }))).toBe(
      'OptionError: gradient: source "w" is a list; want a tensor',
    );
    expect(thrown(() => tape.gradient(y, 3 as unknown as Tensor))).toBe(
      'OptionError: gradient: the sources are a number; want a tensor, a list of tensors, or tensors under names',
    );
    expect(thrown(() => tape.gradient(y, undefined as unknown as Tensor))).toBe(
      'OptionError: gradient: the sources are undefined; want a tensor, a list of tensors, or tensors under names',
    );
    expect(thrown(() => tape.watch({} as unknown as Tensor))).toBe(
      'OptionError: watch: it was given an object; want a tensor',
    );
  });

  it('an outputGradient of another shape or type', () => {
    const x = new Variable([1, 2]);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    expect(thrown(() => tape.gradient(y, x, { outputGradient: [1, 2, 3] }))).toBe(
      'GradientError: gradient: outputGradient is float32 [3] and the target is float32 [2]; want the same type and shape',
    );
    expect(thrown(() => tape.gradient(y, x, { outputGradient: f64([1, 2]) }))).toBe(
      'GradientError: gradient: outputGradient is float64 [2] and the target is float32 [2]; want the same type and shape',
    );
  });
});

describe('memory', () => {
  it('keeps only what the rules need', () => {
    const w = new Variable([[1, 2]], { name: 'w' });
    const tape = new GradientTape();
    tape.record(() => sum(relu(add(matmul([[1], [2]], w), 1))));
    const kept = tape.steps.map((s) => `${s.op} ${s.kept.length}`);
    expect(kept).toEqual(['matmul 2', 'add 0', 'relu 1', 'sumTo 0', 'reshape 0']);
  });

  it('lets go of the steps once the gradient is taken', () => {
    const x = new Variable(2);
    const tape = new GradientTape();
    tape.gradient(
      tape.record(() => square(x)),
      x,
    );
    expect(tape.steps).toEqual([]);
  });
});

describe('a step that where leaves out', () => {
  it('sends no NaN back from the square root of 0', () => {
    const x = f64([0, 4]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => where([false, true], sqrt(x), f64(0)));
    expect(tape.gradient(y, x).toArray()).toEqual([0, 0.25]);
  });
});

it('differentiates through fromArray, views and methods alike', () => {
  const x = fromArray(Float64Array.of(1, 2, 3, 4), [2, 2]);
  const tape = new GradientTape();
  tape.watch(x);
  const y = tape.record(() => sum(sigmoid(matmul(x, x, { transposeB: true }))));
  expect(tape.gradient(y, x).shape).toEqual([2, 2]);
  expect(tape.toString()).toContain('0 steps');
});
