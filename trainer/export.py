"""`python -m trainer export`: a checkpoint as a folder in Hugging Face format, whole or not there."""

import argparse
import json
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.distributed.checkpoint as distributed_checkpoint
import transformers
from safetensors.torch import save_file
from torch import Tensor
from torch.distributed.checkpoint.metadata import TensorStorageMetadata

from trainer.card import provenance, short_card
from trainer.errors import CheckpointError, ConfigError
from trainer.files import flush, sha256_of
from trainer.licences import require_open_to
from trainer.sharding import network_config

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
)
# Beside each other in the checkpoint, by themselves in Mixtral's released weights.
EXPERT_PARTS = {"gate_up_proj": ("w1", "w3"), "down_proj": ("w2",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, help="RUN/checkpoints/STEP")
    parser.add_argument("--output", type=Path, required=True, help="folder to make; it must not exist")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16", help="default: bfloat16")
    parser.add_argument(
        "--purpose",
        choices=["research", "share", "commercial"],
        help="what the model is for; refused where the licences of what went in forbid it (default: the run's)",
    )
    parser.add_argument("--shard-gigabytes", type=float, default=5, help="largest file (default: 5)")


def run(arguments: argparse.Namespace) -> None:
    report = export(
        arguments.checkpoint.resolve(),
        arguments.output.resolve(),
        getattr(torch, arguments.dtype),
        int(arguments.shard_gigabytes * 1e9),
        arguments.purpose,
    )
    print(json.dumps(report), flush=True)


def export(
    checkpoint: Path, output: Path, dtype: torch.dtype, shard_bytes: int, purpose: str | None = None
) -> dict:
    """Write weights, configuration, tokenizer and what it was made from, with a short card.

    No more than one file's weights are in memory at a time.

    Raises:
        CheckpointError: the checkpoint is not complete, or a file of it has changed.
        ConfigError: the output exists.
        LicenceError: what went into the model is not open to the purpose, by default the run's.
    """
    progress = read_progress(checkpoint)
    made = provenance(checkpoint.parents[1], progress, name_of(dtype), purpose)
    require_open_to("This model", made["licences"], made["purpose"])
    if output.exists():
        raise ConfigError(f"{output} exists already: choose another folder, or remove it")
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.parent / f".{output.name}.{os.getpid()}.tmp"
    temporary.mkdir()
    try:
        files = write_weights(checkpoint, temporary, progress["config"], dtype, shard_bytes)
        copy_tokenizer(progress["config"], temporary)
        write_settings(progress["config"], temporary, dtype)
        (temporary / "provenance.json").write_text(json.dumps(made, indent=1) + "\n")
        (temporary / "README.md").write_text(short_card(made))
        for path in [*temporary.iterdir(), temporary]:
            flush(path)
        os.rename(temporary, output)
        flush(output.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return {"output": str(output), "step": progress["step"], "files": files, "dtype": name_of(dtype)}


def read_progress(checkpoint: Path) -> dict:
    if not (checkpoint / "COMPLETE").is_file():
        raise CheckpointError(
            f"{checkpoint} is not a complete checkpoint: give RUN/checkpoints/STEP with COMPLETE in it"
        )
    for name, expected in json.loads((checkpoint / "checksums.json").read_text()).items():
        if not (checkpoint / name).is_file() or sha256_of(checkpoint / name) != expected:
            raise CheckpointError(f"{checkpoint / name} does not have its checksum: export another checkpoint")
    return json.loads((checkpoint / "progress.json").read_text())


def write_weights(checkpoint: Path, folder: Path, config: dict, dtype: torch.dtype, shard_bytes: int) -> int:
    """Files of at most `shard_bytes`, or of one parameter where that is larger; returns their number."""
    metadata = distributed_checkpoint.FileSystemReader(checkpoint).read_metadata()
    sizes = {
        key.removeprefix("model."): entry.size
        for key, entry in metadata.state_dict_metadata.items()
        if key.startswith("model.") and isinstance(entry, TensorStorageMetadata)
    }
    if network_config(config).tie_word_embeddings:
        sizes.pop("lm_head.weight", None)
    groups: list[list[str]] = [[]]
    room = shard_bytes
    for name, size in sizes.items():
        needed = size.numel() * dtype.itemsize
        if needed > room and groups[-1]:
            groups.append([])
            room = shard_bytes
        groups[-1].append(name)
        room -= needed
    weight_map: dict[str, str] = {}
    total = 0
    for number, names in enumerate(groups, 1):
        file = "model.safetensors" if len(groups) == 1 else f"model-{number:05}-of-{len(groups):05}.safetensors"
        state = {"model": {name: torch.empty(sizes[name], dtype=torch.float32) for name in names}}
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # That it is read by one process.
            distributed_checkpoint.load(state, checkpoint_id=checkpoint, no_dist=True)
        tensors = {
            part: value.to(dtype).contiguous()
            for name in names
            for part, value in released(name, state["model"].pop(name))
        }
        save_file(tensors, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, file)
        total += sum(tensor.nbytes for tensor in tensors.values())
    if len(groups) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))
    return len(groups)


def released(name: str, value: Tensor) -> Iterator[tuple[str, Tensor]]:
    """A parameter under the names that Mistral's and Mixtral's released weights have."""
    layer, _, part = name.partition(".mlp.experts.")
    if part == "":
        yield name.replace(".mlp.gate.", ".block_sparse_moe.gate."), value
        return
    for expert, fused in enumerate(value):
        kinds = EXPERT_PARTS[part]
        for kind, matrix in zip(kinds, fused.chunk(len(kinds))):
            yield f"{layer}.block_sparse_moe.experts.{expert}.{kind}.weight", matrix


def copy_tokenizer(config: dict, folder: Path) -> None:
    source = config["model"]["tokenizer"] or config["model"]["initializeFrom"].get("path")
    for name in TOKENIZER_FILES if source else ():
        if (Path(source) / name).is_file():
            shutil.copyfile(Path(source) / name, folder / name)


def write_settings(config: dict, folder: Path, dtype: torch.dtype) -> None:
    """config.json and generation_config.json; who generates must know the token that ends a document."""
    settings = network_config(config)
    settings.architectures = ["MistralForCausalLM" if settings.model_type == "mistral" else "MixtralForCausalLM"]
    settings.dtype = name_of(dtype)
    settings.bos_token_id, settings.eos_token_id = special_token_ids(config, folder)
    settings.save_pretrained(folder)
    generation = transformers.GenerationConfig(
        bos_token_id=settings.bos_token_id, eos_token_id=settings.eos_token_id, do_sample=False
    )
    generation.save_pretrained(folder)


def special_token_ids(config: dict, folder: Path) -> tuple[int | None, int | None]:
    """Begin and end token: those of the data that the model was trained on, else of the tokenizer."""
    manifest = Path(config["data"]["train"][0]["path"]) / "manifest.json"
    if manifest.is_file():
        tokenizer = json.loads(manifest.read_text())["tokenizer"]
        return tokenizer["beginTokenId"], tokenizer["endTokenId"]
    if any((folder / name).is_file() for name in TOKENIZER_FILES):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return tokenizer.bos_token_id, tokenizer.eos_token_id
    return None, None


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
