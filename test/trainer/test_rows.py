from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import VOCABULARY, generate_documents, tiny_config, write_token_shards

from trainer.errors import ConfigError, DataError
from trainer.packing import Chunks, PackedDocuments
from trainer.rows import UNSUPERVISED, HeldOutRows, TrainingRows
from trainer.token_shards import TokenShards

lengths = st.lists(st.integers(1, 23), min_size=2, max_size=40)
some = settings(max_examples=40)


def shards_of(folder: Path, lengths: list[int], shards: int) -> TokenShards:
    """Documents whose tokens are all different, so that each can be found again."""
    numbers = iter(range(10**6))
    documents = [np.array([next(numbers) for _ in range(length)]) for length in lengths]
    return TokenShards(write_token_shards(folder, documents, shards=min(shards, len(documents)), vocabulary=65_000))


@given(lengths=lengths, context=st.integers(1, 30), shards=st.integers(1, 3), isolated=st.booleans())
@some
def test_in_an_epoch_of_chunks_every_token_is_a_target_once(
    tmp_path: Path, lengths: list[int], context: int, shards: int, isolated: bool
) -> None:
    opened = shards_of(tmp_path, lengths, shards)
    chunks = Chunks(opened, context, isolated)
    segments = [segment for row in range(chunks.count) for segment in chunks.segments(row)]
    targets = Counter(chain.from_iterable(range(start + 1, start + 1 + count) for start, _, count in segments))
    starts = set(opened.document_starts.tolist()) if isolated else {0}
    assert targets == Counter(token for token in range(opened.token_count) if token not in starts)
    for row in range(chunks.count):
        assert sum(size for _, size, _ in chunks.segments(row)) <= context
    if isolated:
        for start, size, _ in segments:
            document = np.searchsorted(opened.document_starts, start, side="right")
            assert start + size <= opened.document_starts[document], "no segment goes on into another document"


@given(lengths=lengths, context=st.integers(2, 30), seed=st.integers(0, 99), mode=st.sampled_from(["split", "truncate"]))
@some
def test_packing_places_every_document_once_and_whole(
    tmp_path: Path, lengths: list[int], context: int, seed: int, mode: str
) -> None:
    opened = shards_of(tmp_path, lengths, 2)
    packed = PackedDocuments(opened, context, seed, mode)
    segments = [segment for row in packed.rows for segment in row]
    assert all(sum(size for _, size, _ in row) <= context for row in packed.rows)
    starts = opened.document_starts
    expected = []
    for start, length in zip(starts[:-1].tolist(), np.diff(starts).tolist()):
        kept = min(length, context) if mode == "truncate" else length
        pieces = [(start + begin, min(context, kept - begin)) for begin in range(0, kept, context)]
        # Only the last token of the document has nothing to predict.
        expected += [(begin, size, size - (begin + size == start + length)) for begin, size in pieces]
    assert sorted(segments) == sorted(expected)


def test_a_document_longer_than_the_context_is_an_error_that_names_it(tmp_path: Path) -> None:
    opened = shards_of(tmp_path, [4, 9, 30, 12], 1)
    with pytest.raises(DataError, match=r"2 of 4 documents are longer.* = 10 tokens; the longest, number 2, has 30"):
        PackedDocuments(opened, 10, 0, "error")


def test_packing_wastes_little(tmp_path: Path) -> None:
    documents = generate_documents(5, 2000, lengths=(40, 400))
    opened = TokenShards(write_token_shards(tmp_path, documents))
    packed = PackedDocuments(opened, 1024, 0, "error")
    assert opened.token_count / (packed.count * 1024) > 0.97


@given(processes=st.sampled_from([1, 2, 3, 4, 6]), micro=st.sampled_from([1, 2]), step=st.integers(0, 200))
@settings(max_examples=25)
def test_a_step_reads_the_same_rows_for_any_number_of_processes(
    mixture: list[dict], processes: int, micro: int, step: int
) -> None:
    rows = TrainingRows(
        tiny_config(mixture, optimization__rowsPerStep=24, optimization__rowsPerMicroBatch=micro), VOCABULARY
    )
    batches = [batch for rank in range(processes) for batch in rows.step(step, rank, processes)]
    assert [row for batch in batches for row in batch.rows_B.tolist()] == list(range(step * 24, step * 24 + 24))
    whole = [rows.read(step * 24 + index) for index in range(24)]
    for column, name in enumerate(["inputs_BL", "targets_BL", "positions_BL", "document_lengths_BL"]):
        together = np.concatenate([getattr(batch, name).numpy() for batch in batches])
        assert (together == np.stack([each[column] for each in whole])).all()


def test_a_domain_is_read_once_an_epoch_in_another_order_each(mixture: list[dict]) -> None:
    rows = TrainingRows(tiny_config(mixture), VOCABULARY)
    for domain in rows.domains:
        epochs = [[domain.shuffled(epoch * domain.count + index) for index in range(domain.count)] for epoch in (0, 1)]
        assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(domain.count))
        assert epochs[0] != epochs[1]
    other = TrainingRows(tiny_config(mixture, seed=8), VOCABULARY)
    assert [rows.domains[0].shuffled(i) for i in range(9)] != [other.domains[0].shuffled(i) for i in range(9)]


