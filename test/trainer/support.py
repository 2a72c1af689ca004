"""Tiny models, generated token shards and runs of the trainer, for the tests beside this file."""

import hashlib
import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from trainer.config import read_config
from trainer.processes import Processes
from trainer.training import Training

ROOT = Path(__file__).parents[2]
VOCABULARY = 96
TIMEOUT_SECONDS = 240


def write_token_shards(
    folder: Path, documents: list[np.ndarray], *, domain: str = "clinical",
    supervised: list[np.ndarray] | None = None, shards: int = 1, vocabulary: int = VOCABULARY,
) -> Path:  # fmt: skip
    """A folder of token shards as schemas/token-shards.schema.json describes it."""
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, array: np.ndarray) -> dict:
        content = array.tobytes()
        (folder / name).write_bytes(content)
        return {"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}

    entries = []
    bounds = np.linspace(0, len(documents), shards + 1).astype(int)
    for index, (first, last) in enumerate(pairwise(bounds)):
        part = documents[first:last]
        offsets = np.cumsum([0] + [len(document) for document in part])
        entry = {
            "tokens": write(f"tokens-{index:05}.bin", np.concatenate(part).astype("<u2")),
            "offsets": write(f"offsets-{index:05}.bin", offsets.astype("<u8")),
            "documents": {"file": f"documents-{index:05}.parquet", "sha256": "0" * 64, "bytes": 0},
            "documentCount": len(part),
            "tokenCount": int(offsets[-1]),
        }
        if supervised is not None:
            flags = np.concatenate(supervised[first:last]).astype("u1")
            entry["supervised"] = write(f"supervised-{index:05}.bin", flags)
        entries.append(entry)
    count = sum(entry["tokenCount"] for entry in entries)
    manifest = {
        "format": "rounds-token-shards", "version": 1, "domain": domain, "dataType": "uint16",
        "tokenizer": {"name": "generated", "fingerprint": "sha256:" + "0" * 64, "vocabularySize": vocabulary,
                      "beginTokenId": None, "endTokenId": 0},
        "beginToken": False, "sensitivity": "public", "supervised": supervised is not None,
        "documentCount": len(documents), "tokenCount": count,
        "sources": [{"source": "generated", "documentCount": len(documents), "tokenCount": count}],
        "shards": entries,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def generate_documents(
    seed: int, count: int, *, low: int = 1, high: int = VOCABULARY, lengths: tuple[int, int] = (5, 60)
) -> list[np.ndarray]:
    """Documents that a model can learn: each token is mostly the one before it plus a fixed stride."""
    random = np.random.default_rng(seed)
    documents = []
    for _ in range(count):
        length = int(random.integers(*lengths))
        stride = random.integers(1, 4)
        walk = low + (random.integers(high - low) + stride * np.arange(length)) % (high - low)
        noisy = np.where(random.random(length) < 0.1, random.integers(low, high, length), walk)
        documents.append(np.append(noisy, 0))
    return documents


def tiny_config(train: list[dict], **changes: object) -> dict:
    """A configuration of a tiny random Mistral; `changes` are by path: `data__contextLength=16`."""
    config = {
        "version": 1, "recipe": "pretraining", "seed": 7,
        "model": {
            "architecture": "mistral", "initializeFrom": {"kind": "random"}, "tokenizer": None,
            "shape": {
                "hiddenSize": 32, "intermediateSize": 64, "layers": 2, "attentionHeads": 4, "keyValueHeads": 2,
                "vocabularySize": VOCABULARY, "ropeTheta": 10000, "maximumPositions": 128, "slidingWindow": None,
                "rmsNormEpsilon": 1e-5, "tieWordEmbeddings": False,
            },
        },
        "data": {
            "train": train, "heldOut": [], "contextLength": 32, "documentAttention": "across",
            "longDocuments": "split", "sampleUnit": "chunk",
        },
        "optimization": {
            "steps": 10, "rowsPerStep": 8, "rowsPerMicroBatch": 4, "learningRate": 3e-3, "minLearningRate": 3e-4,
            "warmupShare": 0.01, "warmupStart": 0.1, "betas": [0.9, 0.95], "epsilon": 1e-8, "weightDecay": 0.1,
            "decayedParameters": "matrices", "gradientClipping": 1.0, "routerLossCoefficient": None,
        },
        "neftune": None,
        "compute": {
            "precision": "float32", "attention": "sdpa", "activationCheckpointing": False, "compile": False,
            "lossChunkTokens": None, "device": "cpu", "peakTeraflops": None, "deterministic": True,
        },
        "heldOutEverySteps": None,
        "checkpoint": {"everySteps": 1000, "keepLast": 2, "keepEverySteps": None},
        "choices": [],
    }  # fmt: skip
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = config
        for parent in parents:
            target = target[parent]
        target[last] = value
    return config


MIXTRAL = {"model__architecture": "mixtral", "model__shape__experts": 4, "model__shape__expertsPerToken": 2}


def make_run(folder: Path, config: dict) -> Path:
    folder.mkdir(parents=True)
    (folder / "train.config.json").write_text(json.dumps(config))
    return folder


def trainer_command(run: Path, processes: int, *flags: str) -> list[str]:
    launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
                "--signals-to-handle=SIGTERM,SIGINT,SIGUSR1", "-m", "--"]  # fmt: skip
    launch = launcher if processes > 1 else []
    return [sys.executable, "-m", *launch, "trainer", "train", "--run", str(run), *flags]


def environment() -> dict:
    kept = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    return kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def start(run: Path, processes: int = 1, *flags: str) -> subprocess.Popen:
    """Start the trainer; its output goes to files beside the run's, so that a failure can be read."""
    with (run / "stdout.txt").open("a") as output, (run / "stderr.txt").open("a") as error:
        return subprocess.Popen(
            trainer_command(run, processes, *flags), cwd=ROOT, env=environment(), stdout=output, stderr=error
        )


def train(run: Path, processes: int = 1, *flags: str, expect: int = 0, timeout: float = 120) -> Path:
    """Run the trainer to its end and check its exit code."""
    process = start(run, processes, *flags)
    try:
        code = process.wait(timeout)
    finally:
        process.kill()
    assert (code == 0) == (expect == 0), f"exit code {code}\n{(run / 'stderr.txt').read_text()[-4000:]}"
    return run


def lines(run: Path, kind: str) -> list[dict]:
    """The lines of one kind, of each step the highest attempt."""
    parsed = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    if kind == "event":
        return [line for line in parsed if line["kind"] == "event"]
    by_step = {}
    for line in parsed:
        if line["kind"] == kind:
            by_step[line["step"]] = max(line, by_step.get(line["step"], line), key=lambda each: each["attempt"])
    return [by_step[step] for step in sorted(by_step)]


def losses(run: Path) -> list[float]:
    return [line["loss"] for line in lines(run, "train")]


def last_error(run: Path) -> dict:
    """The JSON line that ends a failed process's errors."""
    found = [line for line in (run / "stderr.txt").read_text().splitlines() if line.startswith('{"error"')]
    return json.loads(found[-1])["error"]


def train_here(run: Path, processes: Processes, resume: bool = False) -> Path:
    """Train in this process, without signals."""
    config = read_config(run / "train.config.json", 1)
    never = SimpleNamespace(flags=lambda: [0.0, 0.0])
    Training(run, config, processes, never, resume).run()
    return run


def wait_until(condition: object, process: subprocess.Popen, run: Path) -> None:
    """Wait for it while the process runs."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert process.poll() is None, (run / "stderr.txt").read_text()[-4000:]
        assert time.monotonic() < end, "timed out"
        time.sleep(0.01)


def has_steps(run: Path, count: int) -> bool:
    return (run / "metrics.jsonl").exists() and len(lines(run, "train")) >= count
