"""Checkpoints of a run: written in the background, complete or not there, checked before they are trusted.

`checkpoints/<step>/` holds the shards of torch's distributed checkpoint (one file a process, keys as
in Hugging Face's weights), `progress.json` (where the run stood, its configuration, its data),
`checksums.json`, and `COMPLETE`, which is written last: without it a folder is not a checkpoint.
"""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import torch.distributed as dist
import torch.distributed.checkpoint as distributed_checkpoint
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.fsdp import FSDPModule
from torch.optim import Optimizer

from trainer.errors import CheckpointError
from trainer.files import flush, sha256_of, write_atomically
from trainer.language_model import LanguageModel
from trainer.metrics import Metrics, free_gib
from trainer.processes import Processes


class Checkpoints:
    """Saves and loads (model, optimizer, progress) under a run folder."""

    def __init__(
        self, run_folder: Path, policy: dict, model: LanguageModel, optimizer: Optimizer,
        processes: Processes, metrics: Metrics,
    ) -> None:  # fmt: skip
        self.folder = run_folder / "checkpoints"
        self.folder.mkdir(exist_ok=True)
        self.policy, self.processes, self.metrics = policy, processes, metrics
        self.model, self.optimizer = model, optimizer
        # A group of its own: a save in the background must never share one with the training.
        self.group = dist.new_group(backend="gloo")
        self.thread = ThreadPoolExecutor(1, "checkpoint")
        self.pending: Future[str | None] | None = None
        self.newest: int | None = None
        """The step that was saved or loaded last."""

    @property
    def failed(self) -> bool:
        """Whether the save in the background has failed; `finish` says how."""
        return self.pending is not None and self.pending.done() and self.pending.result() is not None

    def save(self, step: int, progress: dict, folder: Path | None = None) -> None:
        """Copy the state and write it in the background; waits for the save before, if any."""
        self.finish()
        if folder is None:
            folder, self.newest = self.folder / str(step), step
        if self.processes.rank == 0:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        dist.barrier(group=self.group)
        writer = distributed_checkpoint.FileSystemWriter(folder, sync_files=True)
        saving = distributed_checkpoint.async_save(self.state(), storage_writer=writer, process_group=self.group)
        self.pending = self.thread.submit(self.complete, saving, folder, step, progress)

    def state(self) -> dict:
        if isinstance(self.model, FSDPModule):
            # Measuring leaves the root's weights gathered; they are saved as shards.
            self.model.reshard()
        model, optimizer = get_state_dict(self.model.network, self.optimizer)
        return {"model": model, "optimizer": optimizer}

    def complete(self, saving: Future, folder: Path, step: int, progress: dict) -> str | None:
        """Wait for the shards, then checksums, then COMPLETE; the same answer on every process."""
        rank = self.processes.rank
        checksums: dict[str, str] = {}

        def write_own() -> None:
            saving.result()
            own = [*folder.glob(f"__{rank}_*.distcp"), *([folder / ".metadata"] if rank == 0 else [])]
            checksums.update({path.name: sha256_of(path) for path in own})

        def write_last() -> None:
            write_atomically(folder / "progress.json", json.dumps(progress, indent=1))
            merged["progress.json"] = sha256_of(folder / "progress.json")
            write_atomically(folder / "checksums.json", json.dumps(merged, indent=1))
            write_atomically(folder / "COMPLETE", "")
            flush(folder.parent)

        error = self.attempt(write_own)
        parts = self.processes.gather(checksums, self.group)
        merged = {name: checksum for part in parts for name, checksum in part.items()}
        if error is None:
            error = self.attempt(write_last if rank == 0 else lambda: None)
        if rank == 0 and error is None:
            self.metrics.write("checkpoint", step, {"path": str(folder), "bytes": size_of(folder)})
            self.retain()
        elif rank == 0:
            # An unfinished folder is worth nothing and may be what fills the disk.
            shutil.rmtree(folder, ignore_errors=True)
        return error

    def attempt(self, action: Callable[[], None]) -> str | None:
        """Run it on every process; the first error of any, on all of them."""
        error = None
        try:
            action()
        # torch reports a failed save of another process as a BaseException.
        except BaseException as problem:  # noqa: BLE001
            error = f"process {self.processes.rank}: {type(problem).__name__}: {problem}"
        return self.processes.first_error(error, self.group)

    def finish(self) -> None:
        """Wait for the save in the background.

        Raises:
            CheckpointError: it failed on some process; raised on all, the earlier checkpoints stand.
        """
        if self.pending is None:
            return
        error = self.pending.result()
        self.pending = None
        if error is not None:
            free = free_gib(self.folder)
            raise CheckpointError(
                f"{self.folder} cannot be written ({free:.2f} GiB free): {error.splitlines()[0]}. "
                "Make room, then resume from the last complete checkpoint",
                path=str(self.folder),
                freeGib=free,
                cause=error,
            )

    def retain(self) -> None:
        """Remove what the policy does not keep: neither of the last few nor at a step to keep for good."""
        steps = complete_steps(self.folder)
        every = self.policy["keepEverySteps"]
        for step in steps[: -self.policy["keepLast"]]:
            if every is None or step % every:
                (self.folder / str(step) / "COMPLETE").unlink()
                shutil.rmtree(self.folder / str(step))

    def load(self, check: Callable[[dict], None]) -> dict | None:
        """Load the newest sound checkpoint into model and optimizer, for any number of processes.

        A checkpoint whose checksums do not hold is renamed to `<step>.corrupt`, an event says so, and
        the one before is taken. `check` may refuse its progress by raising, before anything is loaded.
        Returns the progress, or None where there is no checkpoint.

        Raises:
            CheckpointError: there are checkpoints, and all are corrupt.
        """
        # As process 0 sees them: on a shared file system another may see an older state of the folder.
        steps = self.processes.gather(complete_steps(self.folder))[0]
        for step in reversed(steps):
            folder = self.folder / str(step)
            error = self.processes.first_error(self.corruption(folder))
            if error is None:
                progress = json.loads((folder / "progress.json").read_text())
                check(progress)
                state = self.state()
                distributed_checkpoint.load(state, checkpoint_id=folder, process_group=self.group)
                set_state_dict(
                    self.model.network, self.optimizer,
                    model_state_dict=state["model"], optim_state_dict=state["optimizer"],
                )  # fmt: skip
                self.newest = step
                return progress
            if self.processes.rank == 0:
                shutil.rmtree(f"{folder}.corrupt", ignore_errors=True)
                os.rename(folder, f"{folder}.corrupt")
            message = f"checkpoint {step} is corrupt ({error}); falling back to the one before"
            self.metrics.event("checkpoint-corrupt", step, message)
        if steps:
            raise CheckpointError(f"{self.folder}: every checkpoint is corrupt", path=str(self.folder))
        return None

    def corruption(self, folder: Path) -> str | None:
        """What is wrong with this process's share of the files."""
        try:
            checksums = json.loads((folder / "checksums.json").read_text())
            for name in sorted(checksums)[self.processes.rank :: self.processes.world_size]:
                if sha256_of(folder / name) != checksums[name]:
                    return f"{name} does not have its checksum"
        except (OSError, ValueError) as error:
            return str(error)
        return None


def complete_steps(folder: Path) -> list[int]:
    """The steps of all complete checkpoints, ascending."""
    return sorted(int(path.parent.name) for path in folder.glob("*/COMPLETE") if path.parent.name.isdigit())


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
