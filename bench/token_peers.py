"""What the Python peers of tokenization take: one peer, one tokenizer, one file, one JSON line.

    python token_peers.py tokenizers TOKENIZER.json FILE
    python token_peers.py sentencepiece TOKENIZER.model FILE

CPU seconds of every thread for encoding alone, with one thread; the file holds a JSON text a line.
"""

import json
import os
import sys
import time
from collections.abc import Callable

os.environ["TOKENIZERS_PARALLELISM"] = "false"

BATCH = 64


def tokenizers_encoder(path: str) -> Callable[[list[str]], int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)

    def encode(texts: list[str]) -> int:
        return sum(len(each.ids) for each in tokenizer.encode_batch_fast(texts, add_special_tokens=False))

    return encode


def sentencepiece_encoder(path: str) -> Callable[[list[str]], int]:
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_file=path)

    def encode(texts: list[str]) -> int:
        return sum(len(ids) for ids in processor.encode(texts, num_threads=1))

    return encode


def main() -> None:
    peer, tokenizer, path = sys.argv[1:]
    encode = {"tokenizers": tokenizers_encoder, "sentencepiece": sentencepiece_encoder}[peer](tokenizer)
    with open(path, encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    started = time.process_time()
    tokens = sum(encode(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH))
    print(json.dumps({"seconds": time.process_time() - started, "tokens": tokens}))


main()
