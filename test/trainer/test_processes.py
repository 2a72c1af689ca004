"""What several processes do: the same as one, and an end that is clean or says why."""

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import (
    MIXTRAL,
    ROOT,
    TIMEOUT_SECONDS,
    environment,
    has_steps,
    last_error,
    lines,
    losses,
    make_run,
    start,
    tiny_config,
    train_here,
    trainer_command,
    wait_until,
)

from trainer.checkpoints import complete_steps
from trainer.processes import Processes


@contextmanager
def two_processes(run: Path) -> Iterator[list[subprocess.Popen]]:
    """The trainer twice without a launcher, so that a test can reach each process; killed at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in range(2):
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
                 "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}  # fmt: skip
        with (run / "stdout.txt").open("a") as output, (run / "stderr.txt").open("a") as error:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "trainer", "train", "--run", str(run)],
                    cwd=ROOT,
                    env=environment() | place,
                    stdout=output,
                    stderr=error,
                )
            )
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_two_processes_compute_what_one_does(alone: Processes, mixture: list[dict], samples: Path, tmp_path: Path) -> None:
    """Plain, with a router, with noise on unequally supervised rows, and resumed with another number."""
    instruct = [{"domain": "instruct", "path": str(samples), "weight": 1}]
    held_out = [{"domain": "clinical", "path": mixture[0]["path"], "rows": 7}]
    noisy = {"data__sampleUnit": "document", "data__documentAttention": "isolated",
             "neftune": {"alpha": 5, "formula": "jain", "lengthOf": "document"}}  # fmt: skip
    router = {**MIXTRAL, "optimization__routerLossCoefficient": 0.02}
    cases = {
        "plain": tiny_config(mixture, data__heldOut=held_out, optimization__rowsPerMicroBatch=2),
        "mixtral-off": tiny_config(mixture, **router | {"optimization__routerLossCoefficient": 0}),
        "mixtral-on": tiny_config(mixture, **router, compute__activationCheckpointing=True),
        "neftune": tiny_config(instruct, **noisy, optimization__rowsPerMicroBatch=2),
        "from-one-to-two": tiny_config(mixture, checkpoint__everySteps=4, checkpoint__keepLast=3),
        "from-two-to-one": tiny_config(mixture, checkpoint__everySteps=4, checkpoint__keepLast=3),
    }
    one = {name: train_here(make_run(tmp_path / "one" / name, config), alone) for name, config in cases.items()}
    two = {name: make_run(tmp_path / "two" / name, config) for name, config in cases.items()}
    begun = two["from-one-to-two"]
    shutil.copytree(one["from-one-to-two"], begun, dirs_exist_ok=True)
    shutil.rmtree(begun / "checkpoints/10")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*launch, str(Path(__file__).with_name("train_many.py")), *map(str, two.values())],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    back = two["from-two-to-one"]
    shutil.rmtree(back / "checkpoints/10")
    train_here(back, alone, resume=True)
    for name in cases:
        steps = [line["step"] for line in lines(two[name], "train")]
        assert steps == list(range(1, 11)), name
        bound = 1e-4 if name.startswith("mixtral") else 5e-6
        difference = max(abs(a - b) for a, b in zip(losses(one[name]), losses(two[name])))
        assert difference < bound, f"{name}: {difference}"
        for a, b in zip(lines(one[name], "train"), lines(two[name], "train")):
            assert b["tokens_seen"] == a["tokens_seen"]
            assert b["supervised_tokens"] == a["supervised_tokens"]
            assert b["grad_norm"] == pytest.approx(a["grad_norm"], rel=1e-3)
    assert [line["world_size"] for line in lines(begun, "train")] == [1] * 8 + [2] * 2
    assert [line["world_size"] for line in lines(back, "train")] == [2] * 8 + [1] * 2
    for a, b in zip(lines(one["plain"], "eval"), lines(two["plain"], "eval"), strict=True):
        assert a["loss"] == pytest.approx(b["loss"], abs=5e-6)
    assert lines(two["mixtral-on"], "train")[-1]["aux_loss"] == pytest.approx(
        lines(one["mixtral-on"], "train")[-1]["aux_loss"], abs=1e-4
    )


def test_killed_after_a_save_the_remaining_losses_are_bit_identical(
    alone: Processes, mixture: list[dict], tmp_path: Path
) -> None:
    config = tiny_config(
        mixture, optimization__steps=24, optimization__rowsPerMicroBatch=1, checkpoint__everySteps=5
    )
    killed = make_run(tmp_path / "killed", config)
    process = start(killed)
    try:
        wait_until(lambda: complete_steps(killed / "checkpoints") and has_steps(killed, 7), process, killed)
    finally:
        process.kill()
        process.wait()
    reached = len(losses(killed))
    assert reached < 24
    whole = losses(train_here(make_run(tmp_path / "whole", config), alone))
    resumed = complete_steps(killed / "checkpoints")[-1]
    train_here(killed, alone, resume=True)
    assert [line["step"] for line in lines(killed, "train")] == list(range(1, 25))
    assert losses(killed) == whole
    assert lines(killed, "train")[resumed]["attempt"] == 2
    assert lines(killed, "train")[resumed - 1]["attempt"] == 1


def test_a_signal_to_one_process_saves_and_ends_all(mixture: list[dict], tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_config(mixture, optimization__steps=100_000))
    with two_processes(run) as processes:
        wait_until(lambda: has_steps(run, 3), processes[0], run)
        processes[1].send_signal(signal.SIGTERM)
        codes = [process.wait(TIMEOUT_SECONDS) for process in processes]
    assert codes == [0, 0], (run / "stderr.txt").read_text()[-4000:]
    stopped = json.loads((run / "stopped.json").read_text())
    assert stopped == {"step": len(losses(run)), "signal": "SIGTERM"}
    assert complete_steps(run / "checkpoints") == [stopped["step"]]
    assert lines(run, "event")[-1]["event"] == "stopped"


def test_a_process_that_dies_ends_the_other_with_an_error(mixture: list[dict], tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_config(mixture, optimization__steps=100_000, checkpoint__everySteps=3))
    with two_processes(run) as processes:
        wait_until(lambda: complete_steps(run / "checkpoints"), processes[0], run)
        processes[1].kill()
        assert processes[0].wait(TIMEOUT_SECONDS) == 1
    assert last_error(run)["rank"] == 0
    assert complete_steps(run / "checkpoints"), "what was saved stands"
    assert not (run / "stopped.json").exists()


def test_a_full_disk_ends_the_run_and_leaves_nothing_unfinished(mixture: list[dict], tmp_path: Path) -> None:
    """A limit of 200 to 400 kB on each file, by the shell, stands for the disk: the checkpoint has 490 kB."""
    config = tiny_config(mixture, optimization__steps=1000, checkpoint__everySteps=2)
    full = make_run(tmp_path / "full", config)
    with (full / "stderr.txt").open("w") as error:
        process = subprocess.Popen(
            ["sh", "-c", 'ulimit -f 400; exec "$@"', "sh", *trainer_command(full, 1)],
            cwd=ROOT,
            env=environment(),
            stderr=error,
        )
        try:
            assert process.wait(TIMEOUT_SECONDS) == 1
        finally:
            process.kill()
    failure = last_error(full)
    assert failure["name"] == "CheckpointError"
    assert "cannot be written" in failure["message"]
    assert "GiB free" in failure["message"]
    assert list((full / "checkpoints").iterdir()) == [], "nothing unfinished is left to fill the disk"
    assert len(losses(full)) < 10, "it does not train on without being able to save"
