"""Makes kernel.json: kernel interpolation and ridge regression by NumPy.

Run from anywhere: python3 tests/golden/kernel.py. NumPy 1.24 or later.
"""

import json
import pathlib

import numpy as np


def main():
    rng = np.random.default_rng(20240501)
    x = rng.uniform(0, 1, (24, 5)).astype(np.float32)
    test = rng.uniform(0, 1, (6, 5)).astype(np.float32)
    y = rng.normal(size=(24, 3))
    a, b = x.astype(np.float64), test.astype(np.float64)
    distance = lambda p, q: np.linalg.norm(p[:, None] - q[None], axis=2)

    def angle(p, q):
        lengths = np.linalg.norm(p, axis=1)[:, None] * np.linalg.norm(q, axis=1)[None]
        u = np.clip(p @ q.T / lengths, -1, 1)
        if p is q:
            # Rounding below 1 would become 1e-8 after arccos.
            np.fill_diagonal(u, 1)
        return u, lengths

    kappa0 = lambda u: 1 - np.arccos(u) / np.pi
    kappa1 = lambda u: u * kappa0(u) + np.sqrt(np.maximum(1 - u * u, 0)) / np.pi

    def ntk(p, q, depth):
        u, lengths = angle(p, q)
        sigma = theta = u
        for _ in range(depth):
            theta = theta * kappa0(sigma) + kappa1(sigma)
            sigma = kappa1(sigma)
        return lengths * theta

    kernels = {
        "gaussian:0.7": lambda p, q: np.exp(-(distance(p, q) ** 2) / (2 * 0.7**2)),
        "laplacian:1.3": lambda p, q: np.exp(-distance(p, q) / 1.3),
        "polynomial:3": lambda p, q: (1 + p @ q.T) ** 3,
        "ntk:3": lambda p, q: ntk(p, q, 3),
    }
    cases = []
    for name, kernel in kernels.items():
        for ridge in (0.0, 0.01):
            k = kernel(a, a)
            system = k + ridge * np.eye(len(k))
            alpha = np.linalg.solve(system, y)
            inverse = np.linalg.inv(system)
            cases.append(
                {
                    "kernel": name,
                    "ridge": ridge,
                    "outputs": (kernel(b, a) @ alpha).tolist(),
                    "class_norms": np.sqrt(np.einsum("ic,ij,jc->c", alpha, k, alpha)).tolist(),
                    "effective_dimension": np.trace(k @ inverse),
                }
            )
    wide = rng.normal(size=(8, 20)).astype(np.float32)
    values = rng.normal(size=(8, 2))
    tall = wide.T.copy()
    tall_values = rng.normal(size=(20, 2))
    pinv = lambda m, t: (np.linalg.pinv(m.astype(np.float64)) @ t).tolist()
    linear = [
        {"x": wide.tolist(), "y": values.tolist(), "weights": pinv(wide, values)},
        {"x": tall.tolist(), "y": tall_values.tolist(), "weights": pinv(tall, tall_values)},
    ]
    golden = {
        "x": x.tolist(),
        "test": test.tolist(),
        "y": y.tolist(),
        "cases": cases,
        "linear": linear,
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
