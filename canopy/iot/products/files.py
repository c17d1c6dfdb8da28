"""A product's rows as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from canopy.iot.products.contents import Row

CSV, PARQUET = "text/csv; charset=utf-8", "application/vnd.apache.parquet"
_TYPES = {
    "datastream": pa.int64(), "thing": pa.int64(), "readings": pa.int64(), "things": pa.int64(),
    "start": pa.timestamp("us", "UTC"), "phenomenon_time": pa.timestamp("us", "UTC"),
    **dict.fromkeys(("result", "low", "mean", "high", "longitude", "latitude"), pa.float64()),
}  # fmt: skip
"""Of columns that are no texts."""


def csv_parts(columns: Sequence[str], parts: Iterable[list[Row]]) -> Iterator[tuple[int, bytes]]:
    """(how many rows, their bytes): the heading first, with none."""
    yield 0, _written([tuple(columns)])
    for part in parts:
        yield len(part), _written(part)


def _written(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"  # a spreadsheet would take it for a formula
    return value


def write_parquet(
    file: IO[bytes], columns: Sequence[str], parts: Iterable[list[Row]], about: dict[str, str]
) -> int:
    """Write a Parquet file, with `about` in its metadata; how many rows it has."""
    fields = [pa.field(name, _TYPES.get(name, pa.string())) for name in columns]
    schema = pa.schema(fields, metadata=about)
    number = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for part in parts:
            by_column = zip(*part, strict=True)
            arrays = [
                pa.array(list(values), type=each.type)
                for values, each in zip(by_column, fields, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            number += len(part)
    return number
