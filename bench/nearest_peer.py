"""Exact nearest neighbours by NumPy: reads the matrix once, then answers a line of JSON for each line of input."""

import json
import sys
import time

import numpy as np


def main() -> None:
    path, dimensions = sys.argv[1], int(sys.argv[2])
    matrix = np.fromfile(path, dtype="<f4").reshape(-1, dimensions)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    for line in sys.stdin:
        request = json.loads(line)
        query = np.array(request["query"], dtype=np.float32)
        started = time.perf_counter()
        similarities = matrix @ (query / np.linalg.norm(query))
        nearest = np.argpartition(-similarities, request["count"])[: request["count"]]
        nearest = nearest[np.argsort(-similarities[nearest], kind="stable")]
        milliseconds = (time.perf_counter() - started) * 1000
        print(json.dumps({"nearest": nearest.tolist(), "milliseconds": milliseconds}), flush=True)


if __name__ == "__main__":
    main()
