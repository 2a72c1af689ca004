"""Reads a folder of token shards (schemas/token-shards.schema.json) as one long, memory-mapped sequence."""

import hashlib
import json
from functools import cached_property
from pathlib import Path

import numpy as np

from trainer.config import validate
from trainer.errors import ConfigError, DataError
from trainer.files import sha256_of


class TokenShards:
    """All shards of a folder, tokens numbered from 0 through all of them.

    Opening checks the manifest and the files' sizes; `verify` reads the files and checks SHA-256.

    Raises:
        DataError: no manifest (an unfinished folder), a manifest that does not follow its schema, a
            file that is missing or has another size.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        manifest_path = self.folder / "manifest.json"
        try:
            text = manifest_path.read_bytes()
        except OSError as error:
            raise DataError(f"{self.folder} has no manifest.json: not token shards, or not finished") from error
        try:
            self.manifest = json.loads(text)
            validate(self.manifest, "token-shards.schema.json", str(manifest_path))
        except (ValueError, ConfigError) as error:
            raise DataError(f"{manifest_path}: {error}") from error
        self.fingerprint = "sha256:" + hashlib.sha256(text).hexdigest()
        self.tokenizer = self.manifest["tokenizer"]
        self.shards = self.manifest["shards"]
        for entry in self.files():
            path = self.folder / entry["file"]
            size = path.stat().st_size if path.exists() else None
            if size != entry["bytes"]:
                raise DataError(
                    f"{path} must have {entry['bytes']} bytes, has {size}; write the shards again", path=str(path)
                )
        data_type = np.dtype(self.manifest["dataType"]).newbyteorder("<")
        self.tokens_by_shard = [self.map(shard["tokens"], data_type) for shard in self.shards]
        self.starts = np.cumsum([0] + [len(tokens) for tokens in self.tokens_by_shard])
        self.token_count = int(self.starts[-1])
        if self.token_count != self.manifest["tokenCount"]:
            raise DataError(
                f"{manifest_path} counts {self.manifest['tokenCount']} tokens, its shards {self.token_count}"
            )

    def files(self) -> list[dict]:
        """The files that training reads."""
        parts = ("tokens", "offsets", "supervised")
        return [shard[part] for shard in self.shards for part in parts if part in shard]

    def map(self, entry: dict, data_type: np.dtype | str) -> np.ndarray:
        return np.memmap(self.folder / entry["file"], dtype=data_type, mode="r")

    def verify(self, part: int = 0, parts: int = 1) -> str | None:
        """What is wrong with the first bad file of every `parts`-th one, by SHA-256, or None."""
        for entry in self.files()[part::parts]:
            path = self.folder / entry["file"]
            if sha256_of(path) != entry["sha256"]:
                return f"{path} is corrupt: its SHA-256 is not the manifest's; write or copy the shards again"
        return None

    @cached_property
    def document_starts(self) -> np.ndarray:
        """Where each document begins, and at the end the number of tokens; int64, strictly rising."""
        offsets = [self.map(shard["offsets"], "<u8")[:-1].astype(np.int64) for shard in self.shards]
        return np.concatenate([start + part for start, part in zip(self.starts, offsets)] + [self.starts[-1:]])

    @cached_property
    def supervised_by_shard(self) -> list[np.ndarray]:
        return [self.map(shard["supervised"], "u1") for shard in self.shards]

    def tokens(self, start: int, stop: int) -> np.ndarray:
        return self.read(self.tokens_by_shard, start, stop)

    def supervised(self, start: int, stop: int) -> np.ndarray:
        """1 where a token is a target of the loss; all are where the shards do not say."""
        if not self.manifest["supervised"]:
            return np.ones(stop - start, dtype=np.int64)
        return self.read(self.supervised_by_shard, start, stop)

    def read(self, arrays: list[np.ndarray], start: int, stop: int) -> np.ndarray:
        first = int(np.searchsorted(self.starts, start, side="right")) - 1
        pieces = []
        while start < stop:
            end = min(stop, int(self.starts[first + 1]))
            pieces.append(arrays[first][start - self.starts[first] : end - self.starts[first]].astype(np.int64))
            start, first = end, first + 1
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)
