"""`python -m trainer train`: train the run of a folder, alone or as one of many processes under torchrun."""

import argparse
import os
from pathlib import Path

from trainer.signals import StopRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, required=True, help="run folder with train.config.json")
    parser.add_argument("--resume", action="store_true", help="go on from the newest sound checkpoint")


def run(arguments: argparse.Namespace) -> None:
    """Train to the last step, or to SIGTERM or SIGUSR1, which leaves stopped.json; both end with exit code 0.

    It is enough that one process of the run gets the signal. torchrun passes on those that its
    `--signals-to-handle` names, waits for the save as long as its `--shutdown-timeout` says (30 seconds
    unless named), and then ends with 1 although its processes ended with 0: stopped.json tells. It dies
    of SIGUSR1 unless it handles it or the shell that starts it ignores it (`trap "" USR1`), which is
    right where a scheduler sends it to every process: torchrun then ends with 0 as well.
    """
    stop = StopRequest()
    # Only now what takes seconds to import, so that a signal to a run that is just starting is not lost.
    import torch.distributed as dist

    from trainer.config import read_config
    from trainer.processes import join_processes
    from trainer.training import Training

    config = read_config(arguments.run / "train.config.json", int(os.environ.get("WORLD_SIZE", "1")))
    processes = join_processes(config["compute"]["device"])
    Training(arguments.run, config, processes, stop, arguments.resume).run()
    dist.barrier()
