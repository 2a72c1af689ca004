"""The GPU benchmark's runs can be run: what it asks of a GPU is checked here without one."""

import importlib.util
import json
import subprocess
import sys

import pytest
from support import ROOT, environment

from trainer.config import check_together, validate
from trainer.metrics import flops_per_token
from trainer.rows import TrainingRows
from trainer.sharding import network_config

path = ROOT / "bench" / "gpu" / "run.py"
specification = importlib.util.spec_from_file_location("gpu_bench", path)
gpu_bench = importlib.util.module_from_spec(specification)
specification.loader.exec_module(gpu_bench)


@pytest.mark.parametrize(("length", "tiny"), [(2048, False), (4096, False), (8192, False), (32, True)])
def test_its_configurations_are_valid_and_have_the_rows_they_need(tmp_path, length, tiny):
    step_tokens = 8 * length if tiny else gpu_bench.STEP_TOKENS
    config = gpu_bench.config_of(tmp_path, length, 3, 989, tiny, step_tokens)
    validate(config, "train-config.schema.json", "gpu")
    check_together(config, 1)
    vocabulary = config["model"]["shape"]["vocabularySize"]
    gpu_bench.write_tokens(tmp_path / "tokens", 3 * step_tokens + length, vocabulary)
    rows = TrainingRows(config, vocabulary)
    assert rows.domains[0].count >= 3 * config["optimization"]["rowsPerStep"]
    (batch, *_) = rows.step(2, 0, 1)
    assert batch.inputs_BL.shape == (config["optimization"]["rowsPerMicroBatch"], length)


def test_its_model_has_a_billion_parameters_and_the_formulas_their_published_difference(tmp_path):
    network = network_config(gpu_bench.config_of(tmp_path, 2048, 3, 989, False, gpu_bench.STEP_TOKENS))
    full, causal = (flops_per_token(network, 2048, attention) for attention in ("full", "causal"))
    # 6 N of 22 layers (attention 10.5 M, feed-forward 34.6 M) and the output layer; 12 x 22 x 2048 x 2048 of attention.
    weights = 22 * (2048 * (2 * 2048 + 2 * 512) + 3 * 2048 * 5632) + 2048 * 32_000
    assert 1e9 < weights < 1.1e9
    assert full == 6 * weights + 12 * 22 * 2048 * 2048
    assert full - causal == 6 * 22 * 2048 * 2048


def test_its_miniature_runs_as_one_command_and_writes_what_it_prints(tmp_path):
    output = tmp_path / "gpu.json"
    command = [sys.executable, str(path), "--tiny", "--lengths", "32", "--steps", "3", "--peak-teraflops", "1"]
    done = subprocess.run(
        [*command, "--output", str(output)], env=environment(), capture_output=True, text=True, timeout=240, check=True
    )
    report = json.loads(output.read_text())
    (result,) = report["results"]
    assert (result["contextLength"], result["steps"], result["rowsPerMicroBatch"]) == (32, 2, 4)
    assert 0 < result["mfuCausalAttention"] < result["mfuFullAttention"] < 0.45
    assert done.stdout.strip() == gpu_bench.summary(report)
    assert done.stdout.splitlines()[-1].endswith("the target of 45% is not reached")
