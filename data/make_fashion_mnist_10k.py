#!/usr/bin/env python3
"""Make data/fashion-mnist-10k from the full Fashion-MNIST set.

Keeps the first 10,000 training and the first 5,000 test images, in order, in
the IDX format of the original. The gzip stream is made by `gzip -9n`, so it
holds no name and no time.

Usage: make_fashion_mnist_10k.py FOLDER_OF_THE_FULL_SET [OUTPUT_FOLDER]
Debian's package dataset-fashion-mnist installs the full set in
/usr/share/datasets/fashion-mnist.
"""

import gzip
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

IMAGES, LABELS = 0x803, 0x801
SPLITS = [("train", 60_000, 10_000), ("t10k", 10_000, 5_000)]


def first(source, magic, total, keep):
    """The first `keep` of the `total` items of an IDX file."""
    data = gzip.decompress(source.read_bytes())
    found_magic, found_total = struct.unpack(">II", data[:8])
    assert (found_magic, found_total) == (magic, total), source
    if magic == IMAGES:
        assert struct.unpack(">II", data[8:16]) == (28, 28), source
        return struct.pack(">IIII", magic, keep, 28, 28) + data[16 : 16 + keep * 784]
    return struct.pack(">II", magic, keep) + data[8 : 8 + keep]


def main():
    full = Path(sys.argv[1])
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "fashion-mnist-10k"
    for split, total, keep in SPLITS:
        for kind, magic in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
            name = f"{split}-{kind}-ubyte"
            data = first(full / f"{name}.gz", magic, total, keep)
            packed = subprocess.run(["gzip", "-9n"], input=data, stdout=subprocess.PIPE, check=True)
            (output / f"{name}.gz").write_bytes(packed.stdout)
            print(f"| {name} | {len(data)} | {hashlib.sha256(data).hexdigest()} |")


if __name__ == "__main__":
    main()
