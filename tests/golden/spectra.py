"""Golden values for tests/golden_spectra.rs, in float64.

    python3 tests/golden/spectra.py

writes spectra.json beside this file. Needs numpy, scipy, torch, powerlaw (2.0) and
weightwatcher (0.7.7). Weights are made by `entries`, which the test repeats.
Norms come from numpy's SVD; the power law from its definition, without shortcuts,
and from powerlaw; convolutions from torch's conv2d, column by column.
"""

import contextlib
import io
import json
import logging
import warnings
from pathlib import Path

import numpy as np
import powerlaw
import torch
import weightwatcher

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def entries(count, state):
    """Heavy-tailed float32 numbers from a linear congruential generator."""
    values = np.empty(count)
    for i in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        u = state / 2**31
        state = (state * 1103515245 + 12345) % 2**31
        v = state / 2**31
        values[i] = (2 * u - 1) / (1.02 - v)
    return values.astype(np.float32)


# Rows, columns and seed. In the last three WeightWatcher takes another tail: it has
# fewer than 20 eigenvalues; looks at one side of the steps; takes 7 eigenvalues.
MATRICES = [(60, 80, 1), (120, 100, 2), (200, 150, 3), (15, 40, 4), (30, 45, 18), (40, 40, 19)]
weights = [entries(a * b, seed).reshape(a, b) for a, b, seed in MATRICES]


def entropy(values):
    p = values / values.sum()
    return -(p * np.log(p)).sum()


def tail_fit(lam, smallest, two_sided, last=True):
    """The definition: every value as x_min, the smallest distance."""
    lam = np.sort(lam)
    best = None
    for i in range(len(lam) - smallest + 1 if last else len(lam) - 1):
        tail = lam[i:]
        n = len(tail)
        alpha = 1 + n / np.log(tail / tail[0]).sum()
        model = 1 - (tail / tail[0]) ** (1 - alpha)
        steps = [np.arange(n) / n] + ([np.arange(1, n + 1) / n] if two_sided else [])
        distance = max(np.abs(model - step).max() for step in steps)
        if best is None or distance < best["distance"]:
            best = {"alpha": alpha, "xmin": tail[0], "tail": n, "distance": distance}
    return best


def measures(w):
    w32, w = w, w.astype(np.float64)
    s = np.linalg.svd(w, compute_uv=False)
    lam = s**2
    rank = np.linalg.matrix_rank(w32)
    fit = tail_fit(lam, 10, two_sided=True)
    alpha = fit["alpha"]
    n, m = max(w.shape), min(w.shape)
    k = 0
    while True:
        variance = lam[k:].sum() / ((n - k) * (m - k))
        a, b = np.sqrt(n - 0.5), np.sqrt(m - 0.5)
        threshold = variance * ((a + b) ** 2 + 2.02 * (a + b) * (1 / a + 1 / b) ** (1 / 3))
        above = int((lam > threshold).sum())
        if above == k:
            break
        k = above
    edge = variance * (np.sqrt(n) + np.sqrt(m)) ** 2
    return {
        "spectral-norm": np.linalg.norm(w, 2),
        "stable-rank": np.linalg.norm(w) ** 2 / np.linalg.norm(w, 2) ** 2,
        "matrix-rank": float(rank),
        "effective-rank": np.exp(entropy(s)),
        "participation-rank": lam.sum() ** 2 / (lam**2).sum(),
        "spectral-entropy": entropy(lam) / np.log(rank),
        "schatten-1-norm": np.linalg.norm(w, "nuc"),
        "schatten-1.5-norm": (s**1.5).sum() ** (1 / 1.5),
        "log-norm": np.log10(np.linalg.norm(w) ** 2),
        "log-spectral-norm": np.log10(np.linalg.norm(w, 2) ** 2),
        "alpha": alpha,
        "alpha-weighted": alpha * np.log10(lam.max()),
        "log-alpha-norm": np.log10((lam**alpha).sum()),
        "mp-edge": edge,
        "mp-spikes": float(k),
        "mp-soft-rank": edge / lam.max(),
    }


