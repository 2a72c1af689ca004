"""Our loop against transformers' own Trainer: the same weights, rows and schedule give the same losses."""

from pathlib import Path

import pytest
import torch
import transformers
from served_models import write_model
from support import MIXTRAL, VOCABULARY, lines, losses, make_run, tiny_config

from trainer.processes import Processes
from trainer.rows import TrainingRows
from trainer.schedule import learning_rate
from trainer.signals import StopRequest
from trainer.training import Training

STEPS = 10
# Router loss off: transformers takes it over a micro-batch as a whole, we over each row.
MODELS = {"mistral": {}, "mixtral": MIXTRAL | {"optimization__routerLossCoefficient": 0}}
SHAPES = {"mistral": {}, "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2}}


class PeerTrainer(transformers.Trainer):
    """transformers' Trainer with our rates, reading rows in their order, its losses kept before they are rounded."""

    def __init__(self, optimization: dict, **options: object) -> None:
        super().__init__(**options)
        self.optimization = optimization
        self.micro_batch_losses: list[float] = []
        self.rates: list[float] = []

    def create_scheduler(self, num_training_steps: int, optimizer=None):
        maximum = self.optimization["learningRate"]
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer or self.optimizer,
            lambda step: learning_rate(min(step, STEPS - 1), self.optimization) / maximum,
        )
        return self.lr_scheduler

    def _get_train_sampler(self, *_: object):
        return None

    def training_step(self, *arguments: object, **options: object) -> torch.Tensor:
        loss = super().training_step(*arguments, **options)
        self.micro_batch_losses.append(float(loss))
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        return loss


def rows_for_peer(config: dict) -> list[dict]:
    """The run's rows as transformers takes them: a label belongs to its own token, and predicts nothing at first."""
    read = TrainingRows(config, VOCABULARY)
    rows = []
    for step in range(STEPS):
        for batch in read.step(step, rank=0, world_size=1):
            for inputs, targets in zip(batch.inputs_BL.tolist(), batch.targets_BL.tolist()):
                rows.append({"input_ids": [*inputs, max(targets[-1], 0)], "labels": [-100, *targets]})
    return rows


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("supervised", ["every token", "some tokens, unevenly"])
def test_losses_are_those_of_transformers_trainer(
    kind: str, supervised: str, alone: Processes, mixture: list[dict], samples: Path, tmp_path: Path
) -> None:
    weights = write_model(tmp_path / "weights", kind.capitalize(), vocab_size=VOCABULARY, **SHAPES[kind])
    train = mixture
    changes = MODELS[kind]
    if supervised != "every token":
        train = [{"domain": "instruct", "path": str(samples), "weight": 1}]
        changes = {**changes, "data__sampleUnit": "document"}
    config = tiny_config(train, **changes, optimization__steps=STEPS)
    config["model"] |= {"initializeFrom": {"kind": "safetensors", "path": str(weights)}, "shape": None}
    optimization = config["optimization"]
    run = make_run(tmp_path / "run", config)
    Training(run, config, alone, StopRequest(), resume=False).run()

    peer = PeerTrainer(
        optimization,
        model=transformers.AutoModelForCausalLM.from_pretrained(weights, dtype=torch.float32),
        train_dataset=rows_for_peer(config),
        args=transformers.TrainingArguments(
            output_dir=str(tmp_path / "peer"),
            max_steps=STEPS,
            per_device_train_batch_size=optimization["rowsPerMicroBatch"],
            gradient_accumulation_steps=optimization["rowsPerStep"] // optimization["rowsPerMicroBatch"],
            learning_rate=optimization["learningRate"],
            adam_beta1=optimization["betas"][0],
            adam_beta2=optimization["betas"][1],
            adam_epsilon=optimization["epsilon"],
            weight_decay=optimization["weightDecay"],
            max_grad_norm=optimization["gradientClipping"],
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        ),
    )
    peer.train()
    micro_batches = optimization["rowsPerStep"] // optimization["rowsPerMicroBatch"]
    expected = torch.tensor(peer.micro_batch_losses).view(STEPS, micro_batches).sum(dim=1)
    torch.testing.assert_close(torch.tensor(losses(run)), expected, atol=1e-5, rtol=0)
    # The losses move, and by clipped steps: a loop that did nothing would not pass.
    assert abs(losses(run)[0] - losses(run)[-1]) > 0.05
    assert max(line["grad_norm"] for line in lines(run, "train")) > optimization["gradientClipping"]
    assert peer.rates[::micro_batches] == pytest.approx([line["lr"] for line in lines(run, "train")])
