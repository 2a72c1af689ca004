"""The server's routes; between request and reply no token is added and none is left out."""

import asyncio
import base64
import hmac
import logging
import secrets
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import Random

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from trainer.errors import TrainerError
from trainer.serving.model import (
    Continuation,
    ModelFailure,
    Sampling,
    Scored,
    ServedModel,
)
from trainer.serving.replies import (
    chat_logprobs,
    completion_logprobs,
    error_body,
    error_reply,
    event,
    reply,
    usage,
)
from trainer.serving.requests import RequestError, read_body, stop_texts
from trainer.serving.text import Text, Transcript
from trainer.serving.worker import (
    EmbedJob,
    GenerateJob,
    Job,
    ScoreJob,
    Stopping,
    Worker,
)

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

    def application(self) -> Starlette:
        answers: dict[str, tuple[str, Answer]] = {
            "/v1/completions": ("completions", self.completions),
            "/v1/chat/completions": ("chat", self.chat),
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
            "pooling": str(self.model.pooling),
        }

    async def completions(self, request: Request, body: dict) -> Response:
        prompts = self.prompts(body["prompt"], "prompt")
        maximum, echo, top = body.get("max_tokens", 16), body.get("echo", False), body.get("logprobs")
        self.check_lengths(prompts, maximum)
        if body.get("stream"):
            if echo or top is not None:
                raise RequestError('"stream" must be false where "echo" or "logprobs" is asked for')
            return self.stream(prompts, maximum, body, "text_completion", lambda text: {"text": text})
        seed = seed_of(body)
        continuations = [self.continuation(prompt, maximum, body, seed, top or 0) for prompt in prompts]
        scores = await self.work(request, prompts, continuations, top if echo else None)
        choices = []
        for index, (prompt, continuation, scored) in enumerate(zip(prompts, continuations, scores)):
            written = self.written(continuation, body)
            tokens, values, likeliest = continuation.token_ids, continuation.token_logprobs, continuation.top
            if echo:
                given = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
                written = (
                    given[index] if isinstance(given[index], str) else self.text.decode(prompt)
                ) + written
                tokens = [*prompt, *tokens]
                if scored is not None:
                    values = [None, *scored.token_logprobs, *values]
                    likeliest = [None, *scored.top, *likeliest]
            logprobs = (
                None
                if top is None
                else completion_logprobs(self.text, tokens, values, likeliest, begins=echo)
            )
            choices.append(
                {
                    "index": index,
                    "text": written,
                    "logprobs": logprobs,
                    "finish_reason": continuation.finish_reason,
                }
            )
        counts = usage(prompts, continuations)
        return JSONResponse(reply("text_completion", self.name, choices=choices, usage=counts, seed=seed))

    async def chat(self, request: Request, body: dict) -> Response:
        if self.tokenizer().chat_template is None:
            message = "the model's tokenizer has no chat template: send the prompt's text to /v1/completions"
            raise RequestError(message, "no_chat_template")
        try:
            prompt = self.text.chat(body["messages"])
        except Exception as error:  # Templates raise what they like, for roles out of order for one.
            raise RequestError(f"the model's chat template refuses the messages: {error}") from error
        rest = self.model.context_length - len(prompt)
        maximum = body.get("max_completion_tokens", body.get("max_tokens", rest))
        self.check_lengths([prompt], maximum)
        asks_logprobs = body.get("logprobs", False)
        if body.get("stream"):
            if asks_logprobs:
                raise RequestError('"stream" must be false where "logprobs" is asked for')
            return self.stream(
                [prompt], maximum, body, "chat.completion.chunk", lambda text: {"delta": {"content": text}}
            )
        seed = seed_of(body)
        continuation = self.continuation(prompt, maximum, body, seed, body.get("top_logprobs", 0))
        await self.work(request, [prompt], [continuation], None)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": self.written(continuation, body), "refusal": None},
            "logprobs": chat_logprobs(self.text, continuation) if asks_logprobs else None,
            "finish_reason": continuation.finish_reason,
        }
        counts = usage([prompt], [continuation])
        return JSONResponse(reply("chat.completion", self.name, choices=[choice], usage=counts, seed=seed))

    async def embeddings(self, request: Request, body: dict) -> Response:
        inputs = self.prompts(body["input"], "input", special_tokens=self.model.pooling.special_tokens)
        limit = min(self.model.pooling.maximum_tokens or self.model.context_length, self.model.context_length)
        kept = body.get("truncate_prompt_tokens")
        inputs = inputs if kept is None else [self.model.pooling.truncated(each, kept) for each in inputs]
        for index, each in enumerate(inputs):
            if len(each) > limit:
                message = (
                    f"input {index} has {len(each)} tokens and this model embeds at most {limit}: shorten it, "
                    f'or send "truncate_prompt_tokens": {limit} to keep its beginning'
                )
                raise RequestError(message, "context_length_exceeded")
        vectors = await self.result(request, EmbedJob(inputs))
        if body.get("encoding_format") == "base64":
            vectors = [base64.b64encode(struct.pack(f"<{len(each)}f", *each)).decode() for each in vectors]
        data = [
            {"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(vectors)
        ]
        count = sum(map(len, inputs))
        counts = {"prompt_tokens": count, "total_tokens": count}
        pooling = str(self.model.pooling)
        return JSONResponse(
            {"object": "list", "model": self.name, "data": data, "pooling": pooling, "usage": counts}
        )

    async def tokenize(self, _: Request, body: dict) -> Response:
        self.tokenizer()
        token_ids = self.text.encode(body["prompt"], special_tokens=body.get("add_special_tokens", False))
        return JSONResponse(
            {"tokens": token_ids, "count": len(token_ids), "max_model_len": self.model.context_length}
        )

    async def detokenize(self, _: Request, body: dict) -> Response:
        self.tokenizer()
        return JSONResponse({"prompt": self.text.decode(self.token_ids(body["tokens"], "tokens"))})

    async def tokenizer_info(self, _: Request, __: dict) -> Response:
        tokenizer = self.tokenizer()
        special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
        return JSONResponse(
            {
                "tokenizer_class": type(tokenizer).__name__,
                "model_max_length": self.model.context_length,
                "chat_template": tokenizer.chat_template,
                **special,
            }
        )

    async def work(
        self, request: Request, prompts: list[list[int]], continuations: list[Continuation], top: int | None
    ) -> list[Scored | None]:
        """Continue the prompts, and score them where `top` says so, as :meth:`ServedModel.score` does."""
        maximum = continuations[0].maximum_tokens
        scores: list[Scored | None] = [None] * len(prompts)
        if top is not None or maximum == 1:
            scores = await self.result(request, ScoreJob(prompts, top=top))
            for index, scored in enumerate(scores):
                if isinstance(scored, ModelFailure):
                    raise ModelFailure(f"prompt {index}: {scored}")
        if maximum == 1:
            for continuation, scored in zip(continuations, scores):
                self.model.append(continuation, scored.next_logprobs)
        elif maximum > 1:
            await self.result(request, GenerateJob(prompts, continuations=continuations))
        for index, continuation in enumerate(continuations):
            if continuation.failure is not None:
                raise ModelFailure(f"prompt {index}: {continuation.failure}")
        return scores

    async def result(self, request: Request, job: Job) -> list:
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

    def stream(
        self, prompts: list[list[int]], maximum: int, body: dict, kind: str, part: Callable[[str], dict]
    ) -> Response:
        """Server-sent events: text as it becomes certain, then the reason of the end, usage if asked for, [DONE]."""
        seed = seed_of(body)
        continuations = [self.continuation(prompt, maximum, body, seed, 0) for prompt in prompts]
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
        future = asyncio.wrap_future(self.worker.submit(job))
        future.add_done_callback(lambda _: news.put_nowait(None))
        head = reply(kind, self.name, seed=seed)

        async def events() -> AsyncIterator[str]:
            try:
                while (piece := await news.get()) is not None:
                    index, text, reason = piece
                    if text or reason:
                        choice = {"index": index, **part(text), "finish_reason": reason}
                        yield event({**head, "choices": [choice]})
                for continuation in await future:
                    if continuation.failure is not None:
                        raise continuation.failure
                if body.get("stream_options", {}).get("include_usage"):
                    yield event({**head, "choices": [], "usage": usage(prompts, continuations)})
            except TrainerError as error:
                yield event(
                    error_body(str(error), "stopping" if isinstance(error, Stopping) else "model_failure")
                )
            finally:
                job.cancelled = True
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    def continuation(self, prompt: list[int], maximum: int, body: dict, seed: int, top: int) -> Continuation:
        # The seed alone: a reply does not depend on what else is asked for in the same request.
        sampling = Sampling(float(body.get("temperature", 1)), float(body.get("top_p", 1)), Random(seed))
        continuation = Continuation(prompt, sampling, maximum, top_count=top)
        if maximum == 0:
            continuation.finish_reason = "length"
        if stops := stop_texts(body):
            transcript = Transcript(self.text, prompt, stops)

            def stop(grown: Continuation) -> None:
                transcript.update(grown.token_ids)
                if transcript.stopped:
                    grown.finish_reason = "stop"

            continuation.after_token = stop
        return continuation

    def written(self, continuation: Continuation, body: dict) -> str:
        transcript = Transcript(self.text, continuation.prompt, stop_texts(body))
        transcript.update(continuation.token_ids)
        return transcript.written

    def prompts(self, value: str | list, name: str, *, special_tokens: bool = False) -> list[list[int]]:
        """Token ids of each prompt of a request, exactly as given; texts without special tokens unless asked for."""
        many = isinstance(value, list) and not (value and type(value[0]) is int)
        prompts = []
        for index, each in enumerate(value if many else [value]):
            place = f"{name}[{index}]" if many else name
            if isinstance(each, str):
                self.tokenizer()
                each = self.text.encode(each, special_tokens=special_tokens)
            prompts.append(self.token_ids(each, place))
            if not prompts[-1]:
                raise RequestError(
                    f'"{place}" must have at least one token: nothing is put before it here; for the likelihood of a '
                    "text from its first token on, send the begin or end token first"
                )
        if not prompts:
            raise RequestError(f'"{name}" must hold at least one prompt')
        return prompts

    def token_ids(self, value: object, name: str) -> list[int]:
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise RequestError(f'"{name}" must be a text or a list of token ids')
        wrong = next((each for each in value if not 0 <= each < self.model.vocabulary_size), None)
        if wrong is not None:
            raise RequestError(f'"{name}" must hold ids in [0, {self.model.vocabulary_size}), got {wrong}')
        return value

    def check_lengths(self, prompts: Sequence[Sequence[int]], maximum: int) -> None:
        limit = self.model.context_length
        for index, prompt in enumerate(prompts):
            if len(prompt) + max(maximum, 0) > limit:
                message = (
                    f"the model's context is {limit} tokens; prompt {index} has {len(prompt)} and max_tokens asks for "
                    f"{maximum} more, together {len(prompt) + maximum}"
                )
                raise RequestError(message, "context_length_exceeded")

    def tokenizer(self):
        if self.text.tokenizer is None:
            message = "the model's folder has no tokenizer: send token ids to /v1/completions"
            raise RequestError(message, "no_tokenizer")
        return self.text.tokenizer


async def no_such_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return error_reply(f"{status}: there is no {request.method} {request.url.path}", "no_such_route", status)


async def disconnection(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def seed_of(body: dict) -> int:
    return body["seed"] if "seed" in body else secrets.randbits(31)
