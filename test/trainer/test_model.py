import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from support import MIXTRAL, VOCABULARY, tiny_config
from transformers import AutoModelForCausalLM

from trainer.attention_check import check_document_attention
from trainer.errors import AttentionError, ConfigError, DataError, DivergedError
from trainer.language_model import LanguageModel
from trainer.neftune import noise
from trainer.processes import Processes
from trainer.rows import UNSUPERVISED, Batch, TrainingRows
from trainer.sharding import build_model, device_mesh, network_config

OFF = {"optimization__routerLossCoefficient": 0}
both = pytest.mark.parametrize("changes", [{}, MIXTRAL | OFF], ids=["mistral", "mixtral"])


def batch_of(config: dict, rows: int = 2) -> Batch:
    read = TrainingRows(config, VOCABULARY)
    return Batch.of([read.read(row) for row in range(rows)])


@both
def test_an_isolated_document_has_the_logits_that_it_has_alone(
    alone: Processes, samples: Path, changes: dict
) -> None:
    train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    config = tiny_config(train, **changes, data__sampleUnit="document", data__documentAttention="isolated")
    model = build_model(config, alone)
    batch = batch_of(config)
    with torch.no_grad():
        hidden = model.hidden_states(batch)[0]
        compared = 0
        for row in range(2):
            at = 0
            for start in [*torch.where(batch.positions_BL[row] == 0)[0].tolist()[1:], 32]:
                alone_batch = dataclasses.replace(
                    batch,
                    inputs_BL=batch.inputs_BL[row : row + 1, at:start],
                    positions_BL=torch.arange(start - at)[None],
                )
                difference = model.hidden_states(alone_batch)[0][0] - hidden[row, at:start]
                assert model.network.lm_head(difference).abs().max() < 1e-5
                at, compared = start, compared + 1
    assert compared >= 4


@both
@pytest.mark.parametrize("mode", ["across", "isolated"])
def test_the_start_up_check_passes_for_what_the_model_does_and_fails_for_the_other(
    alone: Processes, mixture: list[dict], changes: dict, mode: str
) -> None:
    config = tiny_config(mixture, **changes)
    model, batch = build_model(config, alone), batch_of(config)
    check_document_attention(model, batch, mode, "float32")

    class Deaf(LanguageModel):
        """Attends in the other way than the positions say."""

        def hidden_states(self, batch: Batch, *rest: object) -> tuple:
            length = batch.inputs_BL.shape[1]
            whole, halves = torch.arange(length), torch.arange(length) % (length // 2)
            positions = halves if mode == "across" else whole
            return super().hidden_states(dataclasses.replace(batch, positions_BL=positions.repeat(2, 1)), *rest)

    with pytest.raises(AttentionError, match='does not see' if mode == "across" else "sees the one before"):
        check_document_attention(Deaf(model.network, None), batch, mode, "float32")


@pytest.mark.parametrize("chunk", [None, 7])
def test_logits_whose_target_is_a_prompt_token_get_no_gradient(
    alone: Processes, samples: Path, chunk: int | None
) -> None:
    train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    config = tiny_config(train, data__sampleUnit="document", compute__lossChunkTokens=chunk)
    model, batch = build_model(config, alone), batch_of(config)
    hidden_BLD = model.hidden_states(batch)[0].detach().requires_grad_()
    losses_N = model.token_losses(hidden_BLD.flatten(0, 1), batch.targets_BL.flatten())
    losses_N.sum().backward()
    unsupervised_BL = batch.targets_BL == UNSUPERVISED
    norms_BL = hidden_BLD.grad.norm(dim=-1)
    assert 10 < unsupervised_BL.sum() < 54
    assert (norms_BL[unsupervised_BL] == 0).all()
    assert (norms_BL[~unsupervised_BL] > 0).all()
    assert (losses_N.view(2, 32)[unsupervised_BL] == 0).all()


@both
def test_activation_checkpointing_computes_layers_again_for_the_same_gradients(
    alone: Processes, mixture: list[dict], changes: dict
) -> None:
    gradients, calls = [], []
    for checkpointing in (False, True):
        config = tiny_config(mixture, **changes, compute__activationCheckpointing=checkpointing)
        model = build_model(config, alone)
        count = 0

        def counting(*_: object) -> None:
            nonlocal count
            count += 1

        for layer in model.network.model.layers:
            layer.mlp.register_forward_pre_hook(counting)
        model(batch_of(config), router=bool(changes))[0].sum().backward()
        gradients.append([parameter.grad.clone() for parameter in model.network.parameters()])
        calls.append(count)
    assert calls == [2, 4]
    assert all(torch.equal(*pair) for pair in zip(*gradients))


@both
def test_weights_saved_by_transformers_start_with_the_same_logits(
    alone: Processes, tmp_path: Path, mixture: list[dict], changes: dict
) -> None:
    torch.manual_seed(0)
    config = tiny_config(mixture, **changes)
    peer = AutoModelForCausalLM.from_config(network_config(config)).eval()
    peer.save_pretrained(tmp_path, max_shard_size="30KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    config["model"]["initializeFrom"] = {"kind": "safetensors", "path": str(tmp_path)}
    for shape in (config["model"]["shape"], None):
        config["model"]["shape"] = shape
        model, batch = build_model(config, alone), batch_of(config)
        with torch.no_grad():
            logits = peer(input_ids=batch.inputs_BL, use_cache=False).logits
            expected = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), batch.targets_BL.flatten(), reduction="none"
            )
            assert (model(batch)[0].flatten() - expected).abs().max() < 1e-6


