#!/bin/bash
# Makes models/parley-small.gguf from the corpus: make_model.sh CORPUS_FOLDER WORK_FOLDER OUT.gguf
# About two hours on two cores with AVX-512 BF16. A run that was stopped goes on from its last checkpoint.
set -eu
corpus=$(realpath "$1") out=$(realpath "$3")
mkdir -p "$2"
work=$(realpath "$2")
export PYTHON=${PYTHON:-python3}
cd "$(dirname "$0")"

train() { # PHASE SEED RECALL_ROWS COPYING_ROWS OPTIONS...
  local rows=$work/$1
  [ -s "$rows/recall.jsonl" ] || ./make_data.sh "$rows" "$corpus" "$2" "$3" "$4"
  "$PYTHON" train_chat.py --work "$work" --data "$rows"/*.jsonl --compile "${@:5}"
}

# The first phase learns to copy; in the second, with more small talk, the rate falls.
train phase1 1 60000 25000 --until 3.4e6
train phase2 3 35000 10000 --until 8e6 --decay-from 3.4e6
"$PYTHON" write_gguf.py "$work" "$out"
