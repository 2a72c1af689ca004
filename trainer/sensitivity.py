"""Whether what a run learns from is restricted; what is made from it then is too. As lib/care/model-sensitivity.ts."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

Sensitivity = Literal["public", "restricted"]
DECLARATION = ".rounds-sensitivity"


def sensitivity_of(config: dict) -> Sensitivity:
    """Of a run: restricted by its token shards, held-out ones too, or by its first weights."""
    data = [Path(entry["path"]) for part in ("train", "heldOut") for entry in config["data"][part]]
    source = config["model"]["initializeFrom"]
    return strictest(map(sensitivity_of_folder, [*data, *([Path(source["path"])] if "path" in source else [])]))


def sensitivity_of_folder(folder: Path) -> Sensitivity:
    """Of token shards or a model: what they say themselves, and what a folder above them is declared to be."""
    said = [read_json(folder / name) for name in ("manifest.json", "provenance.json")]
    inner = [entry for each in said for entry in each.get("data", [])]
    return strictest([*(each.get("sensitivity") for each in [*said, *inner]), declared(folder)])


def declared(folder: Path) -> Sensitivity:
    places = {parent / DECLARATION for path in (folder.absolute(), folder.resolve()) for parent in (path, *path.parents)}
    return strictest(place.read_text().strip() for place in places if place.is_file())


def strictest(said: Iterable[str | None]) -> Sensitivity:
    return "restricted" if "restricted" in said else "public"


def read_json(path: Path) -> dict:
    return json.loads(path.read_text()) if path.is_file() else {}
