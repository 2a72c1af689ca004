"""Rows of training as a pure function of the seed and the row's global number: there is no loader state.

Step s of a run reads the global rows [s R, (s + 1) R), R = rowsPerStep, whatever the number of
processes; process p of P takes the p-th part of them. Row g belongs to the domain that the mixture
names, is the k-th of that domain, and so belongs to its epoch k // n; within an epoch a permutation
named by (seed, domain, epoch) visits each of the domain's n rows once.

Shape suffixes: B = rows of a micro-batch, L = context length.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainer.errors import ConfigError, DataError
from trainer.mixture import Mixture
from trainer.packing import cut
from trainer.permutation import permute
from trainer.seeds import seed_of
from trainer.token_shards import TokenShards

# The value that cross-entropy leaves out: no loss, and so no gradient, at this position.
UNSUPERVISED = -100


@dataclass
class Batch:
    """Rows that one process computes at once, with where they come from."""

    inputs_BL: Tensor
    targets_BL: Tensor
    positions_BL: Tensor
    document_lengths_BL: Tensor
    token_counts_B: Tensor
    domains_B: Tensor
    rows_B: Tensor

    @classmethod
    def of(cls, rows: list["Row"]) -> "Batch":
        return cls(*(torch.from_numpy(np.stack(column)) for column in zip(*rows)))

    def to(self, device: torch.device) -> "Batch":
        return Batch(**{name: tensor.to(device, non_blocking=True) for name, tensor in vars(self).items()})

    def supervised_by_domain(self, domains: int) -> Tensor:
        counts_B = (self.targets_BL != UNSUPERVISED).sum(dim=1).double()
        return torch.zeros(domains, dtype=torch.float64).index_add_(0, self.domains_B, counts_B)


# One row of a Batch: its fields in their order, without B.
Row = tuple[np.ndarray, ...]


class Domain:
    """The rows of one folder of token shards."""

    def __init__(self, index: int, name: str, shards: TokenShards, config: dict, vocabulary_size: int) -> None:
        if shards.tokenizer["vocabularySize"] > vocabulary_size:
            raise DataError(
                f"{shards.folder} was made with a tokenizer of {shards.tokenizer['vocabularySize']} tokens "
                f"({shards.tokenizer['name']}), the model's vocabulary has {vocabulary_size}; "
                "use the tokenizer of the model",
                path=str(shards.folder),
            )
        self.index, self.name, self.shards = index, name, shards
        self.vocabulary_size = vocabulary_size
        self.context_length = config["data"]["contextLength"]
        self.isolated = config["data"]["documentAttention"] == "isolated"
        self.seed = config["seed"]
        self.cutter = cut(shards, config["data"], config["seed"])
        self.count = self.cutter.count

    def shuffled(self, number: int) -> int:
        """The row that is read as the `number`-th of this domain, counted through all epochs."""
        epoch, position = divmod(number, self.count)
        return permute(position, self.count, seed_of(self.seed, "epoch", self.name, epoch))

    def read(self, row: int, global_row: int) -> Row:
        """Padding at the end is unsupervised, and with isolated attention a document of its own."""
        length = self.context_length
        inputs = np.full(length, self.shards.tokenizer["endTokenId"], dtype=np.int64)
        targets = np.full(length, UNSUPERVISED, dtype=np.int64)
        positions = np.arange(length)
        document_lengths = np.ones(length, dtype=np.int64)
        segments = self.cutter.segments(row)
        at = 0
        for start, size, with_target in segments:
            tokens = self.shards.tokens(start, start + max(size, with_target + 1))
            inputs[at : at + size] = tokens[:size]
            supervised = self.shards.supervised(start + 1, start + 1 + with_target)
            targets[at : at + with_target] = np.where(supervised, tokens[1 : 1 + with_target], UNSUPERVISED)
            document_lengths[at : at + size] = size
            if self.isolated:
                positions[at:] = np.arange(length - at)
            at += size
        if self.isolated:
            positions[at:] = np.arange(length - at)
        largest = max(int(inputs.max()), int(targets.max()))
        if largest >= self.vocabulary_size:
            raise DataError(
                f"{self.shards.folder} has token {largest} near token {segments[0].start}, "
                f"outside of the model's vocabulary of {self.vocabulary_size}",
                path=str(self.shards.folder),
            )
        numbers = (np.int64(at), np.int64(self.index), np.int64(global_row))
        return (inputs, targets, positions, document_lengths, *numbers)


class TrainingRows:
    """The mixture of all training domains, by global row."""

    def __init__(self, config: dict, vocabulary_size: int) -> None:
        entries = config["data"]["train"]
        self.domains = open_domains(entries, config, vocabulary_size)
        self.mixture = Mixture([entry["weight"] for entry in entries])
        self.rows_per_step = config["optimization"]["rowsPerStep"]
        self.rows_per_micro_batch = config["optimization"]["rowsPerMicroBatch"]
        self.names = [domain.name for domain in self.domains]

    def read(self, global_row: int) -> Row:
        index, number = self.mixture.locate(global_row)
        domain = self.domains[index]
        return domain.read(domain.shuffled(number), global_row)

    def step(self, step: int, rank: int, world_size: int) -> list[Batch]:
        """The micro-batches of one process in the step that follows `step` finished ones."""
        share = self.rows_per_step // world_size
        first = step * self.rows_per_step + rank * share
        return [
            Batch.of([self.read(row) for row in range(start, start + self.rows_per_micro_batch)])
            for start in range(first, first + share, self.rows_per_micro_batch)
        ]

    def epochs(self, step: int) -> dict[str, float]:
        """How often each domain has been read through after `step` steps."""
        counts = self.mixture.counts(step * self.rows_per_step)
        return {domain.name: count / domain.count for domain, count in zip(self.domains, counts)}

    def origin(self, global_row: int) -> dict:
        """Where a row comes from, for people: its domain, its own row, its tokens' numbers in the folder."""
        index, number = self.mixture.locate(global_row)
        domain = self.domains[index]
        row = domain.shuffled(number)
        segments = [[start, start + size] for start, size, _ in domain.cutter.segments(row)]
        return {"globalRow": global_row, "domain": domain.name, "row": row, "tokens": segments}


