"""The run's metrics.jsonl: one line a step, held-out measurement, checkpoint or event, by process 0."""

import json
import math
import os
import resource
import sys
import threading
import time
from pathlib import Path

import torch
from transformers import PretrainedConfig

VERSION = 1


class Metrics:
    """Appends lines and flushes each. A resumed run is a further attempt in the same file.

    Readers keep the highest attempt of each step and skip a last line that a crash tore.
    """

    def __init__(self, run_folder: Path, enabled: bool) -> None:
        self.path = run_folder / "metrics.jsonl"
        self.enabled = enabled
        self.lock = threading.Lock()
        self.attempt = 1
        if not enabled:
            return
        lines = self.path.read_text().split("\n") if self.path.exists() else [""]
        self.attempt += max((attempt_of(line) for line in lines), default=0)
        self.file = self.path.open("a")
        if lines[-1]:
            self.file.write("\n")
        self.run_id = run_folder.resolve().name

    def write(self, kind: str, step: int, values: dict) -> None:
        """A number that JSON cannot hold (NaN, infinite) becomes its name in a string."""
        if not self.enabled:
            return
        first = {"v": VERSION, "run_id": self.run_id, "attempt": self.attempt, "kind": kind, "step": step}
        line = json.dumps(finite(first | values | {"time": time.time()}))
        with self.lock:
            self.file.write(line + "\n")
            self.file.flush()

    def event(self, name: str, step: int, message: str, **details: object) -> None:
        """Something worth telling a person, in the metrics and in the log."""
        if self.enabled:
            print(f"step {step}: {message}", flush=True)
        self.write("event", step, {"event": name, "message": message} | details)


def attempt_of(line: str) -> int:
    try:
        return json.loads(line)["attempt"]
    except (ValueError, KeyError, TypeError):
        return 0


def finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def flops_per_token(network: PretrainedConfig, context_length: int, attention: str = "full") -> float:
    """Floating-point operations of training on one token, forward and backward, without recomputation.

    6 N + 12 layers x heads x headWidth x L with "full" attention, the formula that published figures
    of model FLOPs utilisation use; half of the second term with "causal", what causal attention has to
    compute. N counts the weights that multiply a token: of a mixture its chosen experts only, the
    output layer, not the embedding.
    """
    width, layers = network.hidden_size, network.num_hidden_layers
    head = network.head_dim or width // network.num_attention_heads
    queries, keys = network.num_attention_heads * head, network.num_key_value_heads * head
    attention_weights = width * (2 * queries + 2 * keys)
    experts = getattr(network, "num_local_experts", 0)
    feed_forward = 3 * width * network.intermediate_size * (network.num_experts_per_tok if experts else 1)
    weights = layers * (attention_weights + feed_forward + width * experts) + width * network.vocab_size
    scores = 12 * layers * queries * context_length
    return 6 * weights + (scores if attention == "full" else scores / 2)


def memory_gib(device: torch.device) -> float:
    """Most memory so far: allocated on the GPU, or resident of this process on a CPU; GiB."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resident / (2**30 if sys.platform == "darwin" else 2**20)


def free_gib(folder: Path) -> float:
    statistics = os.statvfs(folder)
    return statistics.f_bavail * statistics.f_frsize / 2**30
