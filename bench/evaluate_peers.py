"""lm-evaluation-harness as a peer of `scoreQuestions`, and the model that both ask.

    python evaluate_peers.py model FOLDER     a random Mistral beside the tokenizer that FOLDER holds
    python evaluate_peers.py harness TASK.json MODEL SERVER_URL BATCH_SIZE CONCURRENCY

The harness prints a line when it is loaded, then, for each line that it reads, the seconds that all requests took
(encoding included, the task's own preparation and metrics not) and the accuracy.
"""

import json
import os
import sys
import time
from pathlib import Path


def write_model(folder: Path) -> None:
    import torch
    from transformers import AutoTokenizer, MistralConfig, MistralForCausalLM

    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=len(AutoTokenizer.from_pretrained(folder)),
        hidden_size=256,
        intermediate_size=688,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        sliding_window=None,
    )
    MistralForCausalLM(config).save_pretrained(folder)


def run_harness(task_path: Path, model: str, url: str, batch_size: int, concurrency: int) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.models.openai_completions import LocalCompletionsAPI
    from lm_eval.tasks import TaskManager

    client = LocalCompletionsAPI(
        base_url=f"{url}/completions",
        model=model,
        tokenizer=model,
        batch_size=batch_size,
        num_concurrent=concurrency,
        max_length=2048,
    )
    manager = TaskManager(include_path=str(task_path.parent), include_defaults=False)
    seconds: list[float] = []
    ask = client.loglikelihood

    def timed(requests: list, **options: object) -> list:
        started = time.perf_counter()
        replies = ask(requests, **options)
        seconds.append(time.perf_counter() - started)
        return replies

    client.loglikelihood = timed
    name = json.loads(task_path.read_text())["task"]
    print("ready", flush=True)
    for _ in sys.stdin:
        result = simple_evaluate(client, tasks=[name], task_manager=manager, bootstrap_iters=0)
        print(json.dumps({"seconds": seconds[-1], "accuracy": result["results"][name]["acc,none"]}), flush=True)


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if sys.argv[1] == "model":
        write_model(Path(sys.argv[2]))
    else:
        task, model, url, batch_size, concurrency = sys.argv[2:]
        run_harness(Path(task), model, url, int(batch_size), int(concurrency))
