#!/bin/bash
# Makes models/parley-small.gguf from the corpus: make_model.sh CORPUS_FOLDER WORK_FOLDER OUT.gguf
# About two hours on two cores with AVX-512 BF16. A run that was stopped goes on from its last checkpoint.
set -eu
corpus=$(realpath "$1") out=$(realpath "$3")
mkdir -p "$2"
work=$(realpath "$2")
export PYTHON=${PYTHON:-python3}
cd "$(dirname "$0")"

train() { # PHASE OPTIONS...: on the rows of this phase
  local phase=$1
  shift
  [ -s "$work/$phase/recall.jsonl" ] || ./make_data.sh "$work/$phase" "$corpus" "${phase#phase}"
  "$PYTHON" train_chat.py --work "$work" --data "$work/$phase"/*.jsonl --compile "$@"
}

train phase1 --until "${phase_1_tokens:=5e6}"
train phase2 --until "${phase_2_tokens:=12e6}" --decay-from "$phase_1_tokens"
"$PYTHON" write_gguf.py "$work" "$out"
