"""Writes test/fixtures/*.json: values and gradients of every op from PyTorch's float64 engine, an author other than us.

    python3 tools/fixtures.py        (Python 3 with torch and numpy; 1.13 and 1.24 wrote the committed files)

Where PyTorch's convention is not TensorFlow's (ties, kinks, 0 times infinity) the gradient is written out here by hand,
with the name of the TensorFlow symbol it follows. A case is {op, in, extra, y, dy, dx}: `in` are tensors {s: shape,
v: numbers, i: 1 for int32}, `extra` what follows them in the call, `y` the outputs, `dy` what arrives from above each,
`dx` a gradient for each float input. Inputs are multiples of 1/64, so float32 holds them exactly.
"""

import itertools
import json
import math
import os

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(20240607)
inf, nan = math.inf, math.nan
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test", "fixtures")
families = {}
current = []


def family(name):
    global current
    current = families.setdefault(name, [])


# ── Tensors in and out ──────────────────────────────────────────────────────────────────────────────────────────────


def rounded(a):
    return np.asarray(np.round(np.asarray(a, dtype=np.float64) * 64) / 64)


def draw(*shape, low=-2.0, high=2.0):
    return rounded(rng.uniform(low, high, shape))


def apart(*shape):
    """All different, so that nothing ties."""
    size = int(np.prod(shape))
    return (rng.permutation(size).reshape(shape) - size // 2) / 4 + 1 / 16


def whole(*shape, low=0, high=3):
    return rng.integers(low, high, shape).astype(np.int32)


def number(x):
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    x = float("%.11g" % x)
    return int(x) if x == int(x) and abs(x) < 1e15 else x


def packed(t):
    a = t.detach().numpy() if isinstance(t, torch.Tensor) else np.asarray(t)
    out = {"s": list(a.shape), "v": [number(float(x)) for x in a.reshape(-1)]}
    if a.dtype in (np.int32, np.int64, np.bool_):
        out["i"] = 1
    return out


def listed(y):
    return list(y) if isinstance(y, (list, tuple)) else [y]


def case(op, f, inputs, extra=(), by_hand=None, exact_only=False, dy=None, gradient=True):
    """One case. `f` is the op in torch; `by_hand(dys, *inputs)` gives the gradients where torch's are not wanted."""
    tensors = []
    for x in inputs:
        x = np.asarray(x)
        if x.dtype.kind in "iub":
            tensors.append(torch.from_numpy(x.astype(np.int64)))
        else:
            tensors.append(torch.from_numpy(x.astype(np.float64)).requires_grad_())
    ys = [y if isinstance(y, torch.Tensor) else torch.as_tensor(y) for y in listed(f(*tensors))]
    row = {"op": op, "in": [packed(np.asarray(x)) for x in inputs]}
    if extra:
        row["extra"] = list(extra)
    row["y"] = [packed(y) for y in ys]
    sources = [t for t in tensors if t.requires_grad]
    floats = [y for y in ys if y.dtype == torch.float64]
    if gradient and sources and floats:
        if dy is None:
            dys = [torch.from_numpy(draw(*y.shape)) for y in floats]
        else:
            dys = [torch.as_tensor(dy, dtype=torch.float64).expand(y.shape).clone() for y in floats]
        if by_hand is None:
            grads = torch.autograd.grad(floats, sources, dys, allow_unused=True)
            grads = [torch.zeros_like(s) if g is None else g for g, s in zip(grads, sources)]
        else:
            grads = by_hand(dys, *[t.detach() for t in tensors])
        row["dy"] = [packed(d) for d in dys]
        row["dx"] = [packed(torch.as_tensor(g)) for g in grads]
    if exact_only:
        row["exact"] = 1
    current.append(row)


def sum_to(g, shape):
    """What BroadcastGradientArgs does: sums a gradient back to the shape of its input."""
    while g.dim() > len(shape):
        g = g.sum(0)
    for axis, n in enumerate(shape):
        if n == 1 and g.shape[axis] != 1:
            g = g.sum(axis, keepdim=True)
    return g


def no_nan(slope, dy):
    """mul_no_nan of tensorflow/core/kernels/cwise_ops_gradients.h: nothing arrives, nothing leaves."""
    return torch.where(dy == 0, torch.zeros_like(dy), slope * dy)


# ── Elementwise ─────────────────────────────────────────────────────────────────────────────────────────────────────

family("elementwise")

ordinary = np.array([-3.5, -2.5, -1.5, -1, -0.75, -0.25, 0.25, 0.5, 1, 1.5, 2.5, 3, 5.5, 6, 7.25])
positive = np.array([0.015625, 0.25, 0.5, 1, 1.5, 2, 3, 7.25, 40])
edges = np.array([0, 0, -1, 1, 2, -3, inf, -inf, nan, 0.5, 30, -30])
edge_dy = np.array([1, 0, 1, 2, -1, 0.5, 1, 1, 1, 0, 2, 3.0])

# name: torch's function, where it is smooth, TensorFlow's gradient (dy, x, y), and the symbol it follows
one = torch.ones(())
unary = {
    "neg": (torch.neg, ordinary, lambda d, x, y: -d),  # _NegGrad
    "square": (torch.square, ordinary, lambda d, x, y: d * (2 * x)),  # _SquareGrad
    "sqrt": (torch.sqrt, positive, lambda d, x, y: no_nan(0.5 / y, d)),  # _SqrtGrad
    "rsqrt": (torch.rsqrt, positive, lambda d, x, y: no_nan(-0.5 * y * y * y, d)),  # _RsqrtGrad
    "reciprocal": (torch.reciprocal, ordinary, lambda d, x, y: no_nan(-y * y, d)),  # _ReciprocalGrad
    "exp": (torch.exp, ordinary, lambda d, x, y: d * y),  # _ExpGrad
    "expm1": (torch.expm1, ordinary, lambda d, x, y: d * torch.exp(x)),  # _Expm1Grad
    "log": (torch.log, positive, lambda d, x, y: d * torch.reciprocal(x)),  # _LogGrad
    "log1p": (torch.log1p, positive, lambda d, x, y: d * torch.reciprocal(1 + x)),  # _Log1pGrad
    "abs": (torch.abs, ordinary, lambda d, x, y: d * torch.where(torch.isnan(x), x, torch.sign(x))),  # _AbsGrad
    "sin": (torch.sin, ordinary, lambda d, x, y: d * torch.cos(x)),  # _SinGrad
    "cos": (torch.cos, ordinary, lambda d, x, y: -d * torch.sin(x)),  # _CosGrad
    "tan": (torch.tan, ordinary, lambda d, x, y: d * torch.reciprocal(torch.cos(x)) ** 2),  # _TanGrad
    "erf": (torch.erf, ordinary, lambda d, x, y: d * (2 / math.sqrt(math.pi)) * torch.exp(-x * x)),  # _ErfGrad
}
for name, (f, smooth, slope) in unary.items():
    case(name, f, [smooth])
    case(name, f, [draw(2, 3, low=0.25)])
    case(name, f, [edges], by_hand=lambda d, x, f=f, slope=slope: [slope(d[0], x, f(x))], dy=edge_dy)
    case(name, f, [np.float64(1.25)])
    case(name, f, [np.zeros((0, 3))])


def tf_sign(x):
    return torch.where(torch.isnan(x), x, torch.sign(x))


# _SignGrad: zeros. floor, ceil and round have no gradient in TensorFlow either; round is to even in both.
case("sign", tf_sign, [edges], by_hand=lambda d, x: [torch.zeros_like(x)])
halves = np.array([-3.5, -2.5, -1.5, -0.5, -0.25, 0, 0.25, 0.5, 1.5, 2.5, 3.5, 7.75, -7.75, inf, -inf, nan, 1e9])
for name, f in [("floor", torch.floor), ("ceil", torch.ceil), ("round", torch.round)]:
    case(name, f, [halves], gradient=False)
for name, f in [("isNan", torch.isnan), ("isFinite", torch.isfinite)]:
    case(name, f, [edges], gradient=False)

# clip_by_value: ClipByValueGrad passes at both ends and where x is NaN.
for low, high in [(-1, 1), (0, 6), (0.5, 0.5), (-inf, 0)]:
    x = np.array([-3, -1, -0.5, 0, 0.5, 1, 2, 6, 7, inf, -inf, nan])
    case(
        "clip",
        lambda x: torch.clamp(x, low, high),
        [x],
        [number(low), number(high)],
        by_hand=lambda d, x: [torch.where((x < low) | (x > high), torch.zeros_like(x), d[0])],
    )

pairs = [
    ((), ()), ((3,), ()), ((), (2, 2)), ((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 1, 3), (4, 1)), ((1,), (1, 1, 1)),
    ((0,), (1,)), ((2, 0, 3), (1, 3)), ((5, 1, 2), (1, 3, 2)), ((1, 4), (3, 1)), ((2, 1, 1, 3), (1, 2, 4, 1)),
    ((7, 5), (7, 5)),
]  # fmt: skip
smooth_pairs = {
    "add": (torch.add, -2, 2),
    "sub": (torch.sub, -2, 2),
    "mul": (torch.mul, -2, 2),
    "div": (torch.div, 0.5, 2),
    "pow": (torch.pow, 0.5, 2),
    "squaredDifference": (lambda a, b: (a - b) ** 2, -2, 2),
}
for name, (f, low, high) in smooth_pairs.items():
    for a, b in pairs:
        case(name, f, [draw(*a, low=low, high=high), draw(*b, low=low, high=high)])

odd = np.array([0, -0.0, 1, -1, 2, -2, 0.5, inf, -inf, nan])
grid_a, grid_b = [g.reshape(-1) for g in np.meshgrid(odd, odd)]


def div_grad(d, a, b):  # _RealDivGrad
    return [d[0] / b, d[0] * ((-a / b) / b)]


def pow_grad(d, a, b):  # _PowGrad: the slope along b is 0 where a is not positive
    log_a = torch.where(a > 0, torch.log(torch.where(a > 0, a, one)), torch.zeros_like(a))
    return [d[0] * b * torch.pow(a, b - 1), d[0] * torch.pow(a, b) * log_a]


case("div", torch.div, [grid_a, grid_b], by_hand=div_grad, dy=1)
case("pow", torch.pow, [grid_a, grid_b], by_hand=pow_grad, dy=1)
case("pow", torch.pow, [draw(4, 3), np.array(2.0)], by_hand=lambda d, a, b: [g if i == 0 else g.sum() for i, g in enumerate(pow_grad(d, a, b))])
case("pow", torch.pow, [np.array([-2.0, -1, 0, 1, 2]), np.array(3.0)], by_hand=lambda d, a, b: [g if i == 0 else g.sum() for i, g in enumerate(pow_grad(d, a, b))])

# _MaximumMinimumGrad: a tie gives all to a, a NaN all to b; torch would halve a tie.
for name, f, wins in [
    ("maximum", torch.maximum, torch.ge),
    ("minimum", torch.minimum, torch.le),
]:

    def tie_grad(d, a, b, wins=wins):
        first = wins(a, b)
        zero = torch.zeros_like(d[0])
        return [sum_to(torch.where(first, d[0], zero), a.shape), sum_to(torch.where(first, zero, d[0]), b.shape)]

    case(name, f, [grid_a, grid_b], by_hand=tie_grad)
    for a, b in pairs:
        case(name, f, [whole(*a, low=-2).astype(float), whole(*b, low=-2).astype(float)], by_hand=tie_grad)

compare = {
    "equal": torch.eq, "notEqual": torch.ne, "less": torch.lt, "lessEqual": torch.le, "greater": torch.gt,
    "greaterEqual": torch.ge,
}  # fmt: skip
for name, f in compare.items():
    case(name, f, [grid_a, grid_b], gradient=False)
    for a, b in pairs[:6]:
        case(name, f, [whole(*a).astype(float), whole(*b).astype(float)], gradient=False)
        case(name, f, [whole(*a), whole(*b)], gradient=False)
for name, f in [("logicalAnd", torch.logical_and), ("logicalOr", torch.logical_or), ("logicalXor", torch.logical_xor)]:
    for a, b in pairs[:9]:
        case(name, f, [whole(*a, high=2), whole(*b, high=2)], gradient=False)
case("logicalNot", torch.logical_not, [whole(2, 5, low=-1)], gradient=False)

for c, a, b in [((), (2,), (2,)), ((2, 1), (3,), ()), ((4,), (4,), (4,)), ((2, 3), (1, 3), (2, 1)), ((0, 2), (2,), (1, 1)), ((3,), (2, 1), (1, 1, 3))]:
    case("where", lambda c, a, b: torch.where(c != 0, a, b), [whole(*c, high=2), draw(*a), draw(*b)])
case("where", lambda c, a, b: torch.where(c != 0, a, b), [np.array([1, 0], np.int32), np.array([1.0, nan]), np.array([inf, 2.0])])

for dtype in ("int32", "float32"):
    x = np.array([-2.75, -0.5, 0, 0.5, 2.75]) if dtype == "int32" else whole(3)
    case("cast", lambda x: x.to(torch.int64 if dtype == "int32" else torch.float64), [x], [dtype], gradient=False)

# ── Activations ─────────────────────────────────────────────────────────────────────────────────────────────────────

family("activation")
kinks = np.array([-inf, -40, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 6.5, 40, inf, nan, 0])
kink_dy = np.array([1, 2, 1, 0.5, -1, 1, 2, 1, -1, 1, 1, 1, 1, 1, 0.0])
alpha_selu, scale_selu = 1.6732632423543772, 1.0507009873554805


def where(c, a, b):
    return torch.where(c, torch.as_tensor(a) * torch.ones_like(b) if not torch.is_tensor(a) else a, b)


def elu(x, alpha):
    return torch.where(x > 0, x, alpha * torch.expm1(x))


def sigmoid_slope(x):
    return torch.sigmoid(x)


activations = [
    ("sigmoid", [], torch.sigmoid, lambda d, x, y: d * y * (1 - y)),  # _SigmoidGrad
    ("tanh", [], torch.tanh, lambda d, x, y: d * (1 - y * y)),  # _TanhGrad
    ("relu", [], torch.relu, lambda d, x, y: torch.where(x > 0, d, 0 * d)),  # _ReluGrad
    ("relu6", [], lambda x: torch.clamp(x, 0, 6), lambda d, x, y: torch.where((x > 0) & (x < 6), d, 0 * d)),  # _Relu6Grad
    ("leakyRelu", [], lambda x: torch.where(x > 0, x, 0.2 * x), lambda d, x, y: torch.where(x > 0, d, 0.2 * d)),  # _LeakyReluGrad
    ("leakyRelu", [0.5], lambda x: torch.where(x > 0, x, 0.5 * x), lambda d, x, y: torch.where(x > 0, d, 0.5 * d)),
    ("elu", [], lambda x: elu(x, 1), lambda d, x, y: torch.where(y > 0, d, (y + 1) * d)),  # _EluGrad
    # tf.keras.activations.elu: where(x > 0, elu(x), alpha * elu(x))
    ("elu", [0.5], lambda x: elu(x, 0.5), lambda d, x, y: torch.where(x > 0, d, 0.5 * torch.exp(x) * d)),
    # _SeluGrad: activations < 0 ? d (y + scale alpha) : d scale
    ("selu", [], torch.selu, lambda d, x, y: torch.where(y >= 0, scale_selu * d, (y + scale_selu * alpha_selu) * d)),
    ("softplus", [], lambda x: torch.logaddexp(x, torch.zeros_like(x)), lambda d, x, y: d / (torch.exp(-x) + 1)),  # _SoftplusGrad
    ("logSigmoid", [], lambda x: -torch.logaddexp(-x, torch.zeros_like(x)), lambda d, x, y: d / (torch.exp(x) + 1)),
]
for name, extra, f, slope in activations:
    x = kinks[:-2] if name == "selu" else kinks
    by_hand = lambda d, x, f=f, slope=slope: [slope(d[0], x, f(x))]
    case(name, f, [x], extra, by_hand=by_hand, dy=kink_dy[: len(x)])
    case(name, f, [draw(3, 5)], extra, by_hand=by_hand)
    case(name, f, [np.zeros((2, 0))], extra, by_hand=by_hand)
    case(name, f, [np.float64(-0.75)], extra, by_hand=by_hand)
for extra in ([], [True]):
    f = lambda x: torch.nn.functional.gelu(x, approximate="tanh" if extra else "none")
    case("gelu", f, [np.array([-30, -3, -1, -0.5, 0, 0.5, 1, 3, 30])], extra)
    case("gelu", f, [draw(2, 3, 2)], extra)

# ── Matmul ──────────────────────────────────────────────────────────────────────────────────────────────────────────

family("matmul")
sizes = [
    ((2, 3), (3, 4)), ((1, 1), (1, 1)), ((1, 5), (5, 1)), ((5, 1), (1, 5)), ((7, 3), (3, 5)), ((2, 0), (0, 3)),
    ((0, 3), (3, 2)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
    ((1, 3, 4), (6, 4, 2)), ((2, 1, 2, 3), (1, 3, 3, 2)), ((0, 2, 3), (3, 2)), ((2, 2, 2, 3), (2, 2, 3, 2)),
    ((17, 9), (9, 19)),
]  # fmt: skip
for a, b in sizes:
    for ta, tb in itertools.product([False, True], repeat=2):
        x, y = draw(*a), draw(*b)
        x = np.swapaxes(x, -1, -2).copy() if ta else x
        y = np.swapaxes(y, -1, -2).copy() if tb else y
        if x.size > 100 and ta != tb:
            continue
        options = {k: v for k, v in [("transposeA", ta), ("transposeB", tb)] if v}
        f = lambda p, q: torch.matmul(p.transpose(-1, -2) if ta else p, q.transpose(-1, -2) if tb else q)
        case("matmul", f, [x, y], [options] if options else [])

# ── Reductions ──────────────────────────────────────────────────────────────────────────────────────────────────────

family("reduce")
axes_of = {
    (): [None, []],
    (5,): [None, 0, -1],
    (2, 3): [None, 0, 1, -1, [0, 1], []],
    (3, 1, 4): [None, 1, [0, 2], [-1], [1, 2], [0, 1]],
    (2, 3, 2, 3): [[0, 2], [1, 3], [1, 2], [-4, -1], None],
    (1, 1): [None, 0],
}


def every(shape, axes):
    if axes is None:
        return tuple(range(len(shape)))
    return tuple(a % len(shape) for a in (axes if isinstance(axes, list) else [axes]))


def over(f):
    """A torch reduction that takes a list of axes, none of them meaning: leave x as it is."""

    def g(x, axes, keep):
        return f(x, axes, keep) if axes else f(x.unsqueeze(0), (0,), False)

    return g


def prod_over(x, axes, keep):
    for axis in sorted(axes, reverse=True):
        x = torch.prod(x, axis, keepdim=keep)
    return x


reductions = {
    "sum": (over(lambda x, a, k: torch.sum(x, a, keepdim=k)), draw),
    "mean": (over(lambda x, a, k: torch.mean(x, a, keepdim=k)), draw),
    "max": (over(lambda x, a, k: torch.amax(x, a, keepdim=k)), apart),
    "min": (over(lambda x, a, k: torch.amin(x, a, keepdim=k)), apart),
    "prod": (prod_over, draw),
    "variance": (over(lambda x, a, k: torch.var(x, a, unbiased=False, keepdim=k)), draw),
    "logSumExp": (over(lambda x, a, k: torch.logsumexp(x, a, keepdim=k)), draw),
    "norm": (over(lambda x, a, k: torch.sqrt(torch.sum(x * x, a, keepdim=k))), draw),
    "moments": (
        over(lambda x, a, k: [torch.mean(x, a, keepdim=k), torch.var(x, a, unbiased=False, keepdim=k)]),
        draw,
    ),
}
for name, (f, make) in reductions.items():
    for shape, choices in axes_of.items():
        for axes in choices:
            for keep in (False, True):
                extra = [] if axes is None and not keep else [axes, keep]
                if name == "variance" or name == "moments" or name == "norm":
                    if axes == [] or shape == ():
                        continue
                case(name, lambda x: f(x, every(shape, axes), keep), [make(*shape)], extra)

# Ties: _MinOrMaxGrad parts the gradient evenly, as torch's amax and amin do.
for shape, axes in [((6,), None), ((2, 4), 1), ((3, 3), 0), ((2, 2, 3), [0, 2])]:
    for name, f in [("max", torch.amax), ("min", torch.amin)]:
        case(name, lambda x: f(x, every(shape, axes)), [whole(*shape, high=2).astype(float)], [axes])

# _ProdGrad: the product of the others, whatever holds zeros.
for x in [[0, 2, 3], [0, 0, 3], [1, 0, -2], [0, 0, 0], [4]]:
    case("prod", lambda x: torch.prod(x), [np.array(x, float)])
zeros_inside = draw(2, 3, 2)
zeros_inside[0, 1, 0] = zeros_inside[1, 2, 1] = zeros_inside[1, 0, 1] = 0
for axes in [None, 0, 1, 2, [0, 1], [0, 2], [1, 2]]:
    case("prod", lambda x: prod_over(x, every((2, 3, 2), axes), False), [zeros_inside], [axes, False])

# Values at the edges; sums of nothing.
strange = [[1, inf], [inf, inf], [-inf, 1], [-inf, -inf], [inf, -inf], [nan, 1], [1, nan], [nan, inf]]
for name, f in [("sum", torch.sum), ("mean", torch.mean), ("max", torch.amax), ("min", torch.amin), ("logSumExp", torch.logsumexp)]:
    case(name, lambda x: f(x, 1), [np.array(strange)], [1], gradient=False)
for name, value in [("sum", 0), ("mean", nan), ("prod", 1), ("max", -inf), ("min", inf), ("logSumExp", -inf)]:
    for shape, axes in [((0,), None), ((2, 0), 1), ((0, 3), 0), ((0, 3), 1), ((2, 0, 3), [1, 2])]:
        left = tuple(n for a, n in enumerate(shape) if a not in every(shape, axes))
        case(name, lambda x: torch.full(left, float(value)), [np.zeros(shape)], [axes], gradient=False)
# reduce_logsumexp shifts by a stopped maximum, 0 where that is not finite.
huge = np.array([[1000, 1000, 999], [-1000, -1001, -1000], [0, -700, 700.0]])
case("logSumExp", lambda x: torch.logsumexp(x, 1), [huge], [1])
case("logSumExp", lambda x: torch.logsumexp(x, 1), [np.array([[-inf, 0, 1], [2, -inf, -inf]])], [1])

for name, f in [("any", np.any), ("all", np.all)]:
    for shape, axes in [((4,), None), ((3, 4), 0), ((3, 4), -1), ((2, 3, 2), [0, 2]), ((0,), None), ((2, 0), 1)]:
        for keep in (False, True):
            x = whole(*shape, high=2)
            case(name, lambda t: torch.as_tensor(np.asarray(f(x, every(shape, axes), keepdims=keep))), [x], [axes, keep], gradient=False)
    # Nothing to fold makes truths all the same.
    x = np.array([[0, 2, -3]], np.int32)
    for axes, y in [([], x != 0), (0, x[0] != 0)]:
        case(name, lambda t: torch.as_tensor(y), [x], [axes], gradient=False)

for name, f in [("argmax", np.argmax), ("argmin", np.argmin)]:
    case(name, lambda t: torch.as_tensor(f(t.detach().numpy(), 0)), [np.array([[1.0, 5, 2], [3, 5, 2]])], gradient=False)
    for shape, axis in [((5,), 0), ((2, 3), 1), ((2, 3), -2), ((2, 3, 4), 1), ((4, 1), 1)]:
        x = whole(*shape).astype(float)
        case(name, lambda t: torch.as_tensor(f(x, axis)), [x], [axis], gradient=False)
    case(name, lambda t: torch.as_tensor(f(t.detach().numpy(), 0)), [whole(4)], [0], gradient=False)


def running(f, start):
    """tf.cumsum and tf.math.cumprod, with their options, from torch's plain ones."""

    def g(x, axis, exclusive, reverse):
        x = torch.flip(x, [axis]) if reverse else x
        y = f(x, axis)
        if exclusive:
            first = torch.full_like(torch.narrow(y, axis, 0, min(1, y.shape[axis])), start)
            y = torch.cat([first, torch.narrow(y, axis, 0, max(y.shape[axis] - 1, 0))], axis)
        return torch.flip(y, [axis]) if reverse else y

    return g


for name, f in [("cumsum", running(torch.cumsum, 0.0)), ("cumprod", running(torch.cumprod, 1.0))]:
    for shape, axis in [((5,), 0), ((2, 3), 1), ((2, 3), -2), ((2, 3, 2), 1), ((1, 4), 0), ((0, 2), 0)]:
        for exclusive, reverse in itertools.product([False, True], repeat=2):
            x = draw(*shape, low=0.5) if name == "cumprod" else draw(*shape)
            options = {k: v for k, v in [("exclusive", exclusive), ("reverse", reverse)] if v}
            case(name, lambda x: f(x, axis % len(shape), exclusive, reverse), [x], [axis] + ([options] if options else []))

# _CumprodGrad divides with div_no_nan: 0 where x is 0.
case(
    "cumprod",
    lambda x: torch.cumprod(x, 0),
    [np.array([2.0, 0, 3])],
    by_hand=lambda d, x: [torch.stack([(d[0] * torch.cumprod(x, 0)).sum() / 2, 0 * one, 0 * one])],
)

for name, f in [("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)]:
    for shape, axis in [((5,), -1), ((2, 3), 1), ((2, 3), 0), ((2, 3, 4), 1), ((2, 3, 4), -3), ((3, 1), -1), ((0, 3), -1)]:
        case(name, lambda x: f(x, axis), [draw(*shape)], [] if axis == -1 else [axis])
    case(name, lambda x: f(x, -1), [huge])
    case(name, lambda x: f(x, -1), [np.array([[-inf, 0, 1], [-inf, -inf, 2]])])
    case(name, lambda x: f(x, -1), [np.array([[nan, 0], [-inf, -inf], [inf, 0]])], gradient=False)

# ── Moves: numpy says which element goes where, torch takes them ────────────────────────────────────────────────────

family("reshape")


def move(op, x, f, extra=()):
    """`f` moves an array of places; the op moves the numbers of x likewise."""
    places = f(np.arange(x.size).reshape(x.shape))
    case(op, lambda t: [t.reshape(-1)[torch.as_tensor(np.array(p))] for p in listed(places)], [x], extra)


cube = (2, 3, 4)
for shape, to in [((6,), (2, 3)), ((2, 3), (6,)), ((2, 3), (3, -1)), ((4,), (1, 4, 1)), ((1,), ()), ((), (1, 1)), ((0, 3), (3, 0)), ((2, 6), (-1, 2, 2))]:
    move("reshape", draw(*shape), lambda p: p.reshape(to), [list(to)])
for order in itertools.permutations(range(3)):
    move("transpose", draw(*cube), lambda p: p.transpose(order), [list(order)])
for shape in [(3,), (2, 3), (2, 3, 4, 2), (), (0, 2)]:
    move("transpose", draw(*shape), lambda p: p.transpose())
move("transpose", draw(2, 3, 4), lambda p: p.transpose(0, 2, 1), [[0, -1, -2]])
for shape, axes in [((1, 3, 1), None), ((1, 3, 1), 0), ((1, 3, 1), -1), ((1, 3, 1), [0, 2]), ((1, 1), None), ((2, 3), None)]:
    move("squeeze", draw(*shape), lambda p: p.squeeze(None if axes is None else tuple(listed(axes))), [] if axes is None else [axes])
for shape, axis in [((3,), 0), ((3,), 1), ((3,), -1), ((2, 3), 1), ((2, 3), -2), ((), 0), ((2, 3), -3)]:
    move("expandDims", draw(*shape), lambda p: np.expand_dims(p, axis), [axis])
family("move")

for shape, to in [((3,), (2, 3)), ((1,), (4,)), ((), (2, 2)), ((2, 1), (3, 2, 4)), ((2, 3), (2, 3)), ((1, 1), (0, 3)), ((3, 1, 2), (3, 5, 2))]:
    move("broadcastTo", draw(*shape), lambda p: np.broadcast_to(p, to), [list(to)])
for shape, begin, size in [
    ((5,), [1], [3]), ((5,), [2], [-1]), ((4, 5), [1, 2], [2, 3]), ((4, 5), [0, 0], [-1, -1]), (cube, [1, 0, 2], [1, -1, 2]),
    ((5,), [5], [0]), ((3, 3), [0, 3], [3, 0]), (cube, [0, 1, 0], [2, 1, 4]),
]:  # fmt: skip
    where_to = tuple(slice(b, None if s == -1 else b + s) for b, s in zip(begin, size))
    move("slice", draw(*shape), lambda p: p[where_to], [begin, size])
for shape, begin, end, step in [
    ((7,), [1], [6], [2]), ((7,), [None], [None], [-1]), ((7,), [5], [1], [-2]), ((7,), [-3], [None], [1]), ((7,), [-100], [100], [3]),
    ((7,), [100], [-100], [-3]), ((7,), [3], [3], [1]), ((7,), [4], [2], [1]), ((4, 5), [None, -1], [None, None], [2, -2]),
    ((4, 5), [1], [3], [1]), (cube, [0, None, -1], [1, -1, None], [1, 1, -1]), ((7,), [None], [-2], [1]), ((0,), [None], [None], [-1]),
    ((5,), [-1], [-6], [-1]), ((5,), [None], [2], [-1]),
]:  # fmt: skip
    where_to = tuple(slice(b, e, s) for b, e, s in zip(begin, end, step))
    move("stridedSlice", draw(*shape), lambda p: p[where_to], [begin, end, step])
for shape, axes in [((5,), None), ((2, 3), None), ((2, 3), 0), ((2, 3), -1), (cube, [0, 2]), ((0, 2), 0), ((), None)]:
    move("reverse", draw(*shape), lambda p: np.flip(p, None if axes is None else tuple(listed(axes))), [] if axes is None else [axes])
for shape, times in [((3,), [2]), ((2, 3), [1, 2]), ((2, 3), [3, 1]), ((1, 2, 1), [2, 1, 3]), ((2,), [0]), ((), []), ((0, 2), [2, 2])]:
    move("tile", draw(*shape), lambda p: np.tile(p, times), [times])
for shape, paddings in [((3,), [[1, 2]]), ((2, 3), [[0, 1], [2, 0]]), ((2, 2, 2), [[1, 0], [0, 0], [1, 1]]), ((0, 2), [[1, 1], [0, 0]]), ((), [])]:
    for value in (0, 1.5):
        f = lambda t: torch.nn.functional.pad(t, [n for p in reversed(paddings) for n in p], value=value) if paddings else t * 1
        case("pad", f, [draw(*shape)], [paddings] + ([value] if value else []))
for shape, paddings in [((4,), [[3, 2]]), ((3, 4), [[1, 2], [0, 3]]), ((2, 3, 2), [[1, 1], [2, 0], [0, 1]]), ((3,), [[0, 0]])]:
    for mode in ("reflect", "symmetric"):
        move("pad", draw(*shape), lambda p: np.pad(p, paddings, mode), [paddings, {"mode": mode}])
move("pad", draw(3), lambda p: np.pad(p, [[3, 3]], "symmetric"), [[[3, 3]], {"mode": "symmetric"}])
move("pad", draw(1, 2), lambda p: np.pad(p, [[1, 1], [2, 2]], "symmetric"), [[[1, 1], [2, 2]], {"mode": "symmetric"}])

for shapes, axis in [
    ([(2,), (3,)], 0), ([(2, 3), (1, 3), (2, 3)], 0), ([(2, 1), (2, 3)], 1), ([(2, 1), (2, 3)], -1), ([(2, 2, 2), (2, 3, 2)], -2), ([(3,)], 0),
    ([(0, 2), (2, 2)], 0), ([(1, 1)] * 7, 1),
]:  # fmt: skip
    case("concat", lambda *t: torch.cat(t, axis), [draw(*s) for s in shapes], [axis])
for shape, n, axis in [((), 3, 0), ((3,), 2, 0), ((3,), 2, 1), ((2, 3), 3, -1), ((2, 3), 2, -2), ((2, 3), 1, -3), ((0,), 2, 1)]:
    case("stack", lambda *t: torch.stack(t, axis), [draw(*shape) for _ in range(n)], [axis])
for shape, axis in [((3,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3, 2), -1), ((2, 3, 2), -2)]:
    case("unstack", lambda t: list(torch.unbind(t, axis)), [draw(*shape)], [axis])
for shape, parts, axis in [((6,), 3, 0), ((6,), [1, 2, 3], 0), ((2, 4), 2, 1), ((2, 4), [3, 1], -1), ((4, 2), 1, 0), ((5, 2), [0, 5], 0)]:
    sizes_wanted = parts if isinstance(parts, list) else shape[axis] // parts
    case("split", lambda t: list(torch.split(t, sizes_wanted, axis)), [draw(*shape)], [parts, axis])
case("split", lambda t: list(torch.split(t, [2, 4, 1], 0)), [draw(7)], [[2, -1, 1], 0])

family("gather")

for shape, indices, axis in [
    ((4,), [2, 0, 2, 2], 0), ((4,), 3, 0), ((3, 2), [[0, 2], [1, 1]], 0), ((3, 4), [3, 3, 0], 1), ((2, 3, 4), [[1], [0]], -2), ((2, 3, 4), [2], -1),
    ((3, 2), [], 0), ((2, 3), 1, -1), ((5, 1), [4, 4, 4, 4], 0),
]:  # fmt: skip
    x, i = draw(*shape), np.array(indices, np.int32)
    f = lambda t, i: torch.index_select(t, axis, i.reshape(-1)).reshape(shape[: axis % len(shape)] + i.shape + shape[axis % len(shape) + 1 :])
    case("gather", f, [x, i], [axis])
for indices, depth, extra in [([0, 2, 1], 3, []), ([[0], [3]], 4, []), (1, 3, []), ([0, -1, 5], 3, []), ([0, 1], 3, [5, -1]), ([0, 2], 3, [1, 0, 0]), ([[0, 1], [2, 0]], 3, [2, 1, 1]), ([1], 0, [])]:
    i = np.array(indices, np.int32)
    on, off = (extra + [1, 0])[:2] if extra else (1, 0)
    axis = extra[2] if len(extra) > 2 else -1
    hot = np.moveaxis(np.where(i[..., None] == np.arange(depth), float(on), float(off)), -1, axis)
    case("oneHot", lambda t: torch.as_tensor(hot), [i], [depth] + extra, gradient=False)

# ── Losses: the truth comes first ───────────────────────────────────────────────────────────────────────────────────

family("losses")


def reduced(loss, reduction):
    """tf.keras.losses: each sample is a mean over the last axis; AUTO is the mean of the samples."""
    if reduction == "mean":
        return loss.mean()
    samples = loss.mean(-1) if loss.dim() else loss
    return samples.sum() if reduction == "sum" else samples


def ln_softmax(x, axis=-1):
    return torch.log_softmax(x, axis)


for shape in [(), (4,), (3, 2), (2, 3, 2)]:
    for reduction in ("mean", "sum", "none"):
        options = [{"reduction": reduction}] if reduction != "mean" else []
        t, p = draw(*shape), draw(*shape)
        case("meanSquaredError", lambda t, p: reduced((t - p) ** 2, reduction), [t, p], options)
        case("meanAbsoluteError", lambda t, p: reduced(torch.abs(t - p), reduction), [t, p], options)
        for delta in (1, 0.5):
            both = [{**(options[0] if options else {}), "delta": delta}] if delta != 1 or options else []
            f = lambda t, p: reduced(torch.nn.functional.huber_loss(p, t, reduction="none", delta=delta), reduction)
            case("huber", f, [t, p], both)
        z = draw(*shape, low=0.1, high=0.9)
        case(
            "binaryCrossentropy",
            lambda z, x: reduced(torch.nn.functional.softplus(x) - x * z, reduction),
            [z, p],
            [{**(options[0] if options else {}), "fromLogits": True}],
        )

        # keras.backend.binary_crossentropy of Keras 2: clipped at epsilon, and epsilon again inside the logarithms.
        def keras(z, p):
            p = torch.clamp(p, 1e-7, 1 - 1e-7)
            return reduced(-(z * torch.log(p + 1e-7) + (1 - z) * torch.log(1 - p + 1e-7)), reduction)

        case("binaryCrossentropy", keras, [z, draw(*shape, low=0.1, high=0.9)], options)
case("meanAbsoluteError", lambda t, p: torch.abs(t - p).mean(), [np.array([1.0, 2, 3]), np.array([1.0, 3, 2])])
case("huber", lambda t, p: reduced(torch.nn.functional.huber_loss(p, t, reduction="none"), "none"), [np.array([[0.0], [0], [0]]), np.array([[1.0], [-1], [0]])], [{"reduction": "none"}])
case("binaryCrossentropy", keras, [np.array([0.0, 1, 0, 1]), np.array([0.0, 1, 1, 0])], [{"reduction": "none"}], exact_only=True)
case("meanSquaredError", lambda t, p: ((t - p) ** 2).mean(), [draw(3, 2), draw(2)])

for shape, axis in [((3,), -1), ((2, 4), -1), ((2, 3, 4), -1), ((2, 4), 0), ((2, 3, 4), 1), ((0, 3), -1)]:
    labels = np.round(rng.dirichlet(np.ones(shape[axis]), [n for a, n in enumerate(shape) if a != axis % len(shape)]) * 64) / 64
    labels = np.moveaxis(labels, -1, axis)
    f = lambda z, x: -(z * ln_softmax(x, axis)).sum(axis)
    case("softmaxCrossEntropyWithLogits", f, [labels, draw(*shape)], [] if axis == -1 else [axis])
for shape in [(3,), (4, 3), (2, 2, 5), (0, 3), (0, 0)]:
    labels = whole(*shape[:-1])
    f = lambda z, x: -torch.gather(ln_softmax(x), -1, z.unsqueeze(-1)).squeeze(-1)
    case("sparseSoftmaxCrossEntropyWithLogits", f, [labels, draw(*shape)])
# Classes ruled out by −infinity, and logits far apart.
far = np.array([[0, -inf, 1], [1000, 0, -1000], [-inf, 2, -inf]])
case("sparseSoftmaxCrossEntropyWithLogits", lambda z, x: -torch.gather(ln_softmax(x), -1, z.unsqueeze(-1)).squeeze(-1), [np.array([2, 1, 1], np.int32), far])
case("softmaxCrossEntropyWithLogits", lambda z, x: -(z * ln_softmax(x)).sum(-1), [np.array([[1.0, 0], [0.5, 0.5]]), np.array([[1000.0, -1000], [-500, 500]])])

# tf.nn.sigmoid_cross_entropy_with_logits: the slope is sigmoid(x) − z, at 0 too.
x = np.array([-800, -40, -3, -0.5, 0, 0, 0.5, 3, 40, 800])
z = np.array([0, 1, 0.25, 0.5, 0, 1, 0.75, 1, 0, 0.5])
f = lambda z, x: torch.clamp(x, min=0) - x * z + torch.log1p(torch.exp(-torch.abs(x)))
sigmoid_grad = lambda d, z, x: [-d[0] * x, d[0] * (torch.sigmoid(x) - z)]
case("sigmoidCrossEntropyWithLogits", f, [z, x], by_hand=sigmoid_grad)
for shape in [(), (2, 3), (0,)]:
    case("sigmoidCrossEntropyWithLogits", f, [draw(*shape, low=0, high=1), draw(*shape)], by_hand=sigmoid_grad)

# Weights a sample: Keras multiplies the samples' losses, and its mean counts samples (SUM_OVER_BATCH_SIZE).
t, p = np.array([[[0.5, 1], [-1, 2]], [[0, 0.25], [3, -2]]]), np.array([[[1, 1.5], [0, 0]], [[-3, 0.5], [2, 2]]])
each = [[0.5, 2], [0, 1.5]]
for weight, w in [(2.5, 2.5), (each, np.array(each)), (np.array(each)[..., None].tolist(), np.array(each)), ([3, 0.5], np.array([[3], [0.5]]))]:
    for reduction in ("mean", "sum", "none"):

        def weighted(loss):
            samples = loss.mean(-1) * torch.as_tensor(w)
            return {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}[reduction](samples)

        case("meanSquaredError", lambda t, p: weighted((t - p) ** 2), [t, p], [{"reduction": reduction, "sampleWeight": weight}])
case("huber", lambda t, p: torch.nn.functional.huber_loss(p, t, reduction="none").mean(-1).mul(torch.tensor(each)).mean(), [t, p], [{"sampleWeight": each}])
case("binaryCrossentropy", lambda z, x: (torch.nn.functional.softplus(x) - x * z).mul(4).mean(), [np.array([0.25, 1]), np.array([1.5, -2])], [{"fromLogits": True, "sampleWeight": 4}])

# ── To files ────────────────────────────────────────────────────────────────────────────────────────────────────────

os.makedirs(folder, exist_ok=True)
for name, rows in families.items():
    with open(os.path.join(folder, name + ".json"), "w") as file:
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        file.write("[\n" + lines + "\n]\n")
    print(f"{name}: {len(rows)} cases, {os.path.getsize(file.name)} bytes")
