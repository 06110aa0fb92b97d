"""One checkpoint measured by WeightWatcher and by rethink: measure.py PROGRAM SIZE REPEATS.

SIZE is full (25 million parameters in 50 convolutional and dense layers, the shapes
of ResNet-50 without its batch norms, and one more dense layer) or small. Prints two tables: seconds, and
agreement on the layers. Needs torch, safetensors and weightwatcher 0.7; see
measure.sh.
"""

import json
import logging
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import safetensors.torch
import torch

# WeightWatcher's columns and our ids.
COLUMNS = {
    "alpha": "alpha",
    "stable_rank": "stable-rank",
    "log_norm": "log-norm",
    "log_spectral_norm": "log-spectral-norm",
    "entropy": "spectral-entropy",
}

# Relative difference up to which two numbers are the same.
SAME = 1e-3


def shapes(size):
    """ResNet-50: (out, in, side of the kernel), or (out, in) for the dense layer."""
    divide = 1 if size == "full" else 8
    stages = [(64, 3), (128, 4), (256, 6), (512, 3)]
    if size == "small":
        stages = [(64, 1), (128, 1)]
    yield "conv1", (64 // divide, 3, 7, 7)
    channels = 64 // divide
    for stage, (width, blocks) in enumerate(stages, 1):
        width //= divide
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            yield f"{name}.conv1", (width, channels, 1, 1)
            yield f"{name}.conv2", (width, width, 3, 3)
            yield f"{name}.conv3", (4 * width, width, 1, 1)
            channels = 4 * width
    hidden = 3 * channels // 4
    yield "fc1", (hidden, channels)
    yield "fc2", (1000 // divide, hidden)


def heavy_tailed(shape, rng):
    """Gaussian weights plus a few strong directions, as training leaves them."""
    rows, columns = shape[0], math.prod(shape[1:])
    w = rng.standard_normal((rows, columns)) / math.sqrt(columns)
    k = max(1, min(rows, columns) // 8)
    strength = 3.0 * (1.0 + np.arange(k)) ** -0.5
    u = rng.standard_normal((rows, k)) / math.sqrt(rows)
    v = rng.standard_normal((k, columns)) / math.sqrt(columns)
    return torch.from_numpy(((w + u * strength @ v).reshape(shape)).astype(np.float32))


class Network(torch.nn.Module):
    """Holds the layers by name, for WeightWatcher, which wants modules."""

    def __init__(self, weights):
        super().__init__()
        self.paths = {}
        for name, weight in weights.items():
            if weight.ndim == 4:
                out, channels, height, width = weight.shape
                layer = torch.nn.Conv2d(channels, out, (height, width), bias=False)
            else:
                layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
            layer.weight.data = weight
            path = name.replace(".", "_")
            self.paths[path] = name
            self.add_module(path, layer)


def weightwatcher_of(network):
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    import weightwatcher

    start = time.perf_counter()
    table = weightwatcher.WeightWatcher(model=network).analyze()
    return time.perf_counter() - start, table, weightwatcher.__version__


def rethink_of(program, path):
    command = [program, "measure", path, "--format", "json", "--quiet"]
    start = time.perf_counter()
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, json.loads(answer.stdout)


def eigenvalues(weight):
    matrix = weight.reshape(weight.shape[0], -1).double().numpy()
    return np.linalg.svd(matrix, compute_uv=False) ** 2


def reason(column, weight):
    """Why the two differ, by what WeightWatcher 0.7 does and we do not."""
    if weight.ndim == 4 and weight.shape[2] * weight.shape[3] > 1:
        return "WW pools the eigenvalues of the slices W[:, :, i, j]; ours are those of (out, in h w)"
    if weight.ndim == 4 and column in ("log_norm", "log_spectral_norm"):
        return "WW halves the eigenvalues of every convolution (log10 2 = 0.301)"
    if column == "alpha":
        return "WW takes a one-sided distance, every point as the start of the tail, and no shortest tail"
    if column == "entropy":
        return "WW counts the rank with its own tolerance"
    return "not explained"


def agreement(table, ours, weights, paths):
    """Rows of (column, kind, layers, agreeing, worst difference, reason)."""
    layers = {layer["name"]: layer["measures"] for layer in ours["layers"]}
    by_name = {paths[str(row["longname"]).split(".")[-1]]: row for _, row in table.iterrows()}
    rows = {}
    for theirs, id in COLUMNS.items():
        for name, row in by_name.items():
            weight = weights[name]
            kind = "dense" if weight.ndim == 2 else f"conv {weight.shape[2]}x{weight.shape[3]}"
            a, b = float(row[theirs]), layers[name].get(id)
            count = rows.setdefault((theirs, kind), [0, 0, 0.0, ""])
            count[0] += 1
            if b is None or not math.isfinite(a):
                count[3] = "only one of the two has a value"
                continue
            difference = abs(a - b) / max(abs(a), abs(b), 1e-300)
            count[1] += difference <= SAME
            count[2] = max(count[2], difference)
            if difference > SAME:
                count[3] = reason(theirs, weight)
    return rows


def check_ours(ours, weights):
    """Largest difference of our stable rank and log norm from NumPy's, in f64."""
    worst = 0.0
    for layer in ours["layers"]:
        values = eigenvalues(weights[layer["name"]])
        for id, expected in [
            ("stable-rank", values.sum() / values.max()),
            ("log-norm", math.log10(values.sum())),
            ("log-spectral-norm", math.log10(values.max())),
        ]:
            found = layer["measures"].get(id)
            if found is not None:
                worst = max(worst, abs(found - expected) / max(abs(expected), 1e-300))
    return worst


def main():
    program, size, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rng = np.random.default_rng(1)
    weights = {name: heavy_tailed(shape, rng) for name, shape in shapes(size)}
    network = Network(weights)
    parameters = sum(weight.numel() for weight in weights.values())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.safetensors")
        arrays = {f"{name}.weight": weight for name, weight in weights.items()}
        safetensors.torch.save_file(arrays, path)
        seconds = {"weightwatcher": [], "rethink": []}
        for _ in range(repeats):
            taken, table, version = weightwatcher_of(network)
            seconds["weightwatcher"].append(taken)
            taken, ours = rethink_of(program, path)
            seconds["rethink"].append(taken)
    print(f"{parameters} parameters in {len(weights)} layers; best of {repeats}, {os.cpu_count()} cores")
    measures = len(set().union(*(layer["measures"] for layer in ours["layers"])) | set(ours["network"]["measures"]))
    theirs, mine = min(seconds["weightwatcher"]), min(seconds["rethink"])
    print(f"{'program':<24}{'measures':>9}{'seconds':>9}{'ratio':>9}")
    print(f"{'weightwatcher ' + version:<24}{len(table.columns):>9}{theirs:>9.2f}{1:>9.3f}")
    print(f"{'rethink':<24}{measures:>9}{mine:>9.2f}{mine / theirs:>9.3f}")
    print()
    print(f"{'column':<19}{'kind':<10}{'layers':>6}{'agree':>7}{'worst':>10}  reason of a difference above {SAME:g}")
    for (column, kind), (layers, agree, worst, why) in agreement(table, ours, weights, network.paths).items():
        print(f"{column:<19}{kind:<10}{layers:>6}{agree:>7}{worst:>10.1e}  {why}")
    print()
    print(f"rethink against NumPy in f64, largest relative difference: {check_ours(ours, weights):.1e}")


if __name__ == "__main__":
    main()
