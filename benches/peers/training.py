"""A training step in PyTorch and in rethink, in turn on one machine: training.py [ROUNDS].

MLP 3x512 on 784 and on 2,352 inputs, and the small AlexNet and the small Inception with batch
normalization on three channels; batch 128, single precision, SGD with momentum 0.9; on one thread
and on two. PyTorch takes its step with its optimizer for all arrays at once (foreach), images in
its faster layout (channels_last), and local response normalization written as a convolution 1x1,
which is twice as fast as its own; rethink by `cargo bench --bench training_step`. Prints
milliseconds, the median of the rounds (5 unless given), and the median of how many steps of
rethink fit into one of PyTorch, round by round. Needs torch for the CPU.
"""

import os
import re
import statistics
import subprocess
import sys
import time

NETWORKS = (
    ("mlp-3x512", 784),
    ("mlp-3x512", 2352),
    ("small-alexnet", 2352),
    ("small-inception-bn", 2352),
)
THREADS = (1, 2)
BATCH = 128
UNITS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}


def mlp(features):
    from torch import nn

    widths = [features, 512, 512, 512]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(512, 10))


def alexnet():
    import torch
    from torch import nn

    class ResponseNorm(nn.Module):
        """LocalResponseNorm(9, 1e-3, 0.75, 1.0) of 64 channels."""

        def __init__(self):
            super().__init__()
            i = torch.arange(64)
            window = ((i[:, None] - i[None]).abs() <= 4).float() * (1e-3 / 9)
            self.register_buffer("window", window.reshape(64, 64, 1, 1))
            self.register_buffer("constant", torch.ones(64))

        def forward(self, x):
            return x * nn.functional.conv2d(x * x, self.window, self.constant).pow(-0.75)

    layers = []
    for inputs in (3, 64):
        layers += [nn.Conv2d(inputs, 64, 5, padding=2), nn.ReLU()]
        layers += [nn.MaxPool2d(3, 2, 1), ResponseNorm()]
    layers += [nn.Flatten(), nn.Linear(3136, 384), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(384, 192), nn.ReLU(), nn.Linear(192, 10))


def inception():
    import torch
    from torch import nn

    def module(inputs, outputs, kernel, stride=1):
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
        return nn.Sequential(convolution, nn.BatchNorm2d(outputs, affine=False), nn.ReLU(True))

    class Both(nn.Module):
        def __init__(self, first, second):
            super().__init__()
            self.first, self.second = first, second

        def forward(self, x):
            return torch.cat([self.first(x), self.second(x)], 1)

    layers, channels = [module(3, 96, 3)], 96
    for ones, threes in (
        (32, 32), (32, 48), (0, 80), (112, 48), (96, 64), (80, 80), (48, 96), (0, 96),
        (176, 160), (176, 160),
    ):  # fmt: skip
        if ones == 0:
            layers.append(Both(module(channels, threes, 3, 2), nn.MaxPool2d(3, 2, 1)))
            channels += threes
        else:
            layers.append(Both(module(channels, ones, 1), module(channels, threes, 3)))
            channels = ones + threes
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def torch_step(network, features, threads):
    """Median milliseconds of a step in this process."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    images, labels = torch.rand(BATCH, features) - 0.5, torch.arange(BATCH) % 10
    if network == "mlp-3x512":
        model = mlp(features)
    else:
        model = alexnet() if network == "small-alexnet" else inception()
        model = model.to(memory_format=torch.channels_last)
        images = images.reshape(BATCH, -1, 28, 28).to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, foreach=True)
    loss = torch.nn.CrossEntropyLoss()
    times = []
    begin = time.perf_counter()
    while len(times) < 8 or (len(times) < 50 and time.perf_counter() - begin < 4):
        start = time.perf_counter()
        sgd.zero_grad(set_to_none=True)
        loss(model(images), labels).backward()
        sgd.step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times[len(times) // 4 :])


def in_own_process(network, features, threads):
    command = [sys.executable, __file__, "torch", network, str(features), str(threads)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def our_step(network, features, threads):
    """Median milliseconds of the fused step, as criterion prints them."""
    command = ["cargo", "bench", "--bench", "training_step", "--"]
    command += ["--warm-up-time", "1", "--measurement-time", "4", "--noplot"]
    command += [f"{network} on {features} inputs, batch {BATCH}/fused step"]
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    printed = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=root, env=environment
    ).stdout
    found = re.search(r"time:\s+\[\S+ \S+ (\S+) (\S+) \S+ \S+\]", printed)
    return float(found[1]) * UNITS[found[2]]


def main():
    if sys.argv[1:2] == ["torch"]:
        print(torch_step(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'network':18} {'inputs':>6} {'threads':>7} {'rethink_ms':>10} {'torch_ms':>10} {'ratio':>6}")
    for network, features in NETWORKS:
        pairs = {threads: [] for threads in THREADS}
        for _ in range(rounds):
            for threads in THREADS:
                own = our_step(network, features, threads)
                pairs[threads].append((own, in_own_process(network, features, threads)))
        for threads in THREADS:
            own, other = (statistics.median(times) for times in zip(*pairs[threads]))
            ratio = statistics.median(other / own for own, other in pairs[threads])
            print(f"{network:18} {features:6d} {threads:7d} {own:10.2f} {other:10.2f} {ratio:6.2f}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
