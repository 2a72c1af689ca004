"""`python -m trainer serve`: exported models behind the OpenAI protocol, on 127.0.0.1 and with a token.

Read on: serving/api.py (what is asked and answered), worker.py (when), model.py (how),
tree.py (what is shared).
"""

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import transformers
import uvicorn

from trainer.errors import ConfigError
from trainer.sensitivity import Sensitivity, sensitivity_of_folder, strictest
from trainer.serving.api import Api, Application
from trainer.serving.log import log_places_only
from trainer.serving.model import ServedModel, fingerprint
from trainer.serving.text import Text
from trainer.serving.worker import Worker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, required=True, action="append",
        help="folder in Hugging Face format; given several times, requests say which",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--name", help="of a single model in requests; default: the folder's name")
    parser.add_argument("--token-file", type=Path, help="holds the token; made, mode 0600, where it is missing")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], help="default: bfloat16 on a GPU, else float32")
    parser.add_argument(
        "--restricted", action="store_true",
        help="what the model writes is; also without this where its folder says it",
    )  # fmt: skip
    parser.add_argument("--grace-seconds", type=float, default=30, help="for requests that run when it is stopped")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the starter is gone")


class Server(uvicorn.Server):
    """Tells the workers to finish when a signal stops the server."""

    workers: Sequence[Worker]
    grace_seconds: float

    def handle_exit(self, *signal_and_frame: object) -> None:
        for worker in self.workers:
            worker.stop(self.grace_seconds)
        super().handle_exit(*signal_and_frame)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; one JSON line on stdout says where, once requests are answered."""
    log_places_only()
    listener = listen_on(arguments.port)
    transformers.utils.logging.disable_progress_bar()
    names = names_of([folder.resolve() for folder in arguments.model], arguments.name)
    device = arguments.device if arguments.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    dtype = getattr(torch, arguments.dtype or ("bfloat16" if device == "cuda" else "float32"))
    said = "restricted" if arguments.restricted else "public"
    apis = [
        load(folder, name, device, dtype, strictest([said, sensitivity_of_folder(folder)]))
        for folder, name in names.items()
    ]
    token_file, token = read_token(arguments.token_file)
    workers = [api.worker for api in apis]
    settings = uvicorn.Config(
        Application(apis, token).routes(),
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=int(arguments.grace_seconds) + 5,
    )
    server = Server(settings)
    server.workers, server.grace_seconds = workers, arguments.grace_seconds
    # uvicorn raises the signal again when it is done; this process then ends by itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    for worker in workers:
        worker.start()
    listener.listen(128)
    if arguments.until_stdin_closes:
        threading.Thread(target=stop_after_stdin, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    described = [api.description() for api in apis]
    where = {"url": url, "tokenFile": str(token_file), "pid": os.getpid()}
    ready = {**where, "model": described[0], "models": described}
    print(json.dumps(ready), flush=True)
    try:
        server.run(sockets=[listener])
        for worker in workers:
            worker.join()
    finally:
        if arguments.token_file is None:
            token_file.unlink()
            token_file.parent.rmdir()
    return 0


def names_of(folders: list[Path], name: str | None) -> dict[Path, str]:
    """What requests call each model: its folder's name.

    Raises:
        ConfigError: two folders of one name, or a name for several models.
    """
    if name is not None:
        if len(folders) > 1:
            raise ConfigError("--name is of a single model: several are called by their folders' names")
        return {folders[0]: name}
    names = {folder: folder.name for folder in folders}
    if len(set(names.values())) < len(folders):
        raise ConfigError(f"several models need folders of different names, got {', '.join(map(str, folders))}")
    return names


def load(folder: Path, name: str, device: str, dtype: torch.dtype, sensitivity: Sensitivity) -> Api:
    with ThreadPoolExecutor(1) as executor:
        hashed = executor.submit(fingerprint, folder)
        model = ServedModel(folder, device, dtype)
    return Api(model, Text(folder), Worker(model), {name, str(folder)}, hashed.result(), sensitivity)


def listen_on(port: int) -> socket.socket:
    """A socket of 127.0.0.1 that takes no connections yet."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise OSError(f"port {port} of 127.0.0.1 cannot be used: {error.strerror}") from error
    return listener


def read_token(path: Path | None) -> tuple[Path, str]:
    """The token of a file, which is made where it is missing; without a path, in a new folder of this user's."""
    path = path or Path(tempfile.mkdtemp(prefix="rounds-serve-")) / "token"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} can be read by others: chmod 600 it, or remove it") from None
    token = path.read_text().strip()
    if token == "":
        raise ValueError(f"{path} holds no token: remove it, and one is made")
    return path, token


def stop_after_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
