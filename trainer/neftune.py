"""NEFTune: uniform noise on the embeddings while training (Jain et al. 2023, section 3.3 of the paper)."""

import torch
from torch import Tensor

from trainer.rows import Batch
from trainer.seeds import seed_of


def noise(batch: Batch, hidden_size: int, neftune: dict, seed: int, step: int) -> Tensor:
    """Noise to add to the embeddings of a micro-batch, (B, L, hidden_size) in float32.

    Each entry is uniform in [-1, 1] times alpha / sqrt(L d) ("jain") or sqrt(alpha / (L d)) ("paper"),
    where L counts the tokens of the row without its padding, or of the token's own document in it. The
    stream of a row is named by (seed, step, global row), so that it does not depend on which process
    draws it; CPU and GPU draw different numbers.
    """
    device = batch.inputs_BL.device
    generator = torch.Generator(device)
    shape = (batch.inputs_BL.shape[1], hidden_size)
    uniform_BLD = torch.empty(len(batch.rows_B), *shape, device=device)
    for index, row in enumerate(batch.rows_B.tolist()):
        generator.manual_seed(seed_of(seed, "neftune", step, row))
        uniform_BLD[index].uniform_(-1, 1, generator=generator)
    row_lengths_BL = batch.token_counts_B[:, None].expand_as(batch.inputs_BL)
    lengths_BL = row_lengths_BL if neftune["lengthOf"] == "row" else batch.document_lengths_BL
    area_BL = lengths_BL.float() * hidden_size
    alpha = neftune["alpha"]
    scale_BL = alpha / area_BL.sqrt() if neftune["formula"] == "jain" else (alpha / area_BL).sqrt()
    return uniform_BLD * scale_BL[:, :, None]
