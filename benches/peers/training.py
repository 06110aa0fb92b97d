"""A training step in PyTorch and in rethink, in turn on one machine: training.py [ROUNDS].

MLP 3x512 on 784 and on 2,352 inputs, batch 128, single precision, SGD with momentum 0.9.
PyTorch takes its step on one thread and on two, with its optimizer for all arrays at once
(foreach); rethink takes it on the calling thread, by `cargo bench --bench training_step`.
Prints milliseconds, the median of the rounds (5 unless given), and how many steps of rethink fit
into one of PyTorch. Needs torch for the CPU.
"""

import os
import re
import statistics
import subprocess
import sys
import time

INPUTS = (784, 2352)
THREADS = (1, 2)
BATCH = 128
UNITS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}


def torch_step(features, threads):
    """Median milliseconds of a step in this process."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    widths = [features, 512, 512, 512]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(512, 10))
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, foreach=True)
    images, labels = torch.rand(BATCH, features) - 0.5, torch.arange(BATCH) % 10
    loss = torch.nn.CrossEntropyLoss()
    times = []
    begin = time.perf_counter()
    while len(times) < 50 or time.perf_counter() - begin < 4:
        start = time.perf_counter()
        sgd.zero_grad(set_to_none=True)
        loss(model(images), labels).backward()
        sgd.step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times[len(times) // 4 :])


def in_own_process(features, threads):
    command = [sys.executable, __file__, "torch", str(features), str(threads)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def our_step(features):
    """Median milliseconds of the fused step, as criterion prints them."""
    command = ["cargo", "bench", "--bench", "training_step", "--"]
    command += ["--warm-up-time", "1", "--measurement-time", "4", "--noplot"]
    command += [f"{features} inputs, batch {BATCH}/fused step"]
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    found = re.search(r"time:\s+\[\S+ \S+ (\S+) (\S+) \S+ \S+\]", printed)
    return float(found[1]) * UNITS[found[2]]


def main():
    if sys.argv[1:2] == ["torch"]:
        print(torch_step(int(sys.argv[2]), int(sys.argv[3])))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'inputs':>6} {'rethink_ms':>10}", end="")
    print("".join(f" {f'torch_{threads}_ms':>10} {'ratio':>6}" for threads in THREADS))
    for features in INPUTS:
        ours, theirs = [], {threads: [] for threads in THREADS}
        for _ in range(rounds):
            ours.append(our_step(features))
            for threads in THREADS:
                theirs[threads].append(in_own_process(features, threads))
        own = statistics.median(ours)
        print(f"{features:6d} {own:10.2f}", end="")
        for threads in THREADS:
            other = statistics.median(theirs[threads])
            print(f" {other:10.2f} {other / own:6.2f}", end="")
        print(flush=True)


if __name__ == "__main__":
    main()
