"""Does a changed constant go unnoticed?

Changes one constant after another in the source, runs the tests that pin what the
experiments come to, and expects them to fail: the constant is in a spec, whose id then
changes, or it changes an output under the id that it had. Every change compiles the
program once.

    python3 tests/pins.py            all constants
    python3 tests/pins.py DOSES      those whose line has this text
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# (file, what stands there, what is put in its place)
EXPERIMENT = "src/experiment/"
CHANGES = [
    ("linear/dose_response.rs", "DOSES: [f64; 11] = [0.0, 0.1,", "DOSES: [f64; 11] = [0.0, 0.11,"),
    ("linear/dose_response.rs", "(label as usize + 1) % classes", "(label as usize + 2) % classes"),
    ("linear/limits.rs", "FIRST_NEGATIVE: u32 = 5", "FIRST_NEGATIVE: u32 = 4"),
    ("linear/limits.rs", "sgd(8, 0.9)", "sgd(8, 0.8)"),
    ("linear/limits.rs", "Adam { rate: 1e-3 }", "Adam { rate: 2e-3 }"),
    ("linear/double_descent.rs", "0.1, 0.2, 0.4,", "0.1, 0.25, 0.4,"),
    ("linear/examples.rs", "subset(test, 0)", "subset(test, 1)"),
    ("linear/examples.rs", "< classes / 2", "< classes / 3"),
    ("linear/theorem.rs", "[1, 8, 64]", "[1, 4, 64]"),
    ("linear/theorem.rs", "AdaGrad { rate: 0.03 }", "AdaGrad { rate: 0.04 }"),
    ("linear/hitting_times.rs", "[0.0, 0.1, 0.25, 0.5, 1.0]", "[0.0, 0.2, 0.25, 0.5, 1.0]"),
    ("linear/hitting_times.rs", '"labeling {place}"', '"labelling {place}"'),
    ("kernels/labelled.rs", "NOISE: f64 = 0.1", "NOISE: f64 = 0.2"),
    ("kernels/labelled.rs", "Labels::True, Labels::Noisy, Labels::Random]", "Labels::True, Labels::Random, Labels::Noisy]"),
    ("kernels/representation.rs", "BANDWIDTHS: [f64; 4] = [0.25,", "BANDWIDTHS: [f64; 4] = [0.3,"),
    ("kernels/representation.rs", "COMPARED: f64 = 0.5", "COMPARED: f64 = 0.6"),
    ("kernels/representation.rs", "NOISE: [f64; 5] = [0.0, 0.1,", "NOISE: [f64; 5] = [0.0, 0.2,"),
    ("kernels/representation.rs", "RIDGES: [f64; 3] = [0.01,", "RIDGES: [f64; 3] = [0.02,"),
    ("kernels/representation.rs", "DISTANCES: usize = 300", "DISTANCES: usize = 10"),
    ("kernels/ridge_path.rs", "RIDGE_NOISE: f64 = 0.2", "RIDGE_NOISE: f64 = 0.3"),
    ("kernels/ridge_path.rs", "0.0, 0.001, 0.003,", "0.0, 0.001, 0.004,"),
    ("kernels/features.rs", "FILTER_SIDE: usize = 6", "FILTER_SIDE: usize = 5"),
    ("kernels/features.rs", "THRESHOLD: f32 = 0.25", "THRESHOLD: f32 = 0.5"),
    ("kernels/bad_interpolants.rs", '"random centres {part}"', '"centres {part}"'),
    ("rademacher/kernels.rs", "INTERPOLATED: usize = 20", "INTERPOLATED: usize = 2"),
    ("rademacher/kernels.rs", "DELTA: f64 = 0.01", "DELTA: f64 = 0.02"),
    ("rademacher/labels.rs", "    Labels::Noise(10),\n    Labels::Noise(20),", "    Labels::Noise(15),\n    Labels::Noise(20),"),
    ("rademacher/labels.rs", "label % 2", "label % 3 % 2"),
    ("rademacher/labels.rs", '"noise {}"', '"noises {}"'),
    ("rademacher/classes.rs", "starts: 2,", "starts: 3,"),
    ("rademacher/classes.rs", "steps: 30,", "steps: 31,"),
    ("rademacher/networks.rs", '("path-norm-l1", "path norm (l1)")', '("path-norm", "path norm (l1)")'),
    ("rademacher/networks.rs", "&[-0.5, 0.5]", "&[-1.0, 1.0]"),
    ("rademacher/networks.rs", '"network {}, attempt {attempt}"', '"network {}, try {attempt}"'),
    ("stability/replacements.rs", "GRADIENTS: usize = 100", "GRADIENTS: usize = 50"),
    ("stability/replacements.rs", '"stability: other seed {k}"', '"stability: seed {k}"'),
    ("stability/memorization.rs", '"memorization: seed of network {network}"', '"memorization: network {network}"'),
    ("measures.rs", "EXAMPLES: usize = 2000", "EXAMPLES: usize = 1000"),
]
CHANGES = [(EXPERIMENT + file, old, new) for file, old, new in CHANGES]


def pins() -> str:
    """What became of the pins: hold, fail or do not compile."""
    which = ["--lib", "experiment::"]
    keep = {**os.environ, "PINS": ""}  # a changed output must not be pinned
    done = subprocess.run(["cargo", "test", *which], cwd=ROOT, env=keep, capture_output=True, text=True)
    if done.returncode == 0:
        return "hold"
    return "fail" if "test result: FAILED" in done.stdout else "do not compile"


def noticed(file: str, old: str, new: str) -> bool:
    """Whether the pins fail when `new` stands where `old` stood."""
    path = ROOT / file
    text = path.read_text()
    if text.count(old) == 0:
        sys.exit(f"{path}: there is no '{old}' any more: bring CHANGES up to date")
    try:
        path.write_text(text.replace(old, new))
        found = pins()
    finally:
        path.write_text(text)
    print(f"{'ok ' if found == 'fail' else 'BAD'} {file}: {old} -> {new}: pins {found}", flush=True)
    return found == "fail"


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    changes = [change for change in CHANGES if wanted in " ".join(change)]
    if (found := pins()) != "hold":
        sys.exit(f"without a change the pins {found}")
    caught = sum(noticed(*change) for change in changes)
    print(f"{caught} of {len(changes)} changed constants are noticed")
    sys.exit(caught != len(changes))


if __name__ == "__main__":
    main()
