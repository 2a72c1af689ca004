"""The configurations that lib/train writes are read here as they are, and a key too many is refused."""

import json
from pathlib import Path

import pytest

from trainer.config import read_config
from trainer.errors import ConfigError

GOLDEN = Path(__file__).parents[1] / "golden" / "train-config"
FILES = sorted(GOLDEN.glob("*.json"))


def test_there_are_files() -> None:
    assert [path.stem for path in FILES] == [
        "fine-tuning-tiny-mixtral",
        "neftune-mixtral-8x7b",
        "pretraining-mistral-7b",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_is_read_whole(path: Path) -> None:
    assert read_config(path) == json.loads(path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_refuses_an_unknown_key_and_names_the_nearest(path: Path, tmp_path: Path) -> None:
    config = json.loads(path.read_text())
    config["optimization"]["learningRat"] = config["optimization"].pop("learningRate")
    changed = tmp_path / "train.config.json"
    changed.write_text(json.dumps(config))
    with pytest.raises(ConfigError, match='"optimization.learningRat" is not a key; nearest: learningRate'):
        read_config(changed)
