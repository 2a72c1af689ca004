"""Requests and replies of the OpenAI protocol, and what must not happen between them: no token added, none left out."""

import asyncio
import base64
import hmac
import json
import logging
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
from trainer.serve_model import (
    Continuation,
    ModelFailure,
    Sampling,
    Scored,
    ServedModel,
)
from trainer.serve_text import Text, Transcript
from trainer.serve_worker import EmbedJob, GenerateJob, Job, ScoreJob, Stopping, Worker

logger = logging.getLogger(__name__)
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
            return JSONResponse({"status": "ok", "running": self.worker.unfinished})

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

    async def completions(self, request: Request, body: dict) -> Response:
        prompts = self._prompts(body["prompt"], "prompt")
        maximum = 16 if body.get("max_tokens") is None else body["max_tokens"]
        self._check_lengths(prompts, maximum)
        echo, top = bool(body.get("echo")), body.get("logprobs")
        if body.get("stream"):
            if echo or top is not None:
                raise RequestError('"stream" must be false where "echo" or "logprobs" is asked for')
            return self._stream(prompts, maximum, body, "text_completion", lambda text: {"text": text})
        continuations, scores, seed = await self._continue(request, prompts, maximum, body, top, echo)
        choices = []
        for index, (prompt, continuation, scored) in enumerate(zip(prompts, continuations, scores)):
            before = "" if not echo else self._prompt_text(body["prompt"], index, prompt)
            choice = {"index": index, "text": before + self._written(continuation, body), "logprobs": None}
            if top is not None:
                token_ids, values, likeliest = (
                    list(continuation.token_ids),
                    continuation.token_logprobs,
                    continuation.top,
                )
                if echo:
                    token_ids = [*prompt, *token_ids]
                    values = [None, *scored.token_logprobs, *values]
                    likeliest = [None, *scored.top, *likeliest]
                choice["logprobs"] = self._completion_logprobs(token_ids, values, likeliest, echo)
            choices.append({**choice, "finish_reason": continuation.finish_reason})
        return self._reply("cmpl", "text_completion", choices, usage(prompts, continuations), seed)

    async def chat(self, request: Request, body: dict) -> Response:
        if self._tokenizer().chat_template is None:
            raise RequestError(
                "the model's tokenizer has no chat template: send the prompt's text to /v1/completions",
                "no_chat_template",
            )
        try:
            prompt = self.text.chat(body["messages"])
        except Exception as error:  # Templates raise what they like, for roles out of order for one.
            raise RequestError(f"the model's chat template refuses the messages: {error}") from error
        maximum = body.get("max_completion_tokens", body.get("max_tokens"))
        maximum = self.model.context_length - len(prompt) if maximum is None else maximum
        self._check_lengths([prompt], maximum)
        top = (body.get("top_logprobs") or 0) if body.get("logprobs") else None
        if body.get("stream"):
            if top is not None:
                raise RequestError('"stream" must be false where "logprobs" is asked for')
            return self._stream(
                [prompt], maximum, body, "chat.completion.chunk", lambda text: {"delta": {"content": text}}
            )
        (continuation,), _, seed = await self._continue(request, [prompt], maximum, body, top, False)
        message = {"role": "assistant", "content": self._written(continuation, body), "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": continuation.finish_reason,
        }
        if top is not None:
            entries = zip(continuation.token_ids, continuation.token_logprobs, continuation.top)
            choice["logprobs"] = {
                "content": [
                    {
                        **self._chat_token(token, value),
                        "top_logprobs": [self._chat_token(*each) for each in likeliest],
                    }
                    for token, value, likeliest in entries
                ]
            }
        return self._reply("chatcmpl", "chat.completion", [choice], usage([prompt], [continuation]), seed)

    async def embeddings(self, request: Request, body: dict) -> Response:
        inputs = self._prompts(body["input"], "input", special_tokens=self.model.pooling.special_tokens)
        limit = min(self.model.pooling.maximum_tokens or self.model.context_length, self.model.context_length)
        if (kept := body.get("truncate_prompt_tokens")) is not None:
            inputs = [self._truncated(each, kept) for each in inputs]
        for index, each in enumerate(inputs):
            if len(each) > limit:
                raise RequestError(
                    f"input {index} has {len(each)} tokens and this model embeds at most {limit}: shorten it, "
                    f'or send "truncate_prompt_tokens": {limit} to keep its beginning',
                    "context_length_exceeded",
                )
        vectors = await self._result(request, EmbedJob(inputs))
        if body.get("encoding_format") == "base64":
            vectors = [base64.b64encode(struct.pack(f"<{len(each)}f", *each)).decode() for each in vectors]
        data = [
            {"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(vectors)
        ]
        count = sum(map(len, inputs))
        return JSONResponse(
            {
                "object": "list",
                "model": self.name,
                "data": data,
                "pooling": self.description()["pooling"],
                "usage": {"prompt_tokens": count, "total_tokens": count},
            }
        )

    async def tokenize(self, _: Request, body: dict) -> Response:
        self._tokenizer()
        token_ids = self.text.encode(body["prompt"], special_tokens=body.get("add_special_tokens", False))
        return JSONResponse(
            {"tokens": token_ids, "count": len(token_ids), "max_model_len": self.model.context_length}
        )

    async def detokenize(self, _: Request, body: dict) -> Response:
        self._tokenizer()
        return JSONResponse({"prompt": self.text.decode(self._token_ids(body["tokens"], "tokens"))})

    def tokenizer_info(self) -> dict:
        tokenizer = self._tokenizer()
        return {
            "tokenizer_class": type(tokenizer).__name__,
            "model_max_length": self.model.context_length,
            "chat_template": tokenizer.chat_template,
            **{name: str(token) for name, token in tokenizer.special_tokens_map.items()},
        }

    async def _continue(
        self,
        request: Request,
        prompts: list[list[int]],
        maximum: int,
        body: dict,
        top: int | None,
        echo: bool,
    ) -> tuple[list[Continuation], list[Scored | None], int]:
        continuations, seed = self._continuations(prompts, maximum, body, top or 0)
        scores: list[Scored | None] = [None] * len(prompts)
        if maximum <= 1 or (echo and top is not None):
            scores = await self._result(request, ScoreJob(prompts, top=top if echo else None))
            for index, scored in enumerate(scores):
                if isinstance(scored, ModelFailure):
                    raise ModelFailure(f"prompt {index}: {scored}")
        if maximum == 1:
            for continuation, scored in zip(continuations, scores):
                self.model.append(continuation, scored.next_logprobs)
        elif maximum > 1:
            await self._result(request, GenerateJob(prompts, continuations=continuations))
        for index, continuation in enumerate(continuations):
            if continuation.failure is not None:
                raise ModelFailure(f"prompt {index}: {continuation.failure}")
        return continuations, scores, seed

    def _continuations(
        self, prompts: list[list[int]], maximum: int, body: dict, top: int
    ) -> tuple[list[Continuation], int]:
        seed = body["seed"] if body.get("seed") is not None else secrets.randbits(31)
        temperature = 1.0 if body.get("temperature") is None else float(body["temperature"])
        stops = stop_texts(body)

        def watched(prompt: list[int]) -> Continuation:
            # The seed alone: a reply does not depend on what else is asked for in the same request.
            sampling = Sampling(temperature, float(body.get("top_p") or 1.0), Random(seed))
            continuation = Continuation(prompt, sampling, maximum, top_count=top)
            if maximum == 0:
                continuation.finish_reason = "length"
            if stops:
                transcript = Transcript(self.text, prompt, stops)

                def stop(grown: Continuation) -> None:
                    transcript.update(grown.token_ids)
                    if transcript.stopped:
                        grown.finish_reason = "stop"

                continuation.after_token = stop
            return continuation

        return [watched(prompt) for prompt in prompts], seed

    def _written(self, continuation: Continuation, body: dict) -> str:
        transcript = Transcript(self.text, continuation.prompt, stop_texts(body))
        transcript.update(continuation.token_ids)
        return transcript.written

    def _stream(
        self, prompts: list[list[int]], maximum: int, body: dict, kind: str, part: Callable[[str], dict]
    ) -> Response:
        """Server-sent events: text as it becomes certain, then the reason of the end, usage if asked for, [DONE]."""
        continuations, seed = self._continuations(prompts, maximum, body, 0)
        loop, news = asyncio.get_running_loop(), asyncio.Queue[tuple[int, str, str | None] | None]()
        for index, continuation in enumerate(continuations):
            transcript = Transcript(self.text, continuation.prompt, stop_texts(body))

            def watch(grown: Continuation, index: int = index, transcript: Transcript = transcript) -> None:
                transcript.update(grown.token_ids)
                if transcript.stopped:
                    grown.finish_reason = "stop"
                written = transcript.take(is_done=grown.finish_reason is not None)
                loop.call_soon_threadsafe(news.put_nowait, (index, written, grown.finish_reason))

            continuation.after_token = watch
        job = GenerateJob(prompts, continuations=continuations)
        future = asyncio.wrap_future(self.worker.submit(job)) if maximum > 0 else None
        head = {
            "id": f"cmpl-{secrets.token_hex(12)}",
            "object": kind,
            "created": int(time.time()),
            "model": self.name,
        }

        async def events() -> AsyncIterator[str]:
            try:
                if future is None:
                    for index in range(len(prompts)):
                        await news.put((index, "", "length"))
                    await news.put(None)
                else:
                    future.add_done_callback(lambda _: news.put_nowait(None))
                while (piece := await news.get()) is not None:
                    index, text, reason = piece
                    if text or reason:
                        yield event(
                            {**head, "choices": [{"index": index, **part(text), "finish_reason": reason}]}
                        )
                for continuation in await future if future else []:
                    if continuation.failure is not None:
                        raise continuation.failure
                if (body.get("stream_options") or {}).get("include_usage"):
                    yield event({**head, "choices": [], "usage": usage(prompts, continuations)})
            except TrainerError as error:
                yield event(error_body(str(error), type(error).__name__))
            finally:
                job.cancelled = True
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers={"x-seed": str(seed)})

    async def _result(self, request: Request, job: Job) -> list:
        """What the worker answers; a client that goes away first is not worked for any more."""
        answered = asyncio.wrap_future(self.worker.submit(job))
        gone = asyncio.ensure_future(disconnection(request))
        try:
            await asyncio.wait({answered, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answered.done():
                raise RequestError("the client went away", "client_closed_request", 499)
            return answered.result()
        finally:
            job.cancelled = True
            gone.cancel()

    def _guarded(
        self, answer: Callable[[Request, dict], Awaitable[Response]], kind: str | None
    ) -> Callable[[Request], Awaitable[Response]]:
        """Token and body checked before, errors told as the protocol tells them."""

        async def respond(request: Request) -> Response:
            try:
                given = request.headers.get("authorization", "")
                if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                    raise RequestError(
                        'send "Authorization: Bearer TOKEN" with the token of the server\'s token file',
                        "invalid_api_key",
                        401,
                    )
                return await answer(request, {} if kind is None else await self._body(request, kind))
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

    async def _body(self, request: Request, kind: str) -> dict:
        received = bytearray()
        async for part in request.stream():
            received += part
            if len(received) > LARGEST_BODY_BYTES:
                raise RequestError(f"the request has more than {LARGEST_BODY_BYTES} bytes", "too_large", 413)
        try:
            body = json.loads(received)
        except (ValueError, RecursionError) as error:
            raise RequestError(f"the request is not JSON: {error}") from error
        problems = [line for problem in self.validators[kind].iter_errors(body) for line in describe(problem)]
        if problems:
            raise RequestError("; ".join(problems))
        if body.get("model") is not None and body["model"] not in self.names:
            raise RequestError(
                f'"model" must be "{self.name}", which is served here, got "{body["model"]}"',
                "model_not_found",
                404,
            )
        if not self.model.generates and kind in ("completions", "chat"):
            raise RequestError(f'"{self.name}" is no causal language model: it answers /v1/embeddings')
        return body

    def _prompts(self, value: object, name: str, *, special_tokens: bool = False) -> list[list[int]]:
        if isinstance(value, str) or (isinstance(value, list) and value and isinstance(value[0], int)):
            value = [value]
        if not isinstance(value, list) or not value:
            raise RequestError(f'"{name}" must be a text, a list of texts, token ids or a list of them')
        prompts = []
        for index, each in enumerate(value):
            place = name if len(value) == 1 else f"{name}[{index}]"
            if isinstance(each, str):
                self._tokenizer()
                each = self.text.encode(each, special_tokens=special_tokens)
            prompts.append(self._token_ids(each, place))
            if not prompts[-1]:
                raise RequestError(
                    f'"{place}" must have at least one token: nothing is put before it here; for the likelihood of a '
                    "text from its first token on, send the begin or end token first"
                )
        return prompts

    def _token_ids(self, value: object, name: str) -> list[int]:
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise RequestError(f'"{name}" must be a text or a list of token ids')
        wrong = next((each for each in value if not 0 <= each < self.model.vocabulary_size), None)
        if wrong is not None:
            raise RequestError(f'"{name}" must hold ids in [0, {self.model.vocabulary_size}), got {wrong}')
        return value

    def _check_lengths(self, prompts: Sequence[Sequence[int]], maximum: int) -> None:
        limit = self.model.context_length
        for index, prompt in enumerate(prompts):
            if len(prompt) + max(maximum, 0) > limit:
                raise RequestError(
                    f"the model's context is {limit} tokens; prompt {index} has {len(prompt)} and max_tokens asks for "
                    f"{maximum} more, together {len(prompt) + maximum}",
                    "context_length_exceeded",
                )

    def _truncated(self, token_ids: list[int], kept: int) -> list[int]:
        if len(token_ids) <= kept or not self.model.pooling.special_tokens:
            return token_ids[:kept]
        return [*token_ids[: max(kept - 1, 1)], token_ids[-1]][:kept]  # The end token stays.

    def _tokenizer(self):
        if self.text.tokenizer is None:
            raise RequestError(
                "the model's folder has no tokenizer: send token ids to /v1/completions", "no_tokenizer"
            )
        return self.text.tokenizer

    def _prompt_text(self, prompt: object, index: int, token_ids: list[int]) -> str:
        given = [prompt] if isinstance(prompt, str) else prompt
        return given[index] if isinstance(given[index], str) else self.text.decode(token_ids)

    def _completion_logprobs(self, token_ids: list[int], values: list, likeliest: list, echo: bool) -> dict:
        tokens = [self.text.token_text(token) for token in token_ids]
        if echo:  # What begins a text is written without the space that its token may hold.
            tokens[0] = self.text.decode(token_ids[:1]) or tokens[0]
        tops: list[dict[str, float] | None] = []
        for token, value, candidates in zip(tokens, values, likeliest):
            if value is None:
                tops.append(None)
                continue
            top: dict[str, float] = {}
            for candidate, logprob in candidates:
                top.setdefault(
                    self.text.token_text(candidate), logprob
                )  # Of two with one text, the likelier.
            top.setdefault(token, value)
            tops.append(top)
        offsets, offset = [], 0
        for token in tokens:
            offsets.append(offset)
            offset += len(token)
        return {"tokens": tokens, "token_logprobs": values, "top_logprobs": tops, "text_offset": offsets}

    def _chat_token(self, token: int, logprob: float) -> dict:
        text = self.text.token_text(token)
        return {"token": text, "logprob": logprob, "bytes": list(text.encode())}

    def _reply(self, prefix: str, kind: str, choices: list[dict], counts: dict, seed: int) -> Response:
        return JSONResponse(
            {
                "id": f"{prefix}-{secrets.token_hex(12)}",
                "object": kind,
                "created": int(time.time()),
                "model": self.name,
                "choices": choices,
                "usage": counts,
                "seed": seed,
            }
        )


async def disconnection(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def stop_texts(body: dict) -> list[str]:
    stop = body.get("stop")
    return [stop] if isinstance(stop, str) else list(stop or [])


def usage(prompts: Sequence[Sequence[int]], continuations: Sequence[Continuation]) -> dict:
    asked, answered = sum(map(len, prompts)), sum(len(each.token_ids) for each in continuations)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def event(value: dict) -> str:
    return f"data: {json.dumps(value, allow_nan=False)}\n\n"


def error_body(message: str, code: str) -> dict:
    return {"error": {"message": message, "type": code, "param": None, "code": code}}


def error_reply(message: str, code: str, status: int) -> JSONResponse:
    headers = {"retry-after": "1"} if status == 503 else None
    return JSONResponse(error_body(message, code), status, headers)
