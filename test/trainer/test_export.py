"""Exports: the same numbers in transformers, the same training afterwards, whole or not there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed.checkpoint as distributed_checkpoint
import transformers
from served_models import write_tokenizer
from support import MIXTRAL, lines, make_run, tiny_config

from trainer.errors import CheckpointError, ConfigError, LicenceError
from trainer.export import export
from trainer.processes import Processes
from trainer.sharding import network_config
from trainer.signals import StopRequest
from trainer.training import Training

STEPS = 3


@pytest.fixture(scope="module", params=["mistral", "mistral, tied", "mixtral"])
def trained(request: pytest.FixtureRequest, alone: Processes, mixture, tmp_path_factory) -> Path:
    """A run of a few steps with held-out data, and a tokenizer to go with it."""
    folder = tmp_path_factory.mktemp("trained")
    write_tokenizer(folder / "tokenizer")
    changes = {"mistral": {}, "mistral, tied": {"model__shape__tieWordEmbeddings": True}, "mixtral": MIXTRAL}[
        request.param
    ]
    if request.param == "mixtral":
        changes = {**changes, "optimization__routerLossCoefficient": 0.02}
    return train(folder / "run", alone, mixture, model__tokenizer=str(folder / "tokenizer"), **changes)


def train(run: Path, alone: Processes, mixture: list[dict], **changes: object) -> Path:
    held_out = [{"domain": entry["domain"], "path": entry["path"], "rows": 6} for entry in mixture]
    choices = [{"name": "optimization.steps", "value": STEPS, "source": "set by the | caller"}]
    config = tiny_config(
        mixture, data__heldOut=held_out, optimization__steps=STEPS, choices=choices, **changes
    )
    make_run(run, config)
    Training(run, config, alone, StopRequest(), resume=False).run()
    return run


def checkpoint_of(run: Path) -> Path:
    return run / "checkpoints" / str(STEPS)


def trained_model(run: Path) -> transformers.PreTrainedModel:
    """The checkpoint's weights in transformers' own class, without the export."""
    config = json.loads((run / "train.config.json").read_text())
    model = transformers.AutoModelForCausalLM.from_config(network_config(config), dtype=torch.float32)
    state = {"model": model.state_dict()}
    if config["model"]["shape"]["tieWordEmbeddings"]:
        state["model"].pop("lm_head.weight")
    distributed_checkpoint.load(state, checkpoint_id=checkpoint_of(run), no_dist=True)
    model.load_state_dict(state["model"], strict=False)
    return model.eval()


@torch.inference_mode()
def test_transformers_loads_it_with_the_same_logits(trained, tmp_path):
    tokens = torch.randint(0, 96, (2, 40), generator=torch.Generator().manual_seed(0))
    expected = trained_model(trained)(tokens).logits
    for shard_bytes, files in ((10**9, 1), (20_000, None)):
        output = tmp_path / str(shard_bytes)
        report = export(checkpoint_of(trained), output, torch.float32, shard_bytes)
        assert report["files"] == len(list(output.glob("*.safetensors")))
        assert report["files"] == files or (files is None and report["files"] > 2)
        model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            output, dtype=torch.float32, output_loading_info=True
        )
        assert not any(loading.values()), loading
        assert torch.equal(model.eval()(tokens).logits, expected)
    # One parameter may be larger than a file is to be.
    assert max(path.stat().st_size for path in output.glob("*.safetensors")) < 70_000


def test_training_goes_on_from_it_as_it_was(trained, alone, mixture, tmp_path):
    export(checkpoint_of(trained), tmp_path / "model", torch.float32, 20_000)
    config = json.loads((trained / "train.config.json").read_text())
    changes = {
        "model__architecture": config["model"]["architecture"],
        "model__initializeFrom": {"kind": "safetensors", "path": str(tmp_path / "model")},
        "model__shape": None,
        "optimization__routerLossCoefficient": config["optimization"]["routerLossCoefficient"],
    }
    after = train(tmp_path / "after", alone, mixture, **changes)
    last, first = lines(trained, "eval")[-1], lines(after, "eval")[0]
    assert (last["step"], first["step"]) == (STEPS, 0)
    assert first["loss_by_domain"] == last["loss_by_domain"]


def test_bfloat16_is_the_rounded_weights(trained, tmp_path):
    export(checkpoint_of(trained), tmp_path / "model", torch.bfloat16, 10**9)
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert model.dtype == torch.bfloat16
    exact = trained_model(trained).state_dict()
    for name, value in model.state_dict().items():
        assert torch.equal(value, exact[name].to(torch.bfloat16)), name


def test_the_folder_has_tokenizer_end_token_and_card(trained, tmp_path):
    export(checkpoint_of(trained), tmp_path / "model", torch.bfloat16, 10**9)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    assert tokenizer.decode(tokenizer.encode("the fever", add_special_tokens=False)) == "the fever"
    # The data's end token, whatever the tokenizer's.
    assert json.loads((tmp_path / "model" / "generation_config.json").read_text())["eos_token_id"] == 0
    card = (tmp_path / "model" / "README.md").read_text()
    assert "must not be used for the care of patients" in card
    text = (tmp_path / "model" / "provenance.json").read_text()
    made = json.loads(text)
    progress = json.loads((checkpoint_of(trained) / "progress.json").read_text())
    measured = lines(trained, "eval")[-1]["loss_by_domain"]
    assert (made["step"], made["tokensSeen"]) == (STEPS, progress["tokensSeen"])
    assert made["data"][0]["fingerprint"] == progress["fingerprints"]["train/clinical"]
    assert {"on": "heldOut", "step": STEPS, "domain": "general"} | measured["general"] in made["losses"]
    assert made["config"]["choices"] == [
        {"name": "optimization.steps", "value": STEPS, "source": "set by the | caller"}
    ]
    for content in (card, text):
        assert str(trained) not in content and str(Path(progress["config"]["data"]["train"][0]["path"])) not in content


def test_a_purpose_that_the_licences_forbid_leaves_nothing(trained, tmp_path):
    # Its shards say no licences, as those of an earlier version.
    with pytest.raises(LicenceError, match='not open to the purpose "share"') as caught:
        export(checkpoint_of(trained), tmp_path / "model", torch.bfloat16, 10**9, "share")
    assert {conflict["name"] for conflict in caught.value.details["conflicts"]} == {"clinical", "general"}
    assert list(tmp_path.iterdir()) == []
    command = [sys.executable, "-m", "trainer", "export", "--checkpoint", str(checkpoint_of(trained))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    refused = subprocess.run(
        [*command, "--output", str(tmp_path / "model"), "--purpose", "commercial"],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    error = json.loads(refused.stderr.splitlines()[-1])["error"]
    assert (error["name"], error["purpose"]) == ("LicenceError", "commercial")
    export(checkpoint_of(trained), tmp_path / "model", torch.bfloat16, 10**9, "research")


def test_a_broken_checkpoint_or_a_taken_name_leaves_nothing(trained, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigError, match="exists already"):
        export(checkpoint_of(trained), tmp_path / "taken", torch.float32, 10**9)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in checkpoint_of(trained).iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    shard = next(copy.glob("*.distcp"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    with pytest.raises(CheckpointError, match="checksum"):
        export(copy, tmp_path / "model", torch.float32, 10**9)
    (copy / "COMPLETE").unlink()
    with pytest.raises(CheckpointError, match="not a complete checkpoint"):
        export(copy, tmp_path / "model", torch.float32, 10**9)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "taken"]


def test_a_failure_on_the_way_leaves_nothing(trained, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trainer.export.save_file", full)
    with pytest.raises(OSError, match="No space"):
        export(checkpoint_of(trained), tmp_path / "model", torch.float32, 10**9)
    assert list(tmp_path.iterdir()) == []
