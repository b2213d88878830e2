#!/bin/bash
# Writes the rows of one phase: make_data.sh OUT_FOLDER CORPUS_FOLDER SEED RECALL_ROWS COPYING_ROWS. More than a phase sees.
set -eu
out=$1 corpus=$2 seed=$3 recall=$4 copying=$5
python=${PYTHON:-python3}
cd "$(dirname "$0")"
mkdir -p "$out"
$python make_small_talk.py "$out/small_talk.jsonl" 60000 "$seed" "$corpus"
$python make_refusals.py "$out/refusals.jsonl" 30000 "$seed" "$corpus"
$python make_lessons.py "$out/lessons.jsonl" 20000 "$seed"
$python make_copying.py "$out/copying.jsonl" "$copying" "$seed"
$python make_recall.py "$out/recall.jsonl" "$recall" "$seed" "$out/small_talk.jsonl" "$out/refusals.jsonl" "$out/lessons.jsonl"
