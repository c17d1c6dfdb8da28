"""From rows of text to columns, with every faulty row named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from canopy.assets.importers.base import RawBatch, RawValue, RowIssue
from canopy.assets.importers.encoding import TextEncoding
from canopy.assets.importers.mojibake import repair_columns

_ESCAPED = re.compile("[\udc80-\udcff]")
_NAMED_ROWS = 10


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive records: `first` is the line before them, `last` the line they end on.

    `unclosed_at` is the line after them whose opening quote is never closed;
    `stray_quote_at` a line among them that was only readable with some tolerance.
    """

    rows: list[list[str]]
    first: int
    last: int
    unclosed_at: int | None = None
    stray_quote_at: int | None = None


def breaks_in(row: Sequence[str]) -> int:
    """Line breaks inside the values of one record."""
    text = "".join(row)
    if "\n" not in text and "\r" not in text:
        return 0
    return sum(v.count("\n") + v.count("\r") - v.count("\r\n") for v in row)


def starts_of(rows: Sequence[Sequence[str]], first: int) -> list[int]:
    """The line on which each record starts, when `first` is the line before them."""
    starts = []
    line = first + 1
    for row in rows:
        starts.append(line)
        line += 1 + breaks_in(row)
    return starts


@dataclass(slots=True)
class RowChecks:
    """Checks the rows of one pass through a file and keeps count of what it skipped."""

    path: Path
    encoding: TextEncoding
    delimiter: str
    names: tuple[str, ...]
    _blank: list[int] = field(default_factory=list)
    _trailing: list[int] = field(default_factory=list)
    _blank_count: int = 0
    _trailing_count: int = 0

    def batch(self, block: Block) -> RawBatch:
        """The sound rows of a block as columns."""
        rows, first, last = block.rows, block.first, block.last
        numbers = (
            list(range(first + 1, last + 1))
            if last - first == len(rows)
            else starts_of(rows, first)
        )
        rejects: list[RowIssue] = []
        warnings: list[RowIssue] = []
        width = len(self.names)
        if rows and set(map(len, rows)) != {width}:
            rows, numbers = self._evened(rows, numbers, rejects, warnings)
        columns = _columns(rows, width)
        blank = _blank_rows(columns)
        repeated = self._repeated_headers(columns)
        for index in repeated:
            warnings.append(_repeated_header(numbers[index]))
        if blank or repeated:
            self._note_blank([numbers[index] for index in blank])
            rows, numbers = _without(rows, numbers, {*blank, *repeated})
            columns = _columns(rows, width)
        if not self.encoding.is_sound or self.encoding.has_nul:
            rows, numbers = self._decodable(rows, numbers, rejects, warnings)
            columns = _columns(rows, width)
        values = cast("list[list[RawValue]]", columns)
        named = dict(zip(self.names, values, strict=True))
        if not self.encoding.is_ascii:
            warnings += repair_columns(named, numbers)
        if block.stray_quote_at is not None:
            warnings.append(_stray_quote(block.stray_quote_at))
        if block.unclosed_at is not None:
            rejects.append(self._unclosed(block.unclosed_at))
        return RawBatch(numbers, named, None, rejects, warnings)

    def _evened(
        self,
        rows: list[list[str]],
        numbers: list[int],
        rejects: list[RowIssue],
        warnings: list[RowIssue],
    ) -> tuple[list[list[str]], list[int]]:
        """Rows made equally long: padded, trimmed, or rejected."""
        width = len(self.names)
        kept: list[list[str]] = []
        kept_numbers: list[int] = []
        for row, number in zip(rows, numbers, strict=True):
            if len(row) > width:
                if any(value.strip() for value in row[width:]):
                    rejects.append(self._too_long(row, number))
                    continue
                self._trailing_count += 1
                if len(self._trailing) < _NAMED_ROWS:
                    self._trailing.append(number)
                row = row[:width]
            elif not any(map(str.strip, row)):
                self._note_blank([number])
                continue
            elif len(row) < width:
                if self._is_cut_line(number):
                    rejects.append(self._cut_short(row, number))
                    continue
                warnings.append(self._too_short(row, number))
                row = row + [""] * (width - len(row))
            kept.append(row)
            kept_numbers.append(number)
        return kept, kept_numbers

    def _decodable(
        self,
        rows: list[list[str]],
        numbers: list[int],
        rejects: list[RowIssue],
        warnings: list[RowIssue],
    ) -> tuple[list[list[str]], list[int]]:
        """Rows without NUL characters and broken bytes.

        A stray byte in a UTF-8 file is read as Windows-1252 where that has a character
        for it, and said.
        """
        gone: set[int] = set()
        for index, row in enumerate(rows):
            text = "".join(row)
            if text.isascii() and "\0" not in text:
                continue
            number = numbers[index]
            if "\0" in text:
                rejects.append(self._nul(row, number))
                gone.add(index)
            elif _ESCAPED.search(text) or (self.encoding.errors == "replace" and "\ufffd" in text):
                mended = self._mended(row)
                if mended is None:
                    rejects.append(self._undecodable(row, number))
                    gone.add(index)
                else:
                    rows[index] = mended
                    warnings.append(self._mended_warning(row, mended, number))
        return _without(rows, numbers, gone) if gone else (rows, numbers)

    def _mended(self, row: list[str]) -> list[str] | None:
        if not self.encoding.name.startswith("utf-8"):
            return None
        mended = []
        for value in row:
            try:
                mended.append(_ESCAPED.sub(_as_cp1252, value))
            except UnicodeDecodeError:
                return None
        return mended

    def _column_of(self, row: Sequence[str], pattern: re.Pattern[str]) -> str:
        return next(
            (n for n, v in zip(self.names, row, strict=False) if pattern.search(v)), self.names[0]
        )

    def _mended_warning(self, row: list[str], mended: list[str], number: int) -> RowIssue:
        column = self._column_of(row, _ESCAPED)
        text = mended[self.names.index(column)]
        message = (
            f"Line {number}, {column}: a byte that is not UTF-8 was read as Windows-1252, "
            f"giving {text[:60]!r}."
        )
        return RowIssue(number, "mixed-encoding", message, column)

    def _undecodable(self, row: list[str], number: int) -> RowIssue:
        column = self._column_of(row, re.compile("[\udc80-\udcff\ufffd]"))
        message = (
            f"Line {number}, {column}: holds bytes that are no {self.encoding.name} text; "
            "retype the value, or say which encoding the file is in."
        )
        return RowIssue(number, "bad-encoding", message, column)

    def _nul(self, row: list[str], number: int) -> RowIssue:
        column = self._column_of(row, re.compile("\0"))
        message = (
            f"Line {number}, {column}: holds NUL characters, so the file was damaged there; "
            "export it again."
        )
        return RowIssue(number, "nul-character", message, column)

    def _too_long(self, row: list[str], number: int) -> RowIssue:
        width = len(self.names)
        surplus = self.delimiter.join(row[width:])[:60]
        message = (
            f"Line {number} has {len(row)} values for {width} columns; surplus: {surplus!r}. "
            f"Put quotes around values that contain {self.delimiter!r}."
        )
        return RowIssue(number, "row-too-long", message)

    def _too_short(self, row: list[str], number: int) -> RowIssue:
        width = len(self.names)
        message = (
            f"Line {number} has {len(row)} values for {width} columns; "
            f"from {self.names[len(row)]!r} on they are taken as unknown."
        )
        return RowIssue(number, "row-too-short", message)

    def _is_cut_line(self, number: int) -> bool:
        """Whether this is the last line and has no line break after it."""
        return not self.encoding.ends_with_newline and number > self.encoding.line_count

    def _cut_short(self, row: list[str], number: int) -> RowIssue:
        message = (
            f"Line {number}, the last, has {len(row)} of {len(self.names)} values and no line "
            f"break: {self.path.name} was cut short there; get the complete file."
        )
        return RowIssue(number, "cut-short", message)

    def _unclosed(self, at: int) -> RowIssue:
        if self._is_cut_line(at):
            message = (
                f"Line {at}, the last, ends inside a quoted value: {self.path.name} was cut "
                "short there; get the complete file."
            )
            return RowIssue(at, "cut-short", message)
        message = (
            f"Line {at} opens a quote that is never closed (or holds an endless value); close "
            "it, or double quotes that belong to the text. Reading went on with the next line."
        )
        return RowIssue(at, "unclosed-quote", message)

    def _repeated_headers(self, columns: list[list[str]]) -> list[int]:
        if not columns or self.names[0] not in columns[0]:
            return []
        return [
            index
            for index, values in enumerate(zip(*columns, strict=True))
            if tuple(value.strip() for value in values) == self.names
        ]

    def _note_blank(self, numbers: list[int]) -> None:
        self._blank_count += len(numbers)
        self._blank.extend(numbers[: max(0, _NAMED_ROWS - len(self._blank))])

    def finish(self) -> list[RowIssue]:
        """One warning each for the blank rows and the surplus delimiters of the file."""
        issues = []
        if self._blank_count:
            listed = _listed(self._blank, self._blank_count)
            message = f"Skipped {self._blank_count} blank row(s): {listed}."
            issues.append(RowIssue(self._blank[0], "blank-rows", message))
        if self._trailing_count:
            message = (
                f"{self._trailing_count} row(s) end in surplus empty values, which were "
                f"dropped: {_listed(self._trailing, self._trailing_count)}."
            )
            issues.append(RowIssue(self._trailing[0], "trailing-delimiters", message))
        return issues


