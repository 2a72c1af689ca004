"""Write the golden files of this folder with pyarrow: `python make-golden.py`, pyarrow 26.0.1."""

import datetime
import decimal
import json
import pathlib

import pyarrow
import pyarrow.feather
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).parent
ROWS = 20


def column(value_of, type_):
    """Values of rows 0 to ROWS - 1, with a null every eleventh row."""
    return pyarrow.array([None if row % 11 == 5 else value_of(row) for row in range(ROWS)], type_)


def instant(row):
    return datetime.datetime(2020, 1, 1, 0, 0, 0, 123456) + datetime.timedelta(seconds=row)


table = pyarrow.table(
    {
        "id": pyarrow.array(range(ROWS), pyarrow.int64()),
        "small": column(lambda row: row - 50, pyarrow.int8()),
        "big": column(lambda row: 2**53 + 1 + row, pyarrow.int64()),
        "unsigned": column(lambda row: 2**63 + row, pyarrow.uint64()),
        "score": column(lambda row: row / 7, pyarrow.float64()),
        "single": column(lambda row: row / 4, pyarrow.float32()),
        "flag": column(lambda row: row % 3 == 0, pyarrow.bool_()),
        "text": column(lambda row: f"abstract {row % 5} é 🫀 " * (row % 7), pyarrow.string()),
        "source": column(lambda row: ["pubmed", "pmc"][row % 2], pyarrow.string()).dictionary_encode(),
        "day": column(
            lambda row: datetime.date(1960, 1, 1) + datetime.timedelta(days=row * 37),
            pyarrow.date32(),
        ),
        "at": column(instant, pyarrow.timestamp("us")),
        "at_utc": column(lambda row: instant(row).replace(microsecond=1000), pyarrow.timestamp("ms", tz="UTC")),
        "amount": column(lambda row: decimal.Decimal(row * 123) / 100, pyarrow.decimal128(12, 2)),
        "bytes": column(lambda row: bytes([row, 0, 255]), pyarrow.binary()),
        "labels": column(
            lambda row: ["a"] * (row % 3) + [None] if row % 4 else [],
            pyarrow.list_(pyarrow.string()),
        ),
        "vector": column(lambda row: [row, 0.5], pyarrow.list_(pyarrow.float32(), 2)),
        "meta": column(
            lambda row: {"year": 1990 + row % 9, "journal": None if row % 4 == 1 else f"J{row % 3}"},
            pyarrow.struct([("year", pyarrow.int32()), ("journal", pyarrow.string())]),
        ),
        "mesh": column(lambda row: [(f"k{row % 3}", row)], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    }
)


def as_json(value):
    """What JSON has no sign for."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


rows = table.to_pylist()
for row in rows:
    for name in ("big", "unsigned"):
        row[name] = None if row[name] is None else str(row[name])
(FOLDER / "types.json").write_text(json.dumps(rows, default=as_json, separators=(",", ":")))

pyarrow.feather.write_feather(table, str(FOLDER / "types-lz4.feather"), compression="lz4", chunksize=12)
pyarrow.feather.write_feather(table, str(FOLDER / "types-zstd.arrow"), compression="zstd", chunksize=12)
with pyarrow.ipc.new_stream(str(FOLDER / "types-plain.arrows"), table.schema) as stream:
    stream.write_table(table)
pyarrow.parquet.write_table(table, FOLDER / "types.parquet", compression="zstd", row_group_size=12)
