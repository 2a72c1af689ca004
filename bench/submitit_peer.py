"""submitit in a process that stays: for each line on stdin, "submit" or "status", prints the seconds that it took.

submitit_peer.py FOLDER
"""

import sys
import time
from pathlib import Path

import submitit


def work() -> int:
    return 1


def main(folder: Path) -> None:
    executor = submitit.SlurmExecutor(folder=folder, max_num_timeout=3)
    executor.update_parameters(nodes=1, ntasks_per_node=1, cpus_per_task=1, time=5)
    jobs: list[submitit.Job] = []
    for line in sys.stdin:
        begun = time.perf_counter()
        if line.strip() == "submit":
            jobs.append(executor.submit(work))
        else:
            state = jobs[-1].get_info(mode="force").get("State", "")
            if not state:
                raise SystemExit("submitit does not see its job")
        print(time.perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
