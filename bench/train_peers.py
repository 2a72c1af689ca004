"""One trainer on a run folder's model and rows; prints the CPU seconds of the steps after warm-up.

train_peers.py ours|transformers RUN_FOLDER WARM_UP_STEPS
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import torch
import transformers

from trainer.processes import join_processes
from trainer.rows import TrainingRows
from trainer.sharding import network_config
from trainer.signals import StopRequest
from trainer.training import Training


def ours(run: Path, config: dict) -> list[float]:
    """CPU time of this process at the end of each step."""
    ends: list[float] = []

    class Timed(Training):
        def record(self, *arguments: object) -> None:
            super().record(*arguments)
            ends.append(time.process_time())

    Timed(run, config, join_processes("cpu"), StopRequest(), resume=False).run()
    return ends


def peer(run: Path, config: dict) -> list[float]:
    """The same of transformers' Trainer, its rows in memory before it begins."""
    ends: list[float] = []

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            ends.append(time.process_time())

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
    return ends


who, folder, warm_up = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
settings = json.loads((folder / "train.config.json").read_text())
ends = {"ours": ours, "transformers": peer}[who](folder, settings)
print(json.dumps({"seconds": ends[-1] - ends[warm_up - 1]}))
