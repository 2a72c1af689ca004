"""Carries connections between a client far away and the server of a session on this node.

`python -c THIS FOLDER`, the session's folder. Each line of standard input and output is a letter, a channel and the
payload in base64: Slurm passes the output of a step on line by line.

  from the client   O a connection opens   D its bytes   C it closes   P a sign of life   Q end the session
  from here         D its bytes   C it closes   S {"state": "starting" | "ready" | "ended", "token"}
"""

import asyncio
import base64
import json
import os
import sys
from pathlib import Path

LOOK_SECONDS = 0.2
PIECE_BYTES = 1 << 15
LINE_BYTES = 1 << 20


class Relay:
    def __init__(self, folder: Path, output: asyncio.StreamWriter) -> None:
        self.folder = folder
        self.output = output
        self.channels: dict[int, asyncio.Queue] = {}
        self.tasks: set[asyncio.Task] = set()

    async def send(self, kind: bytes, channel: int = 0, payload: bytes = b"") -> None:
        self.output.write(b"%b %d %b\n" % (kind, channel, base64.b64encode(payload)))
        await self.output.drain()

    async def tell_state(self) -> None:
        told = None
        while True:
            state = self.state()
            if state["state"] != told:
                told = state["state"]
                await self.send(b"S", 0, json.dumps(state).encode())
            if told == "ended":
                return
            await asyncio.sleep(LOOK_SECONDS)

    def state(self) -> dict:
        if not (self.folder / "alive").exists():
            return {"state": "ended"}
        if not (self.folder / "ready").exists():
            return {"state": "starting"}
        return {"state": "ready", "token": (self.folder / "token").read_text(encoding="ascii")}

    async def read(self, source: asyncio.StreamReader) -> None:
        while (line := await source.readline()).endswith(b"\n"):
            kind, number, text = line[:-1].split(b" ")
            channel, payload = int(number), base64.b64decode(text)
            if kind == b"P":
                os.utime(self.folder / "alive")
            elif kind == b"Q":
                (self.folder / "end").touch()
            elif kind == b"O":
                self.channels[channel] = asyncio.Queue()
                task = asyncio.create_task(self.carry(channel))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
            elif channel in self.channels:
                await self.channels[channel].put(payload if kind == b"D" else None)

    async def carry(self, channel: int) -> None:
        try:
            reader, writer = await self.connect()
        except OSError:
            await self.closed(channel)
            return
        sending = asyncio.create_task(self.write_server(channel, writer))
        try:
            while piece := await reader.read(PIECE_BYTES):
                await self.send(b"D", channel, piece)
        except OSError:
            pass
        finally:
            sending.cancel()
            writer.close()
            await self.closed(channel)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        socket_path = self.folder / "server.sock"
        if socket_path.exists():
            return await asyncio.open_unix_connection(str(socket_path))
        return await asyncio.open_connection("127.0.0.1", int((self.folder / "port").read_text(encoding="ascii")))

    async def write_server(self, channel: int, writer: asyncio.StreamWriter) -> None:
        while (payload := await self.channels[channel].get()) is not None:
            writer.write(payload)
            await writer.drain()
        writer.close()

    async def closed(self, channel: int) -> None:
        if self.channels.pop(channel, None) is not None:
            await self.send(b"C", channel)


async def main() -> None:
    loop = asyncio.get_running_loop()
    source = asyncio.StreamReader(limit=LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(source), os.fdopen(0, "rb"))
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(1, "wb"))
    relay = Relay(Path(sys.argv[1]), asyncio.StreamWriter(transport, protocol, None, loop))
    tasks = [asyncio.create_task(relay.tell_state()), asyncio.create_task(relay.read(source))]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    for task in done:
        # The client has gone, or the session's folder has.
        if not isinstance(task.exception(), (FileNotFoundError, BrokenPipeError, type(None))):
            task.result()


asyncio.run(main())