def test_released_mixtral_weights_are_fused(alone: Processes, tmp_path: Path, mixture: list[dict]) -> None:
    """As released: one matrix an expert under block_sparse_moe, which transformers reads too."""
    config = tiny_config(mixture, **MIXTRAL, **OFF)
    peer = AutoModelForCausalLM.from_config(network_config(config))
    peer.save_pretrained(tmp_path)
    names = load_file(tmp_path / "model.safetensors").keys()
    assert "model.layers.1.block_sparse_moe.experts.3.w2.weight" in names
    config["model"]["initializeFrom"] = {"kind": "safetensors", "path": str(tmp_path)}
    model = build_model(config, alone)
    whole = dict(peer.named_parameters())
    for name, parameter in model.network.named_parameters():
        assert torch.equal(parameter, whole[name]), name


def test_weights_that_do_not_fit_are_refused(alone: Processes, tmp_path: Path, mixture: list[dict]) -> None:
    config = tiny_config(mixture)
    AutoModelForCausalLM.from_config(network_config(config)).save_pretrained(tmp_path)
    config["model"]["initializeFrom"] = {"kind": "safetensors", "path": str(tmp_path)}
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    removed = tensors.pop("model.layers.0.mlp.up_proj.weight")
    save_file(tensors, file)
    with pytest.raises(DataError, match=r"has no tensor model.layers.0.mlp.up_proj.weight"):
        build_model(config, alone)
    save_file(tensors | {"model.layers.0.mlp.up_proj.weight": removed[:, :5].contiguous()}, file)
    with pytest.raises(DataError, match=r"must have shape \[64, 32\] as in config.json, has \[64, 5\]"):
        build_model(config, alone)
    save_file(tensors | {"model.layers.0.mlp.up_proj.weight": removed, "extra": removed.clone()}, file)
    with pytest.raises(DataError, match="has tensors that the model does not: extra"):
        build_model(config, alone)
    config["model"]["shape"]["layers"] = 3
    with pytest.raises(ConfigError, match=r"num_hidden_layers 3 in .*: 2"):
        build_model(config, alone)
    settings = json.loads((tmp_path / "config.json").read_text()) | {"model_type": "mixtral"}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ConfigError, match='"model.architecture" must be that of .*: mixtral'):
        build_model(config, alone)


