"""Restricted is what learned from something restricted, through its first weights too."""

import json
from pathlib import Path

import pytest

from trainer.card import provenance
from trainer.errors import ConfigError
from trainer.sensitivity import sensitivity_of, sensitivity_of_folder


def config_of(folder: Path, train: str, weights: str | None) -> dict:
    start = {"kind": "random"} if weights is None else {"kind": "safetensors", "path": str(folder / weights)}
    entry = {"domain": "general", "path": str(folder / train), "weight": 1}
    return {"model": {"initializeFrom": start, "tokenizer": None}, "data": {"train": [entry], "heldOut": []}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said = {
        "shards/manifest.json": {"sensitivity": "public", "sources": [], "documentCount": 1, "tokenCount": 9},
        "notes/manifest.json": {"sensitivity": "restricted", "sources": []},
        "model/provenance.json": {"sensitivity": "public", "data": [{"sensitivity": "public"}]},
        "tuned/provenance.json": {"sensitivity": "restricted", "data": [{"sensitivity": "public"}]},
        "earlier/provenance.json": {"data": [{"sensitivity": "public"}, {"sensitivity": "restricted"}]},
        "declared/below/manifest.json": {"sensitivity": "public", "sources": []},
    }
    for path, content in said.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(json.dumps(content))
    (tmp_path / "declared" / ".rounds-sensitivity").write_text("restricted\n")
    return tmp_path


@pytest.mark.parametrize(
    ("train", "weights", "expected"),
    [
        ("shards", None, "public"),
        ("shards", "model", "public"),
        ("notes", None, "restricted"),
        ("declared/below", None, "restricted"),
        ("shards", "tuned", "restricted"),
        ("shards", "earlier", "restricted"),
        ("shards", "declared/below", "restricted"),
    ],
)
def test_a_run_is_restricted_by_its_data_and_first_weights(folder, train, weights, expected):
    assert sensitivity_of(config_of(folder, train, weights)) == expected


def test_an_export_says_it_when_the_first_weights_are_gone(folder):
    config = config_of(folder, "shards", "gone") | {"recipe": "fine-tuning"}
    progress = {"config": config, "step": 1, "tokensSeen": 1, "supervisedTokens": 1, "licences": [], "fingerprints": {}}
    assert provenance(folder / "run", progress, "float32", None)["sensitivity"] == "public"
    assert provenance(folder / "run", progress | {"sensitivity": "restricted"}, "float32", None)["sensitivity"] == "restricted"


@pytest.mark.parametrize("content", ["[1]", '{"data": null}', '{"data": "x"}', '{"data": [1]}', "{", "null"])
def test_files_of_other_makers_say_nothing(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    assert sensitivity_of_folder(tmp_path) == "public"


def test_a_declaration_is_one_of_two_words(tmp_path):
    (tmp_path / ".rounds-sensitivity").write_text("Restricted")
    with pytest.raises(ConfigError, match='must hold the word "restricted" or "public"'):
        sensitivity_of_folder(tmp_path)
