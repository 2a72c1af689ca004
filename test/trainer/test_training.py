import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from support import (
    MIXTRAL,
    VOCABULARY,
    generate_documents,
    lines,
    losses,
    make_run,
    tiny_config,
    train_here,
    write_token_shards,
)
from transformers import AutoModelForCausalLM

from trainer.checkpoints import complete_steps
from trainer.errors import CheckpointError, ConfigError, DataError, DivergedError
from trainer.export import export
from trainer.processes import Processes
from trainer.rows import TrainingRows
from trainer.schedule import learning_rate
from trainer.sharding import build_model, network_config

Runner = Callable[..., Path]


@pytest.fixture
def run(alone: Processes, mixture: list[dict], tmp_path: Path) -> Runner:
    """Train a new run in this process; changes to the configuration by path."""

    def train(name: str = "run", **changes: object) -> Path:
        return train_here(make_run(tmp_path / name, tiny_config(mixture, **changes)), alone)

    return train


def largest_difference(first: Path, second: Path) -> float:
    assert len(losses(first)) == len(losses(second)) == 10
    return max(abs(one - two) for one, two in zip(losses(first), losses(second)))


def test_the_loss_falls_and_its_domains_add_up(run: Runner) -> None:
    folder = run(optimization__steps=30)
    steps = lines(folder, "train")
    assert [line["step"] for line in steps] == list(range(1, 31))
    assert steps[-1]["loss"] < steps[0]["loss"] - 0.5
    seen = 0
    for line in steps:
        parts = line["loss_by_domain"].values()
        tokens = sum(part["tokens"] for part in parts)
        seen += tokens
        assert line["tokens_seen"] == line["supervised_tokens"] == seen
        assert 7 * 32 < tokens <= 8 * 32, "the last row of an epoch is short"
        assert sum(part["loss"] * part["tokens"] for part in parts) / tokens == pytest.approx(line["loss"], abs=1e-12)
        assert 32 < line["loss_by_domain"]["general"]["tokens"] <= 2 * 32, "a quarter of the rows of every step"
        assert line["mfu"] is None
        assert line["memory_gib"] > 0.05
    assert steps[0]["lr"] == pytest.approx(3e-4)
    assert steps[-1]["lr"] == pytest.approx(3e-4)


def test_the_first_steps_are_those_of_plain_pytorch(run: Runner, alone: Processes) -> None:
    """Six steps against transformers' model, torch's AdamW and its clipping, written out."""
    folder = run(optimization__steps=6, optimization__gradientClipping=0.25)
    config = json.loads((folder / "train.config.json").read_text())
    first = build_model(config, alone).network.state_dict()
    peer = AutoModelForCausalLM.from_config(network_config(config))
    peer.load_state_dict(first)
    matrices = [each for each in peer.parameters() if each.ndim > 1]
    norms = [each for each in peer.parameters() if each.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0}], betas=(0.9, 0.95)
    )
    rows = TrainingRows(config, VOCABULARY)
    for step, logged in enumerate(lines(folder, "train")):
        batches = rows.step(step, 0, 1)
        inputs = torch.cat([batch.inputs_BL for batch in batches])
        targets = torch.cat([batch.targets_BL for batch in batches])
        logits = peer(input_ids=inputs, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(peer.parameters(), 0.25)
        assert norm > 0.3, "clipping has something to do"
        assert logged["loss"] == pytest.approx(loss.item(), abs=1e-6)
        assert logged["grad_norm"] == pytest.approx(float(norm), rel=1e-5)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config["optimization"])
        optimizer.step()
        optimizer.zero_grad()


def test_accumulation_and_chunked_loss_are_the_same_step(run: Runner) -> None:
    whole = run("whole", optimization__rowsPerMicroBatch=8)
    assert largest_difference(whole, run("parts", optimization__rowsPerMicroBatch=1)) < 2e-6
    assert largest_difference(whole, run("chunks", optimization__rowsPerMicroBatch=8, compute__lossChunkTokens=24)) < 2e-6
    assert losses(whole) == losses(
        run("again", optimization__rowsPerMicroBatch=8, compute__activationCheckpointing=True)
    )


