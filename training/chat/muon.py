"""Muon (Keller Jordan, 2024): momentum whose matrix updates are made orthogonal by five Newton-Schulz steps."""
import torch


@torch.no_grad()
def orthogonal(update: torch.Tensor) -> torch.Tensor:
    """The nearest matrix whose singular values are all about one."""
    a, b, c = 3.4445, -4.7750, 2.0315  # the author's coefficients for bf16
    x = update.bfloat16()
    tall = x.size(-2) > x.size(-1)
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        s = x @ x.mT
        x = a * x + (b * s + c * s @ s) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, matrices, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(matrices, {'lr': lr, 'momentum': momentum, 'weight_decay': weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group['params']:
                state = self.state[weight]
                if 'velocity' not in state:
                    state['velocity'] = torch.zeros_like(weight)
                velocity = state['velocity']
                velocity.lerp_(weight.grad, 1 - group['momentum'])
                update = orthogonal(weight.grad.lerp(velocity, group['momentum'])).float()
                weight.mul_(1 - group['lr'] * group['weight_decay'])
                weight.add_(update, alpha=-group['lr'] * max(1, weight.size(0) / weight.size(1)) ** 0.5)
