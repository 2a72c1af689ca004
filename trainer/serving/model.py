"""A language model from a local folder: scores, continues and embeds token ids, what they share computed once.

Shape suffixes: R = rows, S = slots of a row, N = sequences, T = positions, V = vocabulary.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import torch
import transformers
from torch import Tensor
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from trainer.errors import DataError, TrainerError
from trainer.serving.pooling import Pooling
from trainer.serving.tree import TreeRow, model_inputs, passes, tree_rows

CAUSAL = set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values())
ROW_SLOTS = 4096
"""Longer rows spend more on the attention between branches, which is thrown away, than sharing saves."""
LOGITS_BYTES = 2**29
"""Memory for the logits of one pass, unless one row alone needs more."""


class ModelFailure(TrainerError):
    """The model cannot answer; the reader looks at its weights."""


@dataclass
class Scored:
    """Log-probabilities, in nats, after one sequence's tokens."""

    token_logprobs: list[float]
    """Of the tokens from the start on that was asked for, at the earliest the second, given the tokens before them;
    empty where only the next token was asked for."""
    top: list[list[tuple[int, float]]]
    """The likeliest tokens at the same places, the likeliest first."""
    next_logprobs: Tensor
    """Of what comes after the sequence, (V), float32."""


@dataclass
class Sampling:
    temperature: float
    top_p: float
    random: Random

    def choose(self, logprobs: Tensor) -> int:
        """The likeliest token at temperature 0, else a draw."""
        if self.temperature == 0:
            return int(logprobs.argmax())
        probabilities = (logprobs.double() / self.temperature).softmax(-1)
        ids = None
        if self.top_p < 1:
            probabilities, ids = probabilities.sort(descending=True, stable=True)
            kept = int(torch.searchsorted(probabilities.cumsum(-1), self.top_p)) + 1
            probabilities = probabilities[:kept]
        cumulated = probabilities.cumsum(-1)
        drawn = self.random.random() * float(cumulated[-1])
        place = min(int(torch.searchsorted(cumulated, drawn, right=True)), len(cumulated) - 1)
        return place if ids is None else int(ids[place])


@dataclass
class Continuation:
    """One sequence that is continued until `finish_reason` or `failure` is set; who waits may set the first too."""

    prompt: Sequence[int]
    sampling: Sampling
    maximum_tokens: int
    after_token: Callable[["Continuation"], None] = lambda _: None
    """Called when `token_ids` has grown, with `finish_reason` set if that was the last."""
    token_ids: list[int] = field(default_factory=list)
    token_logprobs: list[float] = field(default_factory=list)
    top: list[list[tuple[int, float]]] = field(default_factory=list)
    top_count: int = 0
    finish_reason: str | None = None
    failure: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.finish_reason is not None or self.failure is not None


