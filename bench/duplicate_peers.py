"""What the Python peers of near-duplicate removal take: one peer, one file, one JSON line of CPU seconds.

    python duplicate_peers.py signatures PEER FILE BANDS ROWS DOCUMENTS
    python duplicate_peers.py deduplicate gaoya FILE BANDS ROWS OUTPUT

CPU seconds count every thread of the process; signatures without start and reading, removal with both.
"""

import json
import re
import sys
import time

words_of = re.compile(r"[^\W_]+").findall


def shingles_of(text: str) -> set[str]:
    words = words_of(text.lower())
    if len(words) < 5:
        return {" ".join(words)} if words else set()
    return {" ".join(words[place : place + 5]) for place in range(len(words) - 4)}


def rensa_signer(hashes: int, _bands: int, _rows: int):
    from rensa import RMinHash

    def sign(text: str) -> None:
        signature = RMinHash(num_perm=hashes, seed=1)
        signature.update(list(shingles_of(text)))
        signature.digest()

    return sign


def rensa_circulant_signer(hashes: int, _bands: int, _rows: int):
    from rensa import CMinHash

    def sign(text: str) -> None:
        signature = CMinHash(num_perm=hashes, seed=1)
        signature.update(list(shingles_of(text)))
        signature.digest()

    return sign


def datasketch_signer(hashes: int, _bands: int, _rows: int):
    from datasketch import MinHash

    # Its permutations are drawn once; the documents' sketches start from copies, as its own bulk method does.
    empty = MinHash(num_perm=hashes, seed=1)

    def sign(text: str) -> None:
        signature = empty.copy()
        signature.update_batch([shingle.encode() for shingle in shingles_of(text)])

    return sign


def datatrove_signer(_hashes: int, bands: int, rows: int):
    import numpy
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.hashing import create_hash_func

    step = MinhashDedupSignature.__new__(MinhashDedupSignature)
    step.config = MinhashConfig(num_buckets=bands, hashes_per_bucket=rows)
    step.num_hashes = bands * rows
    step._parameters = None
    hash_of = create_hash_func(step.config.hash_config)

    def sign(text: str) -> None:
        # Its own word splitter is a language model; a regular expression is much faster.
        hashes = [hash_of(shingle) for shingle in shingles_of(text)]
        step.get_signature(numpy.array(hashes, dtype=numpy.uint64).reshape((-1, 1)))

    return sign


signers = {
    "rensa": rensa_signer,
    "rensa C-MinHash": rensa_circulant_signer,
    "datasketch": datasketch_signer,
    "datatrove": datatrove_signer,
}


def time_signatures(
    peer: str, path: str, bands: int, rows: int, documents: int
) -> dict:
    with open(path, encoding="utf8") as file:
        texts = [
            json.loads(line)["text"]
            for line, _ in zip(file, range(documents), strict=False)
        ]
    sign = signers[peer](bands * rows, bands, rows)
    sign(texts[0])
    started = time.process_time()
    for text in texts:
        sign(text)
    seconds = time.process_time() - started
    return {
        "seconds": seconds,
        "bytes": sum(len(text.encode()) for text in texts),
        "documents": len(texts),
    }


def deduplicate_with_gaoya(path: str, bands: int, rows: int, output: str) -> dict:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, 0.85, bands, rows, None, "word", True, (5, 5), "vec")
    with open(path, encoding="utf8") as file:
        lines = file.readlines()
    texts = [json.loads(line)["text"] for line in lines]
    for number, text in enumerate(texts):
        index.insert_document(number, text)
    parent = list(range(len(texts)))

    def find(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for number, text in enumerate(texts):
        for other in index.query(text):
            one, two = find(number), find(other)
            parent[max(one, two)] = min(one, two)
    with open(output, "w", encoding="utf8") as file:
        file.writelines(
            line for number, line in enumerate(lines) if find(number) == number
        )
    kept = sum(find(number) == number for number in range(len(texts)))
    return {
        "seconds": time.process_time(),
        "documents": len(texts),
        "removed": len(texts) - kept,
    }


def main() -> None:
    task, peer, path, bands, rows, last = sys.argv[1:]
    if task == "signatures":
        result = time_signatures(peer, path, int(bands), int(rows), int(last))
    else:
        result = deduplicate_with_gaoya(path, int(bands), int(rows), last)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
