import { describe, expect, it } from 'vitest';
import { figureText, ProgressBar } from '../../src/nn/progress-bar.ts';

/** A screen that remembers, and a clock that is set by hand. */
function fixture(target: number | undefined, options: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const time = { now: 0 };
  const screen = { ...options, write: (text: string) => written.push(text) };
  return { written, time, bar: new ProgressBar({ target, screen, clock: () => time.now }) };
}

describe('the progress bar', () => {
  it("looks as Keras's does half way and at the end", () => {
    const { bar, time, written } = fixture(250, { isTTY: true });
    time.now = 100;
    bar.update(1, { loss: 2 });
    time.now = 1340;
    bar.update(125, { loss: 0.0312 });
    time.now = 2590;
    bar.finish(250, { loss: 0.015, val_loss: 0.0276 });
    expect(written.map((text) => text.trimEnd())).toEqual([
      '  1/250 [..............................] - ETA: 24s - loss: 2.0000',
      '\r125/250 [==============>...............] - ETA: 1s - loss: 0.0312',
      '\r250/250 [==============================] - 3s 10ms/step - loss: 0.0150 - val_loss: 0.0276',
      '',
    ]);
  });

  it('is redrawn twenty times a second at most', () => {
    const { bar, time, written } = fixture(1000, { isTTY: true });
    for (let step = 1; step <= 100; step++) {
      time.now = step;
      bar.update(step, {});
    }
    expect(written.length).toBe(2);
  });

  it('is its last line alone where there is no terminal', () => {
    const { bar, written } = fixture(3);
    bar.update(1, { loss: 1 });
    bar.update(2, { loss: 1 });
    bar.finish(3, { loss: 1 });
    expect(written).toEqual([
      '3/3 [==============================] - 0s 0s/step - loss: 1.0000',
      '\n',
    ]);
  });

  it('counts without an end while that is unknown', () => {
    const { bar, time, written } = fixture(undefined, { isTTY: true });
    time.now = 2000;
    bar.update(12, { loss: 1 });
    expect(written).toEqual(['     12/Unknown - 2s 167ms/step - loss: 1.0000']);
  });

  it('wipes what a longer line left, and never wraps while it changes', () => {
    const { bar, time, written } = fixture(10, { isTTY: true, columns: 70 });
    bar.update(1, { loss: 1, accuracy: 1 });
    time.now = 100;
    bar.finish(10, {});
    expect(written[0]?.length).toBe(69);
    expect(written[1]?.length).toBe(70);
  });

  it('is whole on a terminal that does not know its width', () => {
    const { bar, written } = fixture(10, { isTTY: true, columns: 0 });
    bar.update(1, { loss: 1 });
    expect(written[0]).toMatch(/ - loss: 1\.0000$/);
  });

  it('writes hours and minutes where it takes them', () => {
    const eta = (seconds: number) => {
      const { bar, time, written } = fixture(2, { isTTY: true });
      time.now = seconds * 1000;
      bar.update(1, {});
      return written[0]?.split('ETA: ')[1];
    };
    expect([eta(59), eta(61), eta(3661)]).toEqual(['59s', '1:01', '1:01:01']);
  });

  it('writes the time a step takes in s, ms or us', () => {
    const last = (seconds: number) => {
      const { bar, time, written } = fixture(1);
      time.now = seconds * 1000;
      bar.finish(1, {});
      return written[0]?.split('] - ')[1];
    };
    expect([last(2), last(0.5), last(0.0005)]).toEqual([
      '2s 2s/step',
      '0s 500ms/step',
      '0s 500us/step',
    ]);
  });
});

describe('figures', () => {
  it('have four decimals, or powers of ten where those would not show them', () => {
    expect(
      [0.0276, 12, 0.001, -0.5, 3.2e-5, 1e-10, 0, NaN, Infinity, -Infinity].map(figureText),
    ).toEqual([
      '0.0276',
      '12.0000',
      '1.0000e-03',
      '-0.5000',
      '3.2000e-05',
      '1.0000e-10',
      '0.0000e+00',
      'nan',
      'inf',
      '-inf',
    ]);
  });
});
