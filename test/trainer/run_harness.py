"""lm-evaluation-harness's ways to the same model, on local tasks; prints what each made of every item.

run_harness.py BACKENDS TASKS_FOLDER MODEL_FOLDER SERVER_URL TASK...   (the server's token in OPENAI_API_KEY)

BACKENDS is hf, local-completions or hf,local-completions.
"""

import json
import sys
from pathlib import Path

from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

chosen, tasks_folder, model, url, *names = sys.argv[1:]
# One token is generated after each prompt.
max_length = json.loads((Path(model) / "config.json").read_text())["max_position_embeddings"] - 1
backends = {
    # Its other way adds no begin token unless told to.
    "hf": f"pretrained={model},dtype=float32,device=cpu,add_bos_token=False",
    "local-completions": f"model={model},tokenizer={model},base_url={url}/completions,max_length={max_length}",
}
report = {}
for backend in chosen.split(","):
    result = simple_evaluate(
        model=backend,
        model_args=backends[backend],
        tasks=names,
        task_manager=TaskManager(include_path=tasks_folder, include_defaults=False),
        batch_size=4,
        bootstrap_iters=0,
        log_samples=True,
    )
    report[backend] = {
        name: {
            "metrics": {
                key: value for key, value in result["results"][name].items() if isinstance(value, float)
            },
            "replies": {sample["doc_id"]: sample["resps"] for sample in result["samples"][name]},
            "scores": {
                sample["doc_id"]: {metric: sample[metric] for metric in sample["metrics"]}
                for sample in result["samples"][name]
            },
        }
        for name in names
    }
print(json.dumps(report))
