"""What the server answers with, in the OpenAI protocol's words."""

import json
import secrets
import time
from collections.abc import Sequence

from starlette.responses import JSONResponse

from trainer.serving.model import Continuation
from trainer.serving.text import Text

Candidates = list[tuple[int, float]]


def reply(kind: str, model: str, **parts: object) -> dict:
    prefix = "cmpl" if kind == "text_completion" else "chatcmpl"
    head = {"id": f"{prefix}-{secrets.token_hex(12)}", "object": kind, "created": int(time.time())}
    return {**head, "model": model, **parts}


def usage(prompts: Sequence[Sequence[int]], continuations: Sequence[Continuation]) -> dict:
    asked, answered = sum(map(len, prompts)), sum(len(each.token_ids) for each in continuations)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def completion_logprobs(
    text: Text,
    token_ids: list[int],
    values: list[float | None],
    likeliest: list[Candidates | None],
    *,
    begins: bool,
) -> dict:
    """One entry a token; where a value is None, of a text's first token, its likeliest tokens are None too.

    Args:
        begins: the tokens begin a text, whose first is written without the space that it may hold.
    """
    tokens = [text.token_text(token) for token in token_ids]
    if begins:
        tokens[0] = text.decode(token_ids[:1]) or tokens[0]
    tops: list[dict[str, float] | None] = []
    for token, value, candidates in zip(tokens, values, likeliest):
        top: dict[str, float] = {}
        for candidate, logprob in candidates or []:
            top.setdefault(text.token_text(candidate), logprob)  # Of two with one text, the likelier.
        tops.append(None if value is None else {token: value, **top})
    offsets = [0]
    for token in tokens[:-1]:
        offsets.append(offsets[-1] + len(token))
    return {
        "tokens": tokens,
        "token_logprobs": values,
        "top_logprobs": tops,
        "text_offset": offsets[: len(tokens)],
    }


def chat_logprobs(text: Text, continuation: Continuation) -> dict:
    def entry(token: int, logprob: float) -> dict:
        written = text.token_text(token)
        return {"token": written, "logprob": logprob, "bytes": list(written.encode())}

    rows = zip(continuation.token_ids, continuation.token_logprobs, continuation.top)
    return {
        "content": [
            {**entry(token, value), "top_logprobs": [entry(*each) for each in candidates]}
            for token, value, candidates in rows
        ]
    }


def event(value: dict) -> str:
    return f"data: {json.dumps(value, allow_nan=False)}\n\n"


def error_body(message: str, code: str) -> dict:
    return {"error": {"message": message, "type": code, "param": None, "code": code}}


def error_reply(message: str, code: str, status: int) -> JSONResponse:
    headers = {"retry-after": "1"} if status == 503 else None
    return JSONResponse(error_body(message, code), status, headers)
