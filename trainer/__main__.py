"""`python -m trainer COMMAND`."""

import json
import os
import sys
import traceback

from trainer.commands import describe, parse


def main() -> int:
    arguments = parse(sys.argv[1:])
    try:
        return arguments.command_function(arguments) or 0
    # Also what is no Exception: torch reports a failed checkpoint as a BaseException.
    except BaseException as error:  # noqa: BLE001
        traceback.print_exc()
        print(json.dumps({"error": describe(error)}), file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Not sys.exit: after a failure the process groups' threads may wait for a process that is gone.
    os._exit(code)