def test_bfloat16_computes_near_float32_and_keeps_every_update_of_a_small_rate(
    run: Runner, alone: Processes, tmp_path: Path
) -> None:
    exact = run("exact")
    rounded = run("rounded", compute__precision="bfloat16", checkpoint__everySteps=5)
    assert 1e-6 < largest_difference(exact, rounded) < 5e-3
    before = losses(rounded)
    shutil.rmtree(rounded / "checkpoints/10")
    train_here(rounded, alone, resume=True)
    assert losses(rounded) == before

    # Table 1's rate for Mistral: half a unit in the last place of a bfloat16 weight of 0.02 is 6e-5.
    rates = {"optimization__learningRate": 7e-6, "optimization__minLearningRate": 7e-6}
    small = run("small", compute__precision="bfloat16", optimization__steps=1, optimization__warmupShare=0, **rates)
    export(small / "checkpoints/1", tmp_path / "weights", torch.float32, 10**9)
    trained = AutoModelForCausalLM.from_pretrained(tmp_path / "weights", dtype=torch.float32)
    first = build_model(json.loads((small / "train.config.json").read_text()), alone).network
    weight, initial = trained.model.layers[0].mlp.up_proj.weight, first.model.layers[0].mlp.up_proj.weight
    change = (weight - initial.full_tensor()).abs()
    assert (change > 3e-6).float().mean() > 0.95
    assert change.max() < 8e-6


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on a CPU")
def test_compiled_layers_compute_the_same_losses(run: Runner) -> None:
    compiled = run("compiled", compute__compile=True, compute__activationCheckpointing=True, optimization__steps=2)
    assert losses(compiled) == pytest.approx(losses(run("plain", optimization__steps=2)), abs=2e-6)


def test_accumulation_of_rows_with_unequal_supervision_is_the_same_step(
    alone: Processes, samples: Path, tmp_path: Path
) -> None:
    train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    packed = {"data__sampleUnit": "document", "data__documentAttention": "isolated", "recipe": "neftune",
              "neftune": {"alpha": 5, "formula": "jain", "lengthOf": "row"}}  # fmt: skip

    def of(rows: int) -> Path:
        config = tiny_config(train, **packed, optimization__rowsPerMicroBatch=rows)
        return train_here(make_run(tmp_path / str(rows), config), alone)

    whole = of(8)
    assert largest_difference(whole, of(1)) < 2e-6
    counts = {line["loss_by_domain"]["instruct"]["tokens"] for line in lines(whole, "train")}
    assert len(counts) > 5
    assert max(counts) < 0.6 * 8 * 32
    last = lines(whole, "train")[-1]
    assert last["supervised_tokens"] < 0.6 * last["tokens_seen"] < 0.6 * 10 * 8 * 32


def test_mixtral_logs_its_router_loss_by_itself(run: Runner) -> None:
    off = run("off", **MIXTRAL, optimization__routerLossCoefficient=0)
    on = run("on", **MIXTRAL, optimization__routerLossCoefficient=1, optimization__rowsPerMicroBatch=8)
    parts = run("parts", **MIXTRAL, optimization__routerLossCoefficient=1, optimization__rowsPerMicroBatch=1)
    first, last = lines(on, "train")[0], lines(on, "train")[-1]
    assert first["loss"] == pytest.approx(losses(off)[0], abs=1e-6), "the loss of tokens is reported without it"
    assert 2 <= last["aux_loss"] < lines(off, "train")[-1]["aux_loss"], "2 chosen experts, evenly spread, is the least"
    assert largest_difference(on, parts) < 1e-5, "per row, it does not depend on how rows are spread"


