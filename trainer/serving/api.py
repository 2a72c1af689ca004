"""The server's routes; between request and reply no token is added and none is left out."""

import asyncio
import base64
import hmac
import logging
import struct
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trainer.serving.generation import Generation
from trainer.serving.inputs import Inputs
from trainer.serving.model import ModelFailure, ServedModel
from trainer.serving.replies import error_reply
from trainer.serving.requests import RequestError, read_body
from trainer.serving.text import Text
from trainer.serving.waiting import answer_of
from trainer.serving.worker import EmbedJob, Stopping, Worker

LARGEST_BODY_BYTES = 64 * 2**20
logger = logging.getLogger(__name__)
Answer = Callable[[Request, dict], Awaitable[Response]]


class Api:
    """The routes for one model."""

    def __init__(
        self, model: ServedModel, text: Text, worker: Worker, names: set[str], token: str, fingerprint: str
    ) -> None:
        self.model, self.text, self.worker = model, text, worker
        self.names, self.token, self.fingerprint = names, token, fingerprint
        self.name = min(names, key=len)
        self.inputs = Inputs(model, text)
        self.generation = Generation(model, text, self.inputs, worker, self.name)

    def application(self) -> Starlette:
        answers: dict[str, tuple[str, Answer]] = {
            "/v1/completions": ("completions", self.generation.completions),
            "/v1/chat/completions": ("chat", self.generation.chat),
            "/v1/embeddings": ("embeddings", self.embeddings),
            "/tokenize": ("tokenize", self.tokenize),
            "/detokenize": ("detokenize", self.detokenize),
        }
        return Starlette(
            routes=[
                Route("/health", self.health),
                Route("/v1/models", self.guarded(None, self.models)),
                Route("/tokenizer_info", self.guarded(None, self.tokenizer_info)),
                *(Route(path, self.guarded(*answer), methods=["POST"]) for path, answer in answers.items()),
            ],
            exception_handlers={404: no_such_route, 405: no_such_route},
        )

    def guarded(self, kind: str | None, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Token and body are checked before, errors told as the protocol tells them."""

        async def respond(request: Request) -> Response:
            try:
                given = request.headers.get("authorization", "")
                if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                    message = 'send "Authorization: Bearer TOKEN" with the token of the server\'s token file'
                    raise RequestError(message, "invalid_api_key", 401)
                return await answer(request, {} if kind is None else await self.body(request, kind))
            except RequestError as error:
                return error_reply(str(error), error.code, error.status)
            except Stopping as error:
                return error_reply(str(error), "stopping", 503)
            except ModelFailure as error:
                return error_reply(str(error), "model_failure", 500)
            except Exception as error:
                logger.exception("%s", request.url.path)
                return error_reply(f"{type(error).__name__}: {error}", "internal_error", 500)

        return respond

    async def body(self, request: Request, kind: str) -> dict:
        received = bytearray()
        async for part in request.stream():
            received += part
            if len(received) > LARGEST_BODY_BYTES:
                raise RequestError(f"the request has more than {LARGEST_BODY_BYTES} bytes", "too_large", 413)
        body = read_body(kind, bytes(received))
        if body.get("model", self.name) not in self.names:
            message = f'"model" must be "{self.name}", which is served here, got "{body["model"]}"'
            raise RequestError(message, "model_not_found", 404)
        if not self.model.generates and kind in ("completions", "chat"):
            raise RequestError(f'"{self.name}" is no causal language model: it answers /v1/embeddings')
        return body

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "running": self.worker.unfinished})

    async def models(self, _: Request, __: dict) -> Response:
        return JSONResponse({"object": "list", "data": [self.description()]})

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
            "logprob_start_len": self.model.generates,
            "pooling": str(self.model.pooling),
        }

    async def embeddings(self, request: Request, body: dict) -> Response:
        pooling = self.model.pooling
        inputs = await asyncio.to_thread(
            self.inputs.prompts, body["input"], "input", special_tokens=pooling.special_tokens
        )
        limit = min(pooling.maximum_tokens or self.model.context_length, self.model.context_length)
        kept = body.get("truncate_prompt_tokens")
        inputs = inputs if kept is None else [pooling.truncated(each, kept) for each in inputs]
        for index, each in enumerate(inputs):
            if len(each) > limit:
                message = (
                    f"input {index} has {len(each)} tokens and this model embeds at most {limit}: shorten it, "
                    f'or send "truncate_prompt_tokens": {limit} to keep its beginning'
                )
                raise RequestError(message, "context_length_exceeded")
        vectors = await answer_of(self.worker, EmbedJob(inputs), request)
        if body.get("encoding_format") == "base64":
            vectors = [base64.b64encode(struct.pack(f"<{len(each)}f", *each)).decode() for each in vectors]
        data = [{"object": "embedding", "index": place, "embedding": each} for place, each in enumerate(vectors)]
        count = sum(map(len, inputs))
        counts = {"prompt_tokens": count, "total_tokens": count}
        head = {"object": "list", "model": self.name, "pooling": str(pooling)}
        return JSONResponse({**head, "data": data, "usage": counts})

    async def tokenize(self, _: Request, body: dict) -> Response:
        special_tokens = body.get("add_special_tokens", False)
        token_ids = await asyncio.to_thread(self.inputs.encode, body["prompt"], special_tokens=special_tokens)
        limits = {"count": len(token_ids), "max_model_len": self.model.context_length}
        return JSONResponse({"tokens": token_ids, **limits})

    async def detokenize(self, _: Request, body: dict) -> Response:
        _ = self.inputs.tokenizer
        return JSONResponse({"prompt": self.text.decode(self.inputs.token_ids(body["tokens"], "tokens"))})

    async def tokenizer_info(self, _: Request, __: dict) -> Response:
        tokenizer = self.inputs.tokenizer
        described = {
            "tokenizer_class": type(tokenizer).__name__,
            "model_max_length": self.model.context_length,
            "chat_template": tokenizer.chat_template,
        }
        special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
        return JSONResponse({**described, **special})


async def no_such_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return error_reply(f"{status}: there is no {request.method} {request.url.path}", "no_such_route", status)
