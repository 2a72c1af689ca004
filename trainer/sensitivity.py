"""Whether what a run learns from is restricted; what is made from it then is too. As lib/care/folder-sensitivity.ts."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from trainer.errors import ConfigError

Sensitivity = Literal["public", "restricted"]
DECLARATION = ".rounds-sensitivity"


def sensitivity_of(config: dict) -> Sensitivity:
    """Of a run: restricted by its token shards, held-out ones too, or by its first weights."""
    data = [Path(entry["path"]) for part in ("train", "heldOut") for entry in config["data"][part]]
    source = config["model"]["initializeFrom"]
    return strictest(map(sensitivity_of_folder, [*data, *([Path(source["path"])] if "path" in source else [])]))


def sensitivity_of_folder(folder: Path) -> Sensitivity:
    """Of token shards or a model: what they say themselves, and what a folder above them is declared to be."""
    said = [each for name in ("manifest.json", "provenance.json") for each in said_in(folder / name)]
    return strictest([*said, declared(folder)])


def said_in(path: Path) -> list[str | None]:
    """Of the whole and of each of its data; a file of that name that is not from Rounds may hold anything."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    inner = content.get("data") if isinstance(content, dict) else None
    entries = [content, *(inner if isinstance(inner, list) else [])]
    return [each.get("sensitivity") for each in entries if isinstance(each, dict)]


def declared(folder: Path) -> Sensitivity:
    """Raises: ConfigError for a declaration that is neither word."""
    places = {parent / DECLARATION for path in (folder.absolute(), folder.resolve()) for parent in (path, *path.parents)}
    words = {place: place.read_text().strip() for place in places if place.is_file()}
    for place, word in words.items():
        if word not in ("restricted", "public"):
            raise ConfigError(f'{place} must hold the word "restricted" or "public"')
    return strictest(words.values())


def strictest(said: Iterable[str | None]) -> Sensitivity:
    return "restricted" if "restricted" in said else "public"
