"""Files of figures and boundaries, opened within limits."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from canopy.errors import BadSource, LimitExceeded

MAX_FILE_BYTES = 1_000_000_000
MAX_ROWS = 10_000_000


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The text of a file: UTF-8 with or without a mark, else Windows-1252.

    Raises BadSource when there is no such file, LimitExceeded beyond `MAX_FILE_BYTES`.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    if size > MAX_FILE_BYTES:
        raise LimitExceeded(f"{path.name} has {size:,} bytes, over {MAX_FILE_BYTES:,}")
    with path.open(encoding=_encoding(path), newline="") as file:
        yield file


def _encoding(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def sha256_of(path: Path) -> str:
    """Of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the line it ends on, and its values in the table's order."""

    line: int
    values: list[str]


def csv_rows(path: Path, file: TextIO) -> tuple[list[str], Iterator[Row]]:
    """The headings of a CSV file and its rows; blank rows are passed over.

    Raises BadSource for a file without headings, for a row longer or shorter than they are,
    and for text that is no CSV; LimitExceeded beyond `MAX_ROWS`.
    """
    reader = csv.reader(file)
    try:
        headings = [heading.strip() for heading in next(reader)]
    except StopIteration:
        raise BadSource(f"{path.name} is empty") from None
    except csv.Error as error:
        raise BadSource(f"{path.name} is no CSV table: {error}") from error

    def rows() -> Iterator[Row]:
        count = 0
        try:
            for values in reader:
                if not any(values):
                    continue
                count += 1
                if count > MAX_ROWS:
                    raise LimitExceeded(f"{path.name} has over {MAX_ROWS:,} rows")
                if len(values) != len(headings):
                    raise BadSource(
                        f"{path.name}: row {reader.line_num} has {len(values)} values under "
                        f"{len(headings)} headings"
                    )
                yield Row(reader.line_num, values)
        except csv.Error as error:
            raise BadSource(f"{path.name}: row {reader.line_num}: {error}") from error
        except UnicodeDecodeError as error:
            raise BadSource(f"{path.name} is neither UTF-8 nor Windows-1252") from error

    return headings, rows()


def column_of(path: Path, headings: list[str], named: tuple[str, ...]) -> int | None:
    """Where the first of the headings `named` is found, whatever its case and spacing.

    Raises BadSource when two columns carry it.
    """
    folded = [" ".join(heading.split()).casefold() for heading in headings]
    for name in named:
        wanted = " ".join(name.split()).casefold()
        if folded.count(wanted) > 1:
            raise BadSource(f"{path.name} has two columns {name!r}")
        if wanted in folded:
            return folded.index(wanted)
    return None


def required_column(path: Path, headings: list[str], named: tuple[str, ...]) -> int:
    """As `column_of`; raises BadSource, with the headings there are, when there is none."""
    found = column_of(path, headings, named)
    if found is None:
        raise BadSource(
            f"{path.name} has no column {' or '.join(map(repr, named))}; it has: "
            f"{', '.join(headings)[:400]}. Name the column in the mapping"
        )
    return found
