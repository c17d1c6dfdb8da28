"""Walking through a JSON document of any size, one value in memory at a time.

The values themselves are decoded by the standard library's C scanner, several times
faster than event parsers in Python; this module only walks the outer structure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import TextIOBase
from pathlib import Path

from canopy.assets.importers.faults import bad_source, over_limit

CHUNK_CHARS = 1 << 18

MAX_VALUE_CHARS = 256 * 1024 * 1024
"""Longest single feature or member [characters]."""

_SPACE = " \t\r\n\x1e\ufeff"
_NUMBER = "0123456789.eE+-"
_NEAR_END = 32
"""The C scanner reports an error this close to the end when the text merely stops."""

_decoder = json.JSONDecoder(strict=False, parse_constant=lambda _name: None)


class JsonCursor:
    """A position in a JSON text that moves forward value by value.

    NaN and Infinity, which JSON does not have but some programs write, become None.
    """

    def __init__(self, stream: TextIOBase, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._text = ""
        self._at = 0
        self._lines_before = 0
        self._is_at_end = False

    @property
    def line(self) -> int:
        """The 1-based line of the current position."""
        return self._lines_before + self._text.count("\n", 0, self._at) + 1

    def peek(self) -> str:
        """The next character that is no white space, or "" at the end."""
        while True:
            text, at = self._text, self._at
            while at < len(text):
                if text[at] not in _SPACE:
                    self._at = at
                    return text[at]
                at += 1
            self._at = at
            if not self._fill():
                return ""

    def members(self) -> Iterator[str]:
        """The keys of the object here; take or walk each value before the next key."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise self._fault("a member name in double quotes")
            key = self.value()
            self._take(":")
            yield str(key)
            if self._take(",", "}") == "}":
                return

    def items(self) -> Iterator[int]:
        """The 1-based positions in the array here; take or walk each value in turn."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        position = 0
        while True:
            position += 1
            self.peek()
            yield position
            if self._take(",", "]") == "]":
                return

    def value(self) -> object:
        """The whole value here, decoded."""
        self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                certain = error.pos < len(self._text) - _NEAR_END and (
                    "Unterminated" not in error.msg
                )
                if certain or not self._fill():
                    raise self._broken(error, certain=certain) from error
                continue
            except RecursionError as error:
                raise bad_source(
                    self._path, "bad-json", f"is nested too deeply at line {self.line}."
                ) from error
            except ValueError as error:  # an integer of thousands of digits
                raise bad_source(
                    self._path, "bad-json", f"has a number too long to read at line {self.line}."
                ) from error
            # A number at the very end of the text read so far may go on: "1." for 1.5.
            is_number = type(value) in (int, float)
            if is_number and not self._text[end:].strip(_NUMBER) and self._fill():
                continue
            self._at = end
            return value

    def _take(self, *wanted: str) -> str:
        found = self.peek()
        if found not in wanted or not found:
            raise self._fault(" or ".join(wanted))
        self._at += 1
        return found

    def _fill(self) -> bool:
        """Read on; drops what has been passed. False at the end of the file."""
        if self._is_at_end:
            return False
        waiting = len(self._text) - self._at
        if waiting > MAX_VALUE_CHARS:
            raise over_limit(
                self._path,
                "value-too-large",
                f"has a single value of more than {MAX_VALUE_CHARS:,} characters at line "
                f"{self.line}; simplify or split it.",
            )
        chunk = self._stream.read(max(CHUNK_CHARS, waiting))
        self._is_at_end = not chunk
        self._lines_before += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _broken(self, error: json.JSONDecodeError, *, certain: bool) -> Exception:
        line = self._lines_before + self._text.count("\n", 0, error.pos) + 1
        rest = self._text[error.pos :].strip()
        is_begun = any(word.startswith(rest) for word in ("true", "false", "null", "-", "\\u"))
        if not certain and (is_begun or "Unterminated" in error.msg):
            return self.cut_short()
        return bad_source(
            self._path, "bad-json", f"is not valid JSON at line {line}: {error.msg}.", row=line
        )

    def _fault(self, wanted: str) -> Exception:
        found = self.peek()
        if not found:
            return self.cut_short()
        line = self.line
        return bad_source(
            self._path,
            "bad-json",
            f"is not valid JSON at line {line}: found {found!r} where {wanted} should be.",
            row=line,
        )

    def cut_short(self) -> Exception:
        line = self.line + self._text.count("\n", self._at)
        return bad_source(
            self._path,
            "cut-short",
            f"was cut short: it ends at line {line} in the middle of a value; get the "
            "complete file.",
            row=line,
        )
