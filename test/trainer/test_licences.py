"""The trainer judges licences as the library does: the golden cases of test/contract/licences.test.ts."""

import json
from pathlib import Path

import pytest

from trainer.errors import LicenceError
from trainer.licences import (
    conflicting,
    conflicts_of,
    gather,
    require_open_to,
    strictest,
    terms_of,
)

GOLDEN = Path(__file__).resolve().parents[1] / "golden/licences"


def test_golden_terms_and_conflicts() -> None:
    cases = json.loads((GOLDEN / "cases.json").read_text())
    assert len(cases) > 200
    for case in cases:
        licence = case["licence"]
        assert terms_of(licence) == case["terms"], licence
        for purpose, conflicts in case["conflicts"].items():
            assert conflicts_of(licence, purpose) == conflicts, (licence, purpose)


def test_golden_runs(tmp_path: Path) -> None:
    for number, run in enumerate(json.loads((GOLDEN / "runs.json").read_text())):
        root = tmp_path / str(number)
        for name, content in run["files"].items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content if isinstance(content, str) else json.dumps(content))
        parts = gather(json.loads(json.dumps(run["config"]).replace('"ROOT/', f'"{root}/')))
        assert parts == run["parts"]
        for purpose, expected in run["conflicts"].items():
            assert [[part["name"], part["terms"]] for part in conflicting(parts, purpose)] == expected
            if expected:
                with pytest.raises(LicenceError, match=f'"{purpose}"') as caught:
                    require_open_to("This model", parts, purpose)
                assert len(caught.value.details["conflicts"]) == len(expected)
            else:
                require_open_to("This model", parts, purpose)
        require_open_to("This model", parts, None)
    assert strictest([]) == []
