"""Gaussian-kernel interpolation of MNIST by one peer: interpolate.py PEER DATA N.

First N training images in file order, pixels / 255, one-hot targets, bandwidth
5. Prints one row of the table of run.sh.
"""

import gzip
import os
import resource
import sys
import time

import numpy as np


def read(folder, name, header):
    path = os.path.join(folder, "mnist", name)
    opener = gzip.open if os.path.exists(path + ".gz") else open
    with opener(path + ".gz" if opener is gzip.open else path, "rb") as file:
        return np.frombuffer(file.read(), dtype=np.uint8)[header:]


def main():
    peer, folder, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    precision = np.float32 if peer.endswith("f32") else np.float64
    x = read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 784)[:n].astype(precision) / precision(255)
    labels = read(folder, "train-labels-idx1-ubyte", 8)[:n]
    test = read(folder, "t10k-images-idx3-ubyte", 16).reshape(-1, 784).astype(precision) / precision(255)
    test_labels = read(folder, "t10k-labels-idx1-ubyte", 8)
    y = np.eye(10, dtype=precision)[labels]
    if peer == "scikit-learn-f64":
        from sklearn.kernel_ridge import KernelRidge

        start = time.perf_counter()
        # The smallest ridge that does not change the figures: rounding level.
        model = KernelRidge(alpha=1e-12, kernel="rbf", gamma=0.02).fit(x, y)
        solve = time.perf_counter() - start
        start = time.perf_counter()
        outputs = model.predict(test)
        predict = time.perf_counter() - start
        alpha = model.dual_coef_
    else:
        import torch

        def gram(a, b):
            squared = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :]
            return squared.addmm_(a, b.T, alpha=-2).clamp_(min=0).mul_(-0.02).exp_()

        a, b, t = torch.from_numpy(x), torch.from_numpy(test), torch.from_numpy(y)
        start = time.perf_counter()
        k = gram(a, a)
        k.fill_diagonal_(1.0)
        factor = torch.linalg.cholesky(k)
        del k
        solution = torch.cholesky_solve(t, factor)
        solve = time.perf_counter() - start
        start = time.perf_counter()
        outputs = (gram(b, a) @ solution).numpy()
        predict = time.perf_counter() - start
        alpha = solution.numpy()
    error = np.mean(outputs.argmax(1) != test_labels)
    norm = np.sqrt(np.sum(y.astype(np.float64) * alpha))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(f"{peer:32} {n:7d} {solve:9.2f} {predict:9.2f} {peak:8.2f} {error:8.4f} {norm:9.2f}")


if __name__ == "__main__":
    main()
