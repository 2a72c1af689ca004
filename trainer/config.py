"""The training configuration: read, checked against its schema, compared on resume."""

import difflib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import jsonschema

from trainer.errors import ConfigError

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
        config = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as JSON: {error}") from error
    validate(config, "train-config.schema.json", str(path))
    check_together(config, world_size)
    return config


def validate(value: object, schema_name: str, source: str) -> None:
    """Check `value` against a schema of this folder; all violations in one ConfigError."""
    schema = json.loads((SCHEMAS / schema_name).read_text())
    validator = jsonschema.Draft202012Validator(schema)
    violations = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    if violations:
        lines = [line for violation in violations for line in describe(violation)]
        raise ConfigError(f"{source} is not valid:\n" + "\n".join(f"  {line}" for line in lines))


def describe(violation: jsonschema.ValidationError) -> Iterator[str]:
    if violation.validator in ("oneOf", "anyOf") and violation.context:
        best = jsonschema.exceptions.best_match([violation])
        if best is not violation and best is not None:
            yield from describe(best)
            return
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in violation.absolute_path)
    if violation.validator == "additionalProperties":
        known = list(violation.schema.get("properties", {}))
        for key in violation.instance:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=3) or known
                yield f'"{f"{place}.{key}".lstrip(".")}" is not a key; nearest: {", ".join(near)}'
        return
    yield f'"{place.lstrip(".") or "the whole"}": {violation.message}'


def check_together(config: dict, world_size: int) -> None:
    """Check what JSON Schema cannot: values against each other and against the number of processes."""
    model, data, optimization = config["model"], config["data"], config["optimization"]
    rows, micro = optimization["rowsPerStep"], optimization["rowsPerMicroBatch"]
    problems = []
    if rows % (world_size * micro):
        problems.append(
            f'"optimization.rowsPerStep" must be divisible by processes x rowsPerMicroBatch '
            f"= {world_size} x {micro}, got {rows}"
        )
    if optimization["minLearningRate"] > optimization["learningRate"]:
        problems.append('"optimization.minLearningRate" must be at most learningRate')
    if model["architecture"] == "mistral" and optimization["routerLossCoefficient"] is not None:
        problems.append('"optimization.routerLossCoefficient" must be null for mistral, which has no router')
    if model["architecture"] == "mixtral" and optimization["routerLossCoefficient"] is None:
        problems.append('"optimization.routerLossCoefficient" must be a number for mixtral; 0 turns it off')
    shape = model["shape"]
    if shape is not None and (model["architecture"] == "mixtral") != ("experts" in shape):
        problems.append('"model.shape.experts" must be given for mixtral and for it alone')
    if shape is not None and data["contextLength"] > shape["maximumPositions"]:
        problems.append(
            f'"data.contextLength" must be at most model.shape.maximumPositions = {shape["maximumPositions"]}, '
            f"got {data['contextLength']}"
        )
    for part in ("train", "heldOut"):
        names = [entry["domain"] for entry in data[part]]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.append(f'"data.{part}" must name each domain once, got "{name}" more often')
    if problems:
        raise ConfigError("The configuration cannot be run:\n" + "\n".join(f"  {line}" for line in problems))


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


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all: temporary name, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