def package(w):
    """powerlaw on the same tail, with a range that does not bind, and on its own."""
    lam = np.linalg.svd(w.astype(np.float64), compute_uv=False) ** 2
    fit = tail_fit(lam, 10, two_sided=True)
    alpha = fit["alpha"]
    wide = {"alpha": [1.0001, 100.0]}
    with contextlib.redirect_stdout(io.StringIO()):
        same = powerlaw.Fit(lam, xmin=fit["xmin"], parameter_ranges=wide, verbose=0)
        own = powerlaw.Fit(lam, parameter_ranges=wide, verbose=0)
        compare = lambda other: same.distribution_compare(
            "power_law", other, normalized_ratio=True
        )
        exponential, lognormal = compare("exponential"), compare("lognormal")
    # The package fits the exponential numerically, to a per cent; the most likely rate
    # is known.
    x = lam[lam >= fit["xmin"]]
    rate = 1 / (x.mean() - fit["xmin"])
    power = np.log(alpha - 1) + (alpha - 1) * np.log(fit["xmin"]) - alpha * np.log(x)
    exact = np.log(rate) - rate * (x - fit["xmin"])
    exact = powerlaw.loglikelihood_ratio(power, exact, normalized_ratio=True)
    return {
        "exact_exponential": list(exact),
        "alpha": same.power_law.alpha,
        "tail": fit["tail"],
        "distance": fit["distance"],
        "xmin": fit["xmin"],
        "own_alpha": own.power_law.alpha,
        "own_tail": int((lam >= own.xmin).sum()),
        "exponential": list(exponential),
        "lognormal": list(lognormal),
    }


def watcher():
    """WeightWatcher on the same matrices as dense layers, and on the first as a
    convolution with a kernel of one pixel."""
    net = torch.nn.Sequential(*[torch.nn.Linear(w.shape[1], w.shape[0]) for w in weights])
    conv = torch.nn.Conv2d(MATRICES[0][1], MATRICES[0][0], 1)
    with torch.no_grad():
        for layer, w in zip(net, weights):
            layer.weight.copy_(torch.from_numpy(w))
        conv.weight.copy_(torch.from_numpy(weights[0])[:, :, None, None])
    net.append(conv)
    with contextlib.redirect_stdout(io.StringIO()):
        details = weightwatcher.WeightWatcher(model=net).analyze()
    columns = "alpha xmin D num_pl_spikes log_norm log_spectral_norm stable_rank entropy"
    columns = (columns + " alpha_weighted log_alpha_norm matrix_rank").split()
    rows = [{c: float(row[c]) for c in columns} for _, row in details.iterrows()]
    assert len(rows) == len(weights) + 1
    for row, w in zip(rows, weights):
        # Its rule, repeated: one side of the steps, no smallest tail.
        lam = np.linalg.svd(w.astype(np.float64), compute_uv=False) ** 2
        rule = tail_fit(lam, 2, two_sided=False, last=False)
        row["rule_alpha"] = rule["alpha"]
        row["rule_tail"] = rule["tail"]
    return rows


def convolution(w, image, stride, padding):
    """The largest singular value of the operator, from its columns."""
    w = torch.from_numpy(w.astype(np.float64))
    basis = torch.eye(w.shape[1] * image * image, dtype=torch.float64)
    basis = basis.reshape(-1, w.shape[1], image, image)
    columns = torch.nn.functional.conv2d(basis, w, stride=stride, padding=padding)
    return float(np.linalg.norm(columns.reshape(len(basis), -1).numpy(), 2))


kernel = entries(16 * 8 * 9, 99).reshape(16, 8, 3, 3)
symbols = np.fft.fft2(kernel.astype(np.float64), (8, 8), axes=(2, 3)).transpose(2, 3, 0, 1)
golden = {
    "matrices": MATRICES,
    "measures": [{k: float(v) for k, v in measures(w).items()} for w in weights],
    "powerlaw": [package(w) for w in weights],
    "weightwatcher": watcher(),
    "convolution": {
        "matrix": float(np.linalg.norm(kernel.reshape(16, -1).astype(np.float64), 2)),
        "circular": float(np.linalg.svd(symbols, compute_uv=False).max()),
        "stride_1": convolution(kernel, 8, 1, 1),
        "stride_2": convolution(kernel, 8, 2, 1),
    },
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, default=float, indent=1) + "\n")
