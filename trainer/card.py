"""The model card of an export: what it was made from, by which recipe, and how it came out."""

import json
from collections.abc import Iterable
from pathlib import Path


def model_card(run: Path, progress: dict, dtype: str) -> str:
    """README.md of the exported folder, in Markdown.

    Args:
        run: folder with spec.json and metrics.jsonl, where they are still there; a card can do without.
        progress: the checkpoint's progress.json: its step, configuration and data fingerprints.
    """
    config, step = progress["config"], progress["step"]
    model, optimization = config["model"], config["optimization"]
    spec = read_json(run / "spec.json")
    code = spec.get("code") or {}
    source = model["initializeFrom"]
    start = Path(source["path"]).name if source["kind"] == "safetensors" else f"random weights, seed {config['seed']}"
    facts = {
        "run": spec.get("runId", run.name),
        "recipe": config["recipe"],
        "first weights": start,
        "optimizer steps": f"{step:,} of {optimization['steps']:,}",
        "tokens seen": f"{progress['tokensSeen']:,}, {progress['supervisedTokens']:,} of them targets of the loss",
        "context length": f"{config['data']['contextLength']:,}",
        "weights": dtype,
        "code": code.get("commit", "unknown") + (" with changes" if code.get("hasChanges") else ""),
        "seed": str(config["seed"]),
    }
    return f"""---
library_name: transformers
pipeline_tag: text-generation
tags: [{model["architecture"]}, medical, {config["recipe"]}]
---

# {spec.get("name", run.name)}, step {step:,}

A research model. It is not a medical device and must not be used for the care of patients.

{table(("", ""), facts.items())}

## Data

{table(("part", "domain", "weight", "sensitivity", "fingerprint"), data_rows(progress))}

## Loss

Mean over the supervised tokens of each domain, in nats a token.

{table(("measured on", "step", "domain", "loss", "tokens"), loss_rows(run, step))}

## Choices

{table(("name", "value", "where it comes from"), choice_rows(config))}
"""


def data_rows(progress: dict) -> Iterable[tuple[str, ...]]:
    for part in ("train", "heldOut"):
        for entry in progress["config"]["data"][part]:
            domain = entry["domain"]
            manifest = read_json(Path(entry["path"]) / "manifest.json")
            weight = str(entry.get("weight", "-"))
            fingerprint = progress["fingerprints"].get(f"{part}/{domain}", "unknown")
            yield part, domain, weight, manifest.get("sensitivity", "unknown"), f"`{fingerprint}`"


def loss_rows(run: Path, step: int) -> Iterable[tuple[str, ...]]:
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
    for kind, name in (("train", "training data"), ("eval", "held-out data")):
        for domain, value in last.get(kind, {}).get("loss_by_domain", {}).items():
            loss = value["loss"]
            shown = f"{loss:.4f}" if isinstance(loss, float) else str(loss)
            yield name, f"{last[kind]['step']:,}", domain, shown, f"{value['tokens']:,}"


def choice_rows(config: dict) -> Iterable[tuple[str, ...]]:
    for choice in config["choices"]:
        yield choice["name"], f"`{json.dumps(choice['value'])}`", choice["source"]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    cells = (" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells)


def read_json(path: Path) -> dict:
    return json.loads(path.read_text()) if path.is_file() else {}
