#!/usr/bin/env python3
"""The autoencoders once more in PyTorch, with TensorFlow's initialisers, paddings and Adam: what ours are held against.

    python3 tools/references.py PROGRAM --data DIR [--seed N] [--length N] [--weights RUN/weights.safetensors]

PROGRAM is dense-ae, deep-ae, conv-ae, curve-ae, conv-bce-ae or vae; DIR holds the folders mnist and fashion-mnist; the
length is counted in epochs, that of dense-ae and vae in steps. Shares no code and no random numbers with src/: the
pipelines and losses are written from the posts, so that a mistake of ours shows. Training starts from the weights of a
run of ours where they are given: with --length 0, what PyTorch makes of them. One thread, so that a seed gives the same
figures again; written with PyTorch 1.13 and NumPy 1.24.
"""
import argparse
import gzip
import itertools
import json
import math
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when PyTorch loads

import numpy as np
import torch
import torch.nn.functional as F

parameters = []
saved = []  # to be taken in the place of new ones, in this order


def glorot(shape, fan_in, fan_out):
    limit = math.sqrt(6 / (fan_in + fan_out))
    return parameter(torch.empty(shape).uniform_(-limit, limit))


def parameter(start):
    if saved:
        assert saved[0].shape == start.shape
        start = saved.pop(0)
    parameters.append(start.requires_grad_())
    return start


