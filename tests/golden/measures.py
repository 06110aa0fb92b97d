"""Golden values for tests/golden_measures.rs from NumPy, in float64.

    python3 tests/golden/measures.py

writes measures.json beside this file: a small network whose weights are
float32 numbers, its initial weights, training logits, and every measure.
Norms come from numpy.linalg (SVD for spectral norms), not from the formulas
in src/measure.
"""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20170226)
WIDTHS = [11, 8, 5, 4]
SAMPLES = 37


def network(scale):
    net = []
    for n_in, n_out in zip(WIDTHS, WIDTHS[1:]):
        weight = (scale * rng.normal(size=(n_out, n_in))).astype(np.float32)
        bias = (0.1 * rng.normal(size=n_out)).astype(np.float32)
        net.append((weight, bias))
    return net


def arrays(net):
    named = []
    for l, (weight, bias) in enumerate(net):
        layer = f"{l}.0" if l + 2 < len(WIDTHS) else f"{l}"
        for name, array in [("weight", weight), ("bias", bias)]:
            values = array.astype(np.float64).ravel().tolist()
            named.append({"name": f"{layer}.{name}", "shape": list(array.shape), "values": values})
    return named


def path_norm(weights, p):
    """The p-th root of the sum of all entries of the product of |W|^p."""
    return float(np.linalg.multi_dot([np.abs(w) ** p for w in reversed(weights)]).sum() ** (1 / p))


def path_norm_with_biases(weights, biases, p):
    """The p-th root of a matrix product of [[|W|^p, |b|^p], [0, 1]]."""
    augmented = []
    for w, b in zip(weights, biases):
        top = np.column_stack([np.abs(w) ** p, np.abs(b) ** p])
        augmented.append(np.vstack([top, np.eye(1, top.shape[1], top.shape[1] - 1)]))
    return float(np.linalg.multi_dot(augmented[::-1])[:-1].sum() ** (1 / p))


def group_norm(w, p, q):
    """The l_q norm of the l_p norms of the rows."""
    return float(np.linalg.norm(np.linalg.norm(w, ord=p, axis=1), ord=q))


initial = network(0.5)
trained = [(w + d, b) for (w, b), (d, _) in zip(initial, network(0.2))]
W = [w.astype(np.float64) for w, _ in trained]
W0 = [w.astype(np.float64) for w, _ in initial]
B = [b.astype(np.float64) for _, b in trained]
D = [w - v for w, v in zip(W, W0)]

layers = {
    "parameter-count": [float(w.size + b.size) for w, b in trained],
    "frobenius-norm": [np.linalg.norm(w) for w in W],
    "spectral-norm": [np.linalg.norm(w, 2) for w in W],
    "sum-of-frobenius-squared": [(w * w).sum() for w in W],
    "l21-norm": [np.linalg.norm(w, axis=1).sum() for w in W],
    "l1-infinity-norm": [np.linalg.norm(w, np.inf) for w in W],
    "l2-infinity-norm": [group_norm(w, 2, np.inf) for w in W],
    "l3-1.5-norm": [group_norm(w, 3, 1.5) for w in W],
    "distance-from-init-frobenius": [np.linalg.norm(d) for d in D],
    "distance-from-init-spectral": [np.linalg.norm(d, 2) for d in D],
    "distance-from-init-l21": [np.linalg.norm(d, axis=1).sum() for d in D],
}
labels = rng.integers(0, WIDTHS[-1], SAMPLES)
logits = rng.normal(size=(SAMPLES, WIDTHS[-1]))
logits[np.arange(SAMPLES), labels] += 3.0
logits = logits.astype(np.float32)
exact = logits.astype(np.float64)
others = np.where(np.arange(WIDTHS[-1]) == labels[:, None], -np.inf, exact)
margins = exact[np.arange(SAMPLES), labels] - others.max(axis=1)
gamma = np.percentile(margins, 10)
assert gamma > 0, "choose another seed: the test needs a positive margin"

