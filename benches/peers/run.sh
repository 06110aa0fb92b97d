#!/bin/sh
# The same interpolation in scikit-learn, PyTorch and rethink, one after another.
#
#   benches/peers/run.sh --data DIR [--sizes "5000 10000 20000"] [--venv DIR]
#
# DIR is the data folder of rethink: it holds mnist/ with the four IDX files.
# Makes a virtual environment (in target/peers unless --venv is given) with
# scikit-learn and PyTorch. Prints one table: seconds to build and solve, seconds to
# predict 10,000 points, peak memory, test error, norm.
set -eu
cd "$(dirname "$0")/../.."
data= sizes="5000 10000 20000" venv=target/peers
while [ $# -gt 1 ]; do
    case $1 in
    --data) data=$2 ;;
    --sizes) sizes=$2 ;;
    --venv) venv=$2 ;;
    *) echo "run.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
done
[ -n "$data" ] || { echo "run.sh: give the data folder: --data DIR" >&2; exit 2; }

if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/python" -c "import sklearn" 2>/dev/null || "$venv/bin/pip" install --quiet numpy scipy scikit-learn
"$venv/bin/python" -c "import torch" 2>/dev/null || "$venv/bin/pip" install --quiet torch
cargo build --release --quiet

printf '%-32s %7s %9s %9s %8s %8s %9s\n' program n solve_s predict_s peak_GB error norm
for n in $sizes; do
    for peer in scikit-learn-f64 torch-f64 torch-f32; do
        "$venv/bin/python" benches/peers/interpolate.py "$peer" "$data" "$n" || echo "$peer $n failed"
    done
    for options in "refined-cholesky f64" "cholesky f64" "cholesky f32" "conjugate-gradients f32"; do
        set -- $options
        # The first n images of the file, which the peers take too.
        target/release/rethink interpolate --dataset mnist --data-dir "$data" \
            --kernel gaussian:5 --train-size "$n" --file-order \
            --solver "$1" --precision "$2" --quiet --format csv |
            awk -F, -v name="rethink-$1-$2" -v n="$n" '
                NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
                function value(name) { return $column[name] }
                {
                    # In single precision the norm is known to be no less than a bound only.
                    norm = value("rkhs_norm") == "" ? "-" : sprintf("%.2f", value("rkhs_norm"))
                    printf "%-32s %7d %9.2f %9.2f %8.2f %8.4f %9s\n", name, n,
                        value("gram_seconds") + value("solve_seconds"), value("predict_seconds"),
                        value("peak_bytes") / 1e9, value("test_error"), norm
                }'
    done
done
