"""The training configuration: read, checked against its schema, compared on resume."""

import difflib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from trainer.errors import ConfigError

# jsonschema loads every checker of formats that is installed. Ours uses none, and one that JupyterLab
# brings takes two seconds.
sys.modules.setdefault("rfc3987_syntax", None)

import jsonschema

SCHEMAS = Path(__file__).parent / "schemas"

# What may differ between a run and its resumption: none of it changes what is computed, beyond the
# order of sums. Paths may, because the fingerprints of the data are compared instead.
FREE_ON_RESUME = (
    "choices",
    "checkpoint.",
    "compute.activationCheckpointing",
    "compute.compile",
    "compute.device",
    "compute.lossChunkTokens",
    "compute.peakTeraflops",
    "heldOutEverySteps",
    "model.tokenizer",
    "optimization.rowsPerMicroBatch",
)


def read_config(path: Path, world_size: int = 1) -> dict:
    """Read and check train.config.json.

    Raises:
        ConfigError: every violation of the schema, each with its path; an unknown key with the
            nearest known ones; a value that does not fit another or the number of processes.
    """
    try:
        config = json.loads(path.read_text(), parse_float=number, parse_constant=number)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as JSON: {error}") from error
    validate(config, "train-config.schema.json", str(path))
    check_together(config, world_size)
    return config


def number(text: str) -> float | int:
    """8.0 is the whole number that the schema takes it for; NaN and what is too large are none."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return int(value) if value.is_integer() else value


def validate(value: object, schema_name: str, source: str) -> None:
    """Check `value` against a schema of this folder; all violations in one ConfigError."""
    schema = json.loads((SCHEMAS / schema_name).read_text())
    validator = jsonschema.Draft202012Validator(schema)
    violations = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    refuse(f"{source} is not valid", [line for violation in violations for line in describe(violation)])


def refuse(what: str, problems: list[str]) -> None:
    """Raises: ConfigError, if there are any."""
    if problems:
        raise ConfigError(f"{what}:\n" + "\n".join(f"  {line}" for line in dict.fromkeys(problems)))


def describe(violation: jsonschema.ValidationError) -> Iterator[str]:
    """A line for each thing to change."""
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in violation.absolute_path)
    if violation.validator in ("oneOf", "anyOf"):
        alternatives: dict[int, list[jsonschema.ValidationError]] = {}
        for error in violation.context:
            alternatives.setdefault(error.schema_path[0], []).append(error)
        # What was meant is the one whose type and whose constants are right.
        meant = [errors for errors in alternatives.values() if not any(map(is_of_another_kind, errors))]
        if len(meant) == 1:
            for error in meant[0]:
                yield from describe(error)
        else:
            kinds = (error.message for error in violation.context if is_of_another_kind(error))
            yield f'"{place.lstrip(".")}": {" or ".join(kinds)}'
    elif violation.validator == "additionalProperties":
        known = list(violation.schema.get("properties", {}))
        for key in violation.instance:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=3) or known
                yield f'"{f"{place}.{key}".lstrip(".")}" is not a key; nearest: {", ".join(near)}'
    else:
        yield f'"{place.lstrip(".") or "the whole"}": {violation.message}'


def is_of_another_kind(error: jsonschema.ValidationError) -> bool:
    return error.validator == "const" or (error.validator == "type" and not error.relative_path)


def check_together(config: dict, world_size: int) -> None:
    """Check what JSON Schema cannot: values against each other and against the number of processes."""
    model, data, optimization, compute = (config[part] for part in ("model", "data", "optimization", "compute"))
    rows, micro = optimization["rowsPerStep"], optimization["rowsPerMicroBatch"]
    shape, is_mixtral = model["shape"], model["architecture"] == "mixtral"
    router = "a number for mixtral; 0 turns it off" if is_mixtral else "null for mistral, which has no router"
    rules = {
        f'"optimization.rowsPerStep" must be divisible by processes x rowsPerMicroBatch = {world_size} x {micro}, '
        f"got {rows}": rows % (world_size * micro) == 0,
        '"optimization.minLearningRate" must be at most learningRate': (
            optimization["minLearningRate"] <= optimization["learningRate"]
        ),
        f'"optimization.routerLossCoefficient" must be {router}': (
            is_mixtral == (optimization["routerLossCoefficient"] is not None)
        ),
        # transformers hands flash attention documents of their own for one row alone.
        '"optimization.rowsPerMicroBatch" must be 1 for isolated documents with flash_attention_2': (
            micro == 1 or data["documentAttention"] == "across" or compute["attention"] != "flash_attention_2"
        ),
    }
    if shape is not None:
        heads, longest = shape["attentionHeads"], shape["maximumPositions"]
        rules |= {
            f'"model.shape.hiddenSize" must be an even multiple of attentionHeads {heads}': (
                shape["hiddenSize"] % (2 * heads) == 0
            ),
            f'"model.shape.keyValueHeads" must divide attentionHeads {heads}': heads % shape["keyValueHeads"] == 0,
            '"model.shape.experts" must be given for mixtral and for it alone': is_mixtral == ("experts" in shape),
            '"model.shape.expertsPerToken" must be at most experts': (
                shape.get("expertsPerToken", 0) <= shape.get("experts", 0)
            ),
            f'"data.contextLength" must be at most model.shape.maximumPositions = {longest}, '
            f"got {data['contextLength']}": data["contextLength"] <= longest,
        }
    for part in ("train", "heldOut"):
        names = [entry["domain"] for entry in data[part]]
        for name in names:
            rules[f'"data.{part}" must name each domain once, got "{name}" more often'] = names.count(name) == 1
    refuse("The configuration cannot be run", [problem for problem, holds in rules.items() if not holds])


def differences(before: object, after: object, place: str = "") -> Iterator[str]:
    """Lines "path: before -> after" for every value that differs and may not on resume.

    Example:
        >>> list(differences({"seed": 1, "choices": []}, {"seed": 2, "choices": [1]}))
        ['seed: 1 -> 2']
    """
    if place.startswith(FREE_ON_RESUME) or (place.startswith("data.") and place.endswith(".path")):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after)):
            yield from differences(*pair, f"{place}[{index}]")
    elif before != after:
        yield f"{place}: {json.dumps(before)} -> {json.dumps(after)}"
