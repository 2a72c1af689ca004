import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from support import MIXTRAL, tiny_config
from transformers import AutoModelForCausalLM

from trainer.metrics import Metrics, flops_per_token
from trainer.schedule import learning_rate
from trainer.sharding import network_config
from trainer.spikes import is_spike

PRETRAINING = {"steps": 79_259, "learningRate": 7e-6, "minLearningRate": 7e-7, "warmupShare": 0.01, "warmupStart": 0.1}


def test_the_learning_rate_starts_at_a_tenth_peaks_at_one_percent_and_ends_at_the_floor() -> None:
    rates = [learning_rate(step, PRETRAINING) for step in range(79_259)]
    assert rates[0] == pytest.approx(7e-7, rel=1e-12)
    assert rates[math.ceil(792.59)] == 7e-6 == max(rates)
    assert rates[-1] == pytest.approx(7e-7, rel=1e-12)
    assert rates[:794] == sorted(rates[:794])
    assert rates[793:] == sorted(rates[793:], reverse=True)
    warmup = [after - before for before, after in pairwise(rates[:794])]
    assert max(warmup) == pytest.approx(min(warmup), rel=1e-6), "warm-up is a line"
    middle = (793 + 79_258) // 2
    assert rates[middle] == pytest.approx((7e-6 + 7e-7) / 2, rel=1e-4), "the cosine is half way at its middle"


def test_the_golden_rates_that_typescript_reads_are_these() -> None:
    golden = Path(__file__).parents[1] / "golden" / "learning-rate.json"
    for entry in json.loads(golden.read_text("utf8")):
        for step, rate in entry["rates"].items():
            assert learning_rate(int(step), entry["schedule"]) == rate


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_the_shortest_runs_have_rates_within_the_bounds(steps: int, share: float) -> None:
    few = PRETRAINING | {"steps": steps, "warmupShare": share}
    assert all(7e-7 <= learning_rate(step, few) <= 7e-6 for step in range(steps))


@pytest.mark.parametrize("changes", [{}, MIXTRAL], ids=["mistral", "mixtral"])
def test_flops_count_every_weight_that_multiplies_a_token(changes: dict) -> None:
    settings = network_config(tiny_config([], **changes))
    network = AutoModelForCausalLM.from_config(settings)
    matrices = {name: each.numel() for name, each in network.named_parameters() if each.ndim > 1}
    del matrices["model.embed_tokens.weight"]
    used = sum(count / 2 if ".experts." in name else count for name, count in matrices.items())
    scores = 12 * 2 * 32 * 64
    assert flops_per_token(settings, 64) == 6 * used + scores
    assert flops_per_token(settings, 64, "causal") == 6 * used + scores / 2


def test_a_spike_is_far_above_what_came_before() -> None:
    noisy = [4 + 0.1 * math.sin(3 * step) for step in range(64)]
    assert not any(is_spike(noisy[step], noisy[:step]) for step in range(64))
    assert is_spike(5.0, noisy)
    assert not is_spike(3.0, noisy)
    assert is_spike(4.4, [4.0] * 16)
    assert not is_spike(4.2, [4.0] * 16)


def test_a_resumed_run_is_another_attempt_after_a_torn_line(tmp_path: Path) -> None:
    first = Metrics(tmp_path, enabled=True)
    first.write("train", 1, {"loss": float("nan"), "loss_by_domain": {"a": {"loss": float("inf")}}})
    with first.path.open("a") as file:
        file.write('{"v": 1, "attempt": 9, "st')
    second = Metrics(tmp_path, enabled=True)
    second.write("train", 2, {})
    written = first.path.read_text().splitlines()
    assert len(written) == 3
    one, _, two = written
    assert json.loads(one) | {"time": 0} == {
        "v": 1, "run_id": tmp_path.name, "attempt": 1, "kind": "train", "step": 1, "time": 0,
        "loss": "nan", "loss_by_domain": {"a": {"loss": "inf"}},
    }  # fmt: skip
    assert json.loads(two)["attempt"] == 2
