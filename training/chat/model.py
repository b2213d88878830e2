"""The network: a decoder of the Qwen3 kind, which llama.cpp runs as it is (`qwen3`)."""
from dataclasses import dataclass
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 3072
    width: int = 256
    layers: int = 8
    heads: int = 4
    head_width: int = 64
    hidden: int = 704
    context: int = 1024
    rope_base: float = 10_000.0
    norm_epsilon: float = 1e-6


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight).to(x.dtype)


class Block(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        inner = shape.heads * shape.head_width
        self.attention_norm = Norm(shape.width, shape.norm_epsilon)
        self.q_norm = Norm(shape.head_width, shape.norm_epsilon)
        self.k_norm = Norm(shape.head_width, shape.norm_epsilon)
        self.q = nn.Linear(shape.width, inner, bias=False)
        self.k = nn.Linear(shape.width, inner, bias=False)
        self.v = nn.Linear(shape.width, inner, bias=False)
        self.o = nn.Linear(inner, shape.width, bias=False)
        self.hidden_norm = Norm(shape.width, shape.norm_epsilon)
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x, cos, sin):
        rows, length, _ = x.shape
        split = lambda t: t.view(rows, length, -1, self.shape.head_width)
        n = self.attention_norm(x)
        q = turned(self.q_norm(split(self.q(n))), cos, sin).transpose(1, 2)
        k = turned(self.k_norm(split(self.k(n))), cos, sin).transpose(1, 2)
        v = split(self.v(n)).transpose(1, 2)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(seen.transpose(1, 2).reshape(rows, length, -1))
        n = self.hidden_norm(x)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))


def turned(t, cos, sin):
    """Rotary positions; a pair is an entry of the first half and its neighbour in the second (llama.cpp's NEOX order)."""
    a, b = t.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(t.dtype)


class ChatModel(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.norm_epsilon)
        half = torch.arange(0, shape.head_width, 2).float() / shape.head_width
        angles = torch.outer(torch.arange(shape.context).float(), shape.rope_base**-half)
        self.register_buffer('cos', angles.cos()[None, :, None], persistent=False)
        self.register_buffer('sin', angles.sin()[None, :, None], persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() < 2:
                continue
            last = name.endswith(('o.weight', 'down.weight'))
            nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * shape.layers) if last else 1))

    def forward(self, tokens, at=None):
        """Logits of every position, or of those that `at` (flat indices) names: the others cost nothing then."""
        length = tokens.shape[1]
        cos, sin = self.cos[:, :length], self.sin[:, :length]
        x = self.embedding(tokens)
        if torch.is_autocast_enabled('cpu'):
            x, cos, sin = x.bfloat16(), cos.bfloat16(), sin.bfloat16()
        for block in self.blocks:
            x = block(x, cos, sin)
        if at is not None:
            x = x.flatten(0, 1)[at]
        return F.linear(self.norm(x), self.embedding.weight)