class ServedModel:
    """A causal language model with its tokenizer, or an encoder of sentences."""

    def __init__(self, folder: Path, device: str, dtype: torch.dtype) -> None:
        if not (folder / "config.json").is_file():
            raise DataError(f"{folder} has no config.json: give a folder with a model in Hugging Face format")
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        self.generates = not CAUSAL.isdisjoint(config.architectures or [])
        loader = transformers.AutoModelForCausalLM if self.generates else transformers.AutoModel
        self.model, report = loader.from_pretrained(
            folder, dtype=dtype, attn_implementation="sdpa", local_files_only=True, output_loading_info=True
        )
        # transformers fills what is missing with random numbers and only warns.
        lacking = sorted(report["missing_keys"]) + [key for key, *_ in report["mismatched_keys"]]
        lacking = [key for key in lacking if not key.startswith("pooler.")]
        if lacking:
            raise DataError(f"{folder} lacks weights of its {type(self.model).__name__}: {', '.join(lacking[:5])}")
        self.model.eval().to(device)
        self.device, self.dtype, self.config = device, dtype, config
        self.context_length = int(getattr(config, "max_position_embeddings", None) or config.n_positions)
        self.vocabulary_size = int(config.vocab_size)
        self.window = getattr(config, "sliding_window", None)
        self.pooling = Pooling.of(folder)
        self.end_ids = end_token_ids(self.model) if self.generates else set()
        self.shares_prefixes = self.generates and self._sharing_agrees()

    def plan(self, sequences: Sequence[Sequence[int]]) -> list[list[TreeRow]]:
        """Passes that compute these sequences, each sequence in one of them."""
        rows = tree_rows(sequences, share=self.shares_prefixes, slots=ROW_SLOTS)
        return passes(rows, max(1, LOGITS_BYTES // (4 * self.vocabulary_size)))

    def score(
        self,
        rows: list[TreeRow],
        sequences: Sequence[Sequence[int]],
        top: Sequence[int | None],
        starts: Sequence[int] | None = None,
    ) -> dict[int, Scored | ModelFailure]:
        """Log-probabilities of the sequences of one pass.

        Args:
            top: for each sequence, how many likeliest tokens to report at each place; None where only what
                comes next is asked for.
            starts: for each sequence, the first token that is reported; the logits before it, which for a large
                vocabulary are much of the work, are not computed. None for all from the beginning.
        """
        inputs = model_inputs(rows, self.window)
        starts = starts or [0] * len(sequences)

        def wanted_slots(index: int, path: list[int]) -> list[int]:
            return path[-1:] if top[index] is None else path[max(0, starts[index] - 1) :]

        wanted = sorted({slot for row in rows for each in row.paths.items() for slot in wanted_slots(*each)})
        column = {slot: place for place, slot in enumerate(wanted)}
        logits = self._forward(inputs, logits_to_keep=torch.tensor(list(wanted), device=self.device)).logits
        results: dict[int, Scored | ModelFailure] = {}
        for row, logits_SV in zip(rows, logits):
            normalizer_S, likeliest_S, ids_S = _summary(logits_SV, max(top[each] or 0 for each in row.paths))
            for index, path in row.paths.items():
                slots = wanted_slots(index, path)
                places = torch.tensor([column[slot] for slot in slots], device=self.device)
                if not bool(normalizer_S[places].isfinite().all()):
                    results[index] = ModelFailure("the model's logits are NaN or infinite")
                    continue
                first = len(path) - len(slots) + 1
                next_ids = torch.tensor(sequences[index], device=self.device)[first:]
                chosen = logits_SV[places[:-1], next_ids].float() - normalizer_S[places[:-1]]
                if not bool(chosen.isfinite().all()):
                    position = int(chosen.isfinite().logical_not().nonzero()[0]) + first
                    results[index] = ModelFailure(
                        f"the model holds token {position} to be impossible", position=position
                    )
                    continue
                likeliest = [
                    list(zip(ids[: top[index]], values[: top[index]]))
                    for ids, values in zip(ids_S[places[:-1]].tolist(), likeliest_S[places[:-1]].tolist())
                ]
                next_logprobs = (logits_SV[places[-1]].float() - normalizer_S[places[-1]]).cpu()
                results[index] = Scored(chosen.tolist(), likeliest, next_logprobs)
        return results

    def generate(self, rows: list[TreeRow], continuations: Sequence[Continuation]) -> Iterator[None]:
        """Continue the sequences of one pass a token a step, until all are done; yields after each step."""
        places = [(number, path, index) for number, row in enumerate(rows) for index, path in row.paths.items()]
        last = sorted({path[-1] for _, path, _ in places})
        cache = transformers.DynamicCache()
        output = self._forward(
            model_inputs(rows, self.window),
            logits_to_keep=torch.tensor(last, device=self.device),
            past_key_values=cache,
        )
        logits_NV = torch.stack([output.logits[number, last.index(path[-1])] for number, path, _ in places])
        cache, mask_NT = _own_caches(cache, [(number, path) for number, path, _ in places])
        running = [continuations[index] for _, _, index in places]
        while True:
            for continuation, logprobs in zip(running, logits_NV.float().log_softmax(-1).cpu()):
                if not continuation.is_done:
                    self.append(continuation, logprobs)
            yield
            kept = [place for place, continuation in enumerate(running) if not continuation.is_done]
            if not kept:
                return
            if len(kept) < len(running):
                running = [running[place] for place in kept]
                cache.batch_select_indices(torch.tensor(kept, device=self.device))
                mask_NT = mask_NT[kept]
            mask_NT = torch.cat([mask_NT, mask_NT.new_ones(len(kept), 1)], dim=1)
            inputs = {
                "input_ids": torch.tensor([[continuation.token_ids[-1]] for continuation in running]),
                "position_ids": mask_NT.sum(dim=1, keepdim=True) - 1,
                "attention_mask": mask_NT,
            }
            logits_NV = self._forward(inputs, past_key_values=cache).logits[:, -1]

    def embed(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """One vector a sequence: the last layer's hidden states, pooled as :attr:`pooling` says."""
        vectors = [[0.0]] * len(sequences)
        for rows in passes(tree_rows(sequences, share=False, slots=0), 2**14):
            inputs = {name: value.to(self.device) for name, value in model_inputs(rows, None).items()}
            hidden_RSD = self.model.base_model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
            ).last_hidden_state.float()
            pooled = self.pooling.apply(hidden_RSD, inputs["attention_mask"])
            for row, vector in zip(rows, pooled):
                if not bool(vector.isfinite().all()):
                    raise ModelFailure("the model's hidden states are NaN or infinite")
                vectors[next(iter(row.paths))] = vector.tolist()
        return vectors

    def append(self, continuation: Continuation, logprobs: Tensor) -> None:
        """Choose the next token from the log-probabilities of all (V)."""
        if bool(logprobs.isnan().any()):
            continuation.failure = ModelFailure("the model's logits are NaN or infinite")
            return
        chosen = continuation.sampling.choose(logprobs)
        continuation.token_ids.append(chosen)
        continuation.token_logprobs.append(float(logprobs[chosen]))
        continuation.top.append(likeliest_tokens(logprobs, continuation.top_count))
        if chosen in self.end_ids:
            continuation.finish_reason = "stop"
        elif len(continuation.token_ids) >= continuation.maximum_tokens:
            continuation.finish_reason = "length"
        continuation.after_token(continuation)

    def _forward(self, inputs: dict[str, Tensor], **options: object):
        inputs = {name: value.to(self.device) for name, value in inputs.items()}
        return self.model(**inputs, use_cache="past_key_values" in options, **options)

    @torch.inference_mode()
    def _sharing_agrees(self) -> bool:
        """Whether this model, called with a tree, answers as it does for each sequence by itself."""
        if len(set(getattr(self.config, "layer_types", None) or ["one"])) > 1:
            return False  # A mask of ours would stand for every kind of layer.
        random = Random(0)
        prefix = [random.randrange(self.vocabulary_size) for _ in range(min(8, self.context_length // 2))]
        sequences = [prefix + [random.randrange(self.vocabulary_size) for _ in range(4)] for _ in range(3)]
        tolerance = 1e-4 if self.dtype == torch.float32 else 0.1

        def next_logprobs(share: bool) -> Tensor:
            rows = tree_rows(sequences, share=share, slots=ROW_SLOTS)
            results = self.score(rows, sequences, [None] * len(sequences))
            scored = [results[index] for index in range(len(sequences))]
            return torch.stack([each.next_logprobs for each in scored if isinstance(each, Scored)])

        alone, together = next_logprobs(False), next_logprobs(True)
        return alone.shape == together.shape and bool(((alone - together).abs() <= tolerance).all())


def _summary(logits_SV: Tensor, top: int) -> tuple[Tensor, Tensor, Tensor]:
    """ln sum exp (S) and the likeliest tokens' log-probabilities and ids (S, top), a part of the slots at a time."""
    parts = []
    for logits in logits_SV.split(512):
        logits = logits.float()
        normalizer = logits.logsumexp(-1)
        values, ids = logits.topk(min(top, logits.shape[-1]), dim=-1)
        parts.append((normalizer, values - normalizer[:, None], ids))
    normalizer, values, ids = (torch.cat(part) for part in zip(*parts))
    return normalizer, values, ids


def likeliest_tokens(logprobs: Tensor, count: int) -> list[tuple[int, float]]:
    values, ids = logprobs.topk(min(count, logprobs.shape[-1]))
    return [(token, value) for token, value in zip(ids.tolist(), values.tolist()) if value > -torch.inf]


def _own_caches(
    cache: transformers.DynamicCache, places: Sequence[tuple[int, list[int]]]
) -> tuple[transformers.DynamicCache, Tensor]:
    """A cache (N sequences, T positions, padded on the left) from one of rows and slots, and its mask (N, T)."""
    longest = max(len(path) for _, path in places)
    device = cache.layers[0].keys.device
    slots_NT = torch.tensor([[0] * (longest - len(path)) + path for _, path in places], device=device)
    mask_NT = torch.tensor([[0] * (longest - len(path)) + [1] * len(path) for _, path in places], device=device)
    rows_N1 = torch.tensor([[number] for number, _ in places], device=device)
    own = transformers.DynamicCache()
    for number, layer in enumerate(cache.layers):
        keys, values = (
            states[rows_N1, :, slots_NT].transpose(1, 2).contiguous() for states in (layer.keys, layer.values)
        )
        own.update(keys, values, number)
    return own, mask_NT


def end_token_ids(model: transformers.PreTrainedModel) -> set[int]:
    end = model.generation_config.eos_token_id
    end = model.config.eos_token_id if end is None else end
    return set(end) if isinstance(end, list) else set() if end is None else {end}


def fingerprint(folder: Path) -> str:
    """SHA-256 over the model's configuration, weights and tokenizer: equal folders answer alike."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".safetensors", ".bin", ".model", ".jinja", ".txt") and path.is_file():
            with path.open("rb") as file:
                whole.update(f"{path.relative_to(folder)}\0".encode())
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{whole.hexdigest()}"
