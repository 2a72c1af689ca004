"""What an export says of itself: `provenance.json` for programs, and a short README.md.

The whole card is made by `rounds card`, which also sees the corpus' reports, the results and the audit log, and writes
it in the README.md's place.
"""

import json
from pathlib import Path

from trainer.licences import gather
from trainer.licences import strictest as strictest_terms
from trainer.sensitivity import sensitivity_of, strictest


def provenance(run: Path, progress: dict, dtype: str, purpose: str | None) -> dict:
    """All that the run folder and the checkpoint tell, so that an export that is carried away still tells it.

    Args:
        run: folder with spec.json and metrics.jsonl, where they are still there.
        progress: the checkpoint's progress.json: its step, configuration, licences and data fingerprints.
        purpose: what the export is for; None for what the run was declared to be for, if anything.
    """
    config, step = progress["config"], progress["step"]
    spec = read_json(run / "spec.json")
    return {
        "format": "rounds-export",
        "version": 1,
        "run": spec.get("runId", run.name),
        "name": spec.get("name", run.name),
        "step": step,
        "tokensSeen": progress["tokensSeen"],
        "supervisedTokens": progress["supervisedTokens"],
        "weights": dtype,
        "sensitivity": strictest([progress.get("sensitivity"), sensitivity_of(config)]),
        "purpose": purpose or config.get("purpose"),
        "licences": [named(part) for part in progress.get("licences") or gather_if_there(config)],
        "config": without_folders(config),
        "data": [data_of(part, entry, progress) for part in ("train", "heldOut") for entry in config["data"][part]],
        "losses": losses(run, step),
        "code": spec.get("code"),
    }


def gather_if_there(config: dict) -> list[dict]:
    """Of a checkpoint of an earlier version; where its data is gone, no licence is known."""
    try:
        return gather(config)
    except OSError:
        return [{"name": "all data", "kind": "data", "licence": None, "documentCount": 0, "tokenCount": 0,
                 "documentIds": [], "sources": []}]  # fmt: skip


def named(part: dict) -> dict:
    """With the names of its files alone."""
    return part | ({"sources": [Path(source).name for source in part["sources"]]} if "sources" in part else {})


def without_folders(config: dict) -> dict:
    """The configuration with the names of its folders alone: an export goes to others."""
    model, data = config["model"], config["data"]
    source = model["initializeFrom"]
    if "path" in source:
        source = source | {"path": Path(source["path"]).name}
    tokenizer = model["tokenizer"] and Path(model["tokenizer"]).name
    parts = {part: [entry | {"path": Path(entry["path"]).name} for entry in data[part]] for part in ("train", "heldOut")}
    return config | {"model": model | {"initializeFrom": source, "tokenizer": tokenizer}, "data": data | parts}


def data_of(part: str, entry: dict, progress: dict) -> dict:
    manifest = read_json(Path(entry["path"]) / "manifest.json")
    return {
        "part": part,
        "domain": entry["domain"],
        "weight": entry.get("weight"),
        "sensitivity": manifest.get("sensitivity", "unknown"),
        "fingerprint": progress["fingerprints"].get(f"{part}/{entry['domain']}", "unknown"),
        "documentCount": manifest.get("documentCount"),
        "tokenCount": manifest.get("tokenCount"),
        "sources": [source | {"source": Path(source["source"]).name} for source in manifest.get("sources", [])[:10]],
    }


def losses(run: Path, step: int) -> list[dict]:
    """The last losses up to the checkpoint's step, of the highest attempt."""
    last: dict[str, dict] = {}
    metrics = run / "metrics.jsonl"
    for text in metrics.read_text().splitlines() if metrics.is_file() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # A crash tears the last line.
        if line["kind"] in ("train", "eval") and line["step"] <= step:
            before = last.get(line["kind"], line)
            last[line["kind"]] = max(before, line, key=lambda each: (each["step"], each["attempt"]))
    return [
        {"on": name, "step": last[kind]["step"], "domain": domain, **value}
        for kind, name in (("train", "train"), ("eval", "heldOut"))
        for domain, value in last.get(kind, {}).get("loss_by_domain", {}).items()
    ]


def short_card(made: dict) -> str:
    """README.md of the exported folder until the whole card takes its place."""
    config = made["config"]
    terms = ", ".join(strictest_terms(made["licences"])) or "none"
    return f"""---
library_name: transformers
pipeline_tag: text-generation
tags: [{config["model"]["architecture"]}, medical, {config["recipe"]}]
---

# {made["name"]}, step {made["step"]:,}

A research model. It is not a medical device and must not be used for the care of patients.

Strictest terms of what went into it: {terms}. Declared purpose: {made["purpose"] or "none"}.

What it was made from is in provenance.json; `npm run -s rounds -- card FOLDER` writes the whole card here.
"""


def read_json(path: Path) -> dict:
    return json.loads(path.read_text()) if path.is_file() else {}
