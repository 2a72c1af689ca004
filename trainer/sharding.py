"""Builds the network of a configuration and spreads it over the processes with FSDP2."""

from pathlib import Path

import torch
from torch import nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import Shard
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    MistralConfig,
    MixtralConfig,
    PretrainedConfig,
)

from trainer.errors import ConfigError
from trainer.language_model import LanguageModel
from trainer.processes import Processes
from trainer.weights import draw_weights, read_weights

# The configuration's names of a shape, and transformers'.
SHAPE_KEYS = {
    "hiddenSize": "hidden_size",
    "intermediateSize": "intermediate_size",
    "layers": "num_hidden_layers",
    "attentionHeads": "num_attention_heads",
    "keyValueHeads": "num_key_value_heads",
    "vocabularySize": "vocab_size",
    "maximumPositions": "max_position_embeddings",
    "slidingWindow": "sliding_window",
    "rmsNormEpsilon": "rms_norm_eps",
    "tieWordEmbeddings": "tie_word_embeddings",
    "experts": "num_local_experts",
    "expertsPerToken": "num_experts_per_tok",
}


def network_config(config: dict) -> PretrainedConfig:
    """transformers' configuration: from the shape, or from the folder of weights, which must agree with it."""
    model = config["model"]
    shape, source = model["shape"], model["initializeFrom"]
    named = {SHAPE_KEYS[key]: value for key, value in (shape or {}).items() if key != "ropeTheta"}
    if source["kind"] == "random":
        build = MistralConfig if model["architecture"] == "mistral" else MixtralConfig
        rope = {"rope_type": "default", "rope_theta": shape["ropeTheta"]}
        head = shape["hiddenSize"] // shape["attentionHeads"]
        return build(**named, head_dim=head, rope_parameters=rope, bos_token_id=None, eos_token_id=None)
    path = source["path"]
    if not (Path(path) / "config.json").exists():
        raise ConfigError(f'"model.initializeFrom.path" must be a folder with config.json, got {path}')
    network = AutoConfig.from_pretrained(path, local_files_only=True)
    if network.model_type != model["architecture"]:
        raise ConfigError(f'"model.architecture" must be that of {path}: {network.model_type}')
    differing = [f"{key} {value} in {path}: {getattr(network, key)}" for key, value in named.items()
                 if getattr(network, key) != value]  # fmt: skip
    theta = network.rope_parameters["rope_theta"]
    if shape is not None and theta != shape["ropeTheta"]:
        differing.append(f"ropeTheta {shape['ropeTheta']} in {path}: {theta}")
    if differing:
        raise ConfigError('"model.shape" must agree with config.json: ' + "; ".join(differing))
    if config["data"]["contextLength"] > network.max_position_embeddings:
        raise ConfigError(
            f'"data.contextLength" must be at most the {network.max_position_embeddings} positions of {path}'
        )
    return network


def build_model(config: dict, processes: Processes, initialize: bool = True) -> LanguageModel:
    """The model, float32 master weights, computing in `compute.precision`, sharded over the processes.

    No process ever holds the whole of a sharded model: it is made without memory, sharded, then filled.
    With `initialize` false the weights are left as they are, to be read from a checkpoint.
    """
    compute = config["compute"]
    settings = network_config(config)
    if processes.device.type == "cpu" and compute["attention"] != "sdpa":
        raise ConfigError(f'"compute.attention" must be "sdpa" on a CPU, got "{compute["attention"]}"')
    try:
        with torch.device("meta"):
            network = AutoModelForCausalLM.from_config(
                settings, attn_implementation=compute["attention"], dtype=torch.float32
            )
    except ImportError as error:
        raise ConfigError(f'"compute.attention" = "{compute["attention"]}": {error}') from error
    if compute["activationCheckpointing"]:
        network.activation_checkpointing_enable()
    if compute["compile"]:
        for layer in network.model.layers:
            layer.compile()
    model = LanguageModel(network, compute["lossChunkTokens"])
    # A process by itself in float32 has nothing to gather, cast or add up: FSDP would only copy.
    if processes.world_size > 1 or compute["precision"] == "bfloat16":
        shard(model, processes, compute["precision"])
    model.to_empty(device=processes.device)
    network.tie_weights()
    # The angles of rotary positions are a buffer in no checkpoint, computed when the module is made.
    network.model.rotary_emb = type(network.model.rotary_emb)(settings).to(processes.device)
    if initialize:
        source = config["model"]["initializeFrom"]
        if source["kind"] == "random":
            draw_weights(network, config["seed"])
        else:
            read_weights(network, Path(source["path"]))
    return model


def shard(model: LanguageModel, processes: Processes, precision: str) -> None:
    """Cut every layer, and the root with the embedding, last norm and output layer, over the processes."""
    mesh = device_mesh(model.network, processes)
    policy = MixedPrecisionPolicy(
        param_dtype=torch.bfloat16 if precision == "bfloat16" else None,
        # Gradients of many processes are summed in float32: bfloat16 would round each sum to 8 bits.
        reduce_dtype=torch.float32,
    )
    # A process by itself holds every layer whole: to let go of one after its forward pass would only copy it.
    frees = processes.world_size > 1
    for layer in model.network.model.layers:
        fully_shard(layer, mesh=mesh, mp_policy=policy, reshard_after_forward=frees, shard_placement_fn=shard_placement)
    # Batches hold whole numbers, so inputs need no cast.
    fully_shard(model, mesh=mesh, mp_policy=policy)


def shard_placement(parameter: nn.Parameter) -> Shard | None:
    """Fused experts (expert, output, input) are cut by their outputs: 8 experts do not spread over 80 processes."""
    return Shard(1) if parameter.ndim == 3 else None


def device_mesh(network: nn.Module, processes: Processes) -> DeviceMesh:
    """One axis of all processes; or copies of a shorter one where it would not cut the experts evenly.

    FSDP2 cuts a second dimension evenly only. Mixtral 8x7B's 4,096 and 28,672 outputs on 80 processes
    are cut by 16, in 5 copies that average their gradients.
    """
    outputs = {parameter.shape[1] for parameter in network.parameters() if parameter.ndim == 3}
    world_size = processes.world_size
    sharded = max(
        size
        for size in range(1, world_size + 1)
        if world_size % size == 0 and all(count % size == 0 for count in outputs)
    )
    if sharded == world_size:
        return init_device_mesh(processes.device.type, (world_size,))
    shape = (world_size // sharded, sharded)
    return init_device_mesh(processes.device.type, shape, mesh_dim_names=("copies", "shards"))
