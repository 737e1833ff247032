// Training steps of the programs in TensorFlow.js under Node, as a user gets it: JSON lines as bench:steps prints them.
// usage: PEERS=FOLDER node tfjs-steps.mjs [--backend wasm|cpu] [--batch N] [--budget SECONDS] MODEL...
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { commandLine, densePrograms, measure } from './steps.mjs';

const require = createRequire(join(resolve(process.env.PEERS), 'package.json'));
const log = console.log;
console.log = (text, ...rest) => (String(text).startsWith('{') ? log(text, ...rest) : undefined);
console.warn = () => {}; // it recommends other packages
const tf = require('@tensorflow/tfjs'); // registers the gradients, and the backend in plain JavaScript
const wasm = require('@tensorflow/tfjs-backend-wasm');

const { batch, budget, backend, models } = commandLine();
wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
await tf.setBackend(backend);
await tf.ready();

const { relu, sigmoid, tanh } = tf;
const linear = (x) => x;

function glorot(shape, inputs, outputs) {
  const limit = Math.sqrt(6 / (inputs + outputs));
  return tf.variable(tf.randomUniform(shape, -limit, limit));
}

function dense(inputs, outputs, activation = linear) {
  const w = glorot([inputs, outputs], inputs, outputs);
  const b = tf.variable(tf.zeros([outputs]));
  return (x) => activation(x.matMul(w).add(b));
}

const inOrder = (layers) => (x) => layers.reduce((y, layer) => layer(y), x);

/** dense layers of these sizes: stack(784, [128, relu], [3, linear]) */
function stack(inputs, ...layers) {
  const sizes = [inputs, ...layers.map(([outputs]) => outputs)];
  return inOrder(layers.map(([outputs, activation], i) => dense(sizes[i], outputs, activation)));
}

function conv(channels, filters, size, activation, { stride = 1, padding = 'valid' } = {}) {
  const w = glorot([size, size, channels, filters], size * size * channels, size * size * filters);
  const b = tf.variable(tf.zeros([filters]));
  return (x) => activation(tf.conv2d(x, w, stride, padding).add(b));
}

function convTransposed(
  channels,
  filters,
  size,
  activation,
  rows,
  { stride = 1, padding = 'valid' } = {},
) {
  const w = glorot([size, size, filters, channels], size * size * channels, size * size * filters);
  const b = tf.variable(tf.zeros([filters]));
  return (x) =>
    activation(tf.conv2dTranspose(x, w, [x.shape[0], rows, rows, filters], stride, padding).add(b));
}

const mse = (net) => (x) => net(x).sub(x).square().mean();
const crossEntropy = (z, x) => relu(z).sub(z.mul(x)).add(z.abs().neg().exp().log1p()).mean();

function convAe() {
  const same = (stride) => ({ stride, padding: 'same' });
  return inOrder([
    conv(1, 16, 3, relu, same(3)),
    (x) => tf.maxPool(x, 2, 2, 'same'),
    conv(16, 8, 3, relu, same(2)),
    (x) => tf.maxPool(x, 2, 2, 'same'),
    convTransposed(8, 16, 3, relu, 5, { stride: 2 }),
    convTransposed(16, 8, 5, relu, 15, same(3)),
    convTransposed(8, 1, 3, linear, 30, same(2)),
    (x) => tanh(tf.image.resizeBilinear(x, [28, 28])),
  ]);
}

function convBceAe() {
  const net = inOrder([
    conv(1, 4, 5, relu),
    conv(4, 4, 5, relu),
    conv(4, 1, 5, relu),
    convTransposed(1, 4, 5, relu, 20),
    convTransposed(4, 4, 5, relu, 24),
    convTransposed(4, 1, 5, linear, 28),
  ]);
  return (x) => crossEntropy(net(x), x);
}

function vae() {
  const encoder = stack(784, [256, relu], [256, relu]);
  const [mean, logVar] = [dense(256, 20), dense(256, 20)];
  const decoder = stack(20, [256, relu], [256, relu], [784, linear]);
  return (x) => {
    const h = encoder(x);
    const [m, v] = [mean(h), logVar(h)];
    const z = m.add(v.exp().sqrt().mul(tf.randomNormal(m.shape)));
    const kl = v.exp().sub(v.add(1)).add(m.square()).mean();
    return crossEntropy(decoder(z), x).add(kl.mul(0.1));
  };
}

const programs = {
  ...densePrograms({ stack, mse, relu, sigmoid, tanh, linear }),
  C: [128, [28, 28, 1], -1, 1e-3, () => mse(convAe())],
  D: [128, [28, 28, 1], 0, 1e-3, convBceAe],
  E: [128, [784], 0, 1e-3, vae],
};

for (const model of models) {
  const [own, shape, low, rate, make] = programs[model];
  const size = batch || own;
  await measure({ peer: `tfjs-${backend}`, model, batch: size, budget }, () => {
    const x = tf.randomUniform([size, ...shape], low, 1);
    const lossOf = make();
    const optimiser = tf.train.adam(rate);
    return async (wanted) => {
      const loss = optimiser.minimize(() => lossOf(x), wanted);
      return wanted ? loss.dataSync()[0] : undefined;
    };
  });
  tf.disposeVariables();
}
process.exit(0);
