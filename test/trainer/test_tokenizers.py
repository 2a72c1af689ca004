"""The library's tokenizers give the ids of SentencePiece and of the Hugging Face tokenizers library."""

import gzip
import json
import os
import random
import subprocess
from itertools import islice
from pathlib import Path

import pytest
import sentencepiece
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from transformers import AutoTokenizer

PROJECT = Path(__file__).resolve().parents[2]
NODE = PROJECT / "node_modules/.bin/node"
MIRROR = Path(os.environ.get("ROUNDS_DATA_MIRROR", PROJECT.parent / "shared/data"))
TOKENIZERS = sorted(MIRROR.glob("tokenizers/*.model*"))

LLAMA_3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

ODD_TEXTS = [
    "",
    " ",
    "\u2581",
    "a\u2581b",
    "\x00a\x00",
    "\r\n\t",
    "e\u0301 \u00e9 \ufb01",
    "\ufeffa\u0085b\u2028c\u3000d",
    "\ufffd\uffff\U0010ffff",
    "\U0001d54f \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "</s> <s> <unk> [INST] <0x41> [REFERENCE_DOC_1][REFERENCE_DOC_12] x",
    "don't DON'T it's  12345 3.5 mg/kg",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * 40,
    *(" " * count + "x" + " " * count for count in range(1, 70)),
]


def generated_texts() -> list[str]:
    """Words over several scripts with every kind of space between, and random code points."""
    choose = random.Random(7)
    letters = "abcdeeeiknoorsttu\u00e9\u00fc\u03b1\u03b2\u0431\u0434\u4e2d\u6587"
    words = [
        "".join(choose.choices(letters, k=choose.randint(1, 9))) for _ in range(300)
    ]
    spaces = [" "] * 12 + ["\n", "\n\n", "  ", "\t", "\u00a0", ", ", ". ", "-", "'s "]
    prose = [
        "".join(
            choose.choice(words) + choose.choice(spaces)
            for _ in range(choose.randint(1, 120))
        )
        for _ in range(200)
    ]
    # Older than every library's Unicode tables, so that all agree on what is a letter.
    blocks = [
        range(0x20, 0x250),
        range(0x370, 0x500),
        range(0x4E00, 0x5000),
        range(0x1F300, 0x1F400),
    ]
    noise = [
        "".join(
            chr(choose.choice(choose.choice(blocks)))
            for _ in range(choose.randint(1, 60))
        )
        for _ in range(300)
    ]
    return prose + [text for text in noise if all(chr(0x378) != c for c in text)]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return ODD_TEXTS + generated_texts()


