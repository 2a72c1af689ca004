"""What a person needs to find why a loss or its gradient is NaN or infinite."""

from torch import Tensor, nn

from trainer.processes import Processes
from trainer.rows import TrainingRows
from trainer.weights import local_part


def explain(
    rows: TrainingRows, network: nn.Module, row_losses: list[tuple[Tensor, Tensor]], processes: Processes
) -> dict:
    """The step's rows, where each came from and the sum of its losses; and which parameters and gradients are bad."""
    pairs = [pair for rows_B, losses_B in row_losses for pair in zip(rows_B.tolist(), losses_B.tolist())]
    own = {
        "rows": [rows.origin(row) | {"lossSum": loss} for row, loss in pairs],
        "badGradients": names_of_bad({name: each.grad for name, each in network.named_parameters()}),
        "badWeights": names_of_bad(dict(network.named_parameters())),
    }
    together = {key: [item for part in processes.gather(own) for item in part[key]] for key in own}
    return {
        "rows": sorted(together["rows"], key=lambda row: row["globalRow"]),
        "badGradients": sorted(set(together["badGradients"])),
        "badWeights": sorted(set(together["badWeights"])),
    }


def names_of_bad(tensors: dict[str, Tensor | None]) -> list[str]:
    """Those whose shard on this process is not finite."""
    return [name for name, each in tensors.items() if each is not None and not local_part(each).isfinite().all()]
