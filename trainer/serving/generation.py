"""Completions and chat: prompts are scored, continued, or both, and answered whole or as a stream."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from random import Random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from trainer.errors import TrainerError
from trainer.serving.inputs import Inputs
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
    event,
    reply,
    usage,
)
from trainer.serving.requests import RequestError, stop_texts
from trainer.serving.text import Text, Transcript
from trainer.serving.waiting import answer_of
from trainer.serving.worker import GenerateJob, ScoreJob, Stopping, Worker


class Generation:
    """Answers /v1/completions and /v1/chat/completions for one model."""

    def __init__(self, model: ServedModel, text: Text, inputs: Inputs, worker: Worker, name: str) -> None:
        self.model, self.text, self.inputs, self.worker, self.name = model, text, inputs, worker, name

    async def completions(self, request: Request, body: dict) -> Response:
        # In a thread of its own: a long text takes seconds, and others wait for the loop.
        prompts = await asyncio.to_thread(self.inputs.prompts, body["prompt"], "prompt")
        maximum, echo, top = body.get("max_tokens", 16), body.get("echo", False), body.get("logprobs")
        self.inputs.check_lengths(prompts, maximum)
        if body.get("stream"):
            if echo or top is not None:
                raise RequestError('"stream" must be false where "echo" or "logprobs" is asked for')
            return self.stream(prompts, maximum, body, "text_completion", lambda text: {"text": text})
        seed = seed_of(body)
        continuations = [self.continuation(prompt, maximum, body, seed, top or 0) for prompt in prompts]
        starts = starts_of(body, prompts)
        scores = await self.work(request, prompts, continuations, top if echo else None, starts)
        given = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
        choices = []
        for index, (prompt, continuation, scored) in enumerate(zip(prompts, continuations, scores)):
            written = self.written(continuation, body)
            tokens, values, likeliest = continuation.token_ids, continuation.token_logprobs, continuation.top
            if echo:
                # As it was sent: token ids that are no text of this tokenizer's have no other form than theirs.
                begin = given[index] if isinstance(given[index], str) else self.text.decode(prompt)
                written, tokens = begin + written, [*prompt, *tokens]
                if scored is not None:
                    without = [None] * (len(prompt) - len(scored.token_logprobs))
                    values, likeliest = (
                        [*without, *scored.token_logprobs, *values],
                        [*without, *scored.top, *likeliest],
                    )
            logprobs = None
            if top is not None:
                logprobs = completion_logprobs(self.text, tokens, values, likeliest, begins=echo)
            choice = {"index": index, "text": written, "logprobs": logprobs}
            choices.append(choice | {"finish_reason": continuation.finish_reason})
        counts = usage(prompts, continuations)
        return JSONResponse(reply("text_completion", self.name, choices=choices, usage=counts, seed=seed))

    async def chat(self, request: Request, body: dict) -> Response:
        prompt = await asyncio.to_thread(self.inputs.chat, body["messages"])
        rest = self.model.context_length - len(prompt)
        maximum = body.get("max_completion_tokens", body.get("max_tokens", rest))
        self.inputs.check_lengths([prompt], maximum)
        asks_logprobs = body.get("logprobs", False)
        if body.get("stream"):
            if asks_logprobs:
                raise RequestError('"stream" must be false where "logprobs" is asked for')
            kind = "chat.completion.chunk"
            return self.stream([prompt], maximum, body, kind, lambda text: {"delta": {"content": text}})
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

    async def work(
        self,
        request: Request,
        prompts: list[list[int]],
        continuations: list[Continuation],
        top: int | None,
        starts: list[int] | None = None,
    ) -> list[Scored | None]:
        """Continue the prompts, and score them where `top` says so, as :meth:`ServedModel.score` does."""
        maximum = continuations[0].maximum_tokens
        scores: list[Scored | None] = [None] * len(prompts)
        if top is not None or maximum == 1:
            scores = await answer_of(self.worker, ScoreJob(prompts, top=top, starts=starts), request)
            for index, scored in enumerate(scores):
                if isinstance(scored, ModelFailure):
                    raise ModelFailure(f"prompt {index}: {scored}")
        if maximum == 1:
            for continuation, scored in zip(continuations, scores):
                self.model.append(continuation, scored.next_logprobs)
        elif maximum > 1:
            await answer_of(self.worker, GenerateJob(prompts, continuations=continuations), request)
        for index, continuation in enumerate(continuations):
            if continuation.failure is not None:
                raise ModelFailure(f"prompt {index}: {continuation.failure}")
        return scores

    def continuation(self, prompt: list[int], maximum: int, body: dict, seed: int, top: int) -> Continuation:
        """One that ends at the request's stop texts."""
        # The seed alone: a reply does not depend on what else is asked for in the same request.
        sampling = Sampling(float(body.get("temperature", 1)), float(body.get("top_p", 1)), Random(seed))
        continuation = Continuation(prompt, sampling, maximum, top_count=top)
        if maximum == 0:
            continuation.finish_reason = "length"
        if stop_texts(body):
            self.follow(continuation, body, lambda _: None)
        return continuation

    def follow(self, continuation: Continuation, body: dict, grown: Callable[[Transcript], None]) -> None:
        """Keep its text, end it at the first stop text, and tell `grown` after each token."""
        transcript = Transcript(self.text, continuation.prompt, stop_texts(body))

        def after_token(_: Continuation) -> None:
            transcript.update(continuation.token_ids)
            if transcript.stopped:
                continuation.finish_reason = "stop"
            grown(transcript)

        continuation.after_token = after_token

    def written(self, continuation: Continuation, body: dict) -> str:
        transcript = Transcript(self.text, continuation.prompt, stop_texts(body))
        transcript.update(continuation.token_ids)
        return transcript.written

    def stream(
        self, prompts: list[list[int]], maximum: int, body: dict, kind: str, part: Callable[[str], dict]
    ) -> Response:
        """Server-sent events: text as it becomes certain, then the reason of the end, usage if asked for, [DONE]."""
        seed = seed_of(body)
        continuations = [self.continuation(prompt, maximum, body, seed, 0) for prompt in prompts]
        loop, news = asyncio.get_running_loop(), asyncio.Queue[tuple[int, str, str | None] | None]()

        def tell(index: int, transcript: Transcript) -> None:
            reason = continuations[index].finish_reason
            written = transcript.take(is_done=reason is not None)
            loop.call_soon_threadsafe(news.put_nowait, (index, written, reason))

        for index, continuation in enumerate(continuations):
            self.follow(continuation, body, lambda transcript, index=index: tell(index, transcript))
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
                code = "stopping" if isinstance(error, Stopping) else "model_failure"
                yield event(error_body(str(error), code))
            finally:
                job.cancelled = True
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")


def seed_of(body: dict) -> int:
    return body["seed"] if "seed" in body else secrets.randbits(31)


def starts_of(body: dict, prompts: list[list[int]]) -> list[int] | None:
    """For each prompt its first token whose log-probability is asked for; those before it are not computed."""
    starts = body.get("logprob_start_len")
    if starts is None:
        return None
    starts = starts if isinstance(starts, list) else [starts] * len(prompts)
    if len(starts) != len(prompts):
        raise RequestError(f'"logprob_start_len" must hold {len(prompts)} numbers, one for each prompt')
    for index, (start, prompt) in enumerate(zip(starts, prompts)):
        if start > len(prompt):
            raise RequestError(f'"logprob_start_len" of prompt {index} must be at most {len(prompt)}, got {start}')
    return starts
