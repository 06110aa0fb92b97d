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


def path_norm(weights):
    """The square root of the sum of all entries of the product of W∘W."""
    return float(np.sqrt(np.linalg.multi_dot([w**2 for w in reversed(weights)]).sum()))


initial = network(0.5)
trained = [(w + d, b) for (w, b), (d, _) in zip(initial, network(0.2))]
W = [w.astype(np.float64) for w, _ in trained]
D = [w.astype(np.float64) - v.astype(np.float64) for (w, _), (v, _) in zip(trained, initial)]

layers = {
    "parameter-count": [float(w.size + b.size) for w, b in trained],
    "frobenius-norm": [np.linalg.norm(w) for w in W],
    "spectral-norm": [np.linalg.norm(w, 2) for w in W],
    "l21-norm": [np.linalg.norm(w, axis=1).sum() for w in W],
    "distance-from-init-frobenius": [np.linalg.norm(d) for d in D],
    "distance-from-init-spectral": [np.linalg.norm(d, 2) for d in D],
}
flat = lambda matrices: np.concatenate([m.ravel() for m in matrices])
network_values = {
    "parameter-count": sum(layers["parameter-count"]),
    "frobenius-norm": np.linalg.norm(flat(W)),
    "l21-norm": sum(layers["l21-norm"]),
    "distance-from-init-frobenius": np.linalg.norm(flat(D)),
    "distance-from-init-spectral": np.linalg.norm(layers["distance-from-init-spectral"]),
    "product-of-spectral-norms": np.prod(layers["spectral-norm"]),
    "path-norm-l2": path_norm(W),
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

softmax = np.exp(exact) / np.exp(exact).sum(axis=1, keepdims=True)
network_values |= {
    "margin-10th-percentile": gamma,
    "margin-median": np.median(margins),
    "margin-minimum": margins.min(),
    "inverse-margin-squared": 1 / gamma**2,
    "output-entropy": -(softmax * np.log(softmax)).sum(axis=1).mean(),
}

MARGINS = {"margin-10th-percentile", "margin-median", "margin-minimum"}
DEGREE_OF_MARGIN = {"product-of-spectral-norms", "path-norm-l2"} | MARGINS
NO_DEGREE = {"parameter-count", "inverse-margin-squared", "output-entropy"}
scaled = {k: v for k, v in network_values.items() if k not in NO_DEGREE}
depth = len(W)
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
        "over_margin": {k: float(v / gamma) for k, v in scaled.items()},
        "scale_free": {
            k: float(v / (gamma if k in DEGREE_OF_MARGIN else gamma ** (1 / depth)))
            for k, v in scaled.items()
        },
    },
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, allow_nan=False) + "\n")
