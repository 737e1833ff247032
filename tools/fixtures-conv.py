#!/usr/bin/env python3
"""Values and gradients of the image ops by PyTorch, for test/fixtures: python3 tools/fixtures-conv.py FOLDER.

PyTorch pads evenly and has no SAME; here the padding is put around the images beforehand, as TensorFlow's
documentation defines it, and a transposed convolution is cut out of PyTorch's unpadded one. All in float64.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(2026)


def numbers(*shape):
    return (torch.rand(*shape, dtype=torch.float64) * 4 - 2).round(decimals=2)


def nchw(t):
    return t.permute(0, 3, 1, 2)


def nhwc(t):
    return t.permute(0, 2, 3, 1)


def listed(t):
    return [float(f"{v:.12g}") for v in t.detach().reshape(-1).tolist()]


def pads(padding, size, kernel, stride, dilation):
    """[(before, after) for height, for width]"""
    if padding == "VALID":
        return [(0, 0), (0, 0)]
    if padding != "SAME":
        return [tuple(pair) for pair in padding]
    result = []
    for n, k, s, d in zip(size, kernel, stride, dilation):
        total = max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
        result.append((total // 2, total - total // 2))
    return result


def with_gradients(case, inputs, y):
    """Adds y, a dy, and the gradient of each input."""
    dy = numbers(*y.shape)
    y.backward(dy)
    case["y"] = {"shape": list(y.shape), "values": listed(y)}
    case["dy"] = listed(dy)
    for name, t in inputs.items():
        case[name] = {"shape": list(t.shape), "values": listed(t)}
        case["d" + name] = listed(t.grad)
    return case


def conv(name, x, f, stride=(1, 1), dilation=(1, 1), padding="VALID", depthwise=False):
    x = numbers(*x).requires_grad_()
    f = numbers(*f).requires_grad_()
    (t, b), (l, r) = pads(padding, x.shape[1:3], f.shape[:2], stride, dilation)
    padded = F.pad(nchw(x), (l, r, t, b))
    if depthwise:
        kh, kw, c, m = f.shape
        weight = f.permute(2, 3, 0, 1).reshape(c * m, 1, kh, kw)
        y = F.conv2d(padded, weight, stride=stride, dilation=dilation, groups=c)
    else:
        y = F.conv2d(padded, f.permute(3, 2, 0, 1), stride=stride, dilation=dilation)
    options = {"strides": stride, "dilations": dilation, "padding": padding}
    return with_gradients({"name": name, "options": options}, {"x": x, "filter": f}, nhwc(y))


def transposed(name, x, f, size, stride=(1, 1), dilation=(1, 1), padding="VALID"):
    x = numbers(*x).requires_grad_()
    f = numbers(*f).requires_grad_()  # HWOI
    (t, _), (l, _) = pads(padding, size, f.shape[:2], stride, dilation)
    y = F.conv_transpose2d(nchw(x), f.permute(3, 2, 0, 1), stride=stride, dilation=dilation)
    y = F.pad(y, (0, max(size[1] + l - y.shape[3], 0), 0, max(size[0] + t - y.shape[2], 0)))
    y = nhwc(y[:, :, t : t + size[0], l : l + size[1]])
    options = {"strides": stride, "dilations": dilation, "padding": padding, "outputShape": size}
    return with_gradients({"name": name, "options": options}, {"x": x, "filter": f}, y)


def pool(kind, name, x, ksize, stride, padding):
    x = numbers(*x).requires_grad_()
    (t, b), (l, r) = pads(padding, x.shape[1:3], ksize, stride, (1, 1))
    if kind == "max":
        y = F.max_pool2d(F.pad(nchw(x), (l, r, t, b), value=-math.inf), ksize, stride)
    else:
        share = lambda z: F.avg_pool2d(F.pad(z, (l, r, t, b)), ksize, stride)
        y = share(nchw(x)) / share(nchw(torch.ones_like(x)))
    options = {"ksize": ksize, "strides": stride, "padding": padding}
    return with_gradients({"name": name, "kind": kind, "options": options}, {"x": x}, nhwc(y))


def resize(kind, x, size, way):
    x = numbers(*x).requires_grad_()
    h, w = x.shape[1:3]
    options = {}
    if way == "halfPixelCenters":
        mode = "bilinear" if kind == "bilinear" else "nearest-exact"
        aligned = {"align_corners": False} if kind == "bilinear" else {}
        y = nhwc(F.interpolate(nchw(x), size, mode=mode, **aligned))
        options[way] = True
    elif kind == "nearest" and way == "legacy":
        y = nhwc(F.interpolate(nchw(x), size, mode="nearest"))
    elif kind == "nearest":
        place = lambda n, m: [math.floor(i * (n - 1) / max(m - 1, 1) + 0.5) for i in range(m)]
        y = x[:, place(h, size[0])][:, :, place(w, size[1])]
        options[way] = True
    elif way == "alignCorners":
        y = nhwc(F.interpolate(nchw(x), size, mode="bilinear", align_corners=True))
        options[way] = True
    else:  # corners not aligned, no half-pixel centres: sampled at i · n / m
        along = lambda n, m: [2 * min(i * n / m, n - 1) / max(n - 1, 1) - 1 for i in range(m)]
        grid = [[[gx, gy] for gx in along(w, size[1])] for gy in along(h, size[0])]
        grid = torch.tensor([grid] * x.shape[0], dtype=torch.float64)
        y = nhwc(F.grid_sample(nchw(x), grid, padding_mode="border", align_corners=True))
    case = {"name": f"{kind} {way} {h}x{w} to {size[0]}x{size[1]}", "kind": kind}
    return with_gradients({**case, "size": size, "options": options}, {"x": x}, y)


def normalised(kind, x, epsilon):
    x = numbers(*x).requires_grad_()
    scale = numbers(x.shape[-1]).requires_grad_()
    offset = numbers(x.shape[-1]).requires_grad_()
    case = {"name": f"{kind} {list(x.shape)}", "kind": kind, "epsilon": epsilon}
    if kind == "batch":
        y = F.batch_norm(x.movedim(-1, 1), None, None, scale, offset, True, 0, epsilon)
        y = y.movedim(1, -1)
    else:
        y = F.layer_norm(x, x.shape[-1:], scale, offset, epsilon)
    return with_gradients(case, {"x": x, "scale": scale, "offset": offset}, y)


fixtures = {
    "conv2d": {
        "conv2d": [
            conv("3x3, VALID", (2, 5, 6, 2), (3, 3, 2, 3)),
            conv("3x3, SAME", (2, 5, 6, 2), (3, 3, 2, 3), padding="SAME"),
            conv("even kernel under SAME: the odd row comes last", (1, 5, 6, 1), (4, 2, 1, 2), padding="SAME"),
            conv("stride 2 under SAME, odd total padding", (1, 6, 8, 2), (3, 3, 2, 2), stride=(2, 2), padding="SAME"),
            conv("stride larger than the kernel, VALID", (1, 8, 7, 2), (2, 2, 2, 2), stride=(3, 4)),
            conv("stride larger than the kernel, SAME", (1, 8, 7, 2), (2, 1, 2, 2), stride=(3, 4), padding="SAME"),
            conv("kernel larger than the image under SAME", (2, 3, 2, 2), (5, 7, 2, 2), padding="SAME"),
            conv("dilation, VALID", (1, 9, 8, 2), (3, 2, 2, 2), dilation=(2, 3)),
            conv("dilation and stride, SAME", (1, 9, 8, 2), (3, 3, 2, 2), stride=(2, 3), dilation=(2, 2), padding="SAME"),
            conv("explicit pads", (1, 4, 5, 2), (3, 3, 2, 2), stride=(2, 1), padding=[[2, 1], [0, 3]]),
            conv("1x1", (2, 4, 3, 5), (1, 1, 5, 4)),
            conv("one pixel", (2, 1, 1, 3), (1, 1, 3, 2), padding="SAME"),
            conv("not square", (1, 3, 11, 1), (1, 5, 1, 2), stride=(1, 2), padding="SAME"),
            conv("the post's 5x5 from one channel to four", (9, 7, 8, 1), (5, 5, 1, 4)),
            conv("the post's 3x3 by 3 under SAME to sixteen channels", (3, 10, 10, 1), (3, 3, 1, 16), stride=(3, 3), padding="SAME"),
        ],
        "conv2dTranspose": [
            transposed("3x3, VALID", (2, 3, 4, 2), (3, 3, 3, 2), (5, 6)),
            transposed("3x3 by 2, SAME", (2, 3, 4, 2), (3, 3, 3, 2), (6, 8), stride=(2, 2), padding="SAME"),
            transposed("3x3 by 2, SAME to an odd size", (1, 3, 4, 2), (3, 3, 1, 2), (5, 7), stride=(2, 2), padding="SAME"),
            transposed("5x5 by 3, SAME", (1, 5, 5, 2), (5, 5, 2, 2), (15, 15), stride=(3, 3), padding="SAME"),
            transposed("stride larger than the kernel: rows between are 0", (1, 3, 2, 2), (2, 1, 2, 2), (9, 8), stride=(3, 4)),
            transposed("VALID with rows at the end that no window reaches", (1, 2, 3, 2), (3, 3, 2, 2), (6, 8), stride=(2, 2)),
            transposed("dilation", (1, 3, 3, 2), (2, 3, 2, 2), (5, 7), dilation=(2, 2)),
            transposed("explicit pads", (1, 4, 4, 1), (3, 3, 2, 1), (5, 6), stride=(2, 2), padding=[[2, 2], [1, 2]]),
            transposed("the post's 5x5 from four channels to one", (9, 4, 5, 4), (5, 5, 1, 4), (8, 9)),
        ],
        "depthwiseConv2d": [
            conv("3x3, VALID", (2, 5, 6, 3), (3, 3, 3, 1), depthwise=True),
            conv("multiplier 2, SAME by 2", (1, 6, 5, 3), (3, 2, 3, 2), stride=(2, 2), padding="SAME", depthwise=True),
            conv("dilation", (1, 7, 8, 2), (2, 3, 2, 3), dilation=(3, 2), padding="SAME", depthwise=True),
        ],
    },
    "pool": {
        "pool": [
            pool(kind, name, *about)
            for kind in ("max", "avg")
            for name, *about in (
                ("2x2, VALID, a row left over", (2, 5, 6, 3), (2, 2), (2, 2), "VALID"),
                ("2x2, SAME, an odd size", (2, 5, 5, 3), (2, 2), (2, 2), "SAME"),
                ("overlapping 3x3 by 2, SAME", (1, 6, 7, 2), (3, 3), (2, 2), "SAME"),
                ("stride larger than the window", (1, 8, 7, 2), (2, 3), (3, 4), "VALID"),
                ("window larger than the image under SAME", (1, 3, 2, 2), (5, 4), (1, 1), "SAME"),
                ("1x1 by 2", (1, 5, 4, 2), (1, 1), (2, 2), "SAME"),
                ("many channels", (1, 4, 4, 19), (2, 2), (2, 2), "VALID"),
            )
        ]
    },
    "resize": {
        "resize": [
            resize(kind, x, size, way)
            for kind in ("bilinear", "nearest")
            for way in ("legacy", "halfPixelCenters", "alignCorners")
            for x, size in (
                ((2, 3, 4, 2), (5, 9)),
                ((1, 8, 7, 1), (3, 4)),
                ((1, 15, 15, 1), (14, 14)),
                ((1, 1, 3, 2), (4, 1)),
                ((1, 4, 4, 1), (8, 8)),
            )
        ]
    },
    "normalise": {
        "normalise": [
            normalised("batch", (8, 5), 1e-3),
            normalised("batch", (3, 4, 2, 5), 1e-5),
            normalised("layer", (4, 6), 1e-3),
            normalised("layer", (2, 3, 6), 1e-5),
        ]
    },
}

for name, content in fixtures.items():
    with open(f"{sys.argv[1]}/{name}.json", "w") as file:
        json.dump({"from": f"PyTorch {torch.__version__}, tools/fixtures-conv.py", **content}, file, separators=(",", ":"))
        file.write("\n")
