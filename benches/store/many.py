#!/usr/bin/env python3
"""Times `rethink runs list` on a folder with many results.

Usage: python3 benches/store/many.py [RESULTS]     (default 100,000)

Needs `cargo build --release`. Prints the seconds of the first list, which reads every
result and makes the index, and of the second, which reads the index.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

PROGRAM = pathlib.Path(__file__).parents[2] / "target/release/rethink"


def seal(value):
    body = json.dumps(value, indent=2).removesuffix("\n}")
    return f'{body},\n  "sha256": "{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'


def result(number):
    name = hashlib.sha256(str(number).encode()).hexdigest()[:16]
    return name, seal({
        "kind": "kernel",
        "id": name,
        "versions": {"layout": 1, "numerics": 2},
        "spec": {"kernel": "gaussian", "bandwidth": 5.0, "n": 1000, "seed": number},
        "output": {"test_error": 0.1234, "norm": 56.789, "curve": [0.1] * 40},
        "provenance": {
            "version": "0.1.0", "commit": "0", "cpu": "none", "threads": 1,
            "command": ["rethink", "interpolation"], "started": 1_700_000_000 + number,
            "seconds": 0.5,
        },
    })


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as out:
        folder = pathlib.Path(out, "records/kernel")
        folder.mkdir(parents=True)
        for number in range(count):
            name, text = result(number)
            (folder / f"{name}.json").write_text(text)
        for which in ("first", "second"):
            start = time.time()
            listed = subprocess.run(
                [PROGRAM, "runs", "list", "--format", "csv", "--out", out],
                check=True, capture_output=True, text=True)
            seconds = time.time() - start
            print(f"{which} list of {len(listed.stdout.splitlines()) - 1} results: {seconds:.1f} s")


if __name__ == "__main__":
    main()
