"""Servers as processes: how they start, which models they have, and how they end."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
import transformers
from served_models import expected_logprobs, running, served, wait_until, write_model

from trainer.errors import ConfigError
from trainer.serve import listen_on, names_of, read_token


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny", max_position_embeddings=2048)


def test_a_stop_lets_requests_finish_and_leaves_nothing(folder):
    with served(folder) as server, ThreadPoolExecutor(1) as executor:
        asked = executor.submit(
            server.complete, [[5, place] for place in range(20)], max_tokens=150, temperature=0
        )
        wait_until(lambda: running(server) == 1)
        server.process.send_signal(signal.SIGTERM)
        assert all(len(choice["text"]) > 0 for choice in asked.result(60))
        assert server.process.wait(30) == 0
        assert not Path(server.ready["tokenFile"]).exists()


def test_what_keeps_it_from_starting_is_said(tmp_path):
    taken = listen_on(0)
    port = taken.getsockname()[1]
    taken.listen()
    with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 cannot be used: Address already in use"):
        listen_on(port)
    taken.close()
    token_file = tmp_path / "token"
    assert read_token(token_file) == read_token(token_file)
    token_file.chmod(0o644)
    with pytest.raises(PermissionError, match="can be read by others"):
        read_token(token_file)
    empty = tmp_path / "empty"
    empty.touch(0o600)
    with pytest.raises(ValueError, match="holds no token"):
        read_token(empty)


def test_without_a_tokenizer_ids_are_answered_until_the_starter_is_gone(tmp_path):
    folder, token_file = write_model(tmp_path / "bare", max_position_embeddings=2048), tmp_path / "token"
    for path in folder.glob("tokenizer*"):
        path.unlink()
    token_file.write_text("chosen\n")
    token_file.chmod(0o600)
    flags = ["--until-stdin-closes", "--token-file", str(token_file), "--grace-seconds", "0"]
    with served(folder, *flags) as server, ThreadPoolExecutor(1) as executor:
        server.token = "chosen"
        (choice,) = server.complete([5, 6, 7], echo=True, logprobs=1, max_tokens=1, temperature=0)
        assert choice["logprobs"]["tokens"][:3] == ["token_id:5", "token_id:6", "token_id:7"]
        status, reply = server.request("/v1/completions", {"prompt": "a"})
        assert (status, reply["error"]["code"]) == (400, "no_tokenizer")
        # Without grace, what runs when it is stopped is refused, and says so.
        body = {"prompt": [[5, place] for place in range(40)], "max_tokens": 2000, "temperature": 0}
        asked = executor.submit(server.request, "/v1/completions", body)
        wait_until(lambda: running(server) == 1)
        server.process.stdin.close()
        status, reply = asked.result(60)
        assert (status, reply["error"]["code"]) == (503, "stopping")
        assert server.process.wait(30) == 0
    assert token_file.read_text() == "chosen\n"


def test_several_models_answer_by_name(folder, tmp_path):
    other = write_model(tmp_path / "other", max_position_embeddings=512)
    peer = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = [5, 6, 7, 8]
    with served(folder, "--model", str(other)) as server:
        _, reply = server.request("/v1/models")
        assert [(model["id"], model["max_model_len"]) for model in reply["data"]] == [("tiny", 2048), ("other", 512)]
        assert server.ready["models"] == reply["data"]
        options = {"echo": True, "logprobs": 0, "max_tokens": 1, "temperature": 0}
        (choice,) = server.complete(ids, model="tiny", **options)
        assert choice["logprobs"]["token_logprobs"][1:4] == pytest.approx(expected_logprobs(peer, ids), abs=1e-4)
        status, _ = server.request("/v1/completions", {"prompt": [5] * 600, "model": "other", "max_tokens": 1})
        assert status == 400
        assert server.request("/tokenize", {"prompt": "a fever", "model": str(other)})[0] == 200
        for body in ({"prompt": ids}, {"prompt": ids, "model": "third"}):
            status, reply = server.request("/v1/completions", body)
            assert (status, reply["error"]["code"]) == (404, "model_not_found")
            assert '"tiny", "other"' in reply["error"]["message"]
        assert server.request("/tokenizer_info?model=other")[0] == 200
    assert names_of([Path("/a/x"), Path("/b/y")], None) == {Path("/a/x"): "x", Path("/b/y"): "y"}
    for folders, name in (([Path("/a/x"), Path("/b/x")], None), ([Path("/a/x"), Path("/b/y")], "one")):
        with pytest.raises(ConfigError):
            names_of(folders, name)
