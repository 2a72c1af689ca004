"""Under torchrun on several nodes: two of its agents here, each with a process of the same run."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import (
    ROOT,
    TIMEOUT_SECONDS,
    environment,
    has_steps,
    lines,
    losses,
    make_run,
    tiny_config,
    wait_until,
)

from trainer.checkpoints import complete_steps


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def two_agents(run: Path, rendezvous: str, *flags: str) -> Iterator[list[subprocess.Popen]]:
    """torchrun twice, as on two nodes; it ignores SIGUSR1 unless `flags` have it handled, where it would end by it."""
    port, started = free_port(), []
    place = ["--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{port}", f"--rdzv-id={port}", "--local-addr=127.0.0.1"]
    if rendezvous == "static":
        place = ["--master-addr=127.0.0.1", f"--master-port={port}"]
    for node in range(2):
        with (run / f"node-{node}.txt").open("a") as output:
            command = [
                sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1", *place,
                f"--node-rank={node}", *flags, "-m", "--", "trainer", "train", "--run", str(run), "--resume",
            ]  # fmt: skip
            started.append(
                subprocess.Popen(
                    ["sh", "-c", 'trap "" USR1; exec "$@"', "sh", *command],
                    cwd=ROOT, env=environment(), stdout=output, stderr=subprocess.STDOUT,
                )
            )
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def output_of(run: Path) -> str:
    return "".join((run / f"node-{node}.txt").read_text()[-4000:] for node in range(2))


def workers_of(agent: subprocess.Popen) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [pid for pid, parent in pairs if parent == agent.pid]


def test_a_signal_that_agents_pass_on_saves_and_one_to_every_process_ends_with_0(
    mixture: list[dict], tmp_path: Path
) -> None:
    run = make_run(tmp_path / "run", tiny_config(mixture, optimization__steps=100_000))
    handled = ["--signals-to-handle=SIGTERM,SIGINT,SIGUSR1", "--shutdown-timeout=120"]
    with two_agents(run, "c10d", *handled) as agents:
        wait_until(lambda: has_steps(run, 3), agents[0], run)
        for agent in agents:
            agent.send_signal(signal.SIGUSR1)
        codes = [agent.wait(TIMEOUT_SECONDS) for agent in agents]
    # torchrun calls it a failure; its processes do not, and none was killed.
    assert codes == [1, 1], output_of(run)
    assert "forcefully" not in output_of(run)
    first = json.loads((run / "stopped.json").read_text())
    assert first == {"step": len(losses(run)), "signal": "SIGUSR1"}
    assert complete_steps(run / "checkpoints") == [first["step"]]

    with two_agents(run, "static", "--shutdown-timeout=120") as agents:
        wait_until(lambda: has_steps(run, first["step"] + 3), agents[0], run)
        for agent in agents:
            for process in [agent.pid, *workers_of(agent)]:
                os.kill(process, signal.SIGUSR1)
        codes = [agent.wait(TIMEOUT_SECONDS) for agent in agents]
    assert codes == [0, 0], output_of(run)
    second = json.loads((run / "stopped.json").read_text())
    assert second == {"step": len(losses(run)), "signal": "SIGUSR1"}
    assert second["step"] > first["step"]
    assert second["step"] in complete_steps(run / "checkpoints")
    assert [line["step"] for line in lines(run, "train")] == list(range(1, second["step"] + 1))


EARLY = """
import os, signal, sys
from trainer import __main__, signals
class Early(signals.StopRequest):
    def __init__(self):
        super().__init__()
        assert "torch" not in sys.modules
        os.kill(os.getpid(), signal.SIGTERM)
signals.StopRequest = Early
os._exit(__main__.main())
"""


def test_a_signal_before_the_first_step_is_not_lost(mixture: list[dict], tmp_path: Path) -> None:
    """It arrives as soon as the trainer listens, before torch is imported."""
    run = make_run(tmp_path / "run", tiny_config(mixture, optimization__steps=100_000))
    done = subprocess.run(
        [sys.executable, "-c", EARLY, "train", "--run", str(run)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads((run / "stopped.json").read_text()) == {"step": 0, "signal": "SIGTERM"}