def _listed(numbers: list[int], count: int) -> str:
    more = f" and {count - len(numbers)} more" if count > len(numbers) else ""
    return "line " + ", ".join(map(str, numbers)) + more


def _stray_quote(number: int) -> RowIssue:
    message = (
        f"Line {number} has a quote in the middle of a quoted value; it was read as it stands. "
        "Double such quotes if a value came out wrong."
    )
    return RowIssue(number, "stray-quote", message)


def _repeated_header(number: int) -> RowIssue:
    message = f"Line {number} repeats the column names and was skipped."
    return RowIssue(number, "repeated-header", message)


def _as_cp1252(match: re.Match[str]) -> str:
    return bytes([ord(match.group()) - 0xDC00]).decode("cp1252")


def _columns(rows: list[list[str]], width: int) -> list[list[str]]:
    if not rows:
        return [[] for _ in range(width)]
    return [list(column) for column in zip(*rows, strict=True)]


def _blank_rows(columns: list[list[str]]) -> list[int]:
    """Rows in which no column holds anything; free where one column is always filled."""
    if any("" not in column and not any(map(str.isspace, column)) for column in columns):
        return []
    return [i for i, row in enumerate(zip(*columns, strict=True)) if not "".join(row).strip()]


def _without(
    rows: list[list[str]], numbers: list[int], gone: set[int]
) -> tuple[list[list[str]], list[int]]:
    kept = [index for index in range(len(rows)) if index not in gone]
    return [rows[index] for index in kept], [numbers[index] for index in kept]
