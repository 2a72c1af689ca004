"""How the hidden states of a text become its one vector."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from trainer.errors import DataError


@dataclass(frozen=True)
class Pooling:
    """What a sentence-transformer's folder says, else the mean of all tokens."""

    mode: str = "mean"
    normalized: bool = False
    maximum_tokens: int | None = None
    """What the sentence-transformer was made for; None for the model's own context."""
    special_tokens: bool = False
    """Whether texts get the tokenizer's begin and end tokens: a sentence-transformer's do, a language model's do not."""

    @staticmethod
    def of(folder: Path) -> "Pooling":
        if not (folder / "modules.json").is_file():
            return Pooling()
        kinds = {}
        for module in json.loads((folder / "modules.json").read_text()):
            kinds[module["type"].rsplit(".", 1)[-1]] = folder / module["path"]
        unknown = sorted(kinds.keys() - {"Transformer", "Pooling", "Normalize"})
        settings = json.loads((kinds["Pooling"] / "config.json").read_text())
        chosen = [name for name, is_chosen in settings.items() if name.startswith("pooling_mode_") and is_chosen]
        modes = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
        if unknown or len(chosen) != 1 or chosen[0] not in modes:
            raise DataError(
                f"{folder} pools with {', '.join(unknown + chosen)}; this server knows {', '.join(modes)} and Normalize"
            )
        limits = folder / "sentence_bert_config.json"
        limit = json.loads(limits.read_text()).get("max_seq_length") if limits.is_file() else None
        return Pooling(modes[chosen[0]], "Normalize" in kinds, limit, True)

    def __str__(self) -> str:
        return f"{self.mode}, normalized" if self.normalized else self.mode

    def truncated(self, token_ids: list[int], kept: int) -> list[int]:
        """The first tokens; where texts have an end token, it stays the last."""
        if len(token_ids) <= kept or not self.special_tokens:
            return token_ids[:kept]
        return [*token_ids[: max(kept - 1, 0)], token_ids[-1]]

    def apply(self, hidden_RSD: Tensor, mask_RS: Tensor) -> Tensor:
        weights = mask_RS[:, :, None].float()
        if self.mode == "cls":
            pooled = hidden_RSD[:, 0]
        else:
            pooled = (hidden_RSD * weights).sum(1) / weights.sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1) if self.normalized else pooled
