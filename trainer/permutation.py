"""A seeded permutation of [0, count) that needs no memory: any position is computed by itself."""

from functools import lru_cache

from trainer.seeds import seed_of

ROUNDS = 6
MASK_64 = (1 << 64) - 1


@lru_cache(maxsize=256)
def round_keys(key: int) -> tuple[int, ...]:
    return tuple(seed_of(key, "round", index) for index in range(ROUNDS))


def mix(value: int) -> int:
    """The finalizer of splitmix64: every input bit reaches every output bit."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK_64
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK_64
    return value ^ value >> 31


def permute(position: int, count: int, key: int) -> int:
    """Where `position` goes in the permutation of [0, count) that `key` names.

    A balanced Feistel network permutes the next power of four; a value outside [0, count) is sent
    through it again, which keeps it a permutation (cycle walking; fewer than four passes expected).
    """
    half = max(1, ((count - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    value = position
    while True:
        left, right = value >> half, value & mask
        for round_key in round_keys(key):
            left, right = right, left ^ mix(right ^ round_key) & mask
        value = left << half | right
        if value < count:
            return value