class HeldOutRows:
    """The first rows of each held-out domain, in their own order."""

    def __init__(self, config: dict, vocabulary_size: int) -> None:
        entries = config["data"]["heldOut"]
        self.domains = open_domains(entries, config, vocabulary_size)
        self.names = [domain.name for domain in self.domains]
        wanted = [min(entry["rows"], domain.count) for entry, domain in zip(entries, self.domains)]
        self.rows = [(domain, row) for domain, count in zip(self.domains, wanted) for row in range(count)]
        self.rows_per_micro_batch = config["optimization"]["rowsPerMicroBatch"]

    def batches(self, rank: int, world_size: int) -> list[Batch]:
        """This process's micro-batches: as many for each process, filled up with unsupervised rows."""
        size = self.rows_per_micro_batch
        groups = -(-len(self.rows) // size)
        batches = []
        for group in range(rank, -(-groups // world_size) * world_size, world_size):
            numbers = range(group * size, (group + 1) * size)
            batch = Batch.of([self.read(number) for number in numbers])
            batch.targets_BL[torch.tensor([number >= len(self.rows) for number in numbers])] = UNSUPERVISED
            batches.append(batch)
        return batches

    def read(self, number: int) -> Row:
        domain, row = self.rows[min(number, len(self.rows) - 1)]
        return domain.read(row, number)


def open_domains(entries: list[dict], config: dict, vocabulary_size: int) -> list[Domain]:
    """Open each entry's folder; all must have been written with one tokenizer."""
    opened = [TokenShards(entry["path"]) for entry in entries]
    tokenizers = {shards.tokenizer["fingerprint"]: shards for shards in opened}
    if len(tokenizers) > 1:
        first, second = list(tokenizers.values())[:2]
        raise ConfigError(
            f"{first.folder} and {second.folder} were made with different tokenizers "
            f"({first.tokenizer['name']}, {second.tokenizer['name']})"
        )
    return [
        Domain(index, entry["domain"], shards, config, vocabulary_size)
        for index, (entry, shards) in enumerate(zip(entries, opened))
    ]
