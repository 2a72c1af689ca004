import json
from pathlib import Path

import pytest
from support import MIXTRAL, make_run, tiny_config

from trainer.config import differences, read_config
from trainer.errors import ConfigError

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
    ],
)
def test_values_that_do_not_fit_each_other_are_refused(
    tmp_path: Path, processes: int, changes: dict, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, tiny_config(TRAIN, **changes), processes)


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
