"""The module that is sharded: a transformers model whose forward pass ends in the loss of each token.

The loss is made inside the forward pass of the sharded root, because only there are the weights of
the embedding, the last norm and the output layer gathered.

Shape suffixes: B = rows, L = positions, D = hidden size, V = vocabulary, E = experts.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from trainer.rows import UNSUPERVISED, Batch


class LanguageModel(nn.Module):
    """Losses of a batch under `network`; nothing is averaged here."""

    def __init__(self, network: PreTrainedModel, loss_chunk_tokens: int | None) -> None:
        super().__init__()
        self.network = network
        self.loss_chunk_tokens = loss_chunk_tokens

    def forward(self, batch: Batch, noise_BLD: Tensor | None = None, router: bool = False) -> tuple[Tensor, Tensor]:
        """The loss of every token in float32 nats, (B, L), 0 where unsupervised; and each row's router loss, (B,)."""
        hidden_BLD, router_logits = self.hidden_states(batch, noise_BLD, router)
        losses_N = self.token_losses(hidden_BLD.flatten(0, 1), batch.targets_BL.flatten())
        # A copy: FSDP hooks onto what the root returns, which must not be a view.
        losses_BL = losses_N.view_as(batch.targets_BL).clone()
        if router_logits is None:
            return losses_BL, losses_BL.new_zeros(len(losses_BL))
        return losses_BL, self.router_losses(router_logits, batch)

    def hidden_states(self, batch: Batch, noise_BLD: Tensor | None = None, router: bool = False) -> tuple:
        embeddings_BLD = self.network.get_input_embeddings()(batch.inputs_BL)
        if noise_BLD is not None:
            embeddings_BLD = embeddings_BLD + noise_BLD.to(embeddings_BLD.dtype)
        # Positions that begin again tell transformers where documents begin, but only without any
        # attention mask and without a cache: with either, documents silently see each other.
        output = self.network.model(
            inputs_embeds=embeddings_BLD,
            position_ids=batch.positions_BL,
            use_cache=False,
            **({"output_router_logits": True} if router else {}),
        )
        return output.last_hidden_state, output.router_logits if router else None

    def token_losses(self, hidden_ND: Tensor, targets_N: Tensor) -> Tensor:
        """Cross-entropy of each token; logits exist for `loss_chunk_tokens` at a time, forward and backward."""
        if self.loss_chunk_tokens is None:
            return self.losses_of_chunk(hidden_ND, targets_N)
        chunks = zip(hidden_ND.split(self.loss_chunk_tokens), targets_N.split(self.loss_chunk_tokens))
        return torch.cat([checkpoint(self.losses_of_chunk, *chunk, use_reentrant=False) for chunk in chunks])

    def losses_of_chunk(self, hidden_ND: Tensor, targets_N: Tensor) -> Tensor:
        logits_NV = self.network.lm_head(hidden_ND).float()
        return cross_entropy(logits_NV, targets_N, ignore_index=UNSUPERVISED, reduction="none")

    def router_losses(self, router_logits: tuple[Tensor, ...], batch: Batch) -> Tensor:
        """Mixtral's load-balancing loss of each row by itself, over its tokens without padding.

        The loss is not linear in the tokens that it is taken over. Per row it does not depend on how
        rows are spread over processes and micro-batches; with one row a micro-batch it is exactly
        what transformers computes.
        """
        config, length = self.network.config, batch.inputs_BL.shape[1]
        rows = len(batch.rows_B)
        by_layer = [logits.float().view(rows, length, -1) for logits in router_logits]
        padding_free = [slice(0, count) for count in batch.token_counts_B.tolist()]
        return torch.stack(
            [
                load_balancing_loss_func(
                    tuple(logits_BLE[row, kept] for logits_BLE in by_layer),
                    config.num_local_experts,
                    config.num_experts_per_tok,
                )
                for row, kept in enumerate(padding_free)
            ]
        )