flat = lambda matrices: np.concatenate([m.ravel() for m in matrices])
network_values = {
    "parameter-count": sum(layers["parameter-count"]),
    "frobenius-norm": np.linalg.norm(flat(W)),
    "l21-norm": sum(layers["l21-norm"]),
    "distance-from-init-frobenius": np.linalg.norm(flat(D)),
    "distance-from-init-spectral": np.linalg.norm(layers["distance-from-init-spectral"]),
    "product-of-spectral-norms": np.prod(layers["spectral-norm"]),
    "sum-of-frobenius-squared": np.dot(flat(W), flat(W)),
    "l1-infinity-norm": np.prod(layers["l1-infinity-norm"]),
    "l2-infinity-norm": np.prod(layers["l2-infinity-norm"]),
    "l3-1.5-norm": np.prod(layers["l3-1.5-norm"]),
    "distance-from-init-l21": sum(layers["distance-from-init-l21"]),
    "distance-from-init-relative": np.linalg.norm(flat(D)) / np.linalg.norm(flat(W0)),
    "product-of-frobenius-norms": np.prod(layers["frobenius-norm"]),
    "path-norm-l2": path_norm(W, 2),
    "path-norm-l1": path_norm(W, 1),
    "path-norm-l1-bias": path_norm_with_biases(W, B, 1),
    "path-norm-l2-bias": path_norm_with_biases(W, B, 2),
    "balancedness": max(np.linalg.norm(v.T @ v - w @ w.T) for w, v in zip(W, W[1:])),
}
# The forms of Jiang et al. 2020, eq. 29 to 39, from products, not sums of logarithms.
depth = len(W)
spectral, frobenius = np.array(layers["spectral-norm"]), np.array(layers["frobenius-norm"])
distance = np.array(layers["distance-from-init-frobenius"])
for name, norms in [("spec", spectral), ("fro", frobenius)]:
    product = np.prod(norms**2)
    network_values |= {
        f"log-prod-of-{name}": np.log(product),
        f"log-prod-of-{name}-over-margin": np.log(product / gamma**2),
        f"log-sum-of-{name}": np.log(depth * product ** (1 / depth)),
        f"log-sum-of-{name}-over-margin": np.log(depth * (product / gamma**2) ** (1 / depth)),
    }
product = np.prod(spectral**2) / gamma**2
network_values |= {
    "fro-over-spec": np.sum(frobenius**2 / spectral**2),
    "log-spec-orig-main": np.log(product * np.sum(frobenius**2 / spectral**2)),
    "log-spec-init-main": np.log(product * np.sum(distance**2 / spectral**2)),
}

# Degree in the scale of all weights, in units of the margin's, which has depth d.
NETWORK = {
    "product-of-spectral-norms", "product-of-frobenius-norms", "path-norm-l2", "path-norm-l1",
    "path-norm-l1-bias", "path-norm-l2-bias", "l1-infinity-norm", "l2-infinity-norm", "l3-1.5-norm",
}
SQUARES = {"sum-of-frobenius-squared", "balancedness"}
NO_DEGREE = {"parameter-count", "distance-from-init-relative", "fro-over-spec"}
scaled = {
    k: v for k, v in network_values.items() if k not in NO_DEGREE and not k.startswith("log-")
}
softmax = np.exp(exact) / np.exp(exact).sum(axis=1, keepdims=True)
network_values |= {
    "margin-10th-percentile": gamma,
    "margin-median": np.median(margins),
    "margin-minimum": margins.min(),
    "inverse-margin-squared": 1 / gamma**2,
    "output-entropy": -(softmax * np.log(softmax)).sum(axis=1).mean(),
}


def over_margin(name, value):
    return float(value / gamma**2 if name in SQUARES else value / gamma)


def scale_free(name, value):
    power = 1 if name in NETWORK else (2 if name in SQUARES else 1) / depth
    return float(value / gamma**power)


golden = {
    "versions": {"numpy": np.__version__},
    "trained": arrays(trained),
    "initial": arrays(initial),
    "outputs": {"classes": WIDTHS[-1], "logits": exact.ravel().tolist(), "labels": labels.tolist()},
    "layers": {k: list(map(float, v)) for k, v in layers.items()},
    "network": {k: float(v) for k, v in network_values.items()},
    "margin": {
        "values": margins.tolist(),
        "tenth_percentile": float(gamma),
        "misclassified": float(np.mean(exact.argmax(axis=1) != labels)),
        "over_margin": {k: over_margin(k, v) for k, v in scaled.items()},
        "scale_free": {k: scale_free(k, v) for k, v in scaled.items()},
    },
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, allow_nan=False) + "\n")
