"""Our trainer and transformers' on a run folder's model and rows, step about in one process.

train_peers.py RUN_FOLDER WARM_UP_STEPS
Prints the CPU seconds of each one's steps after warm-up. In turn they meet the same machine, whatever else it does.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread
from types import SimpleNamespace

import torch
import transformers

from trainer.processes import join_processes
from trainer.rows import TrainingRows
from trainer.sharding import network_config
from trainer.training import Training


class Turns:
    """One of several threads runs at a time: it takes a step, which is timed, and the next has its turn."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.turn, self.changed = names, 0, Condition()
        self.seconds: dict[str, list[float]] = {name: [] for name in names}
        self.started = 0.0

    def begin(self, name: str) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.names[self.turn] == name)
        self.started = time.process_time()

    def end_step(self, name: str) -> None:
        self.seconds[name].append(time.process_time() - self.started)
        with self.changed:
            self.turn = (self.turn + 1) % len(self.names)
            self.changed.notify_all()
        self.begin(name)

    def leave(self, name: str) -> None:
        with self.changed:
            self.names.remove(name)
            self.turn = 0
            self.changed.notify_all()


def ours(run: Path, config: dict, end_step: Callable[[], None]) -> None:
    class Timed(Training):
        def record(self, *arguments: object) -> None:
            super().record(*arguments)
            end_step()

    never = SimpleNamespace(flags=lambda: [0.0, 0.0])
    Timed(run, config, join_processes("cpu"), never, resume=False).run()


def peer(run: Path, config: dict, end_step: Callable[[], None]) -> None:
    """Its rows are in memory before it begins."""

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            end_step()

    optimization = config["optimization"]
    settings = network_config(config)
    rows = TrainingRows(config, settings.vocab_size)
    batches = [batch for step in range(optimization["steps"]) for batch in rows.step(step, 0, 1)]
    data = [
        {"input_ids": inputs, "labels": targets}
        for batch in batches
        for inputs, targets in zip(batch.inputs_BL, batch.targets_BL)
    ]
    with tempfile.TemporaryDirectory() as folder:
        transformers.Trainer(
            model=transformers.AutoModelForCausalLM.from_config(settings, dtype=torch.float32),
            train_dataset=data,
            callbacks=[Clock()],
            args=transformers.TrainingArguments(
                output_dir=folder,
                max_steps=optimization["steps"],
                per_device_train_batch_size=optimization["rowsPerMicroBatch"],
                gradient_accumulation_steps=optimization["rowsPerStep"] // optimization["rowsPerMicroBatch"],
                learning_rate=optimization["learningRate"],
                lr_scheduler_type="cosine",
                weight_decay=optimization["weightDecay"],
                max_grad_norm=optimization["gradientClipping"],
                logging_steps=1,
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
            ),
        ).train()


def main() -> None:
    run, warm_up = Path(sys.argv[1]), int(sys.argv[2])
    config = json.loads((run / "train.config.json").read_text())
    torch.set_num_threads(1)
    loops = {"ours": ours, "transformers": peer}
    turns = Turns(list(loops))

    def take_part(name: str) -> None:
        try:
            turns.begin(name)
            loops[name](run, config, lambda: turns.end_step(name))
        finally:
            turns.leave(name)

    threads = [Thread(target=take_part, args=[name]) for name in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({name: seconds[warm_up:] for name, seconds in turns.seconds.items()}))


main()
