"""CSV, TSV and other delimited text.

Rows go from `csv.reader` straight into columns; only a batch with a fault in it is
looked at row by row. Row numbers are line numbers: of the line a row starts on, where
a quoted value spans several.

What becomes of a faulty row:

- too many values: rejected, unless the surplus values are all empty;
- too few values: the missing ones are unknown (None) and a warning says so, unless it
  is the last line of a file that ends without a line break: then it was cut short and
  is rejected;
- a quote that is never closed: that line is rejected and reading starts again after it;
- a quote in the middle of a quoted value, not doubled: read as it stands, with a warning;
- undecodable bytes, NUL characters: rejected.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RowIssue, SourceTable
from canopy.assets.importers.collector import collector_paused
from canopy.assets.importers.delimiter import Dialect, find_dialect
from canopy.assets.importers.encoding import TextEncoding, require_lines, text_encoding
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.headings import SAMPLE_ROWS, Headings, find_headings
from canopy.assets.importers.row_checks import Block, RowChecks, breaks_in, starts_of

MAX_FIELD_CHARS = 16 * 1024 * 1024
"""Longest single value read from text [characters]: room for a large polygon as WKT."""

BLOCK_ROWS = 1_000
"""Rows parsed at a time: small enough for the processor's cache, which halves the time."""

MAX_UNCLOSED_QUOTES = 25
"""Lines with an unclosed quote after which the file is refused."""

_END = "\x1fend of line\x1f"
"""A line that only an open quote can swallow."""


MIN_TELLING_WIDTH = 4
"""Columns from which a line with as many delimiters is taken for a row, not for prose."""


class _Remembering:
    """Lines of a stream, of which the latest can be asked for."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = stream
        self.latest = ""

    def lines(self) -> Iterator[str]:
        for line in self._stream:
            self.latest = line
            yield line


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """A delimited file whose encoding, delimiter and header are known."""

    path: Path
    encoding: TextEncoding
    dialect: Dialect
    width: int | None = None

    def blocks(self, after_line: int = 0, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The records after line `after_line`, in blocks of at most `size`."""
        csv.field_size_limit(MAX_FIELD_CHARS)
        for _ in range(MAX_UNCLOSED_QUOTES + 1):
            resume_at = None
            for block in self._pass(after_line, size):
                yield block
                resume_at = block.unclosed_at
            if resume_at is None:
                return
            after_line = resume_at
        raise bad_source(
            self.path,
            "unclosed-quotes",
            f"has more than {MAX_UNCLOSED_QUOTES} lines with an opening quote that is never "
            f"closed, the last on line {after_line}; export it again with quotes doubled "
            "inside values.",
            row=after_line,
        )

    def _pass(self, after_line: int, size: int) -> Iterator[Block]:
        """Records from one opening of the file; stops at a quote that is never closed.

        The parser is strict: a quote that closes a value in the middle of text means that
        it was opened by mistake, perhaps many lines before.
        """
        name, errors = self.encoding.name, self.encoding.errors
        with self.path.open(encoding=name, errors=errors, newline="") as stream:
            for _ in islice(stream, after_line):
                pass
            lines = _Remembering(stream)
            reader = csv.reader(
                lines.lines(),
                delimiter=self.dialect.delimiter,
                skipinitialspace=self.dialect.skip_initial_space,
                strict=True,
            )
            while True:
                first = after_line + reader.line_num
                rows: list[list[str]] = []
                is_faulty = False
                try:
                    rows.extend(islice(reader, size))
                except csv.Error:
                    is_faulty = True
                last = after_line + reader.line_num
                swallowed = self._first_swallowed(rows, first, last)
                if swallowed is not None:
                    index, at = swallowed
                    yield Block(rows[:index], first, at - 1, at)
                    return
                if not is_faulty:
                    yield Block(rows, first, last)
                    if len(rows) < size:
                        return
                    continue
                at = starts_of([*rows, []], first)[-1]
                row = self._leniently(lines.latest) if at == last else None
                if row is None:
                    yield Block(rows, first, at - 1, at)
                    return
                yield Block([*rows, row], first, last, stray_quote_at=at)

    def _leniently(self, line: str) -> list[str] | None:
        """One line with quotes in the wrong places, None when one of them stays open."""
        reader = csv.reader(
            [line, _END],
            delimiter=self.dialect.delimiter,
            skipinitialspace=self.dialect.skip_initial_space,
        )
        try:
            rows = list(reader)
        except csv.Error:
            return None
        return rows[0] if len(rows) == 2 and rows[1] == [_END] else None

    def _first_swallowed(
        self, rows: list[list[str]], first: int, last: int
    ) -> tuple[int, int] | None:
        """(index, line) of the first record that has other records inside a value.

        That happens when a quote is opened by mistake and a later row's quote closes it.
        """
        if self.width is None or last - first == len(rows):
            return None
        for index, row in enumerate(rows):
            if breaks_in(row) and self._holds_records(row, self.width):
                return index, starts_of(rows[: index + 1], first)[-1]
        return None

    def _holds_records(self, row: list[str], width: int) -> bool:
        """Whether lines inside a value look like rows of the table.

        One such line is enough where the record has the wrong number of values; where the
        number is right all of them must be, and the table wide enough to exclude chance.
        """
        inner = list(chain.from_iterable(value.splitlines()[1:-1] for value in row))
        alike = [line.count(self.dialect.delimiter) == width - 1 for line in inner]
        if len(row) != width:
            return any(alike)
        return bool(alike) and all(alike) and width >= MIN_TELLING_WIDTH


