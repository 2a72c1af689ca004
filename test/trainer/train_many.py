"""Trains several run folders one after the other in the processes of one launch: `train_many.py FOLDER...`."""

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace

import torch.distributed as dist

from trainer.checkpoints import complete_steps
from trainer.config import read_config
from trainer.processes import join_processes
from trainer.training import Training

parser = argparse.ArgumentParser()
parser.add_argument("runs", type=Path, nargs="+")
runs = parser.parse_args().runs
processes = join_processes("cpu")
# Before any process trains: what is there to go on from must look the same to all.
resumed = [bool(complete_steps(run / "checkpoints")) for run in runs]
dist.barrier()
for run, resume in zip(runs, resumed):
    config = read_config(run / "train.config.json", processes.world_size)
    Training(run, config, processes, SimpleNamespace(flags=lambda: [0.0, 0.0]), resume).run()
    dist.barrier()
sys.stdout.flush()
