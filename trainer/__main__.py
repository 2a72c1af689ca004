"""`python -m trainer COMMAND`: each command is a module with `add_arguments` and `run`."""

import argparse
import importlib
import json
import os
import sys
import traceback

COMMANDS = {
    "train": "train the run of a folder, or go on with it",
    "serve": "answer as an OpenAI-compatible server on 127.0.0.1",
    "export": "write a checkpoint as Hugging Face safetensors",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trainer")
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, help_text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_text)
        # Only the chosen command is imported: serving needs no distributed training.
        if name in sys.argv[1:2]:
            module = importlib.import_module(f"trainer.{name}")
            module.add_arguments(subparser)
            subparser.set_defaults(command_function=module.run)
    arguments = parser.parse_args()
    try:
        return arguments.command_function(arguments) or 0
    # Also what is no Exception: torch reports a failed checkpoint as a BaseException.
    except BaseException as error:  # noqa: BLE001
        traceback.print_exc()
        failure = {"name": type(error).__name__, "message": str(error), "rank": int(os.environ.get("RANK", "0"))}
        print(json.dumps({"error": failure | getattr(error, "details", {})}), file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Not sys.exit: after a failure the process groups' threads may wait for a process that is gone.
    os._exit(code)
