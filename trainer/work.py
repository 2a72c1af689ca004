"""`python -m trainer work`: many small runs in one process, which would each wait for the same imports.

Each line of stdin is a JSON list, the words of a `train` or `export` command; each is answered with a
JSON line on stdout when it is done: {"done": [...]} or {"error": {...}, "of": [...]}. When stdin is closed
the process ends at once, as it would by SIGKILL: checkpoints and exports are whole or not there.
"""

import argparse
import contextlib
import json
import os
import queue
import sys
import threading
import traceback

from trainer.commands import describe, parse
from trainer.errors import ConfigError

ALLOWED = ("train", "export")


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Everything comes on stdin."""


def run(_arguments: argparse.Namespace) -> None:
    commands: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=read_commands, args=(commands,), name="commands", daemon=True).start()
    while True:
        words: object = None
        try:
            words = json.loads(commands.get())
            # What a command prints is for people: stdout has the answers alone.
            with contextlib.redirect_stdout(sys.stderr):
                carry_out(words)
            answer = {"done": words}
        except BaseException as error:  # noqa: BLE001 - the next command may be right
            traceback.print_exc()
            answer = {"error": describe(error), "of": words}
        print(json.dumps(answer), flush=True)


def read_commands(commands: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        commands.put(line)
    os._exit(0)


def carry_out(words: object) -> None:
    """Raises: ConfigError: no `train` or `export` command; or what the command raises."""
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or words[:1] == []:
        raise ConfigError(f"a command must be a JSON list of words, got {json.dumps(words)}")
    if words[0] not in ALLOWED:
        raise ConfigError(f"a command must be one of {', '.join(ALLOWED)}, got {words[0]}")
    arguments = parse(words)
    arguments.command_function(arguments)
