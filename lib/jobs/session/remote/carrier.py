"""Carries the connections of a client far away to the server of a session, over one connection that may break.

It is part of the session, so that what it carries outlives each relay: frames that the other side has not acknowledged
are sent again when a relay comes back, none lost and none twice. A frame is a line, "KIND SEQUENCE CHANNEL PAYLOAD", the
payload in base64:

  from the client   H it is back, SEQUENCE is the last it has   O a connection opens   D its bytes   C it closes
                    A it has all up to SEQUENCE   P a sign of life   Q end the session
  from here         D C A as above   S {"state": "starting" | "ready", "token"}

O, D and C are numbered, each direction by itself, from 1.
"""

import asyncio
import base64
import json
import threading
import time
from collections import deque
from pathlib import Path

LOOK_SECONDS = 0.2
PIECE_BYTES = 1 << 15
LINE_BYTES = 1 << 20
# Of frames that are not acknowledged: then the server waits.
HELD_BYTES = 8 << 20
FRAMES_PER_ACKNOWLEDGEMENT = 16


class Carrier(threading.Thread):
    def __init__(self, folder: Path, target: dict, token: str) -> None:
        super().__init__(daemon=True)
        self.path = folder / "carrier.sock"
        self.target, self.token = target, token
        # Read and written by the session's own thread too.
        self.last_sign_of_life = time.monotonic()
        self.is_ready = False
        self.is_closed = False
        self.relay: asyncio.StreamWriter | None = None
        self.told: str | None = None
        self.channels: dict[int, asyncio.Queue] = {}
        self.tasks: set[asyncio.Task] = set()
        self.held: deque[tuple[int, bytes]] = deque()
        self.held_bytes = 0
        self.sent = 0
        self.received = 0

    def run(self) -> None:
        asyncio.run(self.serve())

    async def serve(self) -> None:
        self.room = asyncio.Condition()
        self.server = await asyncio.start_unix_server(self.attend, path=str(self.path), limit=LINE_BYTES)
        self.path.chmod(0o600)
        while True:
            self.tell_state()
            await asyncio.sleep(LOOK_SECONDS)

    def tell_state(self) -> None:
        state = {"state": "ready", "token": self.token} if self.is_ready else {"state": "starting"}
        if self.told != state["state"] and self.write(b"S", 0, 0, json.dumps(state).encode()):
            self.told = state["state"]

    def write(self, kind: bytes, sequence: int, channel: int = 0, payload: bytes = b"") -> bool:
        if self.relay is None or self.relay.is_closing():
            return False
        self.relay.write(frame(kind, sequence, channel, payload))
        return True

    async def send(self, kind: bytes, channel: int, payload: bytes = b"") -> None:
        async with self.room:
            await self.room.wait_for(lambda: self.held_bytes < HELD_BYTES)
        self.sent += 1
        line = frame(kind, self.sent, channel, payload)
        self.held.append((self.sent, line))
        self.held_bytes += len(line)
        if self.relay is not None and not self.relay.is_closing():
            self.relay.write(line)

    async def acknowledged(self, sequence: int) -> None:
        while self.held and self.held[0][0] <= sequence:
            self.held_bytes -= len(self.held.popleft()[1])
        async with self.room:
            self.room.notify_all()

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One relay; the latest is the one that counts."""
        try:
            while (line := await reader.readline()).endswith(b"\n"):
                kind, sequence, channel, text = line[:-1].split(b" ")
                await self.take(writer, kind, int(sequence), int(channel), base64.b64decode(text))
        except (OSError, ValueError):
            pass
        finally:
            if self.relay is writer:
                self.relay = None
            writer.close()

    async def take(
        self, writer: asyncio.StreamWriter, kind: bytes, sequence: int, channel: int, payload: bytes
    ) -> None:
        if kind == b"H":
            await self.acknowledged(sequence)
            self.relay, self.told = writer, None
            self.write(b"A", self.received)
            for _, line in self.held:
                writer.write(line)
            self.tell_state()
        elif kind == b"P":
            self.last_sign_of_life = time.monotonic()
            self.write(b"A", self.received)
        elif kind == b"Q":
            self.is_closed = True
        elif kind == b"A":
            await self.acknowledged(sequence)
        elif sequence == self.received + 1:
            self.received = sequence
            if sequence % FRAMES_PER_ACKNOWLEDGEMENT == 0:
                self.write(b"A", sequence)
            self.carry(kind, channel, payload)

    def carry(self, kind: bytes, channel: int, payload: bytes) -> None:
        if kind == b"O":
            self.channels[channel] = asyncio.Queue()
            task = asyncio.create_task(self.talk(channel))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif channel in self.channels:
            self.channels[channel].put_nowait(payload if kind == b"D" else None)

    async def talk(self, channel: int) -> None:
        """One connection with the server, from its beginning to its end."""
        try:
            reader, writer = await self.connect()
        except OSError:
            await self.closed(channel)
            return
        sending = asyncio.create_task(self.forward(channel, writer))
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
        if "socket" in self.target:
            return await asyncio.open_unix_connection(self.target["socket"])
        return await asyncio.open_connection("127.0.0.1", self.target["port"])

    async def forward(self, channel: int, writer: asyncio.StreamWriter) -> None:
        while (payload := await self.channels[channel].get()) is not None:
            writer.write(payload)
            await writer.drain()
        writer.close()

    async def closed(self, channel: int) -> None:
        if self.channels.pop(channel, None) is not None:
            await self.send(b"C", channel)


def frame(kind: bytes, sequence: int, channel: int, payload: bytes) -> bytes:
    return b"%b %d %d %b\n" % (kind, sequence, channel, base64.b64encode(payload))
