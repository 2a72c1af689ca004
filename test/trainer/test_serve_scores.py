"""What the served model computes, against transformers called for each sequence by itself."""

import json
from pathlib import Path
from random import Random

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from served_models import write_model

from trainer.errors import DataError
from trainer.serving import model as serve_model
from trainer.serving.model import (
    Continuation,
    ModelFailure,
    Pooling,
    Sampling,
    Scored,
    ServedModel,
)
from trainer.serving.tree import SHORT_ROW, model_inputs, passes, tree_rows

MODELS = {
    "mistral": {},
    "mistral that sees 5 tokens back": {"sliding_window": 5},
    "mixtral": {"kind": "Mixtral", "num_local_experts": 4, "output_router_logits": False},
    "qwen": {"kind": "Qwen2"},
    "gpt2, with positions that are learnt": {"kind": "GPT2", "n_embd": 64, "n_head": 4, "n_layer": 2, "n_positions": 256},
}  # fmt: skip


@pytest.fixture(scope="module", params=MODELS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = write_model(tmp_path_factory.mktemp("model"), **MODELS[request.param])
    peer = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return ServedModel(folder, "cpu", torch.float32), peer


@pytest.fixture(scope="module")
def mistral(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return ServedModel(write_model(tmp_path_factory.mktemp("model")), "cpu", torch.float32)


# Few tokens, so that sequences often begin alike, and now and then a long one.
token_ids = st.lists(st.integers(3, 6), min_size=1, max_size=12) | st.lists(
    st.integers(3, 90), min_size=1, max_size=60
)
batches = st.lists(token_ids, min_size=1, max_size=9)


@torch.inference_mode()
def score(
    model: ServedModel,
    sequences: list[list[int]],
    top: int | None = 3,
    starts: list[int] | None = None,
) -> list[Scored | ModelFailure]:
    results = {}
    for rows in model.plan(sequences):
        results |= model.score(rows, sequences, [top] * len(sequences), starts)
    return [results[index] for index in range(len(sequences))]


@torch.inference_mode()
def logprobs_alone(peer: transformers.PreTrainedModel, sequence: list[int]) -> torch.Tensor:
    return peer(torch.tensor([sequence])).logits[0].float().log_softmax(-1)


@torch.inference_mode()
def generate(model: ServedModel, continuations: list[Continuation]) -> list[list[int]]:
    for rows in model.plan([each.prompt for each in continuations]):
        for _ in model.generate(rows, continuations):
            pass
    return [each.token_ids for each in continuations]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_log_probabilities_are_those_of_each_sequence_alone(pair, data):
    model, peer = pair
    assert model.shares_prefixes
    sequences = data.draw(batches)
    for sequence, scored in zip(sequences, score(model, sequences)):
        alone = logprobs_alone(peer, sequence)
        expected = alone[:-1].gather(-1, torch.tensor(sequence[1:], dtype=torch.long)[:, None])[:, 0]
        torch.testing.assert_close(torch.tensor(scored.token_logprobs), expected, atol=1e-4, rtol=0)
        torch.testing.assert_close(scored.next_logprobs, alone[-1], atol=1e-4, rtol=0)
        for candidates, row in zip(scored.top, alone):
            values = torch.tensor([value for _, value in candidates])
            torch.testing.assert_close(values, row.topk(3).values, atol=1e-4, rtol=0)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_from_a_start_on_they_are_the_same(mistral, data):
    sequences = data.draw(batches)
    starts = [data.draw(st.integers(0, len(sequence))) for sequence in sequences]
    for start, part, whole in zip(starts, score(mistral, sequences, 3, starts), score(mistral, sequences)):
        left_out = max(0, start - 1)
        expected = whole.token_logprobs[left_out:]
        assert part.token_logprobs == pytest.approx(expected, abs=1e-4)
        assert len(part.top) == len(whole.top) - left_out
        torch.testing.assert_close(part.next_logprobs, whole.next_logprobs, atol=1e-4, rtol=0)


@settings(max_examples=10, deadline=None)
@given(sequences=batches)
def test_the_next_token_alone_is_the_same(mistral, sequences):
    for short, whole in zip(score(mistral, sequences, top=None), score(mistral, sequences)):
        assert short.token_logprobs == []
        torch.testing.assert_close(short.next_logprobs, whole.next_logprobs, atol=1e-4, rtol=0)


@settings(max_examples=50, deadline=None)
@given(
    sequences=batches, share=st.booleans(), slots=st.integers(1, 100), window=st.none() | st.integers(1, 8)
)
def test_rows_spell_every_sequence_and_attend_to_nothing_else(sequences, share, slots, window):
    rows = tree_rows(sequences, share=share, slots=slots)
    assert sorted(index for row in rows for index in row.paths) == list(range(len(sequences)))
    for row in rows:
        assert len(row.token_ids) <= max(slots, 2 * max(len(sequences[index]) for index in row.paths))
        inputs = model_inputs([row], window)
        mask = inputs["attention_mask"]
        for index, path in row.paths.items():
            assert [row.token_ids[slot] for slot in path] == sequences[index]
            assert inputs["position_ids"][0, path].tolist() == list(range(len(path)))
            for depth, slot in enumerate(path):
                if mask.ndim == 4:
                    begin = 0 if window is None else max(0, depth - window + 1)
                    assert mask[0, 0, slot].nonzero().flatten().tolist() == sorted(path[begin : depth + 1])
        assert mask.ndim == 4 or len(row.token_ids) == max(map(len, row.paths.values()))


@given(lengths=st.lists(st.integers(1, 600), min_size=1), tokens=st.integers(1, 2000))
def test_passes_keep_within_the_tokens_and_hold_little_padding(lengths, tokens):
    rows = tree_rows([[place] * length for place, length in enumerate(lengths)], share=False, slots=1)
    planned = passes(rows, tokens)
    assert sorted(len(row.token_ids) for each in planned for row in each) == sorted(lengths)
    for each in planned:
        longest, shortest = len(each[0].token_ids), len(each[-1].token_ids)
        assert len(each) == 1 or len(each) * longest <= tokens
        assert longest <= SHORT_ROW or 8 * shortest >= 7 * longest


def test_shared_beginnings_are_computed_once(mistral, monkeypatch):
    computed = []

    def counted(rows, window):
        computed.append(sum(len(row.token_ids) for row in rows))
        return model_inputs(rows, window)

    monkeypatch.setattr(serve_model, "model_inputs", counted)
    question = list(range(10, 110))
    options = [
        [*question, *range(200, 210)],
        [*question, *range(220, 225)],
        question,
        [*question, *range(200, 230)],
    ]
    score(mistral, options)
    # The question, 30 tokens whose first 10 are another option, and 5.
    assert sum(computed) == 100 + 30 + 5
    computed.clear()
    continuations = [Continuation(each, Sampling(0, 1, Random(0)), 3) for each in options]
    generate(mistral, continuations)
    assert sum(computed) == 100 + 30 + 5


def test_a_model_that_does_not_heed_the_tree_is_called_without(tmp_path, monkeypatch):
    def every_earlier_slot(rows, window):
        inputs = model_inputs(rows, window)
        if inputs["attention_mask"].ndim == 4:
            inputs["attention_mask"] = torch.ones_like(inputs["attention_mask"]).tril()
        return inputs

    monkeypatch.setattr(serve_model, "model_inputs", every_earlier_slot)
    model = ServedModel(write_model(tmp_path), "cpu", torch.float32)
    assert not model.shares_prefixes
    sequences = [[10, 11, 12, 13], [10, 11, 12, 14, 15], [10, 11, 12, 16]]
    for sequence, scored in zip(sequences, score(model, sequences)):
        alone = logprobs_alone(model.model, sequence)
        torch.testing.assert_close(scored.next_logprobs, alone[-1], atol=1e-4, rtol=0)


def test_layers_of_several_kinds_are_called_without_a_tree(tmp_path):
    kinds = ["sliding_attention", "full_attention"]
    folder = write_model(tmp_path, "Qwen2", layer_types=kinds, use_sliding_window=True, sliding_window=5)
    model = ServedModel(folder, "cpu", torch.float32)
    assert not model.shares_prefixes
    sequence = list(range(3, 40))
    (scored,) = score(model, [sequence])
    torch.testing.assert_close(
        scored.next_logprobs, logprobs_alone(model.model, sequence)[-1], atol=1e-4, rtol=0
    )


def test_greedy_continuations_are_those_of_generate(pair):
    model, peer = pair
    prompts = [[5, 6, 7], [5, 6, 7, 8, 9], [11] * 40, [5, 6, 7], [90]]
    continuations = [Continuation(prompt, Sampling(0, 1, Random(0)), 24) for prompt in prompts]
    for prompt, continued in zip(prompts, generate(model, continuations)):
        expected = peer.generate(
            torch.tensor([prompt]), do_sample=False, max_new_tokens=24, eos_token_id=2, pad_token_id=0
        )
        assert continued == expected[0, len(prompt) :].tolist()


def test_a_draw_depends_on_its_seed_and_on_nothing_else(mistral):
    def continuation(prompt: list[int], seed: int) -> Continuation:
        return Continuation(prompt, Sampling(0.9, 0.95, Random(seed)), 16)

    alone = [generate(mistral, [continuation([5, 6, 7], seed)])[0] for seed in range(6)]
    together = generate(
        mistral,
        [
            *(continuation([5, 6, 7], seed) for seed in range(6)),
            continuation([9] * 30, 1),
            continuation([5, 6], 2),
        ],
    )
    assert together[:6] == alone
    assert len(set(map(tuple, alone))) == 6


def test_draws_have_the_model_s_probabilities():
    logprobs = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    random = Random(3)

    def shares(temperature: float, top_p: float) -> list[float]:
        sampling = Sampling(temperature, top_p, random)
        drawn = [sampling.choose(logprobs) for _ in range(4000)]
        return [drawn.count(token) / 4000 for token in range(4)]

    assert shares(1, 1) == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)
    assert shares(0.5, 1) == pytest.approx([0.6849, 0.2466, 0.0616, 0.0068], abs=0.03)
    assert shares(1, 0.8) == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)
    assert shares(0, 1) == [1, 0, 0, 0]


