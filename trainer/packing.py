"""Cuts a domain's tokens into rows: a stream in equal chunks, or whole documents packed together.

A row is a list of segments; a segment is a run of tokens that stays together. The model reads its
tokens and each one's target is the token that follows; `targets` says how many of them have one.
"""

from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np

from trainer.errors import DataError
from trainer.permutation import permute
from trainer.seeds import seed_of
from trainer.token_shards import TokenShards

# Rows kept open while packing: a document goes into the fullest that has room for it.
OPEN_ROWS = 32


class Segment(NamedTuple):
    start: int
    length: int
    targets: int


class Cutter(Protocol):
    """`count` rows in an epoch; `segments(row)` of each."""

    count: int

    def segments(self, row: int) -> list[Segment]: ...


class Chunks:
    """Row r reads tokens [r L, (r + 1) L) of the whole stream; targets are one further.

    The last target of a row is the first token of the next, so over an epoch every token but the
    very first is a target once; the last row may be short. With `isolated` attention a row is cut
    where documents begin, and the last token of a document has no target, since the model would
    have to guess another document.
    """

    def __init__(self, shards: TokenShards, context_length: int, isolated: bool) -> None:
        self.token_count = shards.token_count
        self.context_length = context_length
        self.document_starts = shards.document_starts if isolated else None
        self.count = max(0, -(-(self.token_count - 1) // context_length))

    def segments(self, row: int) -> list[Segment]:
        start = row * self.context_length
        stop = min(start + self.context_length, self.token_count - 1)
        if self.document_starts is None:
            return [Segment(start, stop - start, stop - start)]
        first, last = np.searchsorted(self.document_starts, [start, stop], side="right")
        edges = [start, *self.document_starts[first:last].tolist(), stop]
        next_begins = stop in self.document_starts[last - 1 : last]
        pieces = [(a, b) for a, b in pairwise(edges) if b > a]
        ends_document = [True] * (len(pieces) - 1) + [next_begins]
        return [Segment(a, b - a, b - a - ends) for (a, b), ends in zip(pieces, ends_document)]


class PackedDocuments:
    """Whole documents, in an order fixed by the seed, packed into rows of at most L tokens.

    Each document goes into the fullest of the last 32 open rows that has room. A document longer
    than L is an error, cut into pieces that lose no target ("split"), or cut off ("truncate").
    """

    def __init__(self, shards: TokenShards, context_length: int, seed: int, long_documents: str) -> None:
        starts = shards.document_starts
        lengths = np.diff(starts)
        too_long = np.flatnonzero(lengths > context_length)
        if long_documents == "error" and len(too_long):
            worst = int(lengths.argmax())
            raise DataError(
                f"{shards.folder}: {len(too_long)} of {len(lengths)} documents are longer than "
                f'"data.contextLength" = {context_length} tokens; the longest, number {worst}, has {lengths[worst]}. '
                'Set "data.longDocuments" to "split" or "truncate", or a longer context',
                path=str(shards.folder),
                row=worst,
            )
        open_rows: list[list[Segment]] = []
        room: list[int] = []
        rows: list[list[Segment]] = []
        for position in range(len(lengths)):
            document = permute(position, len(lengths), seed)
            start, length = int(starts[document]), int(lengths[document])
            stop = start + (min(length, context_length) if long_documents == "truncate" else length)
            for begin in range(start, stop, context_length):
                size = min(context_length, stop - begin)
                has_next = begin + size < start + length
                piece = Segment(begin, size, size if has_next else size - 1)
                fitting = [index for index in range(len(room)) if room[index] >= size]
                if fitting:
                    index = min(fitting, key=lambda candidate: room[candidate])
                else:
                    if len(room) == OPEN_ROWS:
                        fullest = min(range(OPEN_ROWS), key=lambda candidate: room[candidate])
                        rows.append(open_rows.pop(fullest))
                        room.pop(fullest)
                    index = len(room)
                    open_rows.append([])
                    room.append(context_length)
                open_rows[index].append(piece)
                room[index] -= size
        self.rows = rows + open_rows
        self.count = len(self.rows)

    def segments(self, row: int) -> list[Segment]:
        return self.rows[row]


def cut(shards: TokenShards, data: dict, seed: int) -> Cutter:
    """The rows of one domain as the configuration's `data` wants them."""
    if data["sampleUnit"] == "chunk":
        cutter: Cutter = Chunks(shards, data["contextLength"], data["documentAttention"] == "isolated")
    else:
        packing_seed = seed_of(seed, "packing", shards.manifest["domain"])
        cutter = PackedDocuments(shards, data["contextLength"], packing_seed, data["longDocuments"])
    if cutter.count == 0:
        raise DataError(f"{shards.folder} has too few tokens for one row", path=str(shards.folder))
    return cutter