def open_delimited(
    path: Path, *, encoding: str | None = None, header_row: int | None = None
) -> list[SourceTable]:
    """The one table of a delimited text file.

    `header_row` is the line of the column names, 0 for none, None to find out.
    Raises BadSource when the file has no rows at all.
    """
    decoding = text_encoding(path, encoding)
    require_lines(path, decoding)
    dialect = find_dialect(path, decoding)
    text = DelimitedText(path, decoding, dialect)
    sample = next(text.blocks(dialect.lines_to_skip, SAMPLE_ROWS))
    rows = sample.rows
    if not rows and sample.unclosed_at is not None:
        at = sample.unclosed_at
        raise bad_source(
            path,
            "unclosed-quotes",
            f"opens a quote in line {at}, its first, that is never closed.",
            row=at,
        )
    if not any("".join(row).strip() for row in rows):
        raise bad_source(path, "empty-file", "holds no rows; was the export finished?")
    numbers = starts_of(rows, sample.first)
    headings = find_headings(rows, numbers, header_row=header_row)
    before = headings.rows_before_data
    ends = [*numbers[1:], sample.last + 1]
    after_line = ends[before - 1] - 1 if before else sample.first
    notices = [*dialect.notices, *decoding.notices, *headings.notices]
    if before == len(rows) and sample.unclosed_at is None:
        notices.append(RowIssue(None, "no-rows", f"{path.name} has a header but no rows."))

    text = replace(text, width=len(headings.names))

    def batches() -> Iterator[RawBatch]:
        return _batches(text, headings, after_line)

    return [
        SourceTable(
            path=path,
            name=path.stem,
            format="CSV",
            columns=headings.names,
            batches=batches,
            encoding=decoding.name,
            row_count=max(0, decoding.line_count + (not decoding.ends_with_newline) - after_line),
            notices=tuple(notices),
        )
    ]


def _batches(text: DelimitedText, headings: Headings, after_line: int) -> Iterator[RawBatch]:
    """Batches of BATCH_ROWS rows, put together from small blocks."""
    checks = RowChecks(text.path, text.encoding, text.dialect.delimiter, headings.names)
    parts = map(checks.batch, text.blocks(after_line))
    is_more = True
    while is_more:
        batch = RawBatch([], {name: [] for name in headings.names})
        with collector_paused():
            is_more = _fill(batch, parts)
        if not is_more:
            batch.warnings.extend(checks.finish())
        yield batch


def _fill(batch: RawBatch, parts: Iterator[RawBatch]) -> bool:
    """Add parts until the batch is full; False when they have run out."""
    for part in parts:
        _append(batch, part)
        if len(batch) >= BATCH_ROWS:
            return True
    return False


def _append(batch: RawBatch, part: RawBatch) -> None:
    batch.row_numbers.extend(part.row_numbers)
    for name, values in part.columns.items():
        batch.columns[name].extend(values)
    batch.rejects.extend(part.rejects)
    batch.warnings.extend(part.warnings)
