"""Training steps of the programs in PyTorch on the CPU: JSON lines as bench:steps prints them.

usage: torch-steps.py [--threads N] [--batch N] [--budget SECONDS] [--modes MODE,MODE] MODEL...
  eager; foreach: Adam in one call for all weights; the others beside that: traced, channels_last (convolutions only)
"""
import argparse
import ctypes
import json
import os
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


def dense(*sizes_and_activations):
    """dense(784, (128, nn.ReLU), (3, None)): linear layers with what follows each."""
    inputs, layers = sizes_and_activations[0], []
    for outputs, activation in sizes_and_activations[1:]:
        layers.append(nn.Linear(inputs, outputs))
        if activation is not None:
            layers.append(activation())
        inputs = outputs
    return nn.Sequential(*layers)


class ConvAe(nn.Module):
    """28 -> 10 -> 5 -> 3 -> 2 -> 5 -> 15 -> 30 -> 28. TensorFlow's SAME padding crops the other side of the last
    transposed convolution, which is the same work."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            nn.Conv2d(16, 8, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2, ceil_mode=True))
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 16, 3, stride=2), nn.ReLU(),
            nn.ConvTranspose2d(16, 8, 5, stride=3, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1))

    def forward(self, x):
        y = self.decoder(self.encoder(x))
        return torch.tanh(F.interpolate(y, size=(28, 28), mode='bilinear', align_corners=False))


class ConvBceAe(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Conv2d(4, 4, 5), nn.ReLU(), nn.Conv2d(4, 1, 5), nn.ReLU(),
            nn.ConvTranspose2d(1, 4, 5), nn.ReLU(), nn.ConvTranspose2d(4, 4, 5), nn.ReLU(), nn.ConvTranspose2d(4, 1, 5))

    def forward(self, x):
        return self.layers(x)


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = dense(784, (256, nn.ReLU), (256, nn.ReLU))
        self.mean, self.log_var = nn.Linear(256, 20), nn.Linear(256, 20)
        self.decoder = dense(20, (256, nn.ReLU), (256, nn.ReLU), (784, None))

    def forward(self, x):
        h = self.encoder(x)
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(log_var) ** 0.5 * torch.randn(mean.shape)
        return self.decoder(z), mean, log_var


def mse(net, x):
    return torch.mean((net(x) - x) ** 2)


def bce(net, x):
    return F.binary_cross_entropy_with_logits(net(x), x)


def elbo(net, x):
    logits, mean, v = net(x)
    kl = torch.mean(torch.exp(v) - (v + 1) + mean ** 2)
    return F.binary_cross_entropy_with_logits(logits, x) + 0.1 * kl


S, R, T = nn.Sigmoid, nn.ReLU, nn.Tanh
MODELS = {  # network, loss, batch, shape of one example, range, learning rate
    'A': (lambda: dense(784, (128, S), (64, S), (128, S), (784, S)), mse, 32, (784,), (0, 1), 1e-3),
    'B': (lambda: dense(784, (128, R), (64, R), (12, R), (3, None), (12, R), (64, R), (128, R), (784, T)),
          mse, 128, (784,), (-1, 1), 1e-3),
    'C': (ConvAe, mse, 128, (1, 28, 28), (-1, 1), 1e-3),
    'D': (ConvBceAe, bce, 128, (1, 28, 28), (0, 1), 1e-3),
    'E': (Vae, elbo, 128, (784,), (0, 1), 1e-3),
    'F': (lambda: dense(4, (100, R), (100, R), (100, R), (1, None), (100, R), (100, R), (100, R), (4, None)),
          mse, 32, (4,), (0, 1), 1e-4),
}


class WithLoss(nn.Module):
    """Network and loss as one module, which can be traced."""

    def __init__(self, net, loss_of):
        super().__init__()
        self.net, self.loss_of = net, loss_of

    def forward(self, x):
        return self.loss_of(self.net, x)


def measure(model, mode, batch, budget):
    torch.manual_seed(1)
    make, loss_of, own_batch, shape, (low, high), rate = MODELS[model]
    batch = batch or own_batch
    net, x = WithLoss(make(), loss_of), torch.rand((batch,) + shape) * (high - low) + low
    if mode == 'channels_last':
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate, eps=1e-7, foreach=mode != 'eager')
    if mode == 'traced':
        net = torch.jit.trace(net, x, check_trace=False)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = net(x)
        loss.backward()
        optimiser.step()
        return loss

    for _ in range(10):
        loss = step()
    tenth = float(loss)
    times, end = [], time.perf_counter() + budget
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return {'batch': batch, 'ms_median': statistics.median(times), 'ms_min': min(times), 'steps': len(times),
            'loss_10': tenth, 'rss_mb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def chosen():
    """The kernels that OpenBLAS and torch took for this processor."""
    try:
        core = ctypes.CDLL('libblas.so.3').openblas_get_corename
        core.restype = ctypes.c_char_p
        blas = 'OpenBLAS ' + core().decode()
    except (OSError, AttributeError):
        blas = 'no OpenBLAS'
    return blas + ', loops ' + torch.__config__.show().split('CPU capability usage: ')[1].split('\n')[0]


parser = argparse.ArgumentParser()
parser.add_argument('--threads', type=int, default=1)
parser.add_argument('--batch', type=int, default=0)
parser.add_argument('--budget', type=float, default=1)
parser.add_argument('--modes', default='eager,foreach,traced,channels_last')
parser.add_argument('models', nargs='*', default=list(MODELS))
given = parser.parse_args()
torch.set_num_threads(given.threads)
for model in given.models:
    for mode in given.modes.split(','):
        if mode == 'channels_last' and model not in 'CD':
            continue
        line = {'peer': 'torch-' + mode + os.environ.get('PEER_SUFFIX', ''), 'model': model, 'threads': given.threads, 'chosen': chosen()}
        print(json.dumps({**line, **measure(model, mode, given.batch, given.budget)}), flush=True)
