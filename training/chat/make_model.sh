#!/bin/bash
# Makes models/parley-small.gguf from the corpus: make_model.sh CORPUS_FOLDER WORK_FOLDER OUT.gguf
# About eight and a half hours on two idle cores with AVX-512 BF16. A run that was stopped goes on from its last checkpoint.
set -eu
corpus=$(realpath "$1") out=$(realpath "$3")
mkdir -p "$2"
work=$(realpath "$2")
export PYTHON=${PYTHON:-python3}
cd "$(dirname "$0")"

train() { # PHASE SEED SMALL_TALK REFUSALS LESSONS COPYING RECALL OPTIONS...: rows of each kind
  local rows=$work/$1
  [ -d "$rows" ] || ./make_data.sh "$rows" "$corpus" "${@:2:6}"
  "$PYTHON" train_chat.py --work "$work" --data "$rows"/*.jsonl --compile "${@:8}"
}

keep() { # PHASE: its last checkpoint, for the mean
  [ -e "$work/$1.pt" ] || cp "$work/checkpoint.pt" "$work/$1.pt"
}

# First it learns to copy; then small talk, while the rate falls.
train phase1 1 60000 30000 20000 25000 60000 --until 8.8e6
train phase2 2 110000 40000 10000 5000 25000 --until 13e6
train phase2 2 110000 40000 10000 5000 25000 --from 13e6 --until 19.6e6 --rate 1 0.4
train phase3 3 100000 32000 7000 2500 14000 --from 19.6e6 --until 27.3e6 --rate 0.4 0.15
train phase4 4 100000 32000 7000 2500 14000 --from 27.3e6 --until 34.8e6 --rate 0.27 0
train phase5 5 30000 9000 7000 1500 12000 --from 34.8e6 --until 37.4e6 --rate 0.22 0
train phase6 6 150000 48000 9000 3000 20000 --from 37.4e6 --until 49e6 --rate 0.4 0.3
train phase7 7 150000 48000 9000 3000 20000 --from 49e6 --until 60e6 --rate 0.3 0
train phase8 10 120000 34000 10000 2500 24000 --from 60e6 --until 78.5e6 --rate 0.42 0.07
train phase9 11 40000 14000 7000 1500 14000 --from 78.5e6 --until 80e6 --rate 0.07 0
# From here on twice as wide.
train phase10 21 120000 34000 8000 2500 24000 --hidden 1408 --from 80e6 --until 101.7e6 --rate 0.42 0.062
train phase11 22 60000 20000 8000 1500 16000 --from 101.7e6 --until 104.2e6 --rate 0.062 0
train phase12 23 80000 34000 8000 1500 20000 --from 104.2e6 --until 108.8e6 --rate 0.16 0
train phase13 29 170000 70000 9000 2500 26000 --from 108.8e6 --until 137e6 --rate 0.36 0
keep phase13
train phase14 30 90000 34000 9000 1500 16000 --from 137e6 --until 141e6 --rate 0.15 0
keep phase14
"$PYTHON" write_gguf.py "$work/tokenizer.model" "$out" "$work/phase13.pt" "$work/phase14.pt"
