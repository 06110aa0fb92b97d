#!/bin/sh
# All weights-only measures of one checkpoint in WeightWatcher and in rethink, one
# after the other.
#
#   benches/peers/measure.sh [--small] [--repeats N] [--venv DIR] [--program FILE]
#
# Makes a virtual environment (in target/peers unless --venv is given) with
# WeightWatcher 0.7 and PyTorch, and a seeded checkpoint of 25 million parameters in
# about 50 convolutional and dense layers (--small: a hundredth of that). The program
# is built for release unless it is given. Prints one table of seconds, and one of how
# far the numbers agree, layer by layer, with the reason where they do not.
set -eu
cd "$(dirname "$0")/../.."
size=full repeats=3 venv=target/peers program=
while [ $# -gt 0 ]; do
    case $1 in
    --small) size=small; shift; continue ;;
    --repeats) [ $# -gt 1 ] && repeats=$2 ;;
    --venv) [ $# -gt 1 ] && venv=$2 ;;
    --program) [ $# -gt 1 ] && program=$2 ;;
    *) echo "measure.sh: unknown option $1" >&2; exit 2 ;;
    esac
    [ $# -gt 1 ] || { echo "measure.sh: $1 needs a value" >&2; exit 2; }
    shift 2
done

if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/python" -c "import torch" 2>/dev/null ||
    "$venv/bin/pip" install --quiet torch
"$venv/bin/python" -c "import weightwatcher, safetensors" 2>/dev/null ||
    "$venv/bin/pip" install --quiet "weightwatcher>=0.7,<0.8" safetensors
if [ -z "$program" ]; then
    cargo build --release --quiet
    program=target/release/rethink
fi
"$venv/bin/python" benches/peers/measure.py "$program" "$size" "$repeats"
