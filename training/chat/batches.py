"""Batches of chats of about one length: nothing of one chat is seen by another, and little is wasted on padding."""
import random
from collections.abc import Iterator

import numpy as np
import torch

#: Lengths are rounded up to one of these, so that the network is compiled for few shapes.
LENGTHS = (32, 48, 64, 80, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024)


class Rows:
    """All rows in two flat arrays."""

    def __init__(self, ids: np.ndarray, weights: np.ndarray, starts: np.ndarray):
        self.ids, self.weights, self.starts = ids, weights, starts

    def __len__(self) -> int:
        return len(self.starts) - 1


def batches(rows: Rows, tokens: int, seed: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """Endless (inputs, positions that are learned, their targets, their weights): about `tokens` inputs each, every row once an epoch."""
    order = random.Random(seed)
    waiting: dict[int, list[int]] = {length: [] for length in LENGTHS}
    while True:
        epoch = list(range(len(rows)))
        order.shuffle(epoch)
        for row in epoch:
            size = int(rows.starts[row + 1] - rows.starts[row]) - 1
            length = next((length for length in LENGTHS if length >= size), LENGTHS[-1])
            waiting[length].append(row)
            if len(waiting[length]) * length >= tokens:
                yield batch(rows, waiting[length], length)
                waiting[length] = []


def batch(rows: Rows, picked: list[int], length: int):
    inputs = np.zeros((len(picked), length), np.int64)
    targets = np.zeros((len(picked), length), np.int64)
    weights = np.zeros((len(picked), length), np.float32)
    for at, row in enumerate(picked):
        start = rows.starts[row]
        end = min(rows.starts[row + 1], start + length + 1)
        size = end - start - 1
        inputs[at, :size] = rows.ids[start : end - 1]
        targets[at, :size] = rows.ids[start + 1 : end]
        weights[at, :size] = rows.weights[start + 1 : end]
    where = np.flatnonzero(weights)
    return torch.from_numpy(inputs), torch.from_numpy(where), torch.from_numpy(targets.reshape(-1)[where]), torch.from_numpy(weights.reshape(-1)[where])
