"""Which domain a row of training is drawn from, so that every stretch of rows has the mixture's shares."""

from fractions import Fraction


class Mixture:
    """Spreads domains over the rows 0, 1, 2, ... in proportion to their weights.

    The first domain takes row g when floor((g + 1) s) > floor(g s) for its share s; the rows that it
    leaves are numbered anew and go to the second in the same way, and so on. After any number n of
    rows a domain of share s has had n s of them, give or take fewer rows than there are domains, and
    how many it had before row g is known without going through them. Weights are taken as the
    decimals written in the configuration, in exact arithmetic.

    Example:
        >>> [Mixture([0.5, 0.25, 0.25]).locate(row) for row in range(4)]
        [(2, 0), (0, 0), (1, 0), (0, 1)]
    """

    def __init__(self, weights: list[float]) -> None:
        exact = [Fraction(str(weight)) for weight in weights]
        self.shares_of_rest = [weight / sum(exact[index:]) for index, weight in enumerate(exact)]

    def locate(self, row: int) -> tuple[int, int]:
        """The domain of a row, and how many earlier rows came from that domain."""
        for domain, share in enumerate(self.shares_of_rest):
            before = row * share.numerator // share.denominator
            if (row + 1) * share.numerator // share.denominator > before:
                return domain, before
            row -= before
        raise AssertionError("the last share is 1")

    def counts(self, rows: int) -> list[int]:
        """How many of the first `rows` rows come from each domain."""
        counts = []
        for share in self.shares_of_rest:
            counts.append(rows * share.numerator // share.denominator)
            rows -= counts[-1]
        return counts
