"""The server's contract over real sockets; each fault that silently changes a score has a test that forbids it."""

import base64
import http.client
import json
import struct
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
import transformers
from served_models import (
    Running,
    expected_logprobs,
    running,
    served,
    wait_until,
    write_model,
)

TEMPLATE = "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_model(tmp_path_factory.mktemp("models") / "tiny", max_position_embeddings=2048)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path):
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def tokenizer(folder: Path):
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def peer(folder: Path):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


PROMPTS = [
    "the patient was given aspirin",
    "what",
    "the patient was given a chest film of pneumonia; the answer is: anemia",
    "Ünïcödé 👩‍⚕️ and\nlines ",
]


def test_echoed_log_probabilities_have_the_prompt_and_exactly_one_generated_token(server, tokenizer, peer):
    prompts = [tokenizer.encode(prompt, add_special_tokens=False) for prompt in PROMPTS]
    choices = server.complete(prompts, echo=True, logprobs=1, max_tokens=1, temperature=0, seed=1234)
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    for prompt, choice in zip(prompts, choices):
        logprobs = choice["logprobs"]
        assert {len(logprobs[key]) for key in logprobs} == {len(prompt) + 1}
        assert logprobs["token_logprobs"][0] is None and logprobs["top_logprobs"][0] is None
        assert logprobs["token_logprobs"][1:-1] == pytest.approx(expected_logprobs(peer, prompt), abs=1e-4)
        for value, top in zip(logprobs["token_logprobs"][1:], logprobs["top_logprobs"][1:]):
            assert value <= max(top.values()) and value in top.values()
        # The generated token is the likeliest, and equal to its own entry bit for bit.
        assert logprobs["token_logprobs"][-1] == max(logprobs["top_logprobs"][-1].values())