def weights(file):
    with open(file, "rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
        values = torch.from_numpy(np.frombuffer(opened.read(), np.float32).copy())
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (offset // 4 for offset in entry["data_offsets"])
        w = values[begin:end].reshape(entry["shape"])
        # A kernel is [height, width, inputs, units], that of a transposed convolution [height, width, units, inputs].
        yield w.permute(3, 2, 0, 1) if w.dim() == 4 else w


def dense(inputs, units):
    w, b = glorot([inputs, units], inputs, units), parameter(torch.zeros(units))
    return lambda x: torch.addmm(b, x, w)


def conv(inputs, units, size, stride=1, same=False):
    w = glorot([units, inputs, size, size], inputs * size**2, units * size**2)
    b = parameter(torch.zeros(units))

    def apply(x):
        if same:  # TensorFlow pads as little as it must, and the odd row or column comes last
            pads = [max((math.ceil(n / stride) - 1) * stride + size - n, 0) for n in x.shape[:1:-1]]
            x = F.pad(x, [p for total in pads for p in (total // 2, total - total // 2)])
        return F.conv2d(x, w, b, stride)

    return apply


def conv_transpose(inputs, units, size, stride=1, same=False):
    w = glorot([inputs, units, size, size], inputs * size**2, units * size**2)
    b = parameter(torch.zeros(units))

    def apply(x):
        y = F.conv_transpose2d(x, w, b, stride)
        if same:  # n · stride rows of (n - 1) · stride + size: the same crop that SAME pads
            (rows, before_rows), (columns, before_columns) = (
                (n * stride, max(size - stride, 0) // 2) for n in x.shape[2:]
            )
            y = y[:, :, before_rows : before_rows + rows, before_columns : before_columns + columns]
        return y

    return apply


def max_pool(x):
    return F.max_pool2d(x, 2, 2, ceil_mode=True)  # SAME: an odd size is filled up at its end


def resize(old, new):
    """The matrix of TF1's bilinear resize along one axis: pixel i stands at i · old / new."""
    matrix = torch.zeros(new, old)
    for i in range(new):
        at = i * old / new
        low = int(at)
        matrix[i, low] += 1 - (at - low)
        matrix[i, min(low + 1, old - 1)] += at - low
    return matrix


def chain(*layers):
    def apply(x):
        for layer in layers:
            x = layer(x)
        return x

    return apply


class Adam:
    """TensorFlow's: epsilon is added to the root as it is, outside the bias correction."""

    def __init__(self, rate, epsilon):
        self.rate, self.epsilon, self.t = rate, epsilon, 0
        self.moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]

    def minimize(self, loss):
        self.t += 1
        rate = self.rate * math.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g, (m, v) in zip(parameters, gradients, self.moments):
                m.mul_(0.9).add_(g, alpha=0.1)
                v.mul_(0.999).addcmul_(g, g, value=0.001)
                p.addcdiv_(m, v.sqrt().add_(self.epsilon), value=-rate)


def images(folder, part):
    with gzip.open(os.path.join(folder, f"{part}-images-idx3-ubyte.gz")) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    return torch.from_numpy(pixels.astype(np.float32) / 255).reshape(-1, 784)


def mean_loss(loss_of, x, size=500):
    with torch.no_grad():
        return sum(loss_of(part).item() * len(part) for part in x.split(size)) / len(x)


def epochs_of(x, batch_size, adam, loss_of):
    """Trains for ever; yields the running mean of each epoch, every one in a new order. Epoch 0 is before the first."""
    yield 0, math.nan
    for epoch in itertools.count(1):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            loss = loss_of(x[rows])
            adam.minimize(loss)
            total += loss.item() * len(rows)
        yield epoch, total / len(x)


def until_no_better(patience, epochs, validation):
    """Keras's EarlyStopping on the validation loss."""
    best, waited = math.inf, 0
    for epoch, loss in epochs:
        val_loss = validation()
        print(f"epoch {epoch}: loss {loss:.4f}, val_loss {val_loss:.4f}", flush=True)
        waited = 0 if val_loss < best else waited + 1
        best = min(best, val_loss)
        if waited == patience:
            return


def post_2(data, model, epochs, every):
    """TF1's loader keeps the first 5,000 images; the post prints a batch's loss, here it is that of the test set."""
    x = images(f"{data}/mnist", "train")[5000:] * 2 - 1
    test = images(f"{data}/mnist", "t10k") * 2 - 1

    def loss_of(batch):
        return F.mse_loss(model(batch), batch)

    for epoch, loss in itertools.islice(epochs_of(x, 128, Adam(1e-3, 1e-8), loss_of), epochs + 1):
        if epoch % every == 0:
            val_loss, first = mean_loss(loss_of, test), mean_loss(loss_of, test[:2000])
            print(f"epoch {epoch}: loss {loss:.4f}, val_loss {val_loss:.4f}, of 2,000 {first:.4f}", flush=True)


def deep_ae(data, epochs=100):
    encoder = chain(dense(784, 128), F.relu, dense(128, 64), F.relu, dense(64, 12), F.relu, dense(12, 3))
    decoder = chain(dense(3, 12), F.relu, dense(12, 64), F.relu, dense(64, 128), F.relu, dense(128, 784))
    post_2(data, chain(encoder, decoder, torch.tanh), epochs, 20)


def conv_ae(data, epochs=40):
    matrix = resize(30, 28)
    encoder = chain(conv(1, 16, 3, 3, same=True), F.relu, max_pool, conv(16, 8, 3, 2, same=True), F.relu, max_pool)
    decoder = chain(
        conv_transpose(8, 16, 3, 2),
        F.relu,
        conv_transpose(16, 8, 5, 3, same=True),
        F.relu,
        conv_transpose(8, 1, 3, 2, same=True),
        lambda y: torch.tanh(matrix @ y @ matrix.T),
    )
    post_2(data, lambda x: decoder(encoder(x.reshape(-1, 1, 28, 28))).reshape(-1, 784), epochs, 5)


def curve_ae(data, epochs=1000):
    z = torch.rand(10000, 1) * 10 - 5
    x = torch.cat([z**2, z**3, torch.sin(z), torch.exp(z)], 1)
    train, validation = x[:8000], x[8000:]
    encoder = chain(dense(4, 100), F.relu, dense(100, 100), F.relu, dense(100, 100), F.relu, dense(100, 1))
    decoder = chain(dense(1, 100), F.relu, dense(100, 100), F.relu, dense(100, 100), F.relu, dense(100, 4))
    model = chain(encoder, decoder)

    def loss_of(batch):
        return F.mse_loss(model(batch), batch)

    trained = itertools.islice(epochs_of(train, 32, Adam(1e-4, 1e-7), loss_of), epochs + 1)
    until_no_better(10, trained, lambda: mean_loss(loss_of, validation))
    with torch.no_grad():
        print(f"largest error {(x - model(x)).abs().max().item():.4f}")


def conv_bce_ae(data, epochs=1000):
    x = images(f"{data}/mnist", "train").reshape(-1, 1, 28, 28)
    test = images(f"{data}/mnist", "t10k").reshape(-1, 1, 28, 28)
    encoder = chain(conv(1, 4, 5), F.relu, conv(4, 4, 5), F.relu, conv(4, 1, 5), F.relu)
    decoder = chain(
        conv_transpose(1, 4, 5), F.relu, conv_transpose(4, 4, 5), F.relu, conv_transpose(4, 1, 5)
    )

    def loss_of(batch):
        return F.binary_cross_entropy_with_logits(decoder(encoder(batch)), batch)

    trained = itertools.islice(epochs_of(x, 128, Adam(1e-3, 1e-7), loss_of), epochs + 1)
    until_no_better(1, trained, lambda: mean_loss(loss_of, test))


def shuffled(x, batch_size):
    """tf.data's repeat().shuffle(10000).batch(...): each row is drawn from a buffer and replaced by the next one."""
    rows = itertools.cycle(range(len(x)))
    buffer = list(itertools.islice(rows, 10000))
    while True:
        batch = []
        for i in torch.randint(len(buffer), [batch_size]).tolist():
            batch.append(buffer[i])
            buffer[i] = next(rows)
        yield x[batch]


def post_of_steps(batches, steps, adam, losses_of):
    """The posts print the losses of one batch, here they are means of the last hundred."""
    last = []
    for step, batch in enumerate(itertools.islice(batches, steps + 1)):
        losses = losses_of(batch)
        adam.minimize(losses["loss"])
        last = [*last[-99:], [loss.item() for loss in losses.values()]]
        if step % 1000 == 0:
            means = zip(losses, np.mean(last, axis=0))
            print(f"step {step}: " + ", ".join(f"{name} {mean:.4f}" for name, mean in means), flush=True)


def dense_ae(data, steps=20000):
    x = images(f"{data}/mnist", "train")

    def layer(inputs, units):  # RandomNormal, biases too
        w, b = parameter(torch.randn(inputs, units) * 0.05), parameter(torch.randn(units) * 0.05)
        return lambda x: torch.sigmoid(torch.addmm(b, x, w))

    model = chain(layer(784, 128), layer(128, 64), layer(64, 128), layer(128, 784))
    batches = shuffled(x, 32)
    post_of_steps(batches, steps, Adam(1e-3, 1e-7), lambda batch: {"loss": F.mse_loss(model(batch), batch)})


def vae(data, steps=10000):
    x = images(f"{data}/fashion-mnist", "train")
    shared = chain(dense(784, 256), F.relu, dense(256, 256), F.relu)
    mean_of, log_variance_of = dense(256, 20), dense(256, 20)
    decoder = chain(dense(20, 256), F.relu, dense(256, 256), F.relu, dense(256, 784))

    def losses_of(batch):
        hidden = shared(batch)
        mean, log_variance = mean_of(hidden), log_variance_of(hidden)
        code = mean + log_variance.exp().sqrt() * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(decoder(code), batch)
        kl = 0.1 * (log_variance.exp() - (log_variance + 1) + mean**2).mean()
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "KL": kl}

    post_of_steps(shuffled(x, 128), steps, Adam(1e-3, 1e-7), losses_of)


programs = {
    "dense-ae": dense_ae,
    "deep-ae": deep_ae,
    "conv-ae": conv_ae,
    "curve-ae": curve_ae,
    "conv-bce-ae": conv_bce_ae,
    "vae": vae,
}

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("program", choices=programs)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--length", type=int)
    arguments.add_argument("--weights")
    given = arguments.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as TensorFlow does
    torch.manual_seed(given.seed)
    saved.extend(weights(given.weights) if given.weights else [])
    programs[given.program](given.data, *([] if given.length is None else [given.length]))
