"""Keeps one server on a node of a cluster for as long as somebody is there: the work of a session's job.

`python session.py --run FOLDER --idle-seconds N --target socket|port -- PROGRAM ...`, where `{socket}`, `{port}`,
`{token_file}` and `{folder}` in the program's words stand for what this session has chosen. All of it lies in a folder
of this node that its user alone may open; the server's token is in no command line and no log, the client is told it
through its tunnel (`carrier.py`).

FOLDER/session.json says where this folder is. When nobody has shown a sign of life for N seconds, the server and
everything that it has started are ended, and with them the job.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from carrier import Carrier

LOOK_SECONDS = 0.5
GRACE_SECONDS = 10


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    parser.add_argument("--target", choices=["socket", "port"], required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(target: dict) -> bool:
    """Whether somebody listens."""
    is_socket = "socket" in target
    with socket.socket(socket.AF_UNIX if is_socket else socket.AF_INET) as probe:
        probe.settimeout(1)
        try:
            probe.connect(target["socket"] if is_socket else ("127.0.0.1", target["port"]))
        except OSError:
            return False
    return True


def write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def end_group(server: subprocess.Popen) -> None:
    """The server and what it has started, such as kernels, which may be in groups of their own."""
    members = [server.pid, *descendants(server.pid)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in members:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + GRACE_SECONDS
        while number == signal.SIGTERM and time.monotonic() < deadline and server.poll() is None:
            time.sleep(0.1)
    server.wait()


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return found
    for child in map(int, children):
        found += [child, *descendants(child)]
    return found


def keep(server: subprocess.Popen, carrier: Carrier, target: dict, idle_seconds: float) -> str | None:
    """Wait until the session is over; None where the server has ended by itself."""
    while server.poll() is None:
        carrier.is_ready = carrier.is_ready or answers(target)
        if carrier.is_closed:
            return "its client has closed it"
        silent = time.monotonic() - carrier.last_sign_of_life
        if silent > idle_seconds:
            return f"nobody has been there for {silent:.0f} s"
        time.sleep(LOOK_SECONDS)
    return None


def main() -> int:
    arguments = parse_arguments()
    folder = Path(tempfile.mkdtemp(prefix="rounds-session-"))
    server: subprocess.Popen | None = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        token_file = folder / "token"
        token_file.touch(mode=0o600)
        token = secrets.token_hex(32)
        token_file.write_text(token, encoding="ascii")
        port = free_port() if arguments.target == "port" else None
        target = {"socket": str(folder / "server.sock")} if port is None else {"port": port}
        words = {"socket": target.get("socket", ""), "port": str(port), "token_file": str(token_file), "folder": str(folder)}
        command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
        for name, value in words.items():
            command = [word.replace(f"{{{name}}}", value) for word in command]
        environment = os.environ | {
            "JUPYTER_TOKEN_FILE": str(token_file),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "VLLM_API_KEY": token,
        }
        carrier = Carrier(folder, target, token)
        carrier.start()
        server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        node = os.environ.get("SLURMD_NODENAME", socket.gethostname())
        place = {"version": 1, "folder": str(folder), "node": node, "python": sys.executable}
        write_whole(arguments.run / "session.json", json.dumps(place))
        reason = keep(server, carrier, target, arguments.idle_seconds)
        if reason is None:
            print(f"rounds: the server has ended by itself with {server.returncode}", flush=True)
            return server.returncode or 1
        print(f"rounds: the session ends: {reason}", flush=True)
        return 0
    finally:
        if server is not None:
            end_group(server)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