def test_nan_is_a_failure_and_no_number(tmp_path):
    model = ServedModel(write_model(tmp_path), "cpu", torch.float32)
    with torch.no_grad():
        model.model.get_input_embeddings().weight[50] = torch.nan
    sound, broken = score(model, [[3, 4, 5, 6], [60, 61, 50, 62]])
    assert isinstance(sound, Scored)
    assert isinstance(broken, ModelFailure) and "logits are NaN" in str(broken)
    continuation = Continuation([60, 50], Sampling(0, 1, Random(0)), 5)
    generate(model, [continuation])
    assert isinstance(continuation.failure, ModelFailure)
    with pytest.raises(ModelFailure, match="hidden states"), torch.inference_mode():
        model.embed([[3, 4], [50]])


@torch.inference_mode()
def test_embeddings_are_means_of_the_last_hidden_states(mistral):
    sequences = [[3, 4, 5], [6] * 30, [9]]
    for sequence, vector in zip(sequences, mistral.embed(sequences)):
        hidden = mistral.model.model(torch.tensor([sequence])).last_hidden_state[0]
        torch.testing.assert_close(torch.tensor(vector), hidden.mean(0), atol=1e-5, rtol=0)


def test_folders_without_a_whole_model_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"no config\.json"):
        ServedModel(tmp_path, "cpu", torch.float32)
    folder = write_model(tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(DataError, match=r"lacks weights .*layers\.1\.mlp\.up_proj"):
        ServedModel(folder, "cpu", torch.float32)


@torch.inference_mode()
@pytest.mark.parametrize(("mode", "normalized"), [("mean", False), ("mean", True), ("cls", True)])
def test_pooling_ignores_padding(mode, normalized):
    hidden = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    pooled = Pooling(mode, normalized).apply(hidden, mask)
    for row, size in enumerate((3, 5)):
        expected = hidden[row, :size].mean(0) if mode == "mean" else hidden[row, 0]
        expected = expected / expected.norm() if normalized else expected
        torch.testing.assert_close(pooled[row], expected)


def test_unknown_pooling_is_refused(tmp_path):
    (tmp_path / "modules.json").write_text(
        json.dumps(
            [{"type": f"sentence_transformers.models.{kind}", "path": kind} for kind in ("Pooling", "Dense")]
        )
    )
    (tmp_path / "Pooling").mkdir()
    (tmp_path / "Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(DataError, match="pools with Dense, pooling_mode_max_tokens; this server knows"):
        Pooling.of(tmp_path)
