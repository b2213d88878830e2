#!/bin/bash
# Makes models/parley-small.gguf from the corpus: make_model.sh CORPUS_FOLDER WORK_FOLDER OUT.gguf
# About half an hour on two idle cores with AVX-512 BF16. A run that was stopped goes on from its last checkpoint.
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

# First it learns to copy, then, with more small talk, the rate falls, and once more on corrections and families.
train phase1 1 60000 30000 20000 25000 60000 --until 3e6
train phase2 4 40000 14000 6000 2000 5000 --until 6e6 --decay-from 3e6
train phase3 5 36000 14000 6000 1000 9000 --until 6.75e6 --decay-from 6e6 --highest 0.45
"$PYTHON" write_gguf.py "$work" "$out"
