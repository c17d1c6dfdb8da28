"""Finding the row that holds the column names, in text files and sheets alike.

Title rows above the header ("Asset register, April 2023") hold one or two cells where
the table has many; they are skipped and said. A file whose first row already looks
like its data has no header, and its columns are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from canopy.assets.importers.base import RowIssue

SAMPLE_ROWS = 60
"""Rows looked at to find the header; a header further down is not found."""

_VALUE_LIKE = re.compile(
    r"[-+£$€(]?\s*\d[\d\s.,:/%eE+)-]*(?:[ap]m)?"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}"
    r"|\d{4}-\d\d-\d\dT.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Headings:
    """Column names, and how many of the sampled rows come before the data."""

    names: tuple[str, ...]
    rows_before_data: int
    notices: tuple[RowIssue, ...]


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def find_headings(
    sample: Sequence[Sequence[object]],
    row_numbers: Sequence[int],
    *,
    header_row: int | None = None,
) -> Headings:
    """Column names from the first rows of a table.

    `row_numbers` are the rows' numbers as a person sees them. `header_row` is the row
    the caller says holds the names, 0 that there is none, None to find out.
    """
    if header_row is not None and header_row > 0:
        index = next((i for i, n in enumerate(row_numbers) if n >= header_row), 0)
        has_header = True
    else:
        index = _first_table_row(sample)
        has_header = header_row is None and _is_header(sample[index], sample[index + 1 :])
    notices = list(_skipped(sample[:index], row_numbers))
    body = sample[index + 1 :] if has_header else sample[index:]
    width = _width(sample[index], body)
    if has_header:
        names, renamed = _unique(sample[index][:width], row_numbers[index])
        notices += renamed
    else:
        names = tuple(f"column_{i}" for i in range(1, width + 1))
        notices.append(
            RowIssue(
                row_numbers[index],
                "no-header",
                f"Row {row_numbers[index]} already looks like data, so the columns are "
                f"called column_1 to column_{width}; add a header row to name them.",
            )
        )
    return Headings(names, index + has_header, tuple(notices))


def _filled(row: Sequence[object]) -> int:
    return sum(not is_blank(value) for value in row)


def _first_table_row(sample: Sequence[Sequence[object]]) -> int:
    counts = [_filled(row) for row in sample]
    wide = [count for count in counts if count >= 2]
    if not wide:
        return next((i for i, count in enumerate(counts) if count), 0)
    least = max(2, median(wide) / 2)
    first = next(i for i, count in enumerate(counts) if count >= least)
    return _after_gap(counts, first)


def _after_gap(counts: list[int], first: int) -> int:
    """The first row below a blank one when all rows above it are narrower: those are titles."""
    for index in range(first + 2, len(counts)):
        if counts[index] and not counts[index - 1]:
            return index if max(counts[first:index]) < counts[index] else first
    return first


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return bool(_VALUE_LIKE.fullmatch(value.strip()))
    return value is not None


def _is_header(first: Sequence[object], body: Sequence[Sequence[object]]) -> bool:
    """Whether `first` names the columns of `body` rather than being one more row of it.

    A column that holds numbers or dates below a word proves a header. Without such a
    column, a row that itself holds numbers is data; a row of words only is a header.
    """
    for index, value in enumerate(first):
        below = [row[index] for row in body if index < len(row) and not is_blank(row[index])]
        word = isinstance(value, str) and not is_blank(value) and not _is_value(value)
        if word and below and all(map(_is_value, below)):
            return True
    numbers = [value for value in first if _is_value(value)]
    return not numbers or _counts_up(numbers)


def _counts_up(values: Sequence[object]) -> bool:
    """Years or ages as column names: 2018, 2019, 2020."""
    if len(values) < 2:
        return False
    try:
        whole = [int(str(value)) for value in values]
    except ValueError:
        return False
    return whole == list(range(whole[0], whole[0] + len(whole)))


def _width(first: Sequence[object], body: Iterable[Sequence[object]]) -> int:
    """Columns of the table: trailing cells without a name count only if rows fill them."""
    width = len(first)
    while width > 1 and is_blank(first[width - 1]):
        if any(len(row) >= width and not is_blank(row[width - 1]) for row in body):
            break
        width -= 1
    return width


def _skipped(rows: Sequence[Sequence[object]], row_numbers: Sequence[int]) -> Iterable[RowIssue]:
    titles = [
        (number, " ".join(str(v).strip() for v in row if not is_blank(v)))
        for row, number in zip(rows, row_numbers, strict=False)
        if _filled(row)
    ]
    if titles:
        text = "; ".join(f"row {number}: {title[:60]!r}" for number, title in titles[:3])
        yield RowIssue(
            titles[0][0],
            "title-rows",
            f"Skipped {len(titles)} title row(s) above the header: {text}.",
        )


def _unique(cells: Sequence[object], row_number: int) -> tuple[tuple[str, ...], list[RowIssue]]:
    names: list[str] = []
    notices: list[RowIssue] = []
    for position, cell in enumerate(cells, 1):
        wanted = "" if cell is None else " ".join(str(cell).replace("\ufeff", "").split())
        name = wanted = wanted or f"column_{position}"
        times = 1
        while name in names:
            times += 1
            name = f"{wanted} ({times})"
        if times > 1:
            message = (
                f"Row {row_number} names column {wanted!r} more than once; one is called {name!r}."
            )
            notices.append(RowIssue(row_number, "duplicate-column", message, name))
        names.append(name)
    return tuple(names), notices
