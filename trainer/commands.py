"""The commands of `python -m trainer`: each is a module with `add_arguments` and `run`."""

import argparse
import importlib
import os

COMMANDS = {
    "train": "train the run of a folder, or go on with it",
    "serve": "answer as an OpenAI-compatible server on 127.0.0.1",
    "export": "write a checkpoint as Hugging Face safetensors",
    "work": "carry out train and export commands that come on stdin, one after another",
}


def parse(words: list[str]) -> argparse.Namespace:
    """Arguments of a command, and its function as `command_function`."""
    parser = argparse.ArgumentParser(prog="python -m trainer")
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, help_text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_text)
        # Only the chosen command is imported: serving needs no distributed training.
        if name in words[:1]:
            module = importlib.import_module(f"trainer.{name}")
            module.add_arguments(subparser)
            subparser.set_defaults(command_function=module.run)
    return parser.parse_args(words)


def describe(error: BaseException) -> dict:
    """A failure as the other side reads it."""
    failure = {"name": type(error).__name__, "message": str(error), "rank": int(os.environ.get("RANK", "0"))}
    return failure | getattr(error, "details", {})
