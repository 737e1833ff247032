// Training steps of the dense programs and of conv-bce-ae in jax-js, the whole step one compiled function: JSON lines as
// bench:steps prints them. Under Node it has one thread.
// usage: PEERS=FOLDER node jaxjs-steps.mjs [--batch N] [--budget SECONDS] MODEL...
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandLine, densePrograms, measure } from './steps.mjs';

const main = join(resolve(process.env.PEERS), 'node_modules/@jax-js/jax/dist/index.js');
const jax = await import(pathToFileURL(main).href);
const { numpy: np, nn, lax, jit, valueAndGrad } = jax;
await jax.init('wasm');
jax.defaultDevice('wasm');

const { batch, budget, models } = commandLine();

function uniform(shape, low, high) {
  const size = shape.reduce((all, n) => all * n, 1);
  const values = Float32Array.from({ length: size }, () => low + (high - low) * Math.random());
  return np.array(values).reshape(shape);
}
const scalar = (value) => np.array(Float32Array.of(value)).reshape([]);
const zeros = (shape) => np.zeros(shape).add(0);
function glorot(shape, inputs, outputs) {
  const limit = Math.sqrt(6 / (inputs + outputs));
  return uniform(shape, -limit, limit);
}

const linear = (x) => x;
const { relu, sigmoid } = nn;
const tanh = np.tanh;

/** Arrays are used up by what they are given to, unless `.ref` keeps them. A net is its weights and what it does. */
function stack(inputs, ...layers) {
  const sizes = [inputs, ...layers.map(([outputs]) => outputs)];
  return {
    weights: () => layers.flatMap(([n], i) => [glorot([sizes[i], n], sizes[i], n), zeros([n])]),
    apply: (w, x) =>
      layers.reduce(
        (y, [, activation], i) => activation(np.matmul(y, w[2 * i]).add(w[2 * i + 1])),
        x,
      ),
  };
}

/** [channels, filters, activation, transposed]: 5 × 5, stride 1, NCHW. */
function convolutions(layers) {
  return {
    weights: () =>
      layers.flatMap(([channels, filters]) => [
        glorot([filters, channels, 5, 5], 25 * channels, 25 * filters),
        zeros([1, filters, 1, 1]),
      ]),
    apply: (w, x) =>
      layers.reduce((y, [, , activation, transposed], i) => {
        const around = transposed ? [4, 4] : [0, 0];
        const sums = lax.convGeneralDilated(y, w[2 * i], [1, 1], [around, around]);
        return activation(sums.add(w[2 * i + 1]));
      }, x),
  };
}

const mse = (net) => ({
  weights: net.weights,
  loss: (w, x) => np.mean(np.square(net.apply(w, x.ref).sub(x))),
});
const crossEntropy = (z, x) => np.mean(nn.softplus(z.ref).sub(z.mul(x)));

function convBceAe() {
  const net = convolutions([
    ...[
      [1, 4, relu],
      [4, 4, relu],
      [4, 1, relu],
    ],
    ...[
      [1, 4, relu, true],
      [4, 4, relu, true],
      [4, 1, linear, true],
    ],
  ]);
  return { weights: net.weights, loss: (w, x) => crossEntropy(net.apply(w, x.ref), x) };
}

function vae() {
  const encoder = stack(784, [256, relu], [256, relu]);
  const head = stack(256, [20, linear]);
  const decoder = stack(20, [256, relu], [256, relu], [784, linear]);
  return {
    noise: 20,
    weights: () => [encoder, head, head, decoder].flatMap((net) => net.weights()),
    loss(w, x, eps) {
      const h = encoder.apply(w.slice(0, 4), x.ref);
      const m = head.apply(w.slice(4, 6), h.ref);
      const v = head.apply(w.slice(6, 8), h);
      const z = m.ref.add(np.sqrt(np.exp(v.ref)).mul(eps));
      const reconstruction = crossEntropy(decoder.apply(w.slice(8), z), x);
      const kl = np.mean(np.exp(v.ref).sub(v.add(1)).add(np.square(m)));
      return reconstruction.add(kl.mul(0.1));
    },
  };
}

const programs = {
  ...densePrograms({ stack, mse, relu, sigmoid, tanh, linear }),
  D: [128, [1, 28, 28], 0, 1e-3, convBceAe],
  E: [128, [784], 0, 1e-3, vae],
};

for (const model of models) {
  const [own, shape, low, rate, make] = programs[model] ?? [];
  if (make === undefined) {
    const error = 'not written for it here: it would have to compose its pools and its resizing';
    console.log(JSON.stringify({ peer: 'jax-js', model, threads: 1, error }));
    continue;
  }
  const size = batch || own;
  await measure({ peer: 'jax-js', model, batch: size, budget }, () => {
    const net = make();
    const x = uniform([size, ...shape], low, 1);
    let weights = net.weights();
    let [means, squares] = [1, 2].map(() => weights.map((w) => zeros(w.shape)));
    let count = 0;
    const train = jit((weights, means, squares, rate, x, eps) => {
      const [loss, gradients] = valueAndGrad((w, x, e) => net.loss(w, x, e))(
        weights.map((w) => w.ref),
        x,
        eps,
      );
      const [w, m, v] = [[], [], []];
      weights.forEach((weight, i) => {
        const mean = means[i].mul(0.9).add(gradients[i].ref.mul(0.1));
        const square = squares[i].mul(0.999).add(np.square(gradients[i]).mul(0.001));
        w.push(weight.sub(mean.ref.mul(rate.ref).div(np.sqrt(square.ref).add(1e-7))));
        m.push(mean);
        v.push(square);
      });
      rate.dispose?.();
      return [w, m, v, loss];
    });
    return async (wanted) => {
      count++;
      const corrected = (rate * Math.sqrt(1 - 0.999 ** count)) / (1 - 0.9 ** count);
      const eps = net.noise ? uniform([size, net.noise], -1.7, 1.7) : scalar(0);
      let loss;
      [weights, means, squares, loss] = train(
        weights,
        means,
        squares,
        scalar(corrected),
        x.ref,
        eps,
      );
      const ready = await jax.blockUntilReady([...weights.map((w) => w.ref), loss.ref]);
      for (const array of ready) array.dispose();
      if (wanted) return loss.jsAsync();
      loss.dispose();
    };
  });
}
process.exit(0);
