"""The examples in the trainer's doc comments are true."""

import doctest
import importlib
from pathlib import Path

import pytest
from support import ROOT

modules = sorted(path.stem for path in Path(ROOT / "trainer").glob("*.py") if ">>>" in path.read_text())


@pytest.mark.parametrize("name", modules)
def test_the_examples_of_a_module_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"trainer.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_there_are_examples() -> None:
    assert {"config", "mixture", "schedule", "seeds", "spikes"} <= set(modules)
