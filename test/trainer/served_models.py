"""Tiny models with tokenizers, in folders of Hugging Face's format, and servers of them, for the tests beside this file."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tokenizers
import torch
import transformers
from support import ROOT, environment

SENTENCES = [
    "the patient was given aspirin and the fever fell",
    "a diagnosis of pneumonia was made on the chest film",
    "what is the most likely cause? the answer is: anemia",
]
SHAPE = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256, "bos_token_id": 1, "eos_token_id": 2,
    "sliding_window": None, "initializer_range": 0.2,
}  # fmt: skip


def write_tokenizer(folder: Path) -> transformers.PreTrainedTokenizerFast:
    """Byte-pair encoding as Mistral's: words begin with ▁, unknown characters become bytes, <s> and </s> exist."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    decoders = tokenizers.decoders
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    # As Mistral's own, it adds <s> wherever special tokens are asked for.
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    return fast


def write_model(folder: Path, kind: str = "Mistral", **changes: object) -> Path:
    """A random causal language model whose predictions differ clearly from token to token."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = len(write_tokenizer(folder))
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**{"vocab_size": vocabulary, **SHAPE, **changes})
    getattr(transformers, f"{kind}ForCausalLM" if kind != "GPT2" else "GPT2LMHeadModel")(
        config
    ).save_pretrained(folder)
    return folder


@torch.inference_mode()
def expected_logprobs(peer: transformers.PreTrainedModel, token_ids: list[int]) -> list[float]:
    """Log-probability of each token but the first, by transformers itself."""
    logprobs = peer(torch.tensor([token_ids])).logits[0].log_softmax(-1)
    return [float(logprobs[place, token]) for place, token in enumerate(token_ids[1:])]


@dataclass
class Running:
    """A server's process, where it listens and what it printed."""

    process: subprocess.Popen
    ready: dict
    token: str

    def request(
        self, path: str, body: dict | bytes | None = None, token: str | None = None
    ) -> tuple[int, dict]:
        """Status and reply; paths are below the server's root."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        request = urllib.request.Request(self.ready["url"].removesuffix("/v1") + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def complete(self, prompt: object, **options: object) -> list[dict]:
        status, reply = self.request("/v1/completions", {"prompt": prompt, **options})
        assert status == 200, reply
        return reply["choices"]


def serve_command(folder: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "trainer", "serve", "--model", str(folder), "--device", "cpu", *flags]


@contextmanager
def served(folder: Path, *flags: str) -> Iterator[Running]:
    """A server until the block ends; what it writes on stderr goes to this process's."""
    process = subprocess.Popen(
        serve_command(folder, *flags),
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        line = process.stdout.readline()
        assert line, f"the server ended with {process.wait(60)} before it was ready"
        ready = json.loads(line)
        yield Running(process, ready, Path(ready["tokenFile"]).read_text())
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, 9)
            process.wait(10)


def running(server: Running) -> int:
    """How many requests it works on."""
    return server.request("/health")[1]["running"]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
