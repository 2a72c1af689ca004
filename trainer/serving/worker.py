"""One thread that owns the model: what waits is computed together, and long work lets short work pass."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import torch

from trainer.errors import TrainerError
from trainer.serving.model import Continuation, ModelFailure, Scored, ServedModel

GENERATING_ROWS = 64
"""Sequences that are continued at a time; further ones wait."""


class Stopping(TrainerError):
    """The server is stopping; the reader asks another."""


@dataclass
class Job:
    """One request's work, with one result for each of its sequences."""

    sequences: Sequence[Sequence[int]]
    future: Future = field(default_factory=Future)
    cancelled: bool = False
    """Set when nobody waits for the result any more."""


@dataclass
class ScoreJob(Job):
    top: int | None = None
    """As in :meth:`ServedModel.score`."""
    starts: Sequence[int] | None = None
    """The same; None for all from the beginning."""


@dataclass
class GenerateJob(Job):
    continuations: Sequence[Continuation] = ()


class EmbedJob(Job):
    pass


@dataclass
class Batch:
    """Jobs that are computed together, one step a turn."""

    jobs: Sequence[Job]
    steps: Iterator[None]


class Worker(threading.Thread):
    """Runs jobs until it is stopped."""

    def __init__(self, model: ServedModel) -> None:
        super().__init__(name="model", daemon=True)
        self.model = model
        self.arrivals: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.waiting: list[GenerateJob] = []
        self.batches: list[Batch] = []
        self.deadline = float("inf")

    def submit(self, job: Job) -> Future:
        """Raises: Stopping, once :meth:`stop` was called."""
        if self.deadline < float("inf"):
            raise Stopping("the server is stopping and takes no further requests")
        job.future.set_running_or_notify_cancel()  # From here on only the worker ends it.
        self.arrivals.put(job)
        return job.future

    @property
    def unfinished(self) -> int:
        """Jobs that are running or waiting."""
        return sum(len(batch.jobs) for batch in self.batches) + len(self.waiting) + self.arrivals.qsize()

    def stop(self, grace_seconds: float) -> None:
        """Take no further jobs; what is not done when the time is over fails with Stopping."""
        self.deadline = min(self.deadline, time.monotonic() + grace_seconds)
        self.arrivals.put(None)

    @torch.inference_mode()
    def run(self) -> None:
        while self.deadline == float("inf") or self.batches or self.waiting or not self.arrivals.empty():
            self._take_arrivals()
            for batch in list(self.batches):
                try:
                    if time.monotonic() > self.deadline:
                        raise Stopping("the server stopped before the request was done")
                    next(batch.steps)
                except StopIteration:
                    self.batches.remove(batch)
                except Exception as error:  # noqa: BLE001 - the request that it came from says it
                    self.batches.remove(batch)
                    for job in batch.jobs:
                        if not job.future.done():
                            job.future.set_exception(error)

    def _take_arrivals(self) -> None:
        arrived: list[Job] = []
        while not self.arrivals.empty() or not (arrived or self.batches or self.waiting):
            job = self.arrivals.get()
            if job is None:
                break
            arrived.append(job)
        scores = [job for job in arrived if isinstance(job, ScoreJob)]
        if scores:
            self.batches.append(Batch(scores, self._score(scores)))
        self.batches += [Batch([job], self._embed(job)) for job in arrived if isinstance(job, EmbedJob)]
        self.waiting += [job for job in arrived if isinstance(job, GenerateJob)]
        running = sum(
            len(job.sequences) for batch in self.batches for job in batch.jobs if isinstance(job, GenerateJob)
        )
        starting: list[GenerateJob] = []
        while self.waiting and running < GENERATING_ROWS:
            running += len(self.waiting[0].sequences)
            starting.append(self.waiting.pop(0))
        if starting:
            self.batches.append(Batch(starting, self._generate(starting)))

    def _score(self, jobs: Sequence[ScoreJob]) -> Iterator[None]:
        owners = [job for job in jobs for _ in job.sequences]
        sequences = [sequence for job in jobs for sequence in job.sequences]
        starts = [start for job in jobs for start in job.starts or [0] * len(job.sequences)]
        results: dict[int, Scored | ModelFailure] = {}
        for rows in self.model.plan(sequences):
            if not all(owners[index].cancelled for row in rows for index in row.paths):
                results |= self.model.score(rows, sequences, [job.top for job in owners], starts)
            yield
        first = 0
        for job in jobs:
            job.future.set_result([results.get(first + place) for place in range(len(job.sequences))])
            first += len(job.sequences)

    def _generate(self, jobs: Sequence[GenerateJob]) -> Iterator[None]:
        continuations = [each for job in jobs for each in job.continuations]
        for first in range(0, len(continuations), GENERATING_ROWS):
            group = continuations[first : first + GENERATING_ROWS]
            for rows in self.model.plan([each.prompt for each in group]):
                if all(group[index].is_done for row in rows for index in row.paths):
                    continue
                for _ in self.model.generate(rows, group):
                    for job in jobs:
                        if not job.future.done() and all(each.is_done for each in job.continuations):
                            job.future.set_result(job.continuations)
                        elif job.cancelled:
                            for each in job.continuations:
                                each.finish_reason = each.finish_reason or "cancelled"
                    yield
        for job in jobs:
            if not job.future.done():  # Nothing was asked for, or by nobody who still waits.
                job.future.set_result(job.continuations)

    def _embed(self, job: EmbedJob) -> Iterator[None]:
        if not job.cancelled:
            job.future.set_result(self.model.embed(job.sequences))
        yield
