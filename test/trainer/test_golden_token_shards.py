"""The trainer reads the token shards that the library wrote (test/contract/token-shards-golden.ts)."""

from itertools import pairwise
from pathlib import Path

import pytest

from trainer.token_shards import TokenShards

GOLDEN = Path(__file__).resolve().parents[1] / "golden/token-shards"


def ids(document: int, count: int, vocabulary_size: int) -> list[int]:
    return [vocabulary_size - 1 - document * 31 * index for index in range(count)]


@pytest.mark.parametrize(
    ("name", "counts", "vocabulary_size", "begin"),
    [("clinical", [5, 1, 12, 30, 3, 64, 2, 9], 65_536, []), ("dialogue", [8, 20, 41, 6], 100_000, [1])],
)
def test_golden_token_shards(name: str, counts: list[int], vocabulary_size: int, begin: list[int]) -> None:
    shards = TokenShards(GOLDEN / name)
    assert shards.verify() is None
    assert len(shards.shards) > 1
    starts = shards.document_starts.tolist()
    documents = [
        shards.tokens(start, stop).tolist() for start, stop in pairwise(starts)
    ]
    assert documents == [
        [*begin, *ids(number + 1, count, vocabulary_size), 2] for number, count in enumerate(counts)
    ]
    expected = [1] * shards.token_count
    if name == "dialogue":
        expected = [
            flag
            for count in counts
            for flag in [0, *(int(index >= count / 2) for index in range(count + 1))]
        ]
    assert shards.supervised(0, shards.token_count).tolist() == expected
