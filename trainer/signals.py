"""SIGTERM and SIGUSR1 ask for a save and a clean end; the loop looks once a step."""

import signal
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)


class StopRequest:
    """Remembers the first signal that this process was sent."""

    def __init__(self) -> None:
        self.received: int | None = None
        for number in SIGNALS:
            signal.signal(number, self.receive)

    def receive(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or number

    def flags(self) -> list[float]:
        """One 1 for the signal received; summed over processes, all of them stop at the same step."""
        return [float(self.received == number) for number in SIGNALS]


def name_of(flags: list[float]) -> str | None:
    """The signal that any process received."""
    return next((signal.Signals(number).name for number, flag in zip(SIGNALS, flags) if flag), None)