def test_log_probabilities_before_a_start_are_left_out_and_the_others_unchanged(server, tokenizer):
    prompts = [tokenizer.encode(prompt, add_special_tokens=False) for prompt in PROMPTS]
    asked = {"echo": True, "logprobs": 1, "max_tokens": 1, "temperature": 0}
    starts = [len(prompt) // 2 for prompt in prompts]
    whole = server.complete(prompts, **asked)
    for start, choice, other in zip(
        starts, server.complete(prompts, logprob_start_len=starts, **asked), whole
    ):
        logprobs, expected = choice["logprobs"], other["logprobs"]
        first = max(1, start)
        assert logprobs["tokens"] == expected["tokens"]
        assert logprobs["token_logprobs"][:first] == logprobs["top_logprobs"][:first] == [None] * first
        values = logprobs["token_logprobs"][first:]
        assert values == pytest.approx(expected["token_logprobs"][first:], abs=1e-4)
        assert len(logprobs["top_logprobs"]) == len(expected["top_logprobs"])


def test_no_begin_token_is_added_to_a_text(server, tokenizer):
    for prompt in PROMPTS:
        ids = tokenizer.encode(prompt, add_special_tokens=False)
        assert tokenizer.encode(prompt)[0] == 1 and ids[0] != 1
        options = {"echo": True, "logprobs": 0, "max_tokens": 0}
        (by_text,), (by_ids,) = server.complete(prompt, **options), server.complete(ids, **options)
        assert by_text["logprobs"] == by_ids["logprobs"]
        assert by_text["text"] == prompt
        status, reply = server.request("/tokenize", {"prompt": prompt})
        assert (status, reply["tokens"]) == (200, ids)
        assert server.request("/tokenize", {"prompt": prompt, "add_special_tokens": True})[1]["tokens"] == [
            1,
            *ids,
        ]
        assert server.request("/detokenize", {"tokens": ids})[1]["prompt"] == prompt


def test_the_likeliest_tokens_are_there_whenever_asked_for(server, peer):
    ids = [70, 71, 72]
    with torch.inference_mode():
        best = peer(torch.tensor([ids])).logits[0].log_softmax(-1).topk(5).values
    (choice,) = server.complete(ids, echo=True, logprobs=5, max_tokens=1, temperature=0)
    for top, row in zip(choice["logprobs"]["top_logprobs"][1:], best):
        assert sorted(top.values(), reverse=True)[:5] == pytest.approx(row.tolist(), abs=1e-4)
    (none,) = server.complete(ids, echo=True, logprobs=0, max_tokens=0)
    # With 0 there is still the token itself: a reader that takes the maximum does not fail.
    for value, top in zip(none["logprobs"]["token_logprobs"][1:], none["logprobs"]["top_logprobs"][1:]):
        assert list(top.values()) == [value]
    assert server.complete(ids, max_tokens=1)[0]["logprobs"] is None


def test_more_tokens_follow_after_an_echo(server, tokenizer):
    ids = tokenizer.encode(PROMPTS[0], add_special_tokens=False)
    (echoed,) = server.complete(ids, echo=True, logprobs=1, max_tokens=7, temperature=0)
    (plain,) = server.complete(ids, logprobs=1, max_tokens=7, temperature=0)
    assert echoed["text"] == PROMPTS[0] + plain["text"]
    assert len(echoed["logprobs"]["tokens"]) == len(ids) + len(plain["logprobs"]["tokens"])
    assert echoed["logprobs"]["token_logprobs"][len(ids) :] == plain["logprobs"]["token_logprobs"]


def test_stop_texts_are_not_part_of_the_answer(server):
    prompt = PROMPTS[0]
    (whole,) = server.complete(prompt, max_tokens=40, seed=3)
    for size in (1, 2, 5):
        stop = whole["text"][8 : 8 + size]
        before = whole["text"][: whole["text"].index(stop)]
        for given in (stop, ["never there", stop]):
            (cut,) = server.complete(prompt, max_tokens=40, seed=3, stop=given)
            assert (cut["text"], cut["finish_reason"]) == (before, "stop")
            assert "".join(streamed(server, prompt=prompt, max_tokens=40, seed=3, stop=given)) == before


def test_the_end_token_ends_the_answer_and_is_not_in_its_text(server):
    for seed in range(6):
        (choice,) = server.complete([5, 6], max_tokens=300, seed=seed, temperature=2, logprobs=0)
        assert "</s>" not in choice["text"]
        assert "</s>" not in choice["logprobs"]["tokens"][:-1]
        assert (choice["logprobs"]["tokens"][-1] == "</s>") == (choice["finish_reason"] == "stop")


def streamed(server: Running, **body: object) -> list[str]:
    data = json.dumps({**body, "stream": True, "stream_options": {"include_usage": True}}).encode()
    url = server.ready["url"] + "/completions"
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {server.token}"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        events = reply.read().decode().strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    parsed = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    *pieces, counts = parsed
    assert counts["choices"] == [] and counts["usage"]["completion_tokens"] > 0
    reasons = [piece["choices"][0]["finish_reason"] for piece in pieces]
    assert reasons[-1] in ("stop", "length") and set(reasons[:-1]) <= {None}
    return [piece["choices"][0]["text"] for piece in pieces]


def test_a_stream_is_the_same_text_in_whole_characters(server):
    counts = []
    for seed in range(5):
        (whole,) = server.complete(PROMPTS[3], max_tokens=30, seed=seed)
        pieces = streamed(server, prompt=PROMPTS[3], max_tokens=30, seed=seed)
        assert "".join(pieces) == whole["text"]
        counts.append(len(pieces))
    assert max(counts) > 5


def test_the_seed_alone_decides_a_draw(server):
    alone = server.complete(PROMPTS[0], max_tokens=12, seed=5)[0]["text"]
    together = server.complete([*PROMPTS, PROMPTS[0]], max_tokens=12, seed=5)
    assert together[0]["text"] == together[4]["text"] == alone
    status, drawn = server.request("/v1/completions", {"prompt": PROMPTS[0], "max_tokens": 12})
    assert status == 200
    assert (
        server.complete(PROMPTS[0], max_tokens=12, seed=drawn["seed"])[0]["text"]
        == drawn["choices"][0]["text"]
    )


def test_concurrent_requests_get_their_own_answers(server, tokenizer, peer):
    texts = [f"{PROMPTS[number % 4]} {'the fever ' * (number % 7)}" for number in range(24)]

    def ask(text: str) -> list[float]:
        (choice,) = server.complete(text, echo=True, logprobs=1, max_tokens=0)
        return choice["logprobs"]["token_logprobs"][1:]

    with ThreadPoolExecutor(8) as executor:
        for text, values in zip(texts, executor.map(ask, texts)):
            ids = tokenizer.encode(text, add_special_tokens=False)
            assert values == pytest.approx(expected_logprobs(peer, ids), abs=1e-4)


def test_chat_follows_the_tokenizer_s_template(server, tokenizer):
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "what is the cause?"}]
    body = {"messages": messages, "max_tokens": 8, "temperature": 0, "logprobs": True, "top_logprobs": 2}
    status, reply = server.request("/v1/chat/completions", body)
    assert status == 200, reply
    (choice,) = reply["choices"]
    ids = tokenizer.encode(
        "<s>system: be brief\nuser: what is the cause?\nassistant:", add_special_tokens=False
    )
    assert reply["usage"]["prompt_tokens"] == len(ids)
    (completed,) = server.complete(ids, max_tokens=8, temperature=0, logprobs=2)
    assert choice["message"]["content"] == completed["text"]
    values = [entry["logprob"] for entry in choice["logprobs"]["content"]]
    assert values == completed["logprobs"]["token_logprobs"]
    assert all(len(entry["top_logprobs"]) == 2 for entry in choice["logprobs"]["content"])


