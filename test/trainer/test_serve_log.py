"""No text of a prompt reaches the server's log, whatever an exception says."""

import asyncio
import json
import logging

import pytest
from starlette.requests import Request

from trainer.serving.api import Application
from trainer.serving.log import log_places_only
from trainer.serving.requests import RequestError, read_body

SECRET = "QXZMARKED"


@pytest.fixture
def root():
    """The root logger, put back afterwards."""
    logger = logging.getLogger()
    before = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:], logger.level = before


def test_a_failure_is_told_by_its_type_and_its_lines_alone(root, capfd):
    log_places_only()

    async def answer(_: Request):
        try:
            raise ValueError(f"cannot encode {SECRET}")
        except ValueError as error:
            raise KeyError(SECRET) from error

    scope = {
        "type": "http", "method": "POST", "path": "/v1/completions", "query_string": b"",
        "headers": [(b"authorization", b"Bearer t"), (b"host", b"127.0.0.1")], "server": ("127.0.0.1", 1),
    }  # fmt: skip
    reply = asyncio.run(Application([], "t").guarded(answer)(Request(scope)))
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=RuntimeError(SECRET))
    told = reply.body.decode() + capfd.readouterr().err
    assert reply.status_code == 500
    assert SECRET not in told
    for name in ("KeyError", "ValueError", "RuntimeError", "test_serve_log.py", "/v1/completions"):
        assert name in told, told


def test_what_asyncio_tells_of_a_failure_is_left_out(root, capfd):
    log_places_only()

    async def fail():
        loop = asyncio.get_running_loop()
        loop.create_future().set_exception(ValueError(SECRET))  # Nobody waits for it: its client went away.
        loop.call_soon(lambda _: 1 / 0, SECRET)
        await asyncio.sleep(0)

    asyncio.run(fail())
    told = capfd.readouterr().err
    assert SECRET not in told
    assert "ValueError" in told and "ZeroDivisionError" in told


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("completions", {"prompt": {"text": SECRET}}),
        ("chat", {"messages": [{"role": "user", "content": SECRET, "name": "x"}]}),
        ("embeddings", {"input": {"text": SECRET}}),
        ("completions", [SECRET]),
    ],
)
def test_a_refusal_does_not_quote_what_was_asked(kind, body):
    with pytest.raises(RequestError) as caught:
        read_body(kind, json.dumps(body).encode())
    assert SECRET not in str(caught.value)
