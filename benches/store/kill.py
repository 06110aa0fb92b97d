#!/usr/bin/env python3
"""Kills the program at random times, lets it finish, and compares with a run that was
left alone; then again in a new folder.

Usage: python3 benches/store/kill.py [KILLS] [SEED]     (default 200 kills, seed 1)

Every question at the smoke budget; SIGKILL, SIGTERM and SIGINT; one process on the
folder or two. Only kills of a running program count. Needs `cargo build --release`.
No training is so long that it is resumed: tests/resume.rs kills one that is.
Prints how many files differ at the end: results may differ in their provenance
(when, how long) and in seconds, and in nothing else. Exit code 1 if any does.
"""

import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = pathlib.Path(__file__).parents[2] / "target/release/rethink"
QUESTIONS = [
    "randomization", "expressivity", "norms", "interpolation",
    "rademacher", "stability", "implicit-bias",
]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


def command(question, out):
    return [PROGRAM, question, "--budget", "smoke", "--quiet", "--threads", "1", "--out", out]


def finish(out):
    """Seconds of each question."""
    seconds = {}
    for question in QUESTIONS:
        start = time.time()
        subprocess.run(command(question, out), check=True, stdout=subprocess.DEVNULL)
        seconds[question] = time.time() - start
    return seconds


def without_time(value):
    """A result without what says when it was made and how long it took."""
    if isinstance(value, dict):
        return {
            key: without_time(v) for key, v in value.items()
            if key not in ("provenance", "sha256", "seconds", "files", "drawings")
        }
    return [without_time(v) for v in value] if isinstance(value, list) else value


def content(path):
    if path.suffix == ".json":
        return without_time(json.loads(path.read_text()))
    if path.name == "curve.jsonl":
        return [without_time(json.loads(line)) for line in path.read_text().splitlines()]
    if path.name == "index.html":
        # The seconds that results took.
        return re.sub(r"<dt>Computing</dt><dd>[^<]*</dd>", "", path.read_text())
    return path.read_bytes()


def files(out):
    """Every file but locks, what is being written, and what was set aside."""
    found = {}
    for path in sorted(pathlib.Path(out).rglob("*")):
        relative = path.relative_to(out)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            found[str(relative)] = content(path)
    return found


def kill_some(draw, out, seconds, most):
    """Kills processes on a folder until most have been hit, or nothing is left to do."""
    hit, missed = 0, 0
    while hit < most and missed < 3 * len(QUESTIONS):
        processes = []
        for _ in range(draw.choice([1, 2])):
            question = draw.choice(QUESTIONS)
            process = subprocess.Popen(
                command(question, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            processes.append((process, draw.uniform(0, 0.5 * seconds[question])))
        start = time.time()
        for process, when in sorted(processes, key=lambda pair: pair[1]):
            time.sleep(max(0, start + when - time.time()))
            running = process.poll() is None
            hit += running
            missed += not running
            process.send_signal(draw.choice(SIGNALS))
            process.wait()
    return hit


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    draw = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    hit = rounds = compared = different = left = 0
    with tempfile.TemporaryDirectory() as folder:
        # Reports name the last part of their folder.
        alone = f"{folder}/alone/out"
        seconds = finish(alone)
        expected = files(alone)
        while hit < kills:
            rounds += 1
            killed = f"{folder}/{rounds}/out"
            hit += kill_some(draw, killed, seconds, kills - hit)
            finish(killed)
            found = files(killed)
            names = expected | found
            wrong = [name for name in names if expected.get(name) != found.get(name)]
            compared += len(names)
            different += len(wrong)
            left += sum(any(path.iterdir()) for path in pathlib.Path(killed, ".partial").iterdir())
            left += len(list(pathlib.Path(killed).glob(".checkpoints/*")))
            for name in wrong[:20]:
                print("differs:", killed, name)
    print(f"{hit} running programs killed in {rounds} folders; {compared} files compared, "
          f"{different} differ; {left} leftovers")
    sys.exit(bool(different or left))


if __name__ == "__main__":
    main()
