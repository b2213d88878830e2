#!/bin/bash
# Makes models/parley-small.gguf from the corpus: make_model.sh CORPUS_FOLDER WORK_FOLDER OUT.gguf
# About two hours on two idle cores with AVX-512 BF16. A run that was stopped goes on from its last checkpoint.
set -eu
corpus=$(realpath "$1") out=$(realpath "$3")
mkdir -p "$2"
work=$(realpath "$2")
export PYTHON=${PYTHON:-python3}
cd "$(dirname "$0")"

train() { # PHASE SEED SMALL_TALK REFUSALS LESSONS COPYING RECALL OPTIONS...: rows of each kind
  local rows=$work/$1
  [ -s "$rows/recall.jsonl" ] || ./make_data.sh "$rows" "$corpus" "${@:2:6}"
  "$PYTHON" train_chat.py --work "$work" --data "$rows"/*.jsonl --compile "${@:8}"
}

# First it learns to copy; then small talk, while the rate falls.
train phase1 1 60000 30000 20000 25000 60000 --until 8.8e6
train phase2 2 110000 40000 10000 5000 25000 --until 13e6
train phase2 2 110000 40000 10000 5000 25000 --from 13e6 --until 19.6e6 --rate 1 0.4
train phase3 3 100000 32000 7000 2500 14000 --from 19.6e6 --until 27.3e6 --rate 0.4 0.15
train phase4 4 100000 32000 7000 2500 14000 --from 27.3e6 --until 34.8e6 --rate 0.27 0
train phase5 5 30000 9000 7000 1500 12000 --from 34.8e6 --until 37.4e6 --rate 0.22 0
"$PYTHON" write_gguf.py "$work" "$out"
