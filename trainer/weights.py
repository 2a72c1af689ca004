"""First weights: drawn from the seed, or read from Hugging Face safetensors, each process its own shard."""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor
from torch.distributed.tensor import DTensor
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset
from transformers import PreTrainedModel

from trainer.errors import DataError
from trainer.seeds import seed_of

Slices = tuple[slice, ...]


def local_part(tensor: Tensor) -> Tensor:
    """The part that this process holds, sharing its memory; of a tensor that is not sharded, all of it."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def local_slices(parameter: Tensor) -> Slices:
    """Where that part lies in the whole."""
    if not isinstance(parameter, DTensor):
        return tuple(slice(0, size) for size in parameter.shape)
    mesh, placements = parameter.device_mesh, parameter.placements
    shape, offsets = compute_local_shape_and_global_offset(parameter.shape, mesh, placements)
    return tuple(slice(offset, offset + size) for size, offset in zip(shape, offsets))


@torch.no_grad()
def draw_weights(network: PreTrainedModel, seed: int) -> None:
    """Norms 1, everything else normal with the configuration's `initializer_range`.

    Each parameter has its own stream, so that the weights do not depend on the number of processes.
    """
    for name, parameter in network.named_parameters():
        local = local_part(parameter)
        if parameter.ndim == 1:
            local.fill_(1.0)
            continue
        generator = torch.Generator().manual_seed(seed_of(seed, "weights", name))
        whole = torch.empty(parameter.shape).normal_(0, network.config.initializer_range, generator=generator)
        local.copy_(whole[local_slices(parameter)])


@torch.no_grad()
def read_weights(network: PreTrainedModel, folder: Path) -> None:
    """Fill the parameters from safetensors; nothing but this process's shard is read.

    Raises:
        DataError: a parameter is missing or has another shape, or the files hold one too many.
    """
    tensors = Safetensors(folder)
    for name, parameter in network.named_parameters():
        wanted = local_slices(parameter)
        if name in tensors.files:
            value = tensors.read(name, parameter.shape, wanted)
        elif name.endswith((".experts.gate_up_proj", ".experts.down_proj")):
            value = read_experts(tensors, name, parameter.shape, wanted)
        else:
            value = tensors.read(name.replace(".mlp.gate.", ".block_sparse_moe.gate."), parameter.shape, wanted)
        local_part(parameter).copy_(value)
    tied = {"lm_head.weight"} if network.config.tie_word_embeddings else set()
    if unused := sorted(tensors.files.keys() - tensors.used - tied):
        raise DataError(f"{folder} has tensors that the model does not: {', '.join(unused[:5])}", path=str(folder))


def read_experts(tensors: "Safetensors", name: str, shape: torch.Size, wanted: Slices) -> Tensor:
    """One slice of a layer's fused experts, (expert, output, input), from one matrix an expert.

    Released Mixtral weights hold w1 (gate), w3 (up) and w2 (down) of each expert by themselves;
    transformers computes with gate and up one above the other.
    """
    experts, outputs, inputs = wanted
    prefix, kind = name.replace(".mlp.experts.", ".block_sparse_moe.experts.").rsplit(".", 1)
    parts = ("w1", "w3") if kind == "gate_up_proj" else ("w2",)
    height = shape[1] // len(parts)
    matrices = []
    for expert in range(experts.start, experts.stop):
        pieces = []
        for index, part in enumerate(parts):
            begin = min(max(outputs.start - index * height, 0), height)
            end = min(max(outputs.stop - index * height, 0), height)
            source = f"{prefix}.{expert}.{part}.weight"
            pieces.append(tensors.read(source, torch.Size((height, shape[2])), (slice(begin, end), inputs)))
        matrices.append(torch.cat(pieces))
    return torch.stack(matrices) if matrices else torch.empty(0, *shape[1:])


class Safetensors:
    """The tensors of a folder by name: one file, or several with an index."""

    def __init__(self, folder: Path) -> None:
        index = folder / "model.safetensors.index.json"
        single = folder / "model.safetensors"
        if index.exists():
            files = json.loads(index.read_text())["weight_map"]
        elif single.exists():
            with safe_open(single, "pt") as file:
                files = dict.fromkeys(file.keys(), single.name)
        else:
            raise DataError(f"{folder} has neither {single.name} nor {index.name}", path=str(folder))
        self.folder = folder
        self.files: dict[str, str] = files
        self.used: set[str] = set()
        self.handles: dict[str, safe_open] = {}

    def read(self, name: str, shape: torch.Size, wanted: Slices) -> Tensor:
        if name not in self.files:
            raise DataError(f"{self.folder} has no tensor {name}", path=str(self.folder))
        self.used.add(name)
        file = self.files[name]
        if file not in self.handles:
            self.handles[file] = safe_open(self.folder / file, "pt")
        tensor = self.handles[file].get_slice(name)
        if list(shape) != tensor.get_shape():
            raise DataError(
                f"{self.folder}: {name} must have shape {list(shape)} as in config.json, has {tensor.get_shape()}",
                path=str(self.folder),
            )
        return tensor[wanted]
