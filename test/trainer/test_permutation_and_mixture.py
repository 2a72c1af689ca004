from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.mixture import Mixture
from trainer.permutation import permute


@given(count=st.integers(1, 300), key=st.integers(0, 2**63 - 1))
def test_a_permutation_visits_each_position_once(count: int, key: int) -> None:
    assert sorted(permute(position, count, key) for position in range(count)) == list(range(count))


def test_permutations_of_other_keys_differ_and_mix() -> None:
    count = 1000
    orders = [[permute(position, count, key) for position in range(count)] for key in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    for order in orders:
        # A random permutation moves an element by a third of the count on average.
        moved = sum(abs(place - position) for position, place in enumerate(order)) / count
        assert 0.3 * count < moved < 0.37 * count


weights = st.lists(st.floats(0.01, 100).map(lambda value: round(value, 3)), min_size=1, max_size=5)


@given(weights=weights, rows=st.integers(1, 400))
@settings(max_examples=60)
def test_every_stretch_of_rows_has_the_shares_of_the_mixture(weights: list[float], rows: int) -> None:
    mixture = Mixture(weights)
    seen = [0] * len(weights)
    total = sum(Fraction(str(weight)) for weight in weights)
    for row in range(rows):
        domain, number = mixture.locate(row)
        assert number == seen[domain], "the rows of a domain are numbered without gaps"
        seen[domain] += 1
        for weight, count in zip(weights, seen):
            assert abs(count - (row + 1) * Fraction(str(weight)) / total) < len(weights)
    assert mixture.counts(rows) == seen


def test_a_mixture_of_the_paper_is_exact_over_each_65_rows() -> None:
    mixture = Mixture([50, 15])
    assert mixture.counts(65) == [50, 15]
    assert mixture.counts(65 * 10**12) == [50 * 10**12, 15 * 10**12]
