"""Requests and replies of the OpenAI protocol, and what must not happen between them: no token added, none left out."""

import asyncio
import base64
import hmac
import json
import secrets
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import Random

import jsonschema
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from trainer.config import SCHEMAS, describe
from trainer.errors import TrainerError
from trainer.serve_model import Continuation, ModelFailure, Sampling, Scored, ServedModel
from trainer.serve_text import Text, Transcript
from trainer.serve_worker import EmbedJob, GenerateJob, Job, ScoreJob, Stopping, Worker

LARGEST_BODY_BYTES = 64 * 2**20


class RequestError(TrainerError):
    """The request cannot be answered; the reader changes it."""

    def __init__(self, message: str, code: str = "invalid_request", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Api:
    """The server's routes for one model."""

    def __init__(
        self, model: ServedModel, text: Text, worker: Worker, names: set[str], token: str, fingerprint: str
    ) -> None:
        self.model, self.text, self.worker = model, text, worker
        self.names, self.token, self.fingerprint = names, token, fingerprint
        self.name = min(names, key=len)
        schema = json.loads((SCHEMAS / "serve-requests.schema.json").read_text())
        self.validators = {
            kind: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
            for kind in ("completions", "chat", "embeddings", "tokenize", "detokenize")
        }

    def application(self) -> Starlette:
        def get(path: str, answer: Callable[[], dict]) -> Route:
            async def respond(request: Request, body: dict) -> Response:
                return JSONResponse(answer())

            return Route(path, self._guarded(respond, None), methods=["GET"])

        def post(path: str, kind: str, answer: Callable[[Request, dict], Awaitable[Response]]) -> Route:
            return Route(path, self._guarded(answer, kind), methods=["POST"])

        async def healthy(_: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def refused(_: Request, error: Exception) -> Response:
            status = getattr(error, "status_code", 500)
            return error_reply(f"{status}: {getattr(error, 'detail', error)}", "no_such_route", status)

        return Starlette(
            routes=[
                Route("/health", healthy),
                get("/v1/models", lambda: {"object": "list", "data": [self.description()]}),
                get("/tokenizer_info", self.tokenizer_info),
                post("/v1/completions", "completions", self.completions),
                post("/v1/chat/completions", "chat", self.chat),
                post("/v1/embeddings", "embeddings", self.embeddings),
                post("/tokenize", "tokenize", self.tokenize),
                post("/detokenize", "detokenize", self.detokenize),
            ],
            exception_handlers={404: refused, 405: refused},
        )

    def description(self) -> dict:
        return {
            "id": self.name,
            "object": "model",
            "owned_by": "local",
            "max_model_len": self.model.context_length,
            "vocabulary_size": self.model.vocabulary_size,
            "fingerprint": self.fingerprint,
            "device": self.model.device,
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "generates": self.model.generates,
            "shares_prefixes": self.model.shares_prefixes,
            "pooling": self.model.pooling.mode + (", normalized" if self.model.pooling.normalized else ""),
        }
