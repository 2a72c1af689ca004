"""Both of lm-evaluation-harness's ways to the same model, on local tasks; prints what each made of every item.

run_harness.py TASKS_FOLDER MODEL_FOLDER SERVER_URL TASK...   (the server's token in OPENAI_API_KEY)
"""

import json
import sys

from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

tasks_folder, model, url, *names = sys.argv[1:]
backends = {
    # Its other way adds no begin token unless told to.
    "hf": f"pretrained={model},dtype=float32,device=cpu,add_bos_token=False",
    "local-completions": f"model={model},tokenizer={model},base_url={url}/completions,max_length=255",
}
report = {}
for backend, arguments in backends.items():
    result = simple_evaluate(
        model=backend,
        model_args=arguments,
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
        }
        for name in names
    }
print(json.dumps(report))
