"""Golden values for tests/golden_bounds.rs from NumPy, in float64.

    python3 tests/golden/bounds.py

writes bounds.json beside this file: a network of three layers and one of two,
with biases, their initial weights, a training set, and every bound on the
error with its constants, computed from the formulas in the papers as the cards
state them. Biases are the weights of one more input that is always 1.
"""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20181205)
DELTA = 0.01
SAMPLES = 60


def network(widths):
    return [
        (rng.normal(size=(o, i)).astype(np.float32), rng.normal(size=o).astype(np.float32))
        for i, o in zip(widths, widths[1:])
    ]


def moved(net):
    step = lambda a: (a + 0.3 * rng.normal(size=a.shape)).astype(np.float32)
    return [(step(w), step(b)) for w, b in net]


def arrays(net):
    named = []
    for l, (w, b) in enumerate(net):
        for name, array in [("weight", w), ("bias", b)]:
            values = array.astype(np.float64).ravel().tolist()
            named.append({"name": f"{l}.{name}", "shape": list(array.shape), "values": values})
    return named


def augmented(net):
    matrices = []
    for l, (w, b) in enumerate(net):
        top = np.column_stack([w, b]).astype(np.float64)
        if l + 1 < len(net):
            top = np.vstack([top, np.eye(1, top.shape[1], top.shape[1] - 1)])
        matrices.append(top)
    return matrices


def above(x, n=8):
    """The class of x: its limit 2^(j/n), and ln(1/p_j)."""
    j = int(np.ceil(np.log2(x) * n))
    return 2.0 ** (j / n), np.log(2 * (abs(j) + 1) * (abs(j) + 2))


def vc(net, classes, error, m):
    total, parameters, units = 0, 0, 0
    for l, (w, b) in enumerate(net, 1):
        parameters += w.size + b.size
        total += parameters
        units += l * (classes - 1 if l == len(net) else w.shape[0])
    inner = np.log2(2 * np.e * units)
    dimension = len(net) + total * np.log2(4 * np.e * units * inner)
    patterns = m * np.log(2)
    if m > dimension:
        patterns = min(patterns, dimension * np.log(np.e * m / dimension))
    return error + np.sqrt(2 * patterns / m) + 3 * np.sqrt(np.log(2 / DELTA) / (2 * m))


