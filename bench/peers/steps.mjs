// What the JavaScript peers' scripts share: the command line, the timing, the line that is printed, the plainest programs.
export function commandLine() {
  const given = { batch: 0, budget: 1, backend: 'wasm', models: [] };
  const words = process.argv.slice(2);
  while (words.length > 0) {
    const word = words.shift();
    if (!word.startsWith('--')) given.models.push(word);
    else if (word === '--backend') given.backend = words.shift();
    else given[word.slice(2)] = Number(words.shift());
  }
  return given;
}

/** Times `step`, which resolves to its loss when asked for it, and prints a line; or what was thrown. */
export async function measure({ peer, model, batch, budget }, makeStep) {
  const line = { peer, model, threads: 1, batch };
  try {
    const step = await makeStep();
    for (let i = 0; i < 9; i++) await step(false);
    const tenth = await step(true);
    const times = [];
    const end = performance.now() + 1000 * budget;
    while (times.length < 5 || performance.now() < end) {
      const start = performance.now();
      await step(false);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    Object.assign(line, {
      ms_median: times[times.length >> 1],
      ms_min: times[0],
      steps: times.length,
      loss_10: tenth,
      rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    });
  } catch (error) {
    line.error = String(error.message ?? error).slice(0, 300);
  }
  console.log(JSON.stringify(line));
}

/** The programs of dense layers alone: batch, shape of an example, its least number, learning rate, what makes the loss. */
export function densePrograms({ stack, mse, relu, sigmoid, tanh, linear }) {
  const R = (outputs) => [outputs, relu];
  const S = (outputs) => [outputs, sigmoid];
  const [code, curve] = [
    [3, linear],
    [R(100), R(100), R(100)],
  ];
  const deep = [R(128), R(64), R(12), code, R(12), R(64), R(128), [784, tanh]];
  return {
    A: [32, [784], 0, 1e-3, () => mse(stack(784, S(128), S(64), S(128), S(784)))],
    B: [128, [784], -1, 1e-3, () => mse(stack(784, ...deep))],
    F: [32, [4], 0, 1e-4, () => mse(stack(4, ...curve, [1, linear], ...curve, [4, linear]))],
  };
}
