"""The learning rate of every step: linear warm-up, then half a cosine down to a floor."""

import math


def learning_rate(step: int, optimization: dict) -> float:
    """The rate of the step that follows `step` finished ones; `step` in [0, steps).

    It rises in a line from `warmupStart` times the maximum at step 0 to the maximum at step
    ceil(warmupShare x steps), and falls to `minLearningRate` at the last step, steps - 1.

    Source:
        Section 3.1 (warm-up from a tenth over 1 % of the steps, after Gupta et al. 2023) and Table 1
        ("Linear Warmup - Cosine"); the floor is not stated there.

    Example:
        >>> table = {"steps": 101, "warmupShare": 0.01, "warmupStart": 0.1, "learningRate": 1, "minLearningRate": 0}
        >>> [round(learning_rate(step, table), 3) for step in (0, 2, 51, 100)]
        [0.1, 1.0, 0.5, 0.0]
    """
    maximum, minimum = optimization["learningRate"], optimization["minLearningRate"]
    last = optimization["steps"] - 1
    warmup = math.ceil(optimization["warmupShare"] * optimization["steps"])
    if step < warmup:
        start = optimization["warmupStart"]
        return maximum * (start + (1 - start) * step / warmup)
    progress = (step - warmup) / (last - warmup) if last > warmup else 0.0
    return minimum + (maximum - minimum) * (1 + math.cos(math.pi * progress)) / 2
