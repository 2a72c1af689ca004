"""Errors that a person can act on; `details` travels in the JSON line that ends a failed run."""


class TrainerError(Exception):
    """Base of the errors below; `details` holds what the message names, for programs."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


class ConfigError(TrainerError):
    """The configuration cannot be run; the reader changes it."""


class DataError(TrainerError):
    """Token shards or weights are not what they should be; the reader mends the data."""


class CheckpointError(TrainerError):
    """A checkpoint could not be written or read."""


class DivergedError(TrainerError):
    """The loss or its gradient is NaN or infinite."""


class AttentionError(TrainerError):
    """The model does not attend as `data.documentAttention` says."""


class LicenceError(TrainerError):
    """A model is not open to the purpose that was declared, by the licences of what went into it."""
