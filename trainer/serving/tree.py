"""Sequences that begin alike, laid out so that what they share is computed once.

A row holds several sequences as a tree: the tokens of every distinct prefix once, side by side. A token attends
to its ancestors alone and its position is its depth, so that each sequence is seen as if it were by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

SHORT_ROW = 128
"""Tokens of a row up to which padding it is cheaper than a pass more."""


@dataclass
class TreeRow:
    """Several sequences as one line of tokens; a slot is a place in it."""

    token_ids: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    branches: list[tuple[int, int, int | None]] = field(default_factory=list)
    """First slot, slot after the last, and the slot that they follow: each run of tokens of its own."""
    paths: dict[int, list[int]] = field(default_factory=dict)
    """Slots of each sequence, by the sequence's index."""

    def add(self, index: int, sequence: Sequence[int], shared: Sequence[int]) -> list[int]:
        first, end = len(self.token_ids), len(self.token_ids) + len(sequence) - len(shared)
        if end > first:
            self.branches.append((first, end, shared[-1] if shared else None))
        self.token_ids.extend(sequence[len(shared) :])
        self.depths.extend(range(len(shared), len(sequence)))
        self.paths[index] = [*shared, *range(first, end)]
        return self.paths[index]


def tree_rows(sequences: Sequence[Sequence[int]], *, share: bool, slots: int) -> list[TreeRow]:
    """Lay sequences out in rows, each in the row of its neighbours if a quarter of it or more is theirs too.

    Args:
        share: False gives every sequence a row of its own.
        slots: tokens of a row, above which no sequence joins; twice a sequence's length where that is more.

    Example:
        ``[1, 2, 3]`` and ``[1, 2, 4]`` make one row of tokens ``1 2 3 4`` with paths ``0 1 2`` and ``0 1 3``.
    """
    rows: list[TreeRow] = []
    previous: Sequence[int] = ()
    path: list[int] = []
    # In this order the longest prefix that a sequence shares with any before is the one with its neighbour.
    for index in sorted(range(len(sequences)), key=lambda each: sequences[each]):
        sequence = sequences[index]
        shared = _common_length(previous, sequence) if share else 0
        joins = 4 * shared >= len(sequence) and shared > 0
        if not joins or len(rows[-1].token_ids) + len(sequence) - shared > max(slots, 2 * len(sequence)):
            rows.append(TreeRow())
            shared = 0
        path = rows[-1].add(index, sequence, path[:shared])
        previous = sequence
    return rows


def passes(rows: Sequence[TreeRow], tokens: int) -> list[list[TreeRow]]:
    """Rows of like length together, each pass with at most so many tokens, padding counted; one row at least.

    An eighth of a row may be padding, which costs what tokens cost; short rows cost less than a pass of their own.
    """
    batches: list[list[TreeRow]] = []
    for row in sorted(rows, key=lambda each: -len(each.token_ids)):
        longest = len(batches[-1][0].token_ids) if batches else 0
        is_alike = 8 * len(row.token_ids) >= 7 * longest or longest <= SHORT_ROW
        if batches and is_alike and longest * (len(batches[-1]) + 1) <= tokens:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def model_inputs(rows: Sequence[TreeRow], window: int | None) -> dict[str, Tensor]:
    """What the model is called with for one pass: R rows of S slots, padded on the right.

    Args:
        window: tokens that a token attends to, itself included; None for all before it.

    Returns:
        ``input_ids`` and ``position_ids`` (R, S), and ``attention_mask``: (R, S) of 0 and 1 where each row is one
        sequence, else bool (R, 1, S, S).
    """
    slots = max(len(row.token_ids) for row in rows)

    def padded(lists: list[list[int]]) -> Tensor:
        return torch.tensor([values + [0] * (slots - len(values)) for values in lists])

    inputs = {
        "input_ids": padded([row.token_ids for row in rows]),
        "position_ids": padded([row.depths for row in rows]),
    }
    if all(len(row.branches) == 1 for row in rows):
        return {**inputs, "attention_mask": padded([[1] * len(row.token_ids) for row in rows])}
    masks = torch.stack([_ancestors(row, slots) for row in rows])
    if window is not None:
        depths = inputs["position_ids"]
        masks &= depths[:, :, None] - depths[:, None, :] < window
    return {**inputs, "attention_mask": masks[:, None]}


def _ancestors(row: TreeRow, slots: int) -> Tensor:
    """Bool (S, S): whether a slot (line) attends to another (column); padding attends to itself alone."""
    mask = torch.eye(slots, dtype=torch.bool)
    for first, end, parent in row.branches:
        mask[first:end, first:end] = torch.ones(end - first, end - first, dtype=torch.bool).tril()
        if parent is not None:
            mask[first:end] |= mask[parent]
    return mask


def _common_length(left: Sequence[int], right: Sequence[int]) -> int:
    length = 0
    for one, other in zip(left, right):
        if one != other:
            break
        length += 1
    return length