def test_held_out_loss_is_measured_before_at_intervals_and_after_without_noise(
    run: Runner, mixture: list[dict]
) -> None:
    held_out = [{"domain": entry["domain"], "path": entry["path"], "rows": 6} for entry in mixture]
    plain = run("plain", data__heldOut=held_out, heldOutEverySteps=4)
    noisy = run(
        "noisy", data__heldOut=held_out, neftune={"alpha": 50, "formula": "paper", "lengthOf": "document"}
    )
    assert [line["step"] for line in lines(plain, "eval")] == [0, 4, 8, 10]
    assert [line["step"] for line in lines(noisy, "eval")] == [0, 10]
    assert lines(plain, "eval")[0]["loss_by_domain"] == lines(noisy, "eval")[0]["loss_by_domain"]
    assert losses(plain)[0] != losses(noisy)[0]
    assert lines(plain, "eval")[0]["loss_by_domain"]["general"]["tokens"] == 6 * 32


def test_epochs_are_marked_for_each_domain(run: Runner) -> None:
    folder = run(optimization__steps=20, optimization__rowsPerStep=32)
    started = next(line for line in lines(folder, "event") if line["event"] == "started")
    epochs = [line for line in lines(folder, "event") if line["event"] == "epoch"]
    rows = started["rows_per_epoch"]
    expected = {
        (domain, epoch, -(-epoch * rows[domain] // share))
        for domain, share in (("clinical", 24), ("general", 8))
        for epoch in range(1, 20 * share // rows[domain] + 1)
    }
    assert len(expected) >= 3
    assert {(line["domain"], line["epoch"], line["step"]) for line in epochs} == expected


def test_checkpoints_are_kept_by_policy(run: Runner) -> None:
    folder = run(checkpoint__everySteps=2, checkpoint__keepLast=2, checkpoint__keepEverySteps=3)
    assert complete_steps(folder / "checkpoints") == [3, 6, 9, 10]
    saved = [line["step"] for line in lines(folder, "checkpoint")]
    assert saved == [2, 3, 4, 6, 8, 9, 10]


def test_a_corrupt_checkpoint_is_set_aside_and_the_one_before_goes_on_bit_identically(
    run: Runner, alone: Processes
) -> None:
    folder = run(checkpoint__everySteps=4, checkpoint__keepLast=3)
    before = losses(folder)
    shard = next((folder / "checkpoints/10").glob("*.distcp"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 4
    shard.write_bytes(content)
    (folder / "checkpoints/8/COMPLETE").unlink()
    train_here(folder, alone, resume=True)
    events = [line for line in lines(folder, "event") if line["attempt"] == 2]
    assert "falling back" in next(line for line in events if line["event"] == "checkpoint-corrupt")["message"]
    assert next(line for line in events if line["event"] == "resumed")["step"] == 4
    assert (folder / "checkpoints/10.corrupt").exists()
    assert losses(folder) == before
    assert [line["attempt"] for line in lines(folder, "train")] == [1] * 4 + [2] * 6
    for path in folder.glob("checkpoints/*/progress.json"):
        path.write_text("{}")
    with pytest.raises(CheckpointError, match="every checkpoint is corrupt"):
        train_here(folder, alone, resume=True)


def test_a_changed_configuration_or_data_is_refused_with_the_differences(
    alone: Processes, tmp_path: Path
) -> None:
    shards = write_token_shards(tmp_path / "shards", generate_documents(1, 60))
    train = [{"domain": "clinical", "path": str(shards), "weight": 1}]
    config = tiny_config(train, optimization__steps=2)
    folder = train_here(make_run(tmp_path / "run", config), alone)
    with pytest.raises(ConfigError, match="go on with --resume"):
        train_here(folder, alone)
    changed = tiny_config(train, model__shape__hiddenSize=64, optimization__steps=3, optimization__betas=[0.9, 0.99])
    (folder / "train.config.json").write_text(json.dumps(changed))
    with pytest.raises(ConfigError) as caught:
        train_here(folder, alone, resume=True)
    assert caught.value.details["differences"] == [
        "model.shape.hiddenSize: 32 -> 64",
        "optimization.betas[1]: 0.95 -> 0.99",
        "optimization.steps: 2 -> 3",
    ]
    moved = shutil.copytree(shards, tmp_path / "moved")
    train[0]["path"] = str(moved)
    (folder / "train.config.json").write_text(json.dumps(tiny_config(train, optimization__steps=2)))
    train_here(folder, alone, resume=True)
    write_token_shards(moved, generate_documents(2, 60))
    with pytest.raises(ConfigError, match=r'fingerprint.train/clinical: "sha256:.*" -> "sha256:'):
        train_here(folder, alone, resume=True)


def test_a_corrupt_shard_stops_the_run_before_its_first_step(alone: Processes, tmp_path: Path) -> None:
    shards = write_token_shards(tmp_path / "shards", generate_documents(1, 60))
    path = shards / "offsets-00000.bin"
    path.write_bytes(path.read_bytes()[::-1])
    config = tiny_config([{"domain": "clinical", "path": str(shards), "weight": 1}])
    with pytest.raises(DataError, match="offsets-00000.bin is corrupt"):
        train_here(make_run(tmp_path / "run", config), alone)


@pytest.mark.parametrize(("rate", "bad_loss"), [(1e30, False), (1e38, True)], ids=["gradient", "loss"])
def test_a_run_that_diverges_stops_and_saves_what_explains_it(
    run: Runner, tmp_path: Path, rate: float, bad_loss: bool
) -> None:
    with pytest.raises(DivergedError, match=r"step \d+: loss"):
        run(optimization__learningRate=rate, optimization__warmupShare=0, optimization__gradientClipping=None)
    path = next((tmp_path / "run/nonfinite").glob("*/explanation.json"))
    explanation = json.loads(path.read_text())
    assert len(explanation["rows"]) == 8
    assert {row["domain"] for row in explanation["rows"]} == {"clinical", "general"}
    assert any(row["lossSum"] == "nan" for row in explanation["rows"]) == bad_loss
    assert explanation["loss"] == "nan" if bad_loss else explanation["grad_norm"] == "nan"
    assert explanation["badGradients"]
    step = explanation["step"]
    assert path.parent.name == str(step)
    assert (path.parent / "COMPLETE").exists()
    assert len(losses(tmp_path / "run")) == step - 1
    assert complete_steps(tmp_path / "run/checkpoints") == []
    assert lines(tmp_path / "run", "event")[-1]["event"] == "nonfinite"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_mixture_forgets_less_than_clinical_text_alone(alone: Processes, tmp_path: Path, seed: int) -> None:
    """A base model of general text, then the same number of steps on clinical text alone or mixed."""
    general, clinical = (
        write_token_shards(tmp_path / name, generate_documents(seed, 300, low=low, high=high), domain=name)
        for seed, name, low, high in ((seed, "general", 1, 60), (seed + 10, "clinical", 30, 96))
    )
    entries = [{"domain": folder.name, "path": str(folder), "weight": 1} for folder in (general, clinical)]
    held_out = [{"domain": "general", "path": str(general), "rows": 20}]

    def general_losses(name: str, train: list[dict], **changes: object) -> tuple[Path, list[float]]:
        config = tiny_config(train, seed=seed, data__heldOut=held_out, optimization__rowsPerMicroBatch=8, **changes)
        folder = train_here(make_run(tmp_path / name, config), alone)
        return folder, [line["loss_by_domain"]["general"]["loss"] for line in lines(folder, "eval")]

    base, learning = general_losses(
        "base", entries[:1], optimization__steps=60, optimization__learningRate=1e-2, checkpoint__everySteps=60
    )
    assert learning[-1] < learning[0] - 0.5
    weights = tmp_path / "weights"
    export(base / "checkpoints/60", weights, torch.float32, 10**9)
    start = {"model__initializeFrom": {"kind": "safetensors", "path": str(weights)}, "optimization__steps": 40}
    _, alone_losses = general_losses("alone", entries[1:], **start)
    _, mixed_losses = general_losses("mixed", entries, **start)
    assert alone_losses[0] == mixed_losses[0] == pytest.approx(learning[-1], abs=1e-6)
    rise_alone, rise_mixed = alone_losses[-1] - alone_losses[0], mixed_losses[-1] - mixed_losses[0]
    assert rise_alone > 0.05
    assert rise_mixed < rise_alone
