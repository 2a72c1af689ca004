"""How fast the trainer trains a Mistral of 1.1 billion parameters on one CUDA GPU, by context length.

One command: `.venv/bin/python bench/gpu/run.py`. It makes tokens, runs `python -m trainer train` once a context length
as a user would (bfloat16, torch.compile, float32 master weights; fewer rows at a time or activations computed again
where memory is too small), prints a table of the medians after warm-up and writes them to bench/results/gpu.json.
`--tiny` does the same with a miniature on the CPU, to show that it works.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import transformers

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from trainer.metrics import flops_per_token
from trainer.sharding import network_config

LARGE = {
    "hiddenSize": 2048, "intermediateSize": 5632, "layers": 22, "attentionHeads": 32, "keyValueHeads": 8,
    "vocabularySize": 32_000, "ropeTheta": 10_000, "maximumPositions": 32_768, "slidingWindow": None,
    "rmsNormEpsilon": 1e-5, "tieWordEmbeddings": False,
}  # fmt: skip
TINY = LARGE | {
    "hiddenSize": 64,
    "intermediateSize": 128,
    "layers": 2,
    "attentionHeads": 4,
    "keyValueHeads": 2,
}
STEP_TOKENS = 131_072
# Tokens that are computed at once, and whether activations are computed again: tried in this order until one fits.
MEMORY = ((16_384, False), (8_192, False), (16_384, True), (8_192, True))
TARGET = 0.45
# Dense bfloat16 of the data sheets, the first name that the device's holds.
PEAK_TERAFLOPS = {"H200": 989, "H100 PCIe": 756, "H100": 989, "A100": 312, "B200": 2250}
FORMULAS = {
    "full": "(6 N + 12 layers x heads x head width x length) x tokens/s / peak; N: weights that multiply a token",
    "causal": "the same with half of the attention term, which is what a causal mask leaves to compute",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lengths", type=int, nargs="+", help="default: 2048 4096 8192")
    parser.add_argument("--steps", type=int, help="default: 30, of which the first 10 are not counted")
    parser.add_argument(
        "--peak-teraflops", type=float, help="default: the data sheet's, by the device's name"
    )
    parser.add_argument("--output", type=Path, help="default: bench/results/gpu.json; with --tiny none")
    parser.add_argument("--tiny", action="store_true", help="a miniature on the CPU")
    arguments = parser.parse_args()
    if not arguments.tiny and not torch.cuda.is_available():
        parser.error("no CUDA GPU is at hand: run it where there is one, or show that it works with --tiny")
    device = "CPU" if arguments.tiny else torch.cuda.get_device_name()
    peak = arguments.peak_teraflops or next(
        (each for name, each in PEAK_TERAFLOPS.items() if name in device), None
    )
    lengths = arguments.lengths or ([32, 64] if arguments.tiny else [2048, 4096, 8192])
    steps = arguments.steps or (6 if arguments.tiny else 30)
    results = []
    with tempfile.TemporaryDirectory(prefix="rounds-gpu-") as folder:
        for length in lengths:
            print(f"context length {length} ...", file=sys.stderr, flush=True)
            results.append(measure(Path(folder) / str(length), length, steps, peak, arguments.tiny))
    report = {
        "benchmark": "gpu",
        "device": device,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "transformers": transformers.__version__,
        "peakTeraflops": peak,
        "formulas": FORMULAS,
        "targetMfuFullAttention": TARGET,
        "results": results,
    }
    output = arguments.output or (None if arguments.tiny else ROOT / "bench" / "results" / "gpu.json")
    if output is not None:
        output.write_text(json.dumps(report, indent=2) + "\n")
    print(summary(report))
    if any("error" in result for result in results):
        sys.exit(1)


def summary(report: dict) -> str:
    """The report as a table, and whether its target was reached."""
    lines = [f"{report['device']}, PyTorch {report['torch']}, peak {report['peakTeraflops']} TFLOP/s"]
    lines.append(" length  rows  recomputes   tokens/s  step s  MFU full  MFU causal  memory GiB")
    for result in report["results"]:
        if "error" in result:
            lines.append(f"{result['contextLength']:7}  failed: {result['error']}")
            continue
        full, causal = (
            "-" if result[key] is None else f"{result[key]:.1%}" for key in ("mfuFullAttention", "mfuCausalAttention")
        )
        recomputes = "yes" if result["activationCheckpointing"] else "no"
        lines.append(
            f"{result['contextLength']:7} {result['rowsPerMicroBatch']:5}  {recomputes:>10} "
            f"{result['tokensPerSecond']:10,.0f}  {result['stepSeconds']:6.2f}  {full:>8}  {causal:>10}  "
            f"{result['memoryGib']:10.1f}"
        )
    utilisations = [result["mfuFullAttention"] for result in report["results"] if result.get("mfuFullAttention")]
    if utilisations:
        verdict = "reached" if max(utilisations) >= TARGET else "not reached"
        lines.append(f"best MFU {max(utilisations):.1%} (full attention): the target of {TARGET:.0%} is {verdict}")
    return "\n".join(lines)


def measure(run: Path, length: int, steps: int, peak: float | None, tiny: bool) -> dict:
    """One context length, in the first of MEMORY's ways that fits; a failure leaves the others' figures."""
    step_tokens = 8 * length if tiny else STEP_TOKENS
    run.mkdir(parents=True)
    write_tokens(run / "tokens", steps * step_tokens + length, LARGE["vocabularySize"])
    for number, (micro_batch_tokens, recomputes) in enumerate(MEMORY):
        config = config_of(run, length, steps, peak, tiny, step_tokens)
        if not tiny:
            config["optimization"]["rowsPerMicroBatch"] = max(1, micro_batch_tokens // length)
        config["compute"]["activationCheckpointing"] = recomputes
        folder = run / str(number)
        folder.mkdir()
        (folder / "train.config.json").write_text(json.dumps(config))
        ended = subprocess.run(
            [sys.executable, "-m", "trainer", "train", "--run", str(folder)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            text=True, check=False,
        )  # fmt: skip
        # A disk without room for the last checkpoint takes nothing from the figures.
        if len(training_lines(folder)) == steps:
            return figures(folder, config, peak)
        if "OutOfMemoryError" not in ended.stderr:
            break
    return {"contextLength": length, "error": ended.stderr.strip().splitlines()[-1]}


def figures(run: Path, config: dict, peak: float | None) -> dict:
    """The medians of a run's steps after the first third."""
    length = config["data"]["contextLength"]
    trained = training_lines(run)
    trained = trained[max(1, len(trained) // 3) :]
    speed = statistics.median(line["tokens_per_second"] for line in trained)
    network = network_config(config)

    def utilisation(attention: str) -> float | None:
        return flops_per_token(network, length, attention) * speed / (peak * 1e12) if peak else None

    return {
        "contextLength": length,
        "rowsPerMicroBatch": config["optimization"]["rowsPerMicroBatch"],
        "activationCheckpointing": config["compute"]["activationCheckpointing"],
        "tokensPerStep": config["optimization"]["rowsPerStep"] * length,
        "tokensPerSecond": speed,
        "stepSeconds": statistics.median(line["step_seconds"] for line in trained),
        "dataSeconds": statistics.median(line["data_seconds"] for line in trained),
        "mfuFullAttention": utilisation("full"),
        "mfuCausalAttention": utilisation("causal"),
        "memoryGib": max(line["memory_gib"] for line in trained),
        "steps": len(trained),
    }


def training_lines(run: Path) -> list[dict]:
    metrics = run / "metrics.jsonl"
    lines = [json.loads(line) for line in metrics.read_text().splitlines()] if metrics.exists() else []
    return [line for line in lines if line["kind"] == "train"]


def config_of(run: Path, length: int, steps: int, peak: float | None, tiny: bool, step_tokens: int) -> dict:
    rows = max(1, MEMORY[0][0] // length)
    return {
        "version": 1, "recipe": "pretraining", "seed": 1,
        "model": {
            "architecture": "mistral", "initializeFrom": {"kind": "random"}, "tokenizer": None,
            "shape": TINY if tiny else LARGE,
        },
        "data": {
            "train": [{"domain": "generated", "path": str(run / "tokens"), "weight": 1}], "heldOut": [],
            "contextLength": length, "documentAttention": "across", "longDocuments": "split", "sampleUnit": "chunk",
        },
        "optimization": {
            "steps": steps, "rowsPerStep": step_tokens // length, "rowsPerMicroBatch": 4 if tiny else rows,
            "learningRate": 1e-4, "minLearningRate": 1e-5, "warmupShare": 0.01, "warmupStart": 0.1,
            "betas": [0.9, 0.95], "epsilon": 1e-8, "weightDecay": 0.1, "decayedParameters": "matrices",
            "gradientClipping": 1.0, "routerLossCoefficient": None,
        },
        "neftune": None,
        "compute": {
            "precision": "float32" if tiny else "bfloat16", "attention": "sdpa", "activationCheckpointing": False,
            "compile": not tiny, "lossChunkTokens": None if tiny else 4096, "device": "cpu" if tiny else "cuda",
            "peakTeraflops": peak, "deterministic": False,
        },
        "heldOutEverySteps": None,
        "checkpoint": {"everySteps": 10**6, "keepLast": 1, "keepEverySteps": None},
        "choices": [],
    }  # fmt: skip


def write_tokens(folder: Path, count: int, vocabulary_size: int) -> None:
    """Token shards of random documents, as trainer/schemas/token-shards.schema.json describes them."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    tokens = random.integers(1, vocabulary_size, count, dtype=np.uint16)
    offsets = np.arange(0, count + 1, 1000, dtype=np.uint64)
    offsets = np.append(offsets, np.uint64(count)) if offsets[-1] != count else offsets
    tokens[offsets[1:].astype(np.int64) - 1] = 0

    def write(name: str, content: bytes) -> dict:
        (folder / name).write_bytes(content)
        return {"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}

    counts = {"documentCount": len(offsets) - 1, "tokenCount": count}
    manifest = {
        "format": "rounds-token-shards", "version": 1, "domain": "generated", "dataType": "uint16",
        "tokenizer": {"name": "generated", "fingerprint": "sha256:" + "0" * 64, "vocabularySize": vocabulary_size,
                      "beginTokenId": None, "endTokenId": 0},
        "beginToken": False, "sensitivity": "public", "supervised": False, **counts,
        "sources": [{"source": "generated", **counts}],
        "shards": [{"tokens": write("tokens-00000.bin", tokens.tobytes()),
                    "offsets": write("offsets-00000.bin", offsets.tobytes()),
                    "documents": write("documents-00000.parquet", b""), **counts}],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))


if __name__ == "__main__":
    main()
