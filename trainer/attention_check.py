"""The start-up self-test: does the model attend to earlier documents exactly if it was told to?"""

import dataclasses
import math

import torch

from trainer.errors import AttentionError, DivergedError
from trainer.language_model import LanguageModel
from trainer.rows import Batch

# Nats of a token's loss. A kernel may sum in another order when the first document changes; a leak
# is larger.
TOLERANCE = {"float32": 1e-4, "bfloat16": 1e-2}


def check_document_attention(model: LanguageModel, batch: Batch, mode: str, precision: str) -> None:
    """Change every token of the first half of a row and look at the second half.

    Two documents of half a row each stand in every row, in the shape of a training batch. "isolated":
    the second must not change. "across": it must. What transformers does with positions depends on
    its version, the attention kernel and whether a mask or a cache is given; this asks the model itself.

    Raises:
        AttentionError: the model does the other thing.
        DivergedError: its losses are not finite.
    """
    rows, length = batch.inputs_BL.shape
    if length < 4:
        return
    half = length // 2
    device = batch.inputs_BL.device
    vocabulary = model.network.config.vocab_size
    generator = torch.Generator().manual_seed(0)
    inputs_BL = torch.randint(vocabulary, (rows, length), generator=generator).to(device)
    changed_BL = inputs_BL.clone()
    changed_BL[:, :half] = (changed_BL[:, :half] + vocabulary // 2) % vocabulary
    positions_BL = torch.arange(length, device=device).repeat(rows, 1)
    if mode == "isolated":
        positions_BL[:, half:] -= half
    losses = []
    for tokens_BL in (inputs_BL, changed_BL):
        probe = dataclasses.replace(batch, inputs_BL=tokens_BL, targets_BL=inputs_BL, positions_BL=positions_BL)
        with torch.no_grad():
            losses.append(model(probe)[0][:, half:])
    change = float((losses[0] - losses[1]).abs().max())
    if not math.isfinite(change):
        raise DivergedError("the model's losses are NaN or infinite before the first step: look at its weights")
    tolerance = TOLERANCE[precision]
    if (change > tolerance) == (mode == "isolated"):
        seen = "sees" if mode == "isolated" else "does not see"
        raise AttentionError(
            f'"data.documentAttention" is "{mode}", but a document {seen} the one before it: its losses '
            f"changed by {change:.2e} nats (tolerance {tolerance:.0e}) with "
            f'"compute.attention" = {model.network.config._attn_implementation}',
            change=change,
        )
