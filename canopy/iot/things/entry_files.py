"""Datastreams to be registered, from a CSV file: every error names its row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from canopy.errors import BadSource, ImportRefused
from canopy.iot.things.entries import Fault, StreamEntry, faults_of

MAX_BYTES = 20_000_000
MAX_ROWS = 50_000
MAX_TOLD = 20

_NUMBERS = frozenset(
    "low high expected_low expected_high longitude latitude height_m".split()
)  # fmt: skip
_WHOLE = frozenset(("interval_s", "retention_days"))
COLUMNS = StreamEntry.__struct_fields__
REQUIRED = ("asset", "stream", "observed_property", "definition")
Numbered = tuple[int, StreamEntry]
"""A row's number in its file, from 2 on, and what it says; 0 where there is no file."""


def read_entries(path: Path) -> list[Numbered]:
    """The entries of a file.

    Raises BadSource where it cannot be read as CSV with the documented columns, ImportRefused
    with every wrong field.
    """
    rows = _rows(path)
    headings = _headings(path, rows)
    entries: list[Numbered] = []
    faults: list[Fault] = []
    for number, row in rows[1:]:
        if not any(cell.strip() for cell in row):
            continue
        entry, wrong = _entry(number, dict(zip(headings, row, strict=False)))
        if len(row) > len(headings):
            wrong.append(Fault(number, headings[-1], "more cells follow than there are headings"))
        faults += wrong
        if entry is not None:
            entries.append((number, entry))
    refuse(path.name, faults)
    return entries


def refuse(name: str, faults: Sequence[Fault]) -> None:
    """Raises ImportRefused where something is wrong."""
    if not faults:
        return
    told = [each.sentence() for each in sorted(faults, key=lambda each: each.row)[:MAX_TOLD]]
    more = f"; and {len(faults) - MAX_TOLD:,} more" if len(faults) > MAX_TOLD else ""
    raise ImportRefused(f"{name}: {'; '.join(told)}{more}. Nothing was written.")


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadSource(f"{path} has {size:,} bytes; at most {MAX_BYTES:,} are read.")
        written = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSource(
            f"{path.name} is not UTF-8 (byte {error.start:,}); save it as CSV in UTF-8."
        ) from error
    reader = csv.reader(io.StringIO(written, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, row in enumerate(reader, 1):
            rows.append((number, row))
            if number > MAX_ROWS + 1:
                raise BadSource(f"{path.name} has over {MAX_ROWS:,} rows; split it.")
    except csv.Error as error:
        raise BadSource(f"{path.name}: row {len(rows) + 1} is no CSV: {error}.") from error
    return rows


def _headings(path: Path, rows: list[tuple[int, list[str]]]) -> list[str]:
    if len(rows) < 2:
        raise BadSource(f"{path.name} has no rows below its headings.")
    headings = [cell.strip().lower() for cell in rows[0][1]]
    unknown = [each for each in headings if each not in COLUMNS]
    if unknown:
        raise BadSource(
            f"{path.name}: row 1: {unknown[0]!r} is no column. They are {', '.join(COLUMNS)}."
        )
    twice = [each for each in headings if headings.count(each) > 1]
    if twice:
        raise BadSource(f"{path.name}: row 1: there are two columns {twice[0]!r}.")
    missing = [each for each in REQUIRED if each not in headings]
    if missing:
        raise BadSource(f"{path.name}: row 1: the column {missing[0]!r} is missing.")
    return headings


def _entry(number: int, cells: dict[str, str]) -> tuple[StreamEntry | None, list[Fault]]:
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for column, cell in cells.items():
        text = cell.strip()
        if not text and column not in REQUIRED:
            continue  # as if the column were not there
        try:
            values[column] = _reader(column)(text)
        except ValueError:
            kind = "whole number" if column in _WHOLE else "number"
            faults.append(Fault(number, column, f"{text[:60]!r} is no {kind}"))
    for column in REQUIRED:
        values.setdefault(column, "")
    entry = StreamEntry(**values)  # type: ignore[arg-type]
    faults += faults_of(entry, number)
    return (None if faults else entry), faults


def _reader(column: str) -> Callable[[str], object]:
    if column in _WHOLE:
        return int
    return float if column in _NUMBERS else str
