"""The server's routes; between request and reply no token is added and none is left out."""

import asyncio
import base64
import hmac
import logging
import struct
from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trainer.sensitivity import Sensitivity
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
    """What is answered for one model."""

    def __init__(
        self,
        model: ServedModel,
        text: Text,
        worker: Worker,
        names: set[str],
        fingerprint: str,
        sensitivity: Sensitivity = "public",
    ) -> None:
        self.model, self.text, self.worker = model, text, worker
        self.names, self.fingerprint, self.sensitivity = names, fingerprint, sensitivity
        self.name = min(names, key=len)
        self.inputs = Inputs(model, text)
        generation = Generation(model, text, self.inputs, worker, self.name)
        self.answers: dict[str, Answer] = {
            "completions": generation.completions,
            "chat": generation.chat,
            "embeddings": self.embeddings,
            "tokenize": self.tokenize,
            "detokenize": self.detokenize,
        }

    async def answer(self, kind: str, request: Request, body: dict) -> Response:
        if not self.model.generates and kind in ("completions", "chat"):
            raise RequestError(f'"{self.name}" is no causal language model: it answers /v1/embeddings')
        return await self.answers[kind](request, body)

    def description(self) -> dict:
        return {
            "id": self.name,
            "object": "model",
            "owned_by": "local",
            "max_model_len": self.model.context_length,
            "vocabulary_size": self.model.vocabulary_size,
            "fingerprint": self.fingerprint,
            "sensitivity": self.sensitivity,
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

    def tokenizer_info(self) -> dict:
        tokenizer = self.inputs.tokenizer
        described = {
            "tokenizer_class": type(tokenizer).__name__,
            "model_max_length": self.model.context_length,
            "chat_template": tokenizer.chat_template,
        }
        special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
        return {**described, **special}


class Application:
    """The routes: every request's token and body are checked, then the model answers that it names."""

    def __init__(self, apis: Sequence[Api], token: str) -> None:
        self.apis, self.token = apis, token

    def routes(self) -> Starlette:
        kinds = {
            "/v1/completions": "completions",
            "/v1/chat/completions": "chat",
            "/v1/embeddings": "embeddings",
            "/tokenize": "tokenize",
            "/detokenize": "detokenize",
        }
        return Starlette(
            routes=[
                Route("/health", self.health),
                Route("/v1/models", self.guarded(self.models)),
                Route("/tokenizer_info", self.guarded(self.tokenizer_info)),
                *(Route(path, self.guarded(self.of_model(kind)), methods=["POST"]) for path, kind in kinds.items()),
            ],
            exception_handlers={404: no_such_route, 405: no_such_route},
        )

    def guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """The token is checked before, errors are told as the protocol tells them."""

        async def respond(request: Request) -> Response:
            try:
                given = request.headers.get("authorization", "")
                if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                    message = 'send "Authorization: Bearer TOKEN" with the token of the server\'s token file'
                    raise RequestError(message, "invalid_api_key", 401)
                return await answer(request)
            except RequestError as error:
                return error_reply(str(error), error.code, error.status)
            except Stopping as error:
                return error_reply(str(error), "stopping", 503)
            except ModelFailure as error:
                return error_reply(str(error), "model_failure", 500)
            except Exception as error:
                logger.exception("%s", request.url.path)
                return error_reply(f"{type(error).__name__}; where is in the server's log", "internal_error", 500)

        return respond

    def of_model(self, kind: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            received = bytearray()
            async for part in request.stream():
                received += part
                if len(received) > LARGEST_BODY_BYTES:
                    raise RequestError(f"the request has more than {LARGEST_BODY_BYTES} bytes", "too_large", 413)
            body = read_body(kind, bytes(received))
            return await self.named(body.get("model")).answer(kind, request, body)

        return answer

    def named(self, name: str | None) -> Api:
        """Of a single model the name may be left out."""
        if name is None and len(self.apis) == 1:
            return self.apis[0]
        found = next((api for api in self.apis if name in api.names), None)
        if found is not None:
            return found
        served = ", ".join(f'"{api.name}"' for api in self.apis)
        which = "which is served here" if len(self.apis) == 1 else "which are served here"
        message = f'"model" must be {served}, {which}, got "{name}"'
        raise RequestError(message, "model_not_found", 404)

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "running": sum(api.worker.unfinished for api in self.apis)})

    async def models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [api.description() for api in self.apis]})

    async def tokenizer_info(self, request: Request) -> Response:
        return JSONResponse(self.named(request.query_params.get("model")).tokenizer_info())


async def no_such_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return error_reply(f"{status}: there is no {request.method} {request.url.path}", "no_such_route", status)
