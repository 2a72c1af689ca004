"""Loss spikes: a loss far above those just before it."""

import statistics

WINDOW = 64
FEWEST = 16
# In robust standard deviations: about one false alarm in 10^9 steps of Gaussian noise.
THRESHOLD = 6.0


def is_spike(loss: float, recent: list[float]) -> bool:
    """Whether `loss` lies more than six robust standard deviations above the median of recent losses.

    The deviation is 1.4826 times the median absolute one, and at least 1 % of the median, so that a
    quiet stretch does not make every wobble a spike.

    Example:
        >>> is_spike(9.0, [4.0, 4.1] * 8), is_spike(4.2, [4.0, 4.1] * 8), is_spike(9.0, [4.0])
        (True, False, False)
    """
    if len(recent) < FEWEST:
        return False
    median = statistics.median(recent)
    deviation = 1.4826 * statistics.median([abs(value - median) for value in recent])
    return loss > median + THRESHOLD * max(deviation, 0.01 * median)
