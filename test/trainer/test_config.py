import json
from pathlib import Path

import pytest
from support import MIXTRAL, make_run, tiny_config

from trainer.config import differences, read_config
from trainer.errors import ConfigError
from trainer.processes import Processes, join_processes
from trainer.sharding import build_model

TRAIN = [{"domain": "clinical", "path": "/shards/clinical", "weight": 1}]


def read(tmp_path: Path, config: dict, processes: int = 1) -> dict:
    run = make_run(tmp_path / "run", config)
    return read_config(run / "train.config.json", processes)


def test_a_valid_configuration_is_read_as_it_is(tmp_path: Path) -> None:
    config = tiny_config(TRAIN)
    assert read(tmp_path, config, 2) == config


def test_all_violations_come_at_once_and_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    config = tiny_config(TRAIN, data__contextLenght=32, optimization__steps=0, recipe="pretrain")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, config)
    message = str(caught.value)
    assert '"data.contextLenght" is not a key; nearest: contextLength' in message
    assert '"optimization.steps": 0 is less than the minimum of 1' in message
    assert "\"recipe\": 'pretrain' is not one of" in message


@pytest.mark.parametrize(
    ("processes", "changes", "message"),
    [
        (3, {}, r"divisible by processes x rowsPerMicroBatch = 3 x 4, got 8"),
        (1, {"optimization__minLearningRate": 1}, "minLearningRate.* at most learningRate"),
        (1, {"optimization__routerLossCoefficient": 0.02}, "must be null for mistral"),
        (1, MIXTRAL, "must be a number for mixtral"),
        (1, {"model__architecture": "mixtral", "optimization__routerLossCoefficient": 0}, "shape.experts"),
        (1, {"data__contextLength": 129}, "at most model.shape.maximumPositions = 128, got 129"),
        (1, {"data__train": [*TRAIN, *TRAIN]}, 'each domain once, got "clinical" more often'),
        (1, {"model__shape__attentionHeads": 3}, "hiddenSize.* must be an even multiple of attentionHeads 3"),
        (1, {"model__shape__keyValueHeads": 3}, "keyValueHeads.* must divide attentionHeads 4"),
        (1, MIXTRAL | {"model__shape__expertsPerToken": 9}, "expertsPerToken.* must be at most experts"),
        (
            1,
            {"data__documentAttention": "isolated", "compute__attention": "flash_attention_2"},
            "must be 1 for isolated documents with flash_attention_2",
        ),
    ],
)
def test_values_that_do_not_fit_each_other_are_refused(
    tmp_path: Path, processes: int, changes: dict, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, tiny_config(TRAIN, **changes), processes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__initializeFrom": {"kind": "gguf"}}, "initializeFrom\": 'safetensors' was expected or 'random' was"),
        ({"model__initializeFrom": {"kind": "random", "path": "/x"}}, '"model.initializeFrom.path" is not a key'),
        ({"neftune": {"alpha": 5}}, "\"neftune\": 'formula' is a required property\n.*'lengthOf' is a required"),
        ({"model__shape__slidingWindow": 0}, r'is not valid:\n  "model.shape.slidingWindow": 0 is less than .*\Z'),
        ({"model__shape__hiddenSize": "wide"}, "\"model.shape.hiddenSize\": 'wide' is not of type 'integer'"),
        ({"optimization__learningRate": float("nan")}, "NaN is no finite number"),
        ({"optimization__learningRate": float("inf")}, "Infinity is no finite number"),
    ],
)
def test_what_was_meant_is_told(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, tiny_config(TRAIN, **changes))


def test_a_whole_number_may_be_written_with_a_point(tmp_path: Path) -> None:
    steps = read(tmp_path, tiny_config(TRAIN, optimization__steps=3.0))["optimization"]["steps"]
    assert (steps, type(steps)) == (3, int)


def test_what_this_machine_does_not_have_is_said(monkeypatch: pytest.MonkeyPatch, alone: Processes) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(ConfigError, match="process 1 of this machine has no GPU: PyTorch .* sees 1 here"):
        join_processes("cuda")
    with pytest.raises(ConfigError, match='must be "sdpa" on a CPU, got "flex_attention"'):
        build_model(tiny_config(TRAIN, compute__attention="flex_attention"), alone)


def test_a_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train.config.json"
    path.write_text("{")
    with pytest.raises(ConfigError, match="train.config.json cannot be read as JSON"):
        read_config(path)


def test_differences_name_what_may_not_change_on_resume() -> None:
    before = tiny_config(TRAIN)
    after = tiny_config(
        [{"domain": "clinical", "path": "/moved/clinical", "weight": 2}],
        optimization__learningRate=1,
        optimization__rowsPerMicroBatch=1,
        checkpoint__everySteps=5,
        compute__compile=True,
        compute__precision="bfloat16",
        neftune={"alpha": 5, "formula": "jain", "lengthOf": "row"},
    )
    assert list(differences(before, after)) == [
        'compute.precision: "float32" -> "bfloat16"',
        "data.train[0].weight: 1 -> 2",
        'neftune: null -> {"alpha": 5, "formula": "jain", "lengthOf": "row"}',
        "optimization.learningRate: 0.003 -> 1",
    ]
    assert list(differences(before, json.loads(json.dumps(before)))) == []
