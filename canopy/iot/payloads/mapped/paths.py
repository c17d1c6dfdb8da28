"""JSONPath (RFC 9535) with bounded work: names, indices, slices and few wildcards.

Descendants (`..`) and filters are refused when a mapping is read: their work grows with the
payload.
"""

from __future__ import annotations

from typing import Any

import jsonpath
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, NameSelector, SliceSelector, WildcardSelector

from canopy.iot.payloads.unreadable import Unreadable

MAX_PATH_CHARS = 256
MAX_SEGMENTS = 12
MAX_MANY = 2
"""Wildcards and slices of one path."""


class Path:
    """A path of a mapping."""

    def __init__(self, written: str) -> None:
        """Raises ValueError with what is wrong with the path."""
        if len(written) > MAX_PATH_CHARS:
            raise ValueError(f"a path of more than {MAX_PATH_CHARS} characters")
        try:
            path = jsonpath.compile(written, strict=True)
        except jsonpath.JSONPathError as error:
            raise ValueError(f"{written} is no JSONPath: {error.args[0]}") from None
        if not isinstance(path, jsonpath.JSONPath):
            raise ValueError(f"{written} is more than one JSONPath")
        self._many = _checked(written, path)
        self._path = path
        self.written = written

    @property
    def finds_one(self) -> bool:
        """Whether it can find no more than one value."""
        return self._many == 0

    def one(self, document: Any) -> object:
        """The value found, or None where there is none (or where it is null)."""
        return next((match.obj for match in self._path.finditer(document)), None)

    def all(self, document: Any, most: int) -> list[object]:
        """Every value found, of `most` allowed."""
        found: list[object] = []
        for match in self._path.finditer(document):
            if len(found) == most:
                raise Unreadable("too-many", f"{self.written} finds more than {most:,} records")
            found.append(match.obj)
        return found


def _checked(written: str, path: jsonpath.JSONPath) -> int:
    segments = list(path.segments)
    if len(segments) > MAX_SEGMENTS:
        raise ValueError(f"{written} has more than {MAX_SEGMENTS} steps")
    many = 0
    for segment in segments:
        selectors = segment.selectors
        if not isinstance(segment, JSONPathChildSegment) or len(selectors) != 1:
            raise ValueError(f"{written}: `..` and lists of names are not allowed")
        if isinstance(selectors[0], WildcardSelector | SliceSelector):
            many += 1
        elif not isinstance(selectors[0], NameSelector | IndexSelector):
            raise ValueError(f"{written}: only names, indices, slices and `*` are allowed")
    if many > MAX_MANY:
        raise ValueError(f"{written} has more than {MAX_MANY} wildcards and slices")
    return many
