"""Text that was decoded wrongly before it reached the file ("CafÃ©" for "Café").

Clean ASCII costs one `str.isascii` per column and batch. Other text is looked at only
where a pair of characters occurs that UTF-8 read as Windows-1252 leaves behind; `ftfy`
then decides, and repairs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import ftfy
from ftfy.badness import is_bad

from canopy.assets.importers.base import RawValue, RowIssue
from canopy.assets.importers.own_export import is_own_export

_TRACE = re.compile(
    "[\u00c2-\u00f4\u0102\u0103\u0110\u0111][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d"
    "\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_REPLACED = "\ufffd"


@lru_cache(maxsize=4096)
def repaired(text: str) -> str | None:
    """`text` as it was meant, or None when there is nothing to repair."""
    if not _TRACE.search(text) or not is_bad(text):
        return None
    better = ftfy.fix_encoding(text)
    return better if better != text else None


def repair_columns(
    columns: dict[str, list[RawValue]], row_numbers: Sequence[int]
) -> list[RowIssue]:
    """Repair mojibake in place; one warning for each cell changed or already lost.

    In Canopy's own exports nothing was decoded wrongly, and nothing is touched.
    """
    warnings: list[RowIssue] = []
    if is_own_export(columns):
        return warnings
    for name, values in columns.items():
        texts = [value for value in values if type(value) is str]
        if not texts or "".join(texts).isascii():
            continue
        for index, value in enumerate(values):
            if type(value) is not str or value.isascii():
                continue
            issue = _repair(values, index, value, name, row_numbers[index])
            if issue is not None:
                warnings.append(issue)
    return warnings


def _repair(
    values: list[RawValue], index: int, value: str, column: str, row: int
) -> RowIssue | None:
    better = repaired(value)
    if better is not None:
        values[index] = better
        message = f"Row {row}, {column}: {value[:60]!r} was read as {better[:60]!r}."
        return RowIssue(row, "mojibake", message, column)
    if _REPLACED in value:
        message = (
            f"Row {row}, {column}: {value[:60]!r} has characters that were lost before the "
            "file was written; look the name up and correct it."
        )
        return RowIssue(row, "lost-characters", message, column)
    return None
