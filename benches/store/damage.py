#!/usr/bin/env python3
"""Damages every kind of file that the program keeps, in five ways, and asks again.

Usage: python3 benches/store/damage.py

Needs `cargo build --release`. Each file is cut, flipped in one bit, emptied, and
replaced by a folder and by a pipe. Then the question is asked again: it must exit with
0 and leave the file as it was before, but for its provenance. Damage to a file that is
read must be told on standard error; tables, figures of the question itself and the page
are only written. Prints the counts; exit code 1 if anything was missed.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from kill import PROGRAM, content

# A file of each kind, the question that made it, and whether it is read again.
KINDS = [
    ("norms", "runs/*/result.json", True),
    ("norms", "runs/*/curve.jsonl", True),
    ("norms", "runs/*/final.safetensors", True),
    ("norms", "runs/*/outputs.safetensors", True),
    ("norms", "records/run-measures/*.json", True),
    ("norms", "records/measures/*.json", True),
    ("interpolation", "records/*/*.json", True),
    ("rademacher", "records/rademacher-*/*.json", True),
    ("stability", "records/stability-*/*.json", True),
    ("implicit-bias", "records/trial-*rate/*.json", True),
    ("implicit-bias", "records/trial-runs/*.json", True),
    ("implicit-bias", "trial/*/plan.json", True),
    ("implicit-bias", "trial/*/runs.jsonl", False),
    ("implicit-bias", "trial/*/table.json", False),
    ("norms", "reports/stability/report.json", True),
    ("norms", "reports/stability/*.svg", True),
    ("norms", "reports/norms/report.json", False),
    ("norms", "reports/norms/*.svg", False),
    ("norms", "reports/norms/*.csv", False),
    ("norms", "index.html", False),
]


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


def folder(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def ask(question, out):
    return subprocess.run(
        [PROGRAM, question, "--budget", "smoke", "--quiet", "--out", out],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=300)


def main():
    tried = told = mended = 0
    with tempfile.TemporaryDirectory() as parent:
        whole = pathlib.Path(parent, "whole")
        for question in ("norms", "interpolation", "rademacher", "stability", "implicit-bias"):
            assert ask(question, whole).returncode == 0
        for question, pattern, is_read in KINDS:
            for damage in (cut, flip, empty, folder, pipe):
                out = pathlib.Path(parent, "out")
                shutil.copytree(whole, out)
                path = sorted(out.glob(pattern))[0]
                before = content(path)
                damage(path)
                name = path.relative_to(out)
                tried += 1
                try:
                    answer = ask(question, out)
                except subprocess.TimeoutExpired:
                    print(f"hangs: {name}, {damage.__name__}")
                    shutil.rmtree(out)
                    continue
                other = "reports/stability" in pattern  # which norms only shows
                if answer.returncode != 0:
                    print(f"fails: {name}, {damage.__name__}: {answer.stderr.strip()}")
                elif is_read and path.name not in answer.stderr:
                    print(f"not told: {name}, {damage.__name__}: {answer.stderr.strip()}")
                else:
                    told += 1
                if other or (path.is_file() and content(path) == before):
                    mended += 1
                else:
                    print(f"not as before: {name}, {damage.__name__}")
                shutil.rmtree(out)
    print(f"{tried} damaged files of {len(KINDS)} kinds: {told} told or not read, "
          f"{mended} as before")
    sys.exit(told != tried or mended != tried)


if __name__ == "__main__":
    main()
