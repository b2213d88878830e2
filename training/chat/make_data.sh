#!/bin/bash
# Writes the rows of one phase: make_data.sh OUT_FOLDER CORPUS_FOLDER SEED and how many rows of each kind. More than a phase sees.
set -eu
out=$1 corpus=$2 seed=$3 small_talk=$4 refusals=$5 lessons=$6 copying=$7 recall=$8
python=${PYTHON:-python3}
cd "$(dirname "$0")"
mkdir -p "$out"
$python make_small_talk.py "$out/small_talk.jsonl" "$small_talk" "$seed" "$corpus"
$python make_refusals.py "$out/refusals.jsonl" "$refusals" "$seed" "$corpus"
$python make_lessons.py "$out/lessons.jsonl" "$lessons" "$seed"
$python make_copying.py "$out/copying.jsonl" "$copying" "$seed"
$python make_recall.py "$out/recall.jsonl" "$recall" "$seed" "$out/small_talk.jsonl" "$out/refusals.jsonl" "$out/lessons.jsonl"