def test_rows_of_instruct_samples_are_supervised_on_responses_and_padded(samples: Path) -> None:
    train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    config = tiny_config(train, data__sampleUnit="document", data__documentAttention="isolated")
    rows = TrainingRows(config, VOCABULARY)
    opened = rows.domains[0].shards
    targets = Counter()
    for row in range(rows.domains[0].count):
        inputs, target, positions, lengths, count, *_ = rows.domains[0].read(row, row)
        at = 0
        for start, size, _ in rows.domains[0].cutter.segments(row):
            assert (inputs[at : at + size] == opened.tokens(start, start + size)).all()
            assert positions[at : at + size].tolist() == list(range(size))
            assert (lengths[at : at + size] == size).all()
            supervised = opened.supervised(start, start + size)
            for index in range(size):
                wanted = index + 1 < size and supervised[index + 1]
                assert target[at + index] == (inputs[at + index + 1] if wanted else UNSUPERVISED)
            targets[start] += int((target[at : at + size] != UNSUPERVISED).sum())
            at += size
        assert at == count
        assert (target[at:] == UNSUPERVISED).all()
        assert positions[at:].tolist() == list(range(32 - at)), "padding is a document of its own"
    supervised = opened.supervised(0, opened.token_count)
    for start, stop in zip(opened.document_starts[:-1].tolist(), opened.document_starts[1:].tolist()):
        assert targets[start] == supervised[start:stop].sum(), "every response token, its end token too"


def test_positions_restart_with_documents_only_if_isolated(mixture: list[dict]) -> None:
    across = TrainingRows(tiny_config(mixture), VOCABULARY)
    assert across.read(3)[2].tolist() == list(range(32))
    isolated = TrainingRows(tiny_config(mixture, data__documentAttention="isolated"), VOCABULARY)
    inputs, targets, positions, *_ = isolated.read(3)
    begins = np.flatnonzero(positions == 0)
    assert len(begins) > 1
    assert (inputs[begins[1:] - 1] == 0).all(), "each document ends with its end token"
    assert (targets[begins[1:] - 1] == UNSUPERVISED).all(), "which does not predict another document"


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_held_out_rows_are_counted_once_for_any_number_of_processes(mixture: list[dict], processes: int) -> None:
    held_out = [{"domain": entry["domain"], "path": entry["path"], "rows": 7} for entry in mixture]
    rows = HeldOutRows(tiny_config(mixture, data__heldOut=held_out), VOCABULARY)
    by_rank = [rows.batches(rank, processes) for rank in range(processes)]
    assert len({len(batches) for batches in by_rank}) == 1, "collectives need as many forward passes on each"
    counted = [
        number
        for batch in chain.from_iterable(by_rank)
        for number, targets in zip(batch.rows_B.tolist(), batch.targets_BL)
        if (targets != UNSUPERVISED).any()
    ]
    assert sorted(counted) == list(range(14))


def test_a_tokenizer_larger_than_the_model_is_refused(mixture: list[dict]) -> None:
    with pytest.raises(DataError, match="a tokenizer of 96 tokens .* the model's vocabulary has 95"):
        TrainingRows(tiny_config(mixture), 95)


def test_two_tokenizers_are_refused(tmp_path: Path, mixture: list[dict]) -> None:
    other = write_token_shards(tmp_path / "other", generate_documents(4, 20), domain="other")
    manifest = other / "manifest.json"
    manifest.write_text(manifest.read_text().replace("sha256:0", "sha256:1"))
    with pytest.raises(ConfigError, match="different tokenizers"):
        TrainingRows(tiny_config([*mixture, {"domain": "other", "path": str(other), "weight": 1}]), VOCABULARY)


def test_a_token_outside_of_the_vocabulary_is_an_error(tmp_path: Path) -> None:
    folder = write_token_shards(tmp_path / "bad", [np.array([1, 2, 200, 3, 0] * 20)])
    rows = TrainingRows(tiny_config([{"domain": "clinical", "path": str(folder), "weight": 1}]), VOCABULARY)
    with pytest.raises(DataError, match="has token 200 near token"):
        rows.read(0)


def test_a_corrupt_or_cut_shard_is_found(tmp_path: Path) -> None:
    folder = write_token_shards(tmp_path / "shards", generate_documents(4, 20), shards=2)
    assert TokenShards(folder).verify() is None
    path = folder / "tokens-00001.bin"
    content = bytearray(path.read_bytes())
    content[7] ^= 1
    path.write_bytes(content)
    assert "tokens-00001.bin is corrupt" in (TokenShards(folder).verify() or "")
    found = [TokenShards(folder).verify(part, 3) for part in range(3)]
    assert sum(error is not None for error in found) == 1, "one of three processes finds it"
    path.write_bytes(content[:-2])
    with pytest.raises(DataError, match=r"tokens-00001.bin must have \d+ bytes, has \d+"):
        TokenShards(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(DataError, match="not finished"):
        TokenShards(folder)
