"""One checkpoint measured by WeightWatcher and by rethink: measure.py PROGRAM SIZE REPEATS.

SIZE is full (25 million parameters in 51 convolutional and dense layers: the main
path of ResNet-50 without its batch norms, and one more dense layer) or small.
Prints two tables: seconds, and agreement on the layers. Needs torch, safetensors
and weightwatcher 0.7; see measure.sh.
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
    divide = 1 if size == "full" else 2
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


def pooled_and_halved(weight):
    """What WeightWatcher takes for the eigenvalues of a layer."""
    w = weight.double().numpy()
    if w.ndim == 2:
        return np.sort(np.linalg.svd(w, compute_uv=False) ** 2)
    slices = [w[:, :, i, j] for i in range(w.shape[2]) for j in range(w.shape[3])]
    return np.sort(np.concatenate([np.linalg.svd(s, compute_uv=False) ** 2 for s in slices]) / 2)


def one_sided_alpha(values):
    """Every point but the last as the start of the tail; the one-sided distance decides."""
    values = values[values > 1e-5]
    best = (math.inf, math.nan)
    for start in range(len(values) - 1):
        tail = values[start:]
        n = len(tail)
        alpha = 1 + n / np.log(tail / tail[0]).sum()
        distance = np.abs(1 - (tail / tail[0]) ** (1 - alpha) - np.arange(n) / n).max()
        best = min(best, (distance, alpha))
    return best[1]


def by_their_rule(column, weight):
    """WeightWatcher's number, computed by the rule that its bugs make."""
    values = pooled_and_halved(weight)
    if column == "alpha":
        return one_sided_alpha(values)
    if column == "stable_rank":
        return values.sum() / values.max()
    if column == "log_norm":
        return math.log10(values.sum())
    if column == "log_spectral_norm":
        return math.log10(values.max())
    p = values / values.sum()
    p = p[p > 0]
    return -(p * np.log(p)).sum() / math.log(len(p))


def reason(column, weight, theirs):
    """Why the two differ; a rule is named only if it gives WeightWatcher's number."""
    if column == "alpha" and len(eigenvalues(weight)) < 20:
        return "below 20 eigenvalues WW fits in another way"
    if abs(by_their_rule(column, weight) - theirs) > SAME * abs(theirs):
        return "not explained"
    rules = []
    pooled = weight.ndim == 4 and weight.shape[2] * weight.shape[3] > 1
    if pooled and column != "log_norm":
        rules.append("pools the eigenvalues of the slices W[:, :, i, j]")
    if weight.ndim == 4 and column.startswith("log"):
        rules.append("halves the eigenvalues of convolutions")
    if column == "alpha":
        rules.append("has a one-sided distance and no shortest tail")
    return "WW " + ", ".join(rules) if rules else "not explained"


def agreement(table, ours, weights, paths):
    """By column and kind of layer: layers, how many agree, worst difference, reasons."""
    layers = {layer["name"]: layer["measures"] for layer in ours["layers"]}
    by_name = {paths[str(row["longname"]).split(".")[-1]]: row for _, row in table.iterrows()}
    rows = {}
    for theirs, id in COLUMNS.items():
        for name, row in by_name.items():
            weight = weights[name]
            kind = "dense" if weight.ndim == 2 else f"conv {weight.shape[2]}x{weight.shape[3]}"
            a, b = float(row[theirs]), layers[name].get(id)
            count = rows.setdefault((theirs, kind), [0, 0, 0.0, set()])
            count[0] += 1
            if b is None or not math.isfinite(a):
                count[3].add("only one of the two has a value")
                continue
            difference = abs(a - b) / max(abs(a), abs(b), 1e-300)
            count[1] += difference <= SAME
            count[2] = max(count[2], difference)
            if difference > SAME:
                count[3].add(reason(theirs, weight, a))
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
        print(f"{column:<19}{kind:<10}{layers:>6}{agree:>7}{worst:>10.1e}  {'; '.join(sorted(why))}".rstrip())
    print()
    print(f"rethink against NumPy in f64, largest relative difference: {check_ours(ours, weights):.1e}")


if __name__ == "__main__":
    main()
