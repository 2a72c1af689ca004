"""The library's plan of a mixture and the trainer count the same rows."""

import json
from pathlib import Path

from trainer.mixture import Mixture

GOLDEN = Path(__file__).resolve().parents[1] / "golden/mixture-rows.json"


def test_rows_of_each_domain() -> None:
    for case in json.loads(GOLDEN.read_text()):
        assert Mixture(case["weights"]).counts(case["rows"]) == case["counts"]
