"""One process group for all tests that train in this process, and runs made in a folder of their own."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from support import generate_documents, write_token_shards

from trainer.processes import Processes, join_processes

settings.register_profile("trainer", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("trainer")


@pytest.fixture(scope="session")
def alone() -> Processes:
    """This process as the only one of its group."""
    for name in ("RANK", "WORLD_SIZE"):
        os.environ.pop(name, None)
    torch.set_num_threads(1)
    return join_processes("cpu")


@pytest.fixture(scope="session")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Two domains of generated documents, three rows of the first to one of the second."""
    folder = tmp_path_factory.mktemp("shards")
    clinical = write_token_shards(folder / "clinical", generate_documents(1, 200), shards=3)
    general = write_token_shards(folder / "general", generate_documents(2, 100), domain="general")
    return [
        {"domain": "clinical", "path": str(clinical), "weight": 0.75},
        {"domain": "general", "path": str(general), "weight": 0.25},
    ]


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of which the second half is supervised, as instruct samples are."""
    documents = generate_documents(3, 120, lengths=(8, 31))
    halves = [[index >= len(document) // 2 for index in range(len(document))] for document in documents]
    folder = tmp_path_factory.mktemp("samples")
    return write_token_shards(folder / "samples", documents, domain="instruct", supervised=halves)
