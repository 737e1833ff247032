#!/usr/bin/env python3
"""Factorisations and least squares by NumPy (LAPACK), for test/fixtures: python3 tools/fixtures-linalg.py FOLDER."""
import json
import sys

import numpy as np

rng = np.random.default_rng(2026)


def draw(*shape):
    return np.round(rng.standard_normal(shape) * 2, 2)


def stored(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "values": [float(f"{v:.15g}") for v in a.ravel()]}


def hilbert(n):
    return 1 / (np.arange(n)[:, None] + np.arange(n)[None, :] + 1)


def matrices():
    yield "tall", draw(6, 3)
    yield "wide", draw(3, 6)
    yield "square", draw(4, 4)
    yield "one column", draw(4, 1)
    yield "one row", draw(1, 4)
    yield "of rank 2, tall", draw(6, 2) @ draw(2, 4)
    yield "of rank 2, wide", draw(3, 2) @ draw(2, 5)
    yield "zeros", np.zeros((3, 2))
    yield "Hilbert's", hilbert(6)
    yield "of steeply falling columns", draw(5, 4) * np.array([1, 1e-3, 1e-6, 1e-9])


def general(name, a):
    m, n = a.shape
    b, several = draw(m), draw(m, 2)
    q, r = np.linalg.qr(a)
    return {
        "name": name,
        "a": stored(a),
        "q": stored(q),
        "r": stored(r),
        "s": stored(np.linalg.svd(a, compute_uv=False)),
        "b": stored(b),
        "x": stored(np.linalg.lstsq(a, b, rcond=None)[0]),
        "several": stored(several),
        "xs": stored(np.linalg.lstsq(a, several, rcond=None)[0]),
        "rank": int(np.linalg.lstsq(a, b, rcond=None)[2]),
    }


def symmetric(name, a):
    values, vectors = np.linalg.eigh(a)
    return {"name": name, "a": stored(a), "values": stored(values), "vectors": stored(vectors)}


def symmetrics():
    for n in (1, 2, 3, 7):
        a = draw(n, n)
        yield f"drawn, {n} by {n}", a + a.T
    yield "Hilbert's", hilbert(5)
    yield "diagonal", np.diag([3.0, -1.0, 2.0, 0.5])
    # Wilkinson's: its largest eigenvalues lie in pairs that are close together.
    n = 11
    yield "Wilkinson's", np.diag(np.abs(np.arange(n) - n // 2).astype(float)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)


def principal(name, x, k):
    mean = x.mean(0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    components = vt[:k] * np.sign(vt[np.arange(k), np.abs(vt[:k]).argmax(1)])[:, None]
    codes = (x - mean) @ components.T
    return {
        "name": name,
        "x": stored(x),
        "components": stored(components),
        "variances": stored(s[:k] ** 2 / (len(x) - 1)),
        "totalVariance": float((s**2).sum() / (len(x) - 1)),
        "codes": stored(codes),
        "decoded": stored(codes @ components + mean),
    }


fixtures = {
    "from": f"NumPy {np.__version__}, tools/fixtures-linalg.py",
    "general": [general(name, a) for name, a in matrices()],
    "symmetric": [symmetric(name, a) for name, a in symmetrics()],
    "principal": [
        principal("more samples than features", draw(12, 4) @ draw(4, 4) + 3, 2),
        principal("more features than samples", draw(4, 6), 3),
    ],
}
with open(f"{sys.argv[1]}/linalg.json", "w") as file:
    json.dump(fixtures, file, separators=(",", ":"))
    file.write("\n")
