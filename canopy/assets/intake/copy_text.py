"""Rows in PostgreSQL's COPY text format.

Source: PostgreSQL 15 manual, COPY, "Text Format": tab between columns, ``\\N`` for null,
backslash, tab, newline and carriage return escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

_NULL = "\\N"
_SPECIAL = ("\\", "\t", "\n", "\r")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def lines(columns: Sequence[Sequence[object]]) -> bytes:
    """Columns of equal length as lines, one a row."""
    texts = [_texts(values) for values in columns]
    return ("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n").encode()


def _texts(values: Sequence[object]) -> Sequence[str]:
    types = set(map(type, values))
    if str not in types:
        return [_NULL if value is None else str(value) for value in values]
    if types == {str}:
        texts: list[str] = list(values)  # type: ignore[arg-type]
        return [text.translate(_ESCAPES) for text in texts] if _is_special(texts) else texts
    if _is_special([value for value in values if isinstance(value, str)]):
        return [_NULL if value is None else str(value).translate(_ESCAPES) for value in values]
    return [_NULL if value is None else str(value) for value in values]


def _is_special(texts: Sequence[str]) -> bool:
    joined = "".join(texts)
    return any(mark in joined for mark in _SPECIAL)
