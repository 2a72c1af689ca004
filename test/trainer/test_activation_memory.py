"""What a layer keeps for its backward pass is what the plan of a run counts with (lib/train/plan)."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from trainer.sharding import network_config

CASES = json.loads((Path(__file__).parents[1] / "golden" / "plan" / "saved-activations.json").read_text())


def saved_bytes(case: dict, layers: int) -> int:
    """Bytes of the storages that PyTorch saves between forward and backward, without the parameters."""
    shape = case["shape"] | {
        "layers": layers,
        "vocabularySize": 64,
        "ropeTheta": 1e4,
        "maximumPositions": case["contextLength"],
        "slidingWindow": None,
        "rmsNormEpsilon": 1e-5,
        "tieWordEmbeddings": False,
    }
    architecture = "mixtral" if "experts" in shape else "mistral"
    model = {"architecture": architecture, "initializeFrom": {"kind": "random"}, "shape": shape}
    network = AutoModelForCausalLM.from_config(
        network_config({"model": model}), attn_implementation="sdpa", dtype=getattr(torch, case["precision"])
    )
    parameters = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    kept = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = storage  # Held, so that no later storage gets its address.
        return tensor

    inputs_BLD = torch.randn(1, case["contextLength"], shape["hiddenSize"], dtype=network.dtype, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network.model(inputs_embeds=inputs_BLD, use_cache=False)
    return sum(storage.nbytes() for storage in kept.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_saved_activations(case: dict) -> None:
    torch.manual_seed(0)
    per_layer = saved_bytes(case, layers=3) - saved_bytes(case, layers=1)
    # Routing moves a few tokens' worth of indices; everything else is exact.
    assert per_layer / 2 / case["contextLength"] == pytest.approx(case["bytesPerTokenAndLayer"], rel=1e-3)
