"""What a suffix array with its LCP array takes, and the repeated spans that they give: one JSON line.

python spans_peers.py FILE                          CPU seconds of pydivsufsort's suffix array and LCP array
python spans_peers.py FILE MINIMUM_BYTES SPANS ...  also writes spans as {"id", "start", "end"} lines
"""

import json
import sys
import time

import numpy
from pydivsufsort import divsufsort, kasai

separator = 0xFF


def read_texts(path: str) -> tuple[list[str], numpy.ndarray, numpy.ndarray]:
    """Identifiers, all texts with a separator before, between and after, and where each text begins."""
    ids, parts, starts, position = [], [], [], 1
    with open(path, encoding="utf8") as file:
        for line in file:
            record = json.loads(line)
            text = record["text"].encode()
            ids.append(json.dumps(record["id"], ensure_ascii=False))
            starts.append(position)
            parts.append(text)
            position += len(text) + 1
    edge = bytes([separator])
    joined = edge + b"".join(part + edge for part in parts)
    return ids, numpy.frombuffer(joined, numpy.uint8).copy(), numpy.array(starts)


def covered(
    text: numpy.ndarray, suffixes: numpy.ndarray, lcp: numpy.ndarray, minimum: int
) -> numpy.ndarray:
    """For each byte, whether a window that holds it equals another; a window lies within its text."""
    size = len(text)
    separators = numpy.flatnonzero(text == separator)
    order = suffixes[:-1].astype(numpy.int64)
    room = separators[numpy.searchsorted(separators, order)] - order
    is_alike = numpy.minimum(lcp[: size - 1], room) >= minimum
    edges = numpy.zeros(size + 1, numpy.int32)
    windows = numpy.zeros(size, bool)
    windows[suffixes[:-1][is_alike]] = True
    windows[suffixes[1:][is_alike]] = True
    begins = numpy.flatnonzero(windows)
    edges[begins] += 1
    edges[begins + minimum] -= 1
    return numpy.cumsum(edges)[:size] > 0


def write_spans(
    path: str, ids: list[str], starts: numpy.ndarray, is_covered: numpy.ndarray
) -> None:
    # Texts are apart from each other by a separator, which no span covers.
    changes = numpy.flatnonzero(numpy.diff(is_covered.astype(numpy.int8))) + 1
    with open(path, "w", encoding="utf8") as file:
        for first, end in changes.reshape(-1, 2):
            document = int(numpy.searchsorted(starts, first, side="right")) - 1
            start = starts[document]
            file.write(
                f'{{"id":{ids[document]},"start":{first - start},"end":{end - start}}}\n'
            )


def main() -> None:
    ids, text, starts = read_texts(sys.argv[1])
    started = time.process_time()
    suffixes = divsufsort(text)
    lcp = kasai(text, suffixes)
    seconds = time.process_time() - started
    for minimum, path in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
        write_spans(path, ids, starts, covered(text, suffixes, lcp, int(minimum)))
    print(json.dumps({"seconds": seconds, "bytes": len(text)}))


if __name__ == "__main__":
    main()
