"""What the server writes about failures: which and where, never what they say, since that may quote a prompt."""

import copy
import logging
import sys
import traceback


class PlacesOnly(logging.Formatter):
    """Of an exception, and of those that led to it, the type and the lines of code."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == "asyncio" and record.exc_info:
            # Its own words hold the exception, or what a callback was given.
            record = copy.copy(record)
            record.msg, record.args = "a failure that nobody waited for", ()
        return super().format(record)

    def formatException(self, ei: tuple) -> str:
        return "\n".join(places(ei[1]))


def places(error: BaseException | None) -> list[str]:
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        lines.append(f"{type(error).__name__} (what it says is left out: it may quote a prompt)\n{frames}".rstrip())
        error = error.__cause__ or error.__context__
    return lines


def log_places_only() -> None:
    """For all loggers of this process; a library's own handlers are taken away."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlacesOnly("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
