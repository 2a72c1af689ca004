"""Waits for the worker, unless the client goes away first: nobody is worked for who does not wait."""

import asyncio

from starlette.requests import Request

from trainer.serving.requests import RequestError
from trainer.serving.worker import Job, Worker


async def answer_of(worker: Worker, job: Job, request: Request) -> list:
    """What the worker answers to a job that a request asked for."""
    answered = asyncio.wrap_future(worker.submit(job))
    gone = asyncio.ensure_future(disconnection(request))
    try:
        await asyncio.wait({answered, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise RequestError("the client went away", "client_closed_request", 499)
        return answered.result()
    finally:
        job.cancelled = True
        gone.cancel()


async def disconnection(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
