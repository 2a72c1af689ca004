"""The processes of a run: who this one is, what device it computes on, how it talks to the others."""

import os
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from trainer.errors import ConfigError

# Long enough for reading weights and compiling; a process that is gone is noticed at once.
TIMEOUT = timedelta(minutes=30)


@dataclass(frozen=True)
class Processes:
    rank: int
    world_size: int
    device: torch.device

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place; a CPU tensor goes over gloo and does not wait for the GPU."""
        dist.all_reduce(values)
        return values

    def gather(self, value: object, group: dist.ProcessGroup | None = None) -> list:
        """The value of every process, in order, on every process."""
        values: list = [None] * self.world_size
        dist.all_gather_object(values, value, group=group)
        return values

    def first_error(self, error: str | None, group: dist.ProcessGroup | None = None) -> str | None:
        """The error of the lowest process that has one, on every process."""
        return next((each for each in self.gather(error, group) if each is not None), None)


def join_processes(device: str) -> Processes:
    """Join the process group that RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT name; alone without them.

    Raises:
        ConfigError: `device` is "cuda", and this process has no GPU.
    """
    gpus, local_rank = torch.cuda.device_count(), int(os.environ.get("LOCAL_RANK", "0"))
    kind = ("cuda" if gpus else "cpu") if device == "auto" else device
    if kind == "cuda":
        if local_rank >= gpus:
            raise ConfigError(
                f"process {local_rank} of this machine has no GPU: PyTorch {torch.__version__} sees {gpus} here; "
                'start as many processes, or set "compute.device" to "cpu"'
            )
        torch.cuda.set_device(local_rank)
    backend = "cpu:gloo,cuda:nccl" if kind == "cuda" else "gloo"
    if dist.is_initialized():
        pass  # By an earlier run of this process.
    elif "RANK" in os.environ:
        end_with_parent()
        dist.init_process_group(backend, timeout=TIMEOUT)
    else:
        dist.init_process_group(backend, timeout=TIMEOUT, store=dist.HashStore(), rank=0, world_size=1)
    chosen = torch.device(kind, torch.cuda.current_device()) if kind == "cuda" else torch.device(kind)
    return Processes(dist.get_rank(), dist.get_world_size(), chosen)


def end_with_parent() -> None:
    """End this process when the launcher that started it is gone: torchrun gives each a session of its own."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