def test_embeddings_are_the_same_as_numbers_and_as_base64(server, tokenizer, peer):
    status, reply = server.request("/v1/embeddings", {"input": PROMPTS})
    assert (status, reply["pooling"]) == (200, "mean")
    _, packed = server.request("/v1/embeddings", {"input": PROMPTS, "encoding_format": "base64"})
    for text, entry, other in zip(PROMPTS, reply["data"], packed["data"]):
        raw = base64.b64decode(other["embedding"])
        assert list(struct.unpack(f"<{len(raw) // 4}f", raw)) == entry["embedding"]
        with torch.inference_mode():
            hidden = peer.model(
                torch.tensor([tokenizer.encode(text, add_special_tokens=False)])
            ).last_hidden_state
        assert entry["embedding"] == pytest.approx(hidden[0].mean(0).tolist(), abs=1e-5)


def test_models_tells_what_is_served(server, folder):
    _, reply = server.request("/v1/models")
    (model,) = reply["data"]
    assert (model["id"], model["max_model_len"], model["dtype"]) == (folder.name, 2048, "float32")
    assert model["fingerprint"] == server.ready["model"]["fingerprint"]
    assert model["shares_prefixes"] is True
    _, info = server.request("/tokenizer_info")
    assert (info["bos_token"], info["eos_token"], info["chat_template"]) == ("<s>", "</s>", TEMPLATE)


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/v1/completions", {"prompt": ""}, 400, '"prompt" must have at least one token'),
        ("/v1/completions", {"prompt": [[5], []]}, 400, '"prompt[1]" must have at least one token'),
        ("/v1/completions", {"prompt": [5, 100_000]}, 400, "must hold ids in [0, "),
        ("/v1/completions", {"prompt": [5, True]}, 400, "must be a text or a list of token ids"),
        ("/v1/completions", {"prompt": {"text": "a"}}, 400, '"prompt" must be a text, a list of texts'),
        ("/v1/completions", {"prompt": []}, 400, "at least one prompt"),
        ("/v1/completions", {}, 400, '"prompt" is missing'),
        ("/v1/completions", ["a"], 400, "must be a JSON object"),
        ("/v1/completions", {"prompt": [5] * 2048, "max_tokens": 1}, 400, "context is 2048 tokens; prompt 0 has 2048 and"),
        ("/v1/completions", {"prompt": [5], "max_tokens": 9999}, 400, "together 10000"),
        ("/v1/completions", {"prompt": "a", "max_token": 4}, 400, '"max_token" is not an option here; did you mean max_tokens?'),
        ("/v1/completions", {"prompt": "a", "temperature": "hot"}, 400, '"temperature" must be a number in [0, 2], got "hot"'),
        ("/v1/completions", {"prompt": "a", "presence_penalty": 0.5}, 400, '"presence_penalty" must be 0, or left out, got 0.5'),
        ("/v1/completions", {"prompt": "a", "logprobs": 500}, 400, '"logprobs" must be a whole number in [0, 20], got 500'),
        ("/v1/completions", {"prompt": [[5], [6]], "logprob_start_len": [0]}, 400, "must hold 2 numbers, one for each prompt"),
        ("/v1/completions", {"prompt": [[5]], "logprob_start_len": 2}, 400, "prompt 0 must be at most 1, got 2"),
        ("/v1/completions", {"prompt": [5], "logprob_start_len": -1}, 400, '"logprob_start_len" must be a whole number >= 0'),
        ("/v1/completions", {"prompt": "a", "add_special_tokens": True}, 400, '"add_special_tokens" must be False, or left out'),
        ("/v1/completions", {"prompt": "a", "stream": True, "echo": True}, 400, '"stream" must be false'),
        ("/v1/completions", {"prompt": "a", "model": "other"}, 404, 'must be "tiny"'),
        ("/v1/completions", b"{not json", 400, "not JSON"),
        ("/v1/completions", b"[" * 100_000, 400, "not JSON"),
        ("/v1/completions", b'{"prompt": "a", "\\ud83d": 1}', 400, "surrogates not allowed"),
        ("/v1/chat/completions", {"messages": []}, 400, '"messages" must be a list of'),
        ("/v1/embeddings", {"input": [[5] * 3000]}, 400, "has 3000 tokens and this model embeds at most 2048"),
        ("/v1/nothing", {}, 404, "there is no POST /v1/nothing"),
        ("/v1/completions", None, 405, "there is no GET /v1/completions"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_an_error_with_its_reason(server, path, body, status, message):
    code, reply = server.request(path, body)
    assert (code, message in reply["error"]["message"]) == (status, True), reply


def test_a_text_far_too_long_is_refused_and_keeps_nobody_waiting(server):
    with ThreadPoolExecutor(1) as executor:
        refused = executor.submit(server.request, "/v1/completions", {"prompt": PROMPTS[0] * 100_000})
        time.sleep(0.2)
        server.complete("short", max_tokens=1)
        assert not refused.done(), "its tokens are still counted while others are answered"
        assert refused.result()[0] == 400


def test_the_token_is_asked_for(server):
    for path, body in (
        ("/v1/models", None),
        ("/v1/completions", {"prompt": "a"}),
        ("/tokenize", {"prompt": "a"}),
    ):
        assert server.request(path, body, token="wrong")[0] == 401
        assert server.request(path, body, token="")[0] == 401
    assert server.request("/health", token="")[0] == 200
    token_file = Path(server.ready["tokenFile"])
    assert token_file.stat().st_mode & 0o777 == 0o600


def test_a_client_that_goes_away_is_not_worked_for(server):
    for stream in (False, True):
        connection = http.client.HTTPConnection(
            "127.0.0.1", int(server.ready["url"].split(":")[2].split("/")[0]), timeout=30
        )
        # Greedy and without end, so that it would go on for 2,000 tokens.
        body = {
            "prompt": [[5, place] for place in range(40)],
            "max_tokens": 2000,
            "temperature": 0,
            "stream": stream,
        }
        connection.request(
            "POST", "/v1/completions", json.dumps(body), {"Authorization": f"Bearer {server.token}"}
        )
        wait_until(lambda: running(server) == 1)
        connection.sock.close()
        connection.close()
        wait_until(lambda: running(server) == 0)
