#!/usr/bin/env python3
"""Make the .npz files that tests/data_files.rs reads.

Usage: python3 tests/golden/npz/make.py   (made with NumPy 2.4.6)
"""

from pathlib import Path

import numpy as np

here = Path(__file__).parent
# Pixel j of image i is the byte 16 i + j; label i mod 3.
bytes_ = np.arange(12 * 16, dtype=np.uint8).reshape(12, 16)
unit = bytes_ / 255.0
labels = np.arange(12) % 3
train, test = slice(0, 9), slice(9, 12)


def four(name, x, y, save=np.savez):
    save(here / name, x_train=x[train], y_train=y[train], x_test=x[test], y_test=y[test])


# The same images, however packed.
four("bytes", bytes_, labels.astype(np.uint8))
four("compressed", bytes_.reshape(12, 4, 4), labels.astype(np.int64), np.savez_compressed)
four("single", unit.astype(np.float32).reshape(12, 1, 4, 4), labels.astype(np.int8))
four("double", unit, labels.astype(np.uint64).reshape(12, 1))
four("big_endian", unit.astype(">f8"), labels.astype(">i4"))

# Other shapes.
four("colour", bytes_.reshape(12, 2, 2, 4), labels)
four("row", bytes_[:, :15], labels)
np.savez(here / "one_split", x=bytes_, y=np.arange(12))

# Any range, and more classes than a byte has.
four("range", np.where(unit == unit[10, 3], -40.5, 3 * unit), labels)
four("classes", bytes_, np.where(np.arange(12) == 4, 70_000, labels))

# Real targets: one that single precision rounds, and three per image.
four("real", bytes_, np.where(np.arange(12) == 4, 0.1, np.arange(12) - 4.5))
four("real_three", bytes_, (np.arange(36).reshape(12, 3) / 4).astype(np.float32))

# Each with one fault.
x, y = bytes_, labels
four("fault_integers", x.astype(np.int32), y)
four("fault_nan", np.where(unit == unit[2, 5], np.nan, unit), y)
four("fault_label", x, np.where(np.arange(12) == 4, -1, y))
four("fault_label_type", x, y.astype(np.complex64))
four("fault_target_nan", x, np.where(np.arange(12) == 2, np.nan, y))
np.savez(here / "fault_mixed", x_train=x[:9], y_train=y[:9] / 2, x_test=x[9:], y_test=y[9:])
four("fault_label_shape", x, np.eye(3, dtype=np.uint8)[y])
four("fault_channels_last", np.zeros((12, 8, 8, 3), np.uint8), y)
four("fault_dimensions", x.reshape(12, 1, 1, 4, 4), y)
np.savez(here / "fault_count", x_train=x[:9], y_train=y[:8], x_test=x[9:], y_test=y[9:])
np.savez(here / "fault_shapes", x_train=x[:9], y_train=y[:9], x_test=x[9:, :9], y_test=y[9:])
np.savez(here / "fault_fortran", x_train=np.asfortranarray(x[:9]), y_train=y[:9], x_test=x[9:], y_test=y[9:])
np.savez(here / "fault_missing", x_train=x[:9], y_train=y[:9], x_test=x[9:])
np.savez(here / "fault_few", x=x[:5], y=y[:5])
np.savez(here / "fault_one_class", x=x, y=np.zeros(12, np.uint8))
np.savez(here / "fault_empty", x=x[:0], y=y[:0])
(here / "fault_cut.npz").write_bytes((here / "bytes.npz").read_bytes()[:700])
