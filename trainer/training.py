"""Training of one run folder: the loop, and what happens around a step.

One optimizer step minimises the sum of the losses of all supervised tokens of its rows, on all
processes and in all micro-batches, divided by their number: it is the same step however they are spread.
"""

import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from trainer.attention_check import check_document_attention
from trainer.checkpoints import Checkpoints, complete_steps
from trainer.config import differences
from trainer.divergence import explain
from trainer.errors import ConfigError, DataError, DivergedError
from trainer.files import write_atomically
from trainer.licences import gather, require_open_to
from trainer.metrics import Metrics, finite, flops_per_token, memory_gib
from trainer.neftune import noise
from trainer.optimizer import build_optimizer, total_norm
from trainer.processes import Processes
from trainer.rows import Batch, HeldOutRows, TrainingRows
from trainer.schedule import learning_rate
from trainer.sensitivity import sensitivity_of
from trainer.sharding import build_model, network_config
from trainer.signals import StopRequest, name_of
from trainer.spikes import WINDOW, is_spike


class Training:
    """Everything that one process holds of a run."""

    def __init__(self, folder: Path, config: dict, processes: Processes, stop: StopRequest, resume: bool) -> None:
        self.folder, self.config, self.processes, self.stop = folder, config, processes, stop
        self.steps = config["optimization"]["steps"]
        self.router_coefficient = config["optimization"]["routerLossCoefficient"] or 0.0
        if config["compute"]["deterministic"]:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)
        # As process 0 sees it, so that all do the same.
        has_checkpoints = processes.gather(bool(complete_steps(folder / "checkpoints")))[0]
        if has_checkpoints and not resume:
            raise ConfigError(f"{folder} has checkpoints: go on with --resume, or train in a new run folder")
        tokenizer = config["model"]["tokenizer"]
        if tokenizer is not None and not Path(tokenizer).is_dir():
            raise ConfigError(f'"model.tokenizer" must be a folder with a tokenizer\'s files, got {tokenizer}')
        self.metrics = Metrics(folder, enabled=processes.rank == 0)
        settings = network_config(config)
        self.rows = TrainingRows(config, settings.vocab_size)
        self.held_out = HeldOutRows(config, settings.vocab_size) if config["data"]["heldOut"] else None
        self.fingerprints = self.verify_data()
        self.licences = gather(config)
        self.sensitivity = sensitivity_of(config)
        require_open_to("This run", self.licences, config.get("purpose"))
        self.flops_per_token = flops_per_token(settings, config["data"]["contextLength"])
        self.model = build_model(config, processes, initialize=not has_checkpoints)
        self.optimizer = build_optimizer(self.model.network, config["optimization"])
        self.checkpoints = Checkpoints(
            folder, config["checkpoint"], self.model, self.optimizer, processes, self.metrics
        )
        self.progress = {"step": 0, "tokensSeen": 0, "supervisedTokens": 0, "recentLosses": []}
        if resume:
            self.resume()

    def verify_data(self) -> dict:
        """Check every file's SHA-256, each process its share; returns the folders' fingerprints."""
        fingerprints = {}
        for part, rows in (("train", self.rows), ("heldOut", self.held_out)):
            for domain in rows.domains if rows else []:
                error = domain.shards.verify(self.processes.rank, self.processes.world_size)
                if error := self.processes.first_error(error):
                    raise DataError(error, path=str(domain.shards.folder))
                fingerprints[f"{part}/{domain.name}"] = domain.shards.fingerprint
        return fingerprints

    def resume(self) -> None:
        progress = self.checkpoints.load(self.check_unchanged)
        if progress is None:
            self.metrics.event("resumed", 0, "no complete checkpoint: starting from the first step")
            return
        self.progress = {key: progress[key] for key in self.progress}
        self.metrics.event("resumed", progress["step"], f"resumed from checkpoint {progress['step']}")

    def check_unchanged(self, progress: dict) -> None:
        """Refuse to go on from a checkpoint of another configuration or of other data."""
        changed = [
            *differences(progress["config"], self.config),
            *differences(progress["fingerprints"], self.fingerprints, "fingerprint"),
        ]
        if changed:
            raise ConfigError(
                "The configuration or the data changed since the checkpoint; a resumed run must be the same run. "
                "Undo this, or start a new run:\n" + "\n".join(f"  {line}" for line in changed),
                differences=changed,
            )

    def run(self) -> None:
        if self.processes.rank == 0:
            (self.folder / "stopped.json").unlink(missing_ok=True)
        first = self.progress["step"]
        mode, precision = self.config["data"]["documentAttention"], self.config["compute"]["precision"]
        probe = self.read_step(first)[0].to(self.processes.device)
        check_document_attention(self.model, probe, mode, precision)
        world_size = self.processes.world_size
        self.metrics.event(
            "started", first, f"{self.steps - first} steps to go on {world_size} processes", **self.description()
        )
        if first == 0:
            self.evaluate(0)
        signal = None
        with ThreadPoolExecutor(1, "rows") as reader:
            ahead = reader.submit(self.read_step, first)
            for step in range(first, self.steps):
                started = time.perf_counter()
                batches = ahead.result()
                data_seconds = time.perf_counter() - started
                if step + 1 < self.steps:
                    ahead = reader.submit(self.read_step, step + 1)
                supervised, tokens, signal = self.agree(batches)
                if signal:
                    break
                values = self.step(step, batches, supervised)
                self.record(step + 1, values, supervised, tokens, started, data_seconds)
                self.after(step + 1)
        self.end(signal)

    def read_step(self, step: int) -> list[Batch]:
        return self.rows.step(step, self.processes.rank, self.processes.world_size)

    def agree(self, batches: list[Batch]) -> tuple[Tensor, int, str | None]:
        """Supervised tokens by domain and tokens of the whole step, and the signal that any process was sent.

        Raises:
            CheckpointError: the save in the background failed on some process.
        """
        domains = len(self.rows.names)
        supervised = torch.stack([batch.supervised_by_domain(domains) for batch in batches]).sum(dim=0)
        tokens = float(sum(batch.token_counts_B.sum() for batch in batches))
        own = [*self.stop.flags(), float(self.checkpoints.failed), tokens]
        # One reduction a step, in one tensor on the CPU: it does not wait for the GPU.
        together = self.processes.sum(torch.cat([torch.tensor(own, dtype=torch.float64), supervised]))
        *flags, failed, tokens = together[: len(own)].tolist()
        if failed:
            self.checkpoints.finish()
        return together[len(own) :], int(tokens), name_of(flags)

    def step(self, step: int, batches: list[Batch], supervised: Tensor) -> dict:
        """One optimizer step; returns what was measured."""
        optimization, neftune = self.config["optimization"], self.config["neftune"]
        count = float(supervised.sum())
        if count == 0:
            raise DataError(f"step {step + 1} has no supervised token: its rows hold prompts alone")
        rate = learning_rate(step, optimization)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        router = optimization["routerLossCoefficient"] is not None
        sums = torch.zeros(len(supervised) + 1, dtype=torch.float64, device=self.processes.device)
        row_losses = []
        for batch in batches:
            batch = batch.to(self.processes.device)
            noise_BLD = None
            if neftune:
                hidden_size = self.model.network.config.hidden_size
                noise_BLD = noise(batch, hidden_size, neftune, self.config["seed"], step)
            losses_BL, router_B = self.model(batch, noise_BLD, router)
            objective = losses_BL.sum() / count
            if self.router_coefficient:
                objective = objective + self.router_coefficient * router_B.sum() / optimization["rowsPerStep"]
            # FSDP takes the mean of the processes' gradients; the objective is a sum over them. Each
            # micro-batch is reduced at once: waiting for the last would keep a whole gradient per process.
            (objective * self.processes.world_size).backward()
            losses_B = losses_BL.detach().double().sum(dim=1)
            sums.index_add_(0, batch.domains_B, losses_B)
            sums[-1] += router_B.detach().double().sum()
            row_losses.append((batch.rows_B, losses_B))
        *by_domain, router_sum = self.processes.sum(sums).tolist()
        norm = total_norm(self.model.network)
        values = {
            "loss": sum(by_domain) / count,
            "loss_by_domain": losses_by_domain(self.rows.names, by_domain, supervised.tolist()),
            "aux_loss": router_sum / optimization["rowsPerStep"] if router else None,
            "lr": rate,
            "grad_norm": float(norm),
        }
        if not (math.isfinite(values["loss"]) and math.isfinite(values["grad_norm"])):
            self.diverged(step, values, row_losses)
        clipping = optimization["gradientClipping"]
        # Up to here torch's factor is 1, and to multiply by it would only cost time.
        if clipping is not None and values["grad_norm"] + 1e-6 > clipping:
            torch.nn.utils.clip_grads_with_norm_(self.model.network.parameters(), clipping, norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return values

    def diverged(self, step: int, values: dict, row_losses: list[tuple[Tensor, Tensor]]) -> NoReturn:
        """Save what explains it, and the state before the step, and stop."""
        folder = self.folder / "nonfinite" / str(step + 1)
        explanation = explain(self.rows, self.model.network, row_losses, self.processes)
        self.optimizer.zero_grad()
        self.checkpoints.save(step, self.progress_to_save(), folder)
        self.checkpoints.finish()
        path = folder / "explanation.json"
        if self.processes.rank == 0:
            write_atomically(path, json.dumps(finite({"step": step + 1} | explanation | values), indent=1))
            self.metrics.event("nonfinite", step + 1, f"the loss or its gradient is not finite; see {path}", **values)
        raise DivergedError(
            f"step {step + 1}: loss {values['loss']}, gradient norm {values['grad_norm']}; rows, weights and "
            f"gradients concerned are in {path}, the state before the step beside it",
            path=str(path),
            step=step + 1,
        )

    def record(
        self, step: int, values: dict, supervised: Tensor, tokens: int, started: float, data_seconds: float
    ) -> None:
        """Count the step as done, and write its line."""
        progress, world_size = self.progress, self.processes.world_size
        recent = progress["recentLosses"]
        if is_spike(values["loss"], recent):
            self.metrics.event("loss-spike", step, f"loss {values['loss']:.4f}, far above the last {len(recent)}")
        progress["recentLosses"] = [*recent, values["loss"]][-WINDOW:]
        progress["step"] = step
        progress["tokensSeen"] += tokens
        progress["supervisedTokens"] += int(supervised.sum())
        seconds = time.perf_counter() - started
        speed = tokens / seconds
        peak = self.config["compute"]["peakTeraflops"]
        line = {
            "tokens_seen": progress["tokensSeen"],
            "supervised_tokens": progress["supervisedTokens"],
            # Rows read of all there are; by domain, `epoch` events tell.
            "epoch": step * self.rows.rows_per_step / sum(domain.count for domain in self.rows.domains),
            **values,
            "tokens_per_second": speed,
            "tokens_per_second_per_gpu": speed / world_size,
            "mfu": self.flops_per_token * speed / world_size / (peak * 1e12) if peak else None,
            "memory_gib": memory_gib(self.processes.device),
            "step_seconds": seconds,
            "data_seconds": data_seconds,
            "world_size": world_size,
        }
        self.metrics.write("train", step, line)
        before, now = self.rows.epochs(step - 1), self.rows.epochs(step)
        for domain in now:
            if int(now[domain]) > int(before[domain]):
                message = f"{domain} has been read {int(now[domain])} times"
                self.metrics.event("epoch", step, message, domain=domain, epoch=int(now[domain]))

    def after(self, step: int) -> None:
        """Save and measure where the configuration wants it; the last step is always both."""
        every, keep = self.config["checkpoint"]["everySteps"], self.config["checkpoint"]["keepEverySteps"]
        if step % every == 0 or (keep and step % keep == 0) or step == self.steps:
            self.checkpoints.save(step, self.progress_to_save())
        measure = self.config["heldOutEverySteps"]
        if (measure and step % measure == 0) or step == self.steps:
            self.evaluate(step)

    def evaluate(self, step: int) -> None:
        """Held-out loss by domain, without noise."""
        if self.held_out is None:
            return
        started = time.perf_counter()
        names = self.held_out.names
        sums = torch.zeros(2, len(names), dtype=torch.float64)
        self.model.eval()
        with torch.no_grad():
            for batch in self.held_out.batches(self.processes.rank, self.processes.world_size):
                losses_BL, _ = self.model(batch.to(self.processes.device))
                sums[0].index_add_(0, batch.domains_B, losses_BL.cpu().double().sum(dim=1))
                sums[1] += batch.supervised_by_domain(len(names))
        self.model.train()
        losses, counts = self.processes.sum(sums).tolist()
        if not sum(counts):
            raise DataError("the held-out rows have no supervised token: they hold prompts alone")
        values = {"loss": sum(losses) / sum(counts), "loss_by_domain": losses_by_domain(names, losses, counts)}
        values["seconds"] = time.perf_counter() - started
        self.metrics.write("eval", step, {"tokens_seen": self.progress["tokensSeen"]} | values)

    def end(self, signal: str | None) -> None:
        step = self.progress["step"]
        # Before the first step there is nothing to save that the seed does not give again.
        if signal and step and step != self.checkpoints.newest:
            self.checkpoints.save(step, self.progress_to_save())
        self.checkpoints.finish()
        if signal:
            if self.processes.rank == 0:
                write_atomically(self.folder / "stopped.json", json.dumps({"step": step, "signal": signal}))
            self.metrics.event("stopped", step, f"saved and stopped on {signal}", signal=signal)
        else:
            self.metrics.event("finished", step, f"finished after {step} steps")

    def progress_to_save(self) -> dict:
        made_from = {"fingerprints": self.fingerprints, "licences": self.licences, "sensitivity": self.sensitivity}
        return self.progress | {"config": self.config} | made_from

    def description(self) -> dict:
        """What a reader of the metrics needs to know once."""
        return {
            "flops_per_token": self.flops_per_token,
            "mfu_attention": "full",
            "rows_per_epoch": {domain.name: domain.count for domain in self.rows.domains},
            "parameters": sum(parameter.numel() for parameter in self.model.network.parameters()),
            "world_size": self.processes.world_size,
        }


def losses_by_domain(names: list[str], losses: list[float], counts: list[float]) -> dict:
    """The mean loss of each domain's supervised tokens and their number; domains without any are left out."""
    return {
        name: {"loss": loss / count, "tokens": int(count)} for name, loss, count in zip(names, losses, counts) if count
    }
