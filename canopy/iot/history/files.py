"""Rows of CSV files, one at a time, out of a file, a ZIP or a folder of them."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from canopy.errors import BadSource
from canopy.iot.history.mapping import HistoryMapping

MAX_LINE_BYTES = 65_536
MAX_FILES = 100_000
MAX_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its place. `number` counts from 1, the headings' row included."""

    file: str
    number: int
    headings: tuple[str, ...]
    cells: list[str]


def read_rows(path: Path, mapping: HistoryMapping) -> Iterator[Row]:
    """Rows below the headings, empty ones left out; never a whole file in memory.

    Raises BadSource where a file is none that can be read so, with its name and row.
    """
    for name, opened in _files(path):
        with opened as stream:
            yield from _rows(name, stream, mapping)


def _files(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        if path.is_dir():
            found = sorted(each for each in path.rglob("*.csv") if each.is_file())
            _check_count(path, len(found))
            for each in found:
                yield str(each.relative_to(path.parent)), each.open("rb")
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = sorted(each for each in archive.namelist() if each.lower().endswith(".csv"))
                _check_count(path, len(names))
                for name in names:
                    yield f"{path.name}/{name}", archive.open(name)
        else:
            yield path.name, path.open("rb")
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise BadSource(f"{path} is no ZIP that can be read: {error}.") from error


def _check_count(path: Path, count: int) -> None:
    if not 1 <= count <= MAX_FILES:
        raise BadSource(f"{path} holds {count:,} CSV files; 1 to {MAX_FILES:,} are read.")


def _rows(name: str, stream: IO[bytes], mapping: HistoryMapping) -> Iterator[Row]:
    reader = csv.reader(
        _lines(name, stream, mapping.encoding),
        delimiter=mapping.separator, strict=True,
        quoting=csv.QUOTE_NONE if mapping.format == "sensor-community" else csv.QUOTE_MINIMAL,
    )  # fmt: skip
    headings: tuple[str, ...] = ()
    number = 0
    while (cells := _next(name, number + 1, reader)) is not None:
        number += 1
        if number == 1:
            headings = _headings(name, cells, mapping)
        elif any(cell.strip() for cell in cells):
            yield Row(name, number, headings, cells)


def _next(name: str, number: int, reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise BadSource(f"{name}: row {number:,} is no CSV: {error}.") from error


def _headings(name: str, cells: list[str], mapping: HistoryMapping) -> tuple[str, ...]:
    headings = tuple(cell.strip() for cell in cells)
    if len(headings) > MAX_COLUMNS:
        raise BadSource(f"{name}: row 1 has {len(headings):,} columns, of {MAX_COLUMNS} allowed.")
    missing = [each for each in mapping.headings() if each not in headings]
    if missing:
        raise BadSource(
            f"{name}: row 1 has no column {missing[0]!r}. It has {', '.join(headings)[:300]}."
        )
    twice = [each for each in mapping.headings() if headings.count(each) > 1]
    if twice:
        raise BadSource(f"{name}: row 1 has two columns {twice[0]!r}.")
    return headings


def _lines(name: str, stream: IO[bytes], encoding: str) -> Iterator[str]:
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadSource(f"{name}: line {number:,} has over {MAX_LINE_BYTES:,} bytes.")
        if number == 1 and encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            raise BadSource(
                f"{name}: line {number:,} is not {encoding} (byte {error.start:,}); declare "
                "another `encoding` in the mapping."
            ) from error
