"""Which character separates the values of a text file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from canopy.assets.importers.base import RowIssue
from canopy.assets.importers.encoding import TextEncoding

USUAL = (",", "\t", ";", "|")
UNUSUAL = ("^", "~", "\x1f", "¬", "§", "¦", "#", "$", "!", "*", "/", ":", "@", "%", "&", "=")
"""Tried only when none of the usual ones divides the file into columns."""

_SAMPLE_LINES = 200
_SAMPLE_LINE_CHARS = 65_536


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are divided. `lines_to_skip` is 1 after Excel's ``sep=;`` line."""

    delimiter: str
    skip_initial_space: bool = False
    lines_to_skip: int = 0
    notices: tuple[RowIssue, ...] = ()


def find_dialect(path: Path, encoding: TextEncoding) -> Dialect:
    """The dialect under which most rows have the same number of values, and most values."""
    with path.open(encoding=encoding.name, errors=encoding.errors, newline="") as stream:
        lines = [stream.readline(_SAMPLE_LINE_CHARS) for _ in range(_SAMPLE_LINES)]
    said = _excel_separator(lines[0])
    if said is not None:
        return Dialect(said, lines_to_skip=1)
    best = _best(lines, USUAL)
    if best is not None:
        return best
    unusual = _best(lines, UNUSUAL, least_share=0.95)
    if unusual is not None:
        mark = unusual.delimiter
        message = f"{path.name} separates its values with {mark!r}, which is unusual."
        return Dialect(mark, notices=(RowIssue(None, "unusual-delimiter", message),))
    return Dialect(",")


def _excel_separator(line: str) -> str | None:
    text = line.rstrip("\r\n").strip('"')
    if text[:4].lower() == "sep=" and len(text) == 5:
        return text[4]
    return None


def _best(lines: list[str], marks: tuple[str, ...], least_share: float = 0.0) -> Dialect | None:
    scored = []
    for order, mark in enumerate(marks):
        if not any(mark in line for line in lines):
            continue
        for skip in (False, True):
            share, width = _score(lines, mark, skip_initial_space=skip)
            if width > 1 and share >= least_share:
                scored.append(((round(share, 2), width, not skip, -order), Dialect(mark, skip)))
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _score(lines: list[str], mark: str, *, skip_initial_space: bool) -> tuple[float, int]:
    """(share of rows with the commonest number of values above one, that number)."""
    widths = Counter(
        len(row) for row in _rows(lines, mark, skip_initial_space) if any(map(str.strip, row))
    )
    total = sum(widths.values())
    several = [(count, width) for width, count in widths.items() if width > 1]
    if not several:
        return 0.0, 1
    count, width = max(several)
    return count / total, width


def _rows(lines: list[str], mark: str, skip_initial_space: bool) -> Iterator[list[str]]:
    # The sample may end inside a quoted value: its last row says nothing.
    text = [line for line in lines if line]
    reader = csv.reader(text, delimiter=mark, skipinitialspace=skip_initial_space)
    rows = list(islice(reader, _SAMPLE_LINES))
    is_cut = len(text) == _SAMPLE_LINES and len(rows) > 1
    return iter(rows[:-1] if is_cut else rows)