def bounds(net, start, x):
    """All bounds of a network on the images x, labelled as it labels them."""
    W, W0 = augmented(net), augmented(start)
    X = np.column_stack([x.astype(np.float64), np.ones(len(x))])
    h = X.T
    for w in W[:-1]:
        h = np.maximum(w @ h, 0)
    logits = (W[-1] @ h).T.astype(np.float32)
    labels = logits.argmax(axis=1)
    exact = np.sort(logits.astype(np.float64), axis=1)
    margins = exact[:, -1] - exact[:, -2]
    # Some labels are wrong, so that there are margins below 0.
    wrong = np.arange(0, len(x), 25)
    labels[wrong] = logits[wrong].argmin(axis=1)
    margins[wrong] = exact[wrong, 0] - exact[wrong, -1]

    m, classes, d = len(x), logits.shape[1], len(W)
    gamma = np.percentile(margins, 10)
    assert gamma > 0, "choose another seed: the bounds need a positive margin"
    below = np.mean(margins < gamma)
    fro = np.array([np.linalg.norm(w) for w in W])
    spec = np.array([np.linalg.norm(w, 2) for w in W])
    dist21 = np.array([np.linalg.norm(w - v, axis=1).sum() for w, v in zip(W, W0)])
    normX, B = np.linalg.norm(X), np.linalg.norm(X, axis=1).max()
    confidence = lambda union: 3 * np.sqrt((np.log(2 / DELTA) + union) / (2 * m))
    values = {"vc-bound": vc(net, classes, np.mean(margins <= 0), m)}

    # The sum of the rows' norms with E max_k Z_k, or sqrt(K) times the root of their
    # squares with (E Z^2)^(1/2), each at half of the confidence.
    def peeled(hidden, rows, largest, root_mean_square):
        options = []
        for last, supremum in [
            (rows.sum(), largest),
            (np.sqrt(classes * np.sum(rows**2)), root_mean_square),
        ]:
            limit, cost = above(np.prod(hidden) * last / gamma)
            options.append(below + 4 * limit * supremum / m + confidence(cost + np.log(2)))
        return min(options)

    rows = np.linalg.norm(W[-1], axis=1)
    layers = 2 ** (d - 1)
    values["neyshabur-2015"] = peeled(
        fro[:-1], rows, layers * normX * (1 + np.sqrt(2 * np.log(classes))), layers * normX
    )
    mean = normX * (np.sqrt(2 * d * np.log(2)) + 1)
    largest = normX * (np.sqrt(2 * (d * np.log(2) + np.log(classes))) + 1)
    square = min(layers * normX**2, mean**2 + normX**2)
    values["golowich-2018"] = peeled(fro[:-1], rows, largest, np.sqrt(square))

    infinity = [np.linalg.norm(w, np.inf) for w in W[:-1]]
    size = layers * np.abs(X).max() * np.sqrt(2 * m)
    values["bartlett-mendelson-2002"] = peeled(
        infinity,
        np.abs(W[-1]).sum(axis=1),
        size * np.sqrt(np.log(2 * X.shape[1] * classes)),
        size * np.sqrt(np.log(2 * X.shape[1] * np.e)),
    )

    s, s_cost = np.transpose([above(v, 8 * d) for v in spec])
    b, b_cost = np.transpose([above(v, 8 * d) for v in dist21])
    inverse, cost = above(1 / gamma)
    width = max(max(w.shape) for w in W)
    R = sum((b[l] * np.prod(np.delete(s, l))) ** (2 / 3) for l in range(d)) ** 1.5
    r = 2 * inverse * np.sqrt(np.log(2 * width**2)) * normX * R
    rademacher = 4 / m**1.5 + 18 * np.log(m) * r / m
    union = s_cost.sum() + b_cost.sum() + cost
    values["bartlett-2017"] = below + 2 * rademacher + confidence(union)

    beta = (np.prod(spec) / gamma) ** (1 / d)
    gaussian = np.sqrt(2 * width * np.log(4 * d * width))
    sigma = min(1 / (4 * np.e * d * B * beta ** (d - 1)), beta / d) / gaussian
    inverse, cost = above(1 / sigma)
    kl = sum(np.sum((w * beta / v) ** 2) for w, v in zip(W, spec)) / 2 * inverse**2
    nats = 2 * (kl + np.log(2)) + np.log(2 * np.sqrt(m) / DELTA) + cost
    values["neyshabur-2018"] = below + np.sqrt(nats / (2 * m))

    if d == 2:
        a, a_cost = above(fro[1] / gamma)
        b, b_cost = above(np.linalg.norm(W[0] - W0[0]))
        initial = np.linalg.norm(W0[0] @ X.T)
        rademacher = np.sqrt(classes) / m * np.sqrt(2) * a
        rademacher *= 2 * np.sqrt(2) * b * normX + initial
        union = a_cost + b_cost + 2 * len(W[0]) * np.log(27 / 4)
        values["neyshabur-2019"] = below + 4 * rademacher + confidence(union)

    return {
        "trained": arrays(net),
        "initial": arrays(start),
        "inputs": x.astype(np.float64).ravel().tolist(),
        "features": x.shape[1],
        "classes": classes,
        "logits": logits.astype(np.float64).ravel().tolist(),
        "labels": labels.tolist(),
        "bounds": {k: float(v) for k, v in values.items()},
    }


cases = []
for widths in [[5, 7, 6, 4], [6, 5, 3]]:
    start = network(widths)
    x = rng.normal(size=(SAMPLES, widths[0])).astype(np.float32)
    cases.append(bounds(moved(start), start, x))
golden = {"versions": {"numpy": np.__version__}, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, allow_nan=False) + "\n")
