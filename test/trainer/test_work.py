"""Many runs in one process: each as it is by itself, a failure that ends none of the others, an end with its parent."""

import json
import subprocess
import sys
import time

from support import ROOT, environment, lines, losses, make_run, tiny_config, train


def start() -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "trainer", "work"],
        cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip


def ask(process: subprocess.Popen, *words: str) -> dict:
    process.stdin.write(json.dumps(words) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def test_runs_one_after_another_are_as_by_themselves(mixture, tmp_path):
    first, second, alone = (
        make_run(tmp_path / name, tiny_config(mixture, seed=seed, optimization__steps=4))
        for name, seed in (("first", 1), ("second", 2), ("alone", 2))
    )
    process = start()
    try:
        assert ask(process, "train", "--run", str(first)) == {"done": ["train", "--run", str(first)]}
        wrong = ask(process, "train", "--run", str(tmp_path / "nowhere"))
        assert wrong["of"] == ["train", "--run", str(tmp_path / "nowhere")]
        assert "nowhere" in wrong["error"]["message"]
        assert "one of train, export" in ask(process, "serve", "--model", "x")["error"]["message"]
        assert ask(process, "train")["error"]["name"] == "SystemExit"
        assert "done" in ask(process, "train", "--run", str(second))
        checkpoint, output = str(second / "checkpoints" / "4"), tmp_path / "model"
        assert "done" in ask(process, "export", "--checkpoint", checkpoint, "--output", str(output))
        assert (output / "model.safetensors").is_file()
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
    train(alone)
    assert losses(second) == losses(alone) != losses(first)


def test_it_ends_when_its_parent_is_gone_at_once(mixture, tmp_path):
    run = make_run(tmp_path / "run", tiny_config(mixture, optimization__steps=100_000, checkpoint__everySteps=5))
    process = start()
    try:
        process.stdin.write(json.dumps(["train", "--run", str(run)]) + "\n")
        process.stdin.flush()
        until = time.monotonic() + 120
        while not list(run.glob("checkpoints/*/COMPLETE")):
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.05)
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
    assert not (run / "stopped.json").exists()
    assert lines(run, "train")[-1]["step"] < 100_000
