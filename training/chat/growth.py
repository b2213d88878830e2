"""Makes the hidden layers of a trained network wider, without a change to what it says."""
import torch

from model import ChatModel, Shape


def hidden_of(weights: dict[str, torch.Tensor]) -> int:
    return weights['blocks.0.gate.weight'].size(0)


@torch.no_grad()
def widened(weights: dict[str, torch.Tensor], shape: Shape) -> dict[str, torch.Tensor]:
    """The weights of a network of this shape. New units are as large as those that were there, and nothing listens to them yet: they say
    something once `down` has learned to hear it."""
    grown = ChatModel(shape).state_dict()
    for name, old in weights.items():
        new = grown[name]
        if new.shape == old.shape:
            new.copy_(old)
        elif name.endswith('down.weight'):
            new.zero_()[:, : old.size(1)] = old
        else:
            new.normal_(std=old.std().item())[: old.size(0)] = old
    return grown
