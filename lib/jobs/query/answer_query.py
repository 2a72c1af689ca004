"""Answers one DuckDB query where its files are: the rows come back as a DuckDB file, in frames on standard output.

Started as `python -c THIS PATH`: the path of a file that holds the request, JSON in base64.
After the line "rounds-answer 1" each frame is a letter, the payload's length in four bytes, highest first, and the
payload: `.` nothing but a sign of life, `D` a piece of the file, compressed by zlib as one stream, `E` an error as
JSON, `Z` the end.
"""

import base64
import json
import os
import shutil
import struct
import sys
import tempfile
import threading
import time
import zlib

PIECE_BYTES = 1 << 20
SIGN_OF_LIFE_SECONDS = 1.0
STALE_SECONDS = 24 * 3600


class Stopped(Exception):
    """The query was stopped from outside; the message says why."""


class Frames:
    """Written by two threads: the one that answers, and the one that gives signs of life."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        # What a library prints, such as a progress bar, is not to come between.
        self.file = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self.write_all(b"rounds-answer 1\n")

    def write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.file.write(view) :]

    def write(self, kind: bytes, payload: bytes = b"") -> None:
        with self.lock:
            self.write_all(kind + struct.pack(">I", len(payload)) + payload)


class Watch(threading.Thread):
    """Stops the query when nobody reads any more, when its time is over, or when its answer is too large."""

    def __init__(self, frames: Frames, connection, path: str, limits: dict) -> None:
        super().__init__(daemon=True)
        self.frames, self.connection, self.path, self.limits = frames, connection, path, limits
        self.deadline = time.monotonic() + limits["seconds"]
        self.done = threading.Event()
        self.reason: str | None = None

    def run(self) -> None:
        while not self.done.wait(SIGN_OF_LIFE_SECONDS):
            try:
                self.frames.write(b".")
            except OSError:
                self.stop("nobody reads the answer")
            if time.monotonic() > self.deadline:
                self.stop(f"it took more than {self.limits['seconds']} s")
            if size_of(self.path) > self.limits["answerBytes"]:
                self.stop(too_large(self.limits))

    def stop(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.connection.interrupt()


def size_of(path: str) -> int:
    return sum(os.path.getsize(each) for each in (path, path + ".wal") if os.path.exists(each))


def too_large(limits: dict) -> str:
    return f"its answer has more than {limits['answerBytes']:,} bytes; ask for fewer rows or columns"


def read_request(path: str) -> dict:
    with open(path, encoding="ascii") as file:
        text = file.read()
    os.unlink(path)
    return json.loads(base64.b64decode(text))


def remove_stale(folder: str) -> None:
    """What a query left behind whose machine went down."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        try:
            if time.time() - os.path.getmtime(path) > STALE_SECONDS:
                shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.unlink(path)
        except OSError:
            pass


def answer(frames: Frames, request: dict, folder: str) -> None:
    import duckdb

    limits = request["limits"]
    path = os.path.join(folder, "answer.duckdb")
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "errors_as_json": "true",
            "threads": str(limits["threads"]),
            "memory_limit": f"{limits['memoryBytes']}B",
            "temp_directory": os.path.join(folder, "spill"),
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"ATTACH '{path.replace(chr(39), chr(39) * 2)}' AS answer")
    watch = Watch(frames, connection, path, limits)
    watch.start()
    try:
        connection.execute(request["statement"])
        connection.execute("DETACH answer")
    except Exception as error:
        if watch.reason is None:
            raise
        raise Stopped(watch.reason) from error
    finally:
        watch.done.set()
        watch.join()
        connection.close()
    if size_of(path) > limits["answerBytes"]:
        raise Stopped(too_large(limits))
    send(frames, path)


def send(frames: Frames, path: str) -> None:
    compressor = zlib.compressobj(1)
    with open(path, "rb") as file:
        while piece := file.read(PIECE_BYTES):
            if compressed := compressor.compress(piece):
                frames.write(b"D", compressed)
    frames.write(b"D", compressor.flush())


def main() -> None:
    frames = Frames()
    try:
        request = read_request(sys.argv[1])
        os.makedirs(request["folder"], mode=0o700, exist_ok=True)
        remove_stale(request["folder"])
        folder = tempfile.mkdtemp(prefix="query-", dir=request["folder"])
        try:
            answer(frames, request, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        # The asker may leave as soon as it has read this.
        frames.write(b"Z")
    except BrokenPipeError:
        os._exit(1)
    except Exception as error:  # noqa: BLE001 whatever it is, the asker is told
        kinds = {ModuleNotFoundError: "missing", Stopped: "stopped"}
        kind = next((name for each, name in kinds.items() if isinstance(error, each)), "refused")
        detail = {"kind": kind, "message": str(error), "python": sys.executable}
        frames.write(b"E", json.dumps(detail).encode())


main()
