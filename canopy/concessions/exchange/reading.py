"""The rows of a register's file, read one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from canopy.assets.importers.base import RawBatch, SourceTable
from canopy.assets.importers.delimited import open_delimited
from canopy.assets.importers.detect import Content, content_of, require_named_so
from canopy.assets.importers.workbook import open_workbook
from canopy.assets.importers.zipped import is_workbook
from canopy.assets.mapping.corrections import Corrections
from canopy.assets.mapping.faults import HARMLESS_REJECTS, Faults
from canopy.concessions.exchange.incoming import Incoming
from canopy.concessions.exchange.mapping import RegisterMapping
from canopy.concessions.exchange.report import Rejected
from canopy.concessions.exchange.row import Row
from canopy.concessions.exchange.rows import read_row
from canopy.concessions.standing import Status
from canopy.errors import BadSource, LimitExceeded

MAX_BYTES = 200_000_000
MAX_ROWS = 100_000
MOST_TOLD = 10
_TOTALS = re.compile(r"(?:grand |sub[- ]?)?totals?:?", re.IGNORECASE)


@dataclass(frozen=True)
class RegisterFile:
    """A register and how it is to be read; `columns` are the file's, by field."""

    table: SourceTable
    mapping: RegisterMapping
    columns: dict[str, str]


def open_register(path: Path, sheet: str | None = None) -> SourceTable:
    """The one table of a CSV or XLSX register.

    sheet: of a workbook, needed where several sheets have rows. Raises BadSource where there
    is no such table, and LimitExceeded beyond 200 MB.
    """
    if not path.is_file():
        raise BadSource(f"{path.name} is not there, or is no file")
    if path.stat().st_size > MAX_BYTES:
        raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
    content = content_of(path)
    require_named_so(path, content)
    if content is Content.TEXT:
        return open_delimited(path)[0]
    if content is not Content.ZIP or not is_workbook(path):
        raise BadSource(f"{path.name} holds {content}; a register is CSV or XLSX")
    tables = [each for each in open_workbook(path) if sheet in (None, each.name)]
    if len(tables) != 1:
        found = [each.name for each in open_workbook(path)]
        names = ", ".join(map(repr, found))
        raise BadSource(f"{path.name}: name the sheet to read with --sheet; it has {names}")
    return tables[0]


def fitted(table: SourceTable, mapping: RegisterMapping) -> RegisterFile:
    """A register with a mapping that fits it. Raises BadMapping."""
    return RegisterFile(table, mapping, mapping.fit(table.columns, table.path.name))


def read_register(file: RegisterFile) -> Iterator[Incoming | list[Rejected]]:
    """Each row in turn: what it says, or every reason why it is no agreement.

    Of rows with the same reference none is taken: which is meant is not guessed. The file is
    read twice for that. Raises BadSource where it turns out to be damaged, LimitExceeded beyond
    100,000 rows.
    """
    given: dict[str, list[int]] = {}
    for each in _rows(file):
        if not isinstance(each, Rejected):
            given.setdefault(_ref(each[0]), []).append(each[1])
    for each in _rows(file):
        if isinstance(each, Rejected):
            yield [each]
        else:
            yield _one(*each, given[_ref(each[0])])


def _rows(file: RegisterFile) -> Iterator[tuple[Row, int] | Rejected]:
    """Rows with their numbers, corrected; those that could not be read at all; none dropped."""
    corrections = Corrections(file.mapping.corrections)
    count = 0
    for batch in file.table.batches():
        count += len(batch)
        if count > MAX_ROWS:
            raise LimitExceeded(f"{file.table.path.name} has more than {MAX_ROWS:,} rows")
        yield from _unread(batch)
        faults = Faults(batch.row_numbers)
        corrected = corrections.apply(batch, faults)
        for index, number in enumerate(batch.row_numbers):
            if faults.is_rejected(index):
                continue
            values = {name: corrected.columns[own][index] for name, own in file.columns.items()}
            values |= {
                name: given[index] for name, given in corrected.targets.items() if index in given
            }
            yield Row(file.mapping, file.columns, values), number


def _unread(batch: RawBatch) -> Iterator[Rejected]:
    for issue in batch.rejects:
        if issue.code not in HARMLESS_REJECTS:
            yield Rejected(issue.row, issue.column or "", "", issue.message)


def _one(row: Row, number: int, with_same_ref: list[int]) -> Incoming | list[Rejected]:
    ref = _ref(row)
    if _TOTALS.fullmatch(ref) and not (row.text("start") or row.text("operator")):
        told = "is a row of totals, not of an agreement: left out"
        return [Rejected(number, row.columns.get("ref", "ref"), ref, told, harmless=True)]
    read = read_row(row)
    if ref and len(with_same_ref) > 1:
        told = ", ".join(map(str, with_same_ref[:MOST_TOLD]))
        row.blame("ref", f"is the reference of rows {told}: which is meant?")
    if read is None or row.faults:
        return [
            Rejected(number, each.column, each.value, each.rule, ref or None) for each in row.faults
        ]
    status = None if read.status is None else Status(read.status)
    return Incoming(number, read.ref, read.document, status, read.status_on, dict(row.columns))


def _ref(row: Row) -> str:
    return " ".join(row.text("ref").split())
