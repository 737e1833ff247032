import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProgressBar, type ProgressOptions, type Screen } from '../../src/cli/progress.ts';

/** A terminal that remembers what it was sent, and a clock to turn by hand. */
function setUp(
  screen: { isTTY: boolean; columns?: number },
  options: Partial<ProgressOptions> = {},
) {
  const sent: string[] = [];
  const terminal: Screen & { columns?: number } = { ...screen, write: (text) => sent.push(text) };
  let now = 0;
  const bar = new ProgressBar({ label: 'step', screen: terminal, clock: () => now, ...options });
  return {
    bar,
    terminal,
    sent,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe('ProgressBar', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('shows how far, how fast and how long still, as wide as there is room', () => {
    vi.stubEnv('NO_COLOR', '1');
    const { bar, sent, wait } = setUp({ isTTY: true, columns: 60 }, { total: 20001 });
    bar.update(0);
    wait(1000);
    bar.update(5000);
    expect(sent.at(-1)).toBe('step 5,000/20,001 ━━━━━────────────────  5,000/s  0:03 left');
    expect(sent.at(-1)).toHaveLength(59);
  });

  it('is redrawn ten times a second at most', () => {
    const { bar, sent, wait } = setUp({ isTTY: true, columns: 80 }, { total: 1000 });
    for (let step = 0; step < 1000; step++) {
      wait(1);
      bar.update(step);
    }
    expect(sent.filter((text) => text.startsWith('step'))).toHaveLength(10);
  });

  it('takes a terminal that does not know its width for one of 80 columns', () => {
    const drawnAt = (columns: number) => {
      const { bar, sent, wait } = setUp({ isTTY: true, columns }, { total: 1000 });
      wait(1000);
      bar.update(500);
      return sent;
    };
    expect(drawnAt(0)).toEqual(drawnAt(80));
    expect(drawnAt(0).join('').length).toBeGreaterThan(40);
  });

  it('keeps printed lines above it', () => {
    vi.stubEnv('NO_COLOR', '1');
    const { bar, sent, wait } = setUp({ isTTY: true, columns: 40 }, { total: 4 });
    wait(1000);
    bar.update(1);
    const [drawn] = sent.splice(0);
    bar.print('a line');
    expect(sent).toEqual(['\r\x1b[J', 'a line\n', drawn]);
    sent.splice(0);
    bar.end();
    bar.end();
    expect(sent).toEqual(['\r\x1b[J']);
  });

  it('clears all the rows it was broken into by a narrower window', () => {
    const { bar, terminal, sent, wait } = setUp({ isTTY: true, columns: 80 }, { total: 1e6 });
    bar.update(0);
    wait(1000);
    bar.update(1);
    terminal.columns = 20;
    sent.splice(0);
    wait(1000);
    bar.update(2);
    expect(sent[0]).toBe('\r\x1b[3A\x1b[J');
    expect(sent[1]?.length).toBeLessThan(20);
  });

  it('counts bytes in kB and MB, and goes without a total', () => {
    vi.stubEnv('NO_COLOR', '1');
    const { bar, sent, wait } = setUp(
      { isTTY: true, columns: 60 },
      { label: 'file', unit: 'bytes' },
    );
    bar.update(500_000); // what was there of an earlier download
    wait(2000);
    bar.update(1_000_000);
    wait(2000);
    bar.update(9_912_422);
    const drawn = sent.filter((text) => text.startsWith('file'));
    expect(drawn.slice(0, 2)).toEqual(['file 500 kB ', 'file 1.0 MB   250 kB/s']);
    expect(drawn[2]).toMatch(/^file 9\.9 MB {3}2\.\d MB\/s$/);
  });

  it('has colours unless NO_COLOR is set', () => {
    const drawn = (): string | undefined => {
      const { bar, sent, wait } = setUp({ isTTY: true, columns: 80 }, { total: 2 });
      wait(200);
      bar.update(1);
      return sent[0];
    };
    vi.stubEnv('NO_COLOR', '');
    expect(drawn()).toContain('\x1b[36m');
    vi.stubEnv('NO_COLOR', '1');
    expect(drawn()).not.toContain('\x1b[');
  });

  it('writes nothing but plain lines where there is no terminal', () => {
    const { bar, sent, wait } = setUp({ isTTY: false }, { total: 10 });
    wait(1000);
    bar.update(5);
    bar.print('a line');
    bar.end();
    expect(sent).toEqual(['a line\n']);
  });
});