def real_texts(count: int) -> list[str]:
    """Documents of each source of the mirror, or none."""
    found: list[str] = []
    for path in sorted(MIRROR.glob("text/*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in islice(lines, count):
                found += [
                    value
                    for value in json.loads(line).values()
                    if isinstance(value, str)
                ]
    return found


def ours(texts: list[str], **request: object) -> dict[str, list]:
    """What the library makes of texts: `encoded` and `decoded`."""
    done = subprocess.run(
        [NODE, PROJECT / "test/corpus/encode-texts.ts"],
        input=json.dumps({"texts": texts, **request}),
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_equal_ids(
    texts: list[str], received: list[list[int]], expected: list[list[int]]
) -> None:
    for text, ids, peer_ids in zip(texts, received, expected, strict=True):
        assert ids == peer_ids, repr(text[:200])


@pytest.fixture(scope="module")
def sentencepiece_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("sentencepiece") / "small"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(generated_texts()[:200]),
        model_prefix=str(prefix),
        model_type="bpe",
        vocab_size=700,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        user_defined_symbols=["[REFERENCE_DOC_1]", "[REFERENCE_DOC_12]"],
        control_symbols=["[INST]"],
        character_coverage=0.99,
        num_threads=1,
        minloglevel=2,
    )
    return prefix.with_suffix(".model")


def test_sentencepiece_ids(sentencepiece_model: Path, texts: list[str]) -> None:
    peer = sentencepiece.SentencePieceProcessor(model_file=str(sentencepiece_model))
    received = ours(texts, path=str(sentencepiece_model))
    expected = [peer.encode(text) for text in texts]
    assert_equal_ids(texts, received["encoded"], expected)
    assert received["decoded"] == [peer.decode(ids) for ids in expected]


@pytest.mark.parametrize("path", TOKENIZERS, ids=lambda path: path.name)
def test_mistral_ids(path: Path, texts: list[str], tmp_path: Path) -> None:
    texts = texts + real_texts(15)
    peer = sentencepiece.SentencePieceProcessor(model_file=str(path))
    received = ours(texts, path=str(path), save=str(tmp_path))
    expected = [peer.encode(text) for text in texts]
    assert_equal_ids(texts, received["encoded"], expected)
    assert received["decoded"] == [peer.decode(ids) for ids in expected]

    # What an exported model carries gives the same ids, but that control tokens are found in text there.
    saved = AutoTokenizer.from_pretrained(tmp_path)
    assert (saved.bos_token_id, saved.eos_token_id) == (peer.bos_id(), peer.eos_id())
    control = ("</s>", "<unk>", "[INST]")
    plain = [text for text in texts if not any(token in text for token in control)]
    assert_equal_ids(
        plain,
        saved(plain, add_special_tokens=False)["input_ids"],
        [peer.encode(text) for text in plain],
    )


def byte_level(words: pre_tokenizers.PreTokenizer) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = words
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def llama_3_like() -> Tokenizer:
    split = pre_tokenizers.Split(Regex(LLAMA_3_WORDS), "isolated")
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer = byte_level(pre_tokenizers.Sequence([split, words]))
    tokenizer.model.ignore_merges = True
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def metaspace() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def wordpiece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


PEERS = {
    "gpt-2": lambda: byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False)),
    "gpt-2 with a space before": lambda: byte_level(
        pre_tokenizers.ByteLevel(add_prefix_space=True)
    ),
    "llama 3": llama_3_like,
    "metaspace": metaspace,
    "wordpiece": wordpiece,
}


@pytest.mark.parametrize("name", PEERS)
def test_tokenizer_json_ids(name: str, texts: list[str], tmp_path: Path) -> None:
    peer = PEERS[name]()
    options = {
        "vocab_size": 900,
        "special_tokens": ["<unk>", "<s>", "</s>"],
        "show_progress": False,
    }
    if "WordPiece" in repr(peer.model):
        trainer = trainers.WordPieceTrainer(**options)
    else:
        trainer = trainers.BpeTrainer(
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **options
        )
    peer.train_from_iterator(generated_texts()[:200], trainer)
    path = tmp_path / "tokenizer.json"
    peer.save(str(path))
    received = ours(texts, path=str(path), options={"endToken": "</s>"})
    assert_equal_ids(
        texts,
        received["encoded"],
        [peer.encode(text, add_special_tokens=False).ids for text in texts],
    )


def test_trained_vocabulary(texts: list[str], tmp_path: Path) -> None:
    received = ours(texts, vocabularySize=900, save=str(tmp_path))
    peer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    peer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=900,
            min_frequency=2,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    trained = json.loads((tmp_path / "tokenizer.json").read_text())["model"]
    expected = json.loads(peer.to_str())["model"]
    assert trained["vocab"] == expected["vocab"]
    assert trained["merges"] == expected["merges"]

    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert (loaded.bos_token_id, loaded.eos_token_id) == (0, 1)
    assert_equal_ids(
        texts, received["encoded"], loaded(texts, add_special_tokens=False)["input_ids"]
    )
    plain = [index for index, text in enumerate(texts) if "<s>" not in text]
    assert [received["decoded"][index] for index in plain] == [
        texts[index] for index in plain
    ]