def test_the_router_loss_of_a_row_leaves_out_its_padding(alone: Processes, samples: Path) -> None:
    train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    config = tiny_config(
        train, **MIXTRAL, **OFF, data__sampleUnit="document", data__documentAttention="isolated", data__contextLength=64
    )
    domain = TrainingRows(config, VOCABULARY).domains[0]
    read = [domain.read(row, row) for row in range(domain.count)]
    model, batch = build_model(config, alone), Batch.of([row for row in read if row[4] < 64])
    assert batch.token_counts_B.min() < 60
    with torch.no_grad():
        whole = model(batch, router=True)[1]
        for row, count in enumerate(batch.token_counts_B.tolist()):
            fields = {
                name: each[row : row + 1, :count] if each.ndim == 2 else each[row : row + 1]
                for name, each in vars(batch).items()
            }
            assert model(Batch(**fields), router=True)[1][0] == pytest.approx(whole[row].item(), abs=1e-6)


def test_weights_that_are_not_finite_are_found_before_the_first_step(alone: Processes, mixture: list[dict]) -> None:
    config = tiny_config(mixture)
    model = build_model(config, alone)
    model.network.model.norm.weight.data[3] = float("nan")
    with pytest.raises(DivergedError, match="before the first step"):
        check_document_attention(model, batch_of(config), "across", "float32")


def test_tied_embeddings_stay_one_parameter(alone: Processes, mixture: list[dict]) -> None:
    model = build_model(tiny_config(mixture, model__shape__tieWordEmbeddings=True), alone)
    assert model.network.lm_head.weight is model.network.model.embed_tokens.weight


@pytest.mark.parametrize(("world_size", "shape"), [(1, (1,)), (8, (8,)), (80, (5, 16)), (40, (5, 8)), (64, (64,))])
def test_experts_are_cut_evenly_over_as_many_processes_as_possible(
    monkeypatch: pytest.MonkeyPatch, world_size: int, shape: tuple[int, ...]
) -> None:
    monkeypatch.setattr("trainer.sharding.init_device_mesh", lambda _device, shape, **_: shape)
    with torch.device("meta"):
        experts = torch.nn.ParameterList(
            [torch.empty(8, 28_672, 4_096, requires_grad=True), torch.empty(8, 4_096, 14_336, requires_grad=True)]
        )
    assert device_mesh(experts, Processes(0, world_size, torch.device("cpu"))) == shape


@pytest.mark.parametrize("formula", ["jain", "paper"])
@pytest.mark.parametrize("length_of", ["row", "document"])
def test_neftune_is_uniform_seeded_per_row_and_scaled_by_the_named_length(
    samples: Path, formula: str, length_of: str
) -> None:
    train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    config = tiny_config(train, data__sampleUnit="document", data__documentAttention="isolated")
    neftune = {"alpha": 5.0, "formula": formula, "lengthOf": length_of}
    batch = batch_of(config, rows=4)
    drawn = noise(batch, 512, neftune, seed=1, step=3)
    lengths = (
        batch.document_lengths_BL if length_of == "document" else batch.token_counts_B[:, None].expand(4, 32)
    )
    assert len(lengths.unique()) > 3
    scale = 5 / (lengths * 512) ** 0.5 if formula == "jain" else (5 / (lengths * 512)) ** 0.5
    ratio = drawn / scale[:, :, None]
    assert ratio.abs().max() <= 1.0001
    assert (ratio.abs().amax(dim=-1) > 0.97).all(), "each position reaches nearly its bound"
    assert ratio.mean().abs() < 0.01
    second = Batch.of([TrainingRows(config, VOCABULARY).read(2)])
    assert torch.equal(noise(second, 512, neftune, 1, 3)[0], drawn[2]), "a row's noise is its own"
    assert not torch.equal(noise(batch, 512, neftune, 1, 4), drawn)
    assert not torch.equal(noise(batch, 512, neftune, 2, 3), drawn)
