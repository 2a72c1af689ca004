"""Between text and token ids, for a server that must not change either behind the user's back."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import transformers

CONTEXT_TOKENS = 8
"""Tokens of the prompt that a continuation is decoded after: they decide its first space and half a character."""


class Text:
    """The tokenizer of a model's folder; without one, requests and replies hold token ids alone."""

    def __init__(self, folder: Path) -> None:
        has_tokenizer = any(
            (folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
        )
        self.tokenizer = (
            transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True) if has_tokenizer else None
        )
        self.token_text = lru_cache(maxsize=2**17)(self._token_text)

    def encode(self, text: str, *, special_tokens: bool = False) -> list[int]:
        """Ids of exactly this text; begin and end tokens only where they are asked for."""
        return self.tokenizer.encode(text, add_special_tokens=special_tokens)

    def decode(self, token_ids: Sequence[int], *, special_tokens: bool = True) -> str:
        if self.tokenizer is None:
            return ""
        return self.tokenizer.decode(
            list(token_ids), skip_special_tokens=not special_tokens, clean_up_tokenization_spaces=False
        )

    def continuation(self, prompt: Sequence[int], token_ids: Sequence[int]) -> str:
        """Text that follows the prompt's text, its first space kept, special tokens left out."""
        context = list(prompt[-CONTEXT_TOKENS:])
        before = self.decode(context, special_tokens=False)
        whole = self.decode([*context, *token_ids], special_tokens=False)
        return whole[len(os.path.commonprefix([before, whole])) :]

    def _token_text(self, token: int) -> str:
        """One token as a reply shows it: with its space; the vocabulary's own name where it is part of a character."""
        if self.tokenizer is None:
            return f"token_id:{token}"
        anchor = self.encode("a")[-1:]
        text = self.decode([*anchor, token])[len(self.decode(anchor)) :]
        return self.tokenizer.convert_ids_to_tokens(token) if "\ufffd" in text or text == "" else text


class Transcript:
    """The text of one continuation as it grows, cut before the first stop text."""

    def __init__(self, text: Text, prompt: Sequence[int], stops: Sequence[str]) -> None:
        self.text, self.prompt, self.stops = text, prompt, stops
        self.written = ""
        self.stopped = False
        self.taken = 0

    def update(self, token_ids: Sequence[int]) -> None:
        self.written = self.text.continuation(self.prompt, token_ids)
        ends = [place for stop in self.stops if (place := self.written.find(stop)) >= 0]
        if ends:
            self.written = self.written[: min(ends)]
            self.stopped = True

    def take(self, *, is_done: bool) -> str:
        """What has become certain since the last call: no half of a character and no beginning of a stop text."""
        end = len(self.written)
        if not is_done:
            end = len(self.written.rstrip("\ufffd"))
            end -= max(
                (
                    size
                    for stop in self.stops
                    for size in range(1, len(stop))
                    if self.written[:end].endswith(stop[:size])
                ),
                default=0,
            )
        part = self.written[self.taken : end]
        self.taken = max(self.taken, end)
        return part
