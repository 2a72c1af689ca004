"""AdamW with weight decay on the parameters that the configuration names."""

import torch
from torch import nn
from torch.optim import AdamW


def build_optimizer(network: nn.Module, optimization: dict) -> AdamW:
    """Two groups: decayed parameters and the others; the learning rate is set before each step.

    Source:
        Table 1: betas (0.9, 0.95), weight decay 0.1. Which parameters decay is not stated there.
    """
    everything = optimization["decayedParameters"] == "all"
    decayed = [parameter for parameter in network.parameters() if everything or parameter.ndim >= 2]
    others = [parameter for parameter in network.parameters() if not everything and parameter.ndim < 2]
    groups = [
        {"params": decayed, "weight_decay": optimization["weightDecay"]},
        {"params": others, "weight_decay": 0.0},
    ]
    return AdamW(
        [group for group in groups if group["params"]],
        lr=optimization["learningRate"],
        betas=tuple(optimization["betas"]),
        eps=optimization["epsilon"],
        fused=True,
    )


def total_norm(network: nn.Module) -> torch.Tensor:
    """The norm of the whole gradient, all shards together."""
    norm = nn.utils.get_total_norm([parameter.grad for parameter in network.parameters()])
    # Of sharded gradients only `full_tensor` is the whole norm; every process has to ask for it.
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm
