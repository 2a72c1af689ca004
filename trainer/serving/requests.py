"""What the server can be asked: the OpenAI names that it honours, each with what it may be.

Any other name is refused, since it would be left out of the answer without a word.
"""

import difflib
import json
import math
from collections.abc import Callable
from typing import NamedTuple

from trainer.errors import TrainerError


class RequestError(TrainerError):
    """The request cannot be answered; the reader changes it."""

    def __init__(self, message: str, code: str = "invalid_request", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Rule(NamedTuple):
    expected: str
    accepts: Callable[[object], bool]


def whole(minimum: float, maximum: float = math.inf) -> Rule:
    bound = f">= {minimum}" if maximum == math.inf else f"in [{minimum}, {maximum}]"
    return Rule(f"a whole number {bound}", lambda value: type(value) is int and minimum <= value <= maximum)


def number(minimum: float, maximum: float) -> Rule:
    return Rule(
        f"a number in [{minimum}, {maximum}]",
        lambda value: type(value) in (int, float) and minimum <= value <= maximum,
    )


def only(constant: object) -> Rule:
    return Rule(f"{constant}, or left out", lambda value: value == constant)


def is_message(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"role", "content"} and all(map(is_text, value.values()))


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_count(value: object) -> bool:
    return type(value) is int and value >= 0


TEXT = Rule("a text", is_text)
FLAG = Rule("true or false", lambda value: isinstance(value, bool))
PROMPTS = Rule("a text, a list of texts, token ids or lists of them", lambda value: isinstance(value, (str, list)))
SAMPLING = {
    "model": TEXT,
    "max_tokens": whole(0),
    "temperature": number(0, 2),
    "top_p": Rule("a number in (0, 1]", lambda value: type(value) in (int, float) and 0 < value <= 1),
    "seed": Rule("a whole number", lambda value: type(value) is int),
    "stop": Rule(
        "a text or up to 16 texts, none empty",
        lambda value: (
            (is_text(value) and value != "")
            or (isinstance(value, list) and len(value) <= 16 and all(is_text(each) and each for each in value))
        ),
    ),
    "stream": FLAG,
    "stream_options": Rule(
        'an object with "include_usage"',
        lambda value: isinstance(value, dict) and value.keys() <= {"include_usage"},
    ),
    "n": only(1),
    "presence_penalty": only(0),
    "frequency_penalty": only(0),
    "user": TEXT,
}
RULES: dict[str, dict[str, Rule]] = {
    "completions": {
        **SAMPLING,
        "prompt": PROMPTS,
        "echo": FLAG,
        "logprobs": whole(0, 20),
        "logprob_start_len": Rule(
            "a whole number >= 0, or a list of one for each prompt",
            lambda value: is_count(value) or (isinstance(value, list) and all(map(is_count, value))),
        ),
        "add_special_tokens": only(False),
        "best_of": only(1),
    },
    "chat": {
        **SAMPLING,
        "messages": Rule(
            'a list of {"role", "content"}, both texts',
            lambda value: isinstance(value, list) and value != [] and all(map(is_message, value)),
        ),
        "max_completion_tokens": whole(0),
        "logprobs": FLAG,
        "top_logprobs": whole(0, 20),
    },
    "embeddings": {
        "model": TEXT,
        "input": PROMPTS,
        "encoding_format": Rule('"float" or "base64"', lambda value: value in ("float", "base64")),
        "truncate_prompt_tokens": whole(1),
        "user": TEXT,
    },
    "tokenize": {"model": TEXT, "prompt": TEXT, "add_special_tokens": FLAG},
    "detokenize": {"model": TEXT, "tokens": Rule("token ids", lambda value: isinstance(value, list))},
}
REQUIRED = {
    "completions": "prompt",
    "chat": "messages",
    "embeddings": "input",
    "tokenize": "prompt",
    "detokenize": "tokens",
}


def read_body(kind: str, received: bytes) -> dict:
    """A request's options; those given as null are left out, as if they had not been given.

    Raises:
        RequestError: every option that is unknown, missing or not what it may be.
    """
    try:
        body = json.loads(received)
        # Half a surrogate pair is no character: no tokenizer and no reply can hold it.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise RequestError(f"the request is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestError(f"the request must be a JSON object, got {type(body).__name__}")
    body = {name: value for name, value in body.items() if value is not None}
    rules = RULES[kind]
    problems = []
    for name, value in body.items():
        if name not in rules:
            near = difflib.get_close_matches(name, rules, n=1)
            guess = f"did you mean {near[0]}? " if near else ""
            problems.append(f'"{name}" is not an option here; {guess}options are {", ".join(sorted(rules))}')
        elif not rules[name].accepts(value):
            problems.append(f'"{name}" must be {rules[name].expected}, got {describe(value, name)}')
    if REQUIRED[kind] not in body:
        problems.append(f'"{REQUIRED[kind]}" is missing')
    if problems:
        raise RequestError("; ".join(problems))
    return body


def describe(value: object, name: str) -> str:
    """What is asked about is told by its type alone: errors are written down by who asks."""
    if name in REQUIRED.values():
        return type(value).__name__
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"


def stop_texts(body: dict) -> list[str]:
    stop = body.get("stop", [])
    return [stop] if isinstance(stop, str) else stop
