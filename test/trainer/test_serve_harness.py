"""lm-evaluation-harness drives the server and finds what it finds by itself with the same model."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from served_models import SENTENCES, environment, served, write_model

TASKS = {
    # The answer's whole text, as in the paper; the same with the letters; and a text from its first token on.
    "full_text": {
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}} the answer is:",
        "doc_to_choice": "{{options}}",
        "doc_to_target": "{{answer}}",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
    },
    "letters": {
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}} (A) {{options[0]}} (B) {{options[1]}} (C) {{options[2]}}",
        "doc_to_choice": ["A", "B", "C"],
        "doc_to_target": "{{answer}}",
        "metric_list": [{"metric": "acc"}],
    },
    "whole_text": {
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "{{question}}",
        "metric_list": [{"metric": "bits_per_byte"}],
    },
}


def write_tasks(folder: Path) -> None:
    random = Random(0)
    words = " ".join(SENTENCES).split()

    def text(most: int) -> str:
        return " ".join(random.choices(words, k=random.randint(1, most)))

    questions = [
        {"question": text(20), "options": [text(4) for _ in range(3)], "answer": random.randrange(3)}
        for _ in range(20)
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(question) + "\n" for question in questions))
    for name, task in TASKS.items():
        source = {
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(folder / "questions.jsonl")}},
        }
        (folder / f"{name}.yaml").write_text(
            json.dumps({"task": name, "test_split": "test", **source, **task})
        )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed")
    folder = tmp_path_factory.mktemp("harness")
    write_tasks(folder)
    model = write_model(folder / "model")
    with served(model) as server:
        run = subprocess.run(
            [
                sys.executable,
                Path(__file__).parent / "run_harness.py",
                "hf,local-completions",
                folder,
                model,
                server.ready["url"],
                *TASKS,
            ],
            env=environment()
            | {
                "OPENAI_API_KEY": server.token,
                "HF_HOME": str(folder / "home"),
                "HF_DATASETS_OFFLINE": "1",
                "TOKENIZERS_PARALLELISM": "false",
                "PATH": os.environ["PATH"],
            },
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    assert run.returncode == 0, run.stderr[-4000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("task", TASKS)
def test_log_likelihoods_and_accuracies_are_the_harness_s_own(report: dict, task: str) -> None:
    own, ours = report["hf"][task], report["local-completions"][task]
    assert own["replies"].keys() == ours["replies"].keys() and len(own["replies"]) == 20
    for item, replies in own["replies"].items():
        for (expected,), (actual,) in zip(replies, ours["replies"][item], strict=True):
            if task == "whole_text":
                expected, actual = (expected, True), (actual, True)
            assert float(actual[0]) == pytest.approx(float(expected[0]), abs=1e-4)
            assert actual[1] == expected[1]
    assert ours["metrics"] == pytest.approx(own["metrics"], abs=1e-5)
    if task != "whole_text":
        assert ours["metrics"]["acc,none"] == own["metrics"]["acc,none"]
