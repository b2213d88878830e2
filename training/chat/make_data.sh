#!/bin/bash
# Writes the rows of one phase: make_data.sh OUT_FOLDER CORPUS_FOLDER SEED and how many rows of each kind. More than a phase sees.
# The folder is there once all its rows are.
set -eu
out=$(realpath -m "$1") corpus=$(realpath "$2") seed=$3 small_talk=$4 refusals=$5 lessons=$6 copying=$7 recall=$8
python=${PYTHON:-python3}
part=$out.part
cd "$(dirname "$0")"
rm -rf "$part"
mkdir -p "$part"
$python make_small_talk.py "$part/small_talk.jsonl" "$small_talk" "$seed" "$corpus"
$python make_refusals.py "$part/refusals.jsonl" "$refusals" "$seed" "$corpus"
$python make_lessons.py "$part/lessons.jsonl" "$lessons" "$seed"
$python make_copying.py "$part/copying.jsonl" "$copying" "$seed"
$python make_recall.py "$part/recall.jsonl" "$recall" "$seed" "$part/small_talk.jsonl" "$part/refusals.jsonl" "$part/lessons.jsonl"
rm -rf "$out"
mv "$part" "$out"
