"""Patterns of LIKE: ``%`` any text, ``_`` one character, and a backslash before either."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from canopy.errors import BadFilter

ANY = "%"
ONE = "_"


@dataclass(frozen=True)
class Pattern:
    """A pattern as tokens: `(wildcard, "")`, or `("", literal character)`."""

    tokens: tuple[tuple[str, str], ...]

    @property
    def letters(self) -> str:
        """The literal characters."""
        return "".join(letter for _, letter in self.tokens)

    @cached_property
    def _segments(self) -> list[re.Pattern[str]]:
        """What stands between the ``%``, each of one length: so no search can run wild."""
        written = [""]
        for wildcard, letter in self.tokens:
            if wildcard == ANY:
                written.append("")
            else:
                written[-1] += "." if wildcard == ONE else re.escape(letter)
        return [re.compile(each, re.DOTALL) for each in written]

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        first, *others = self._segments
        if not others:
            return first.fullmatch(text) is not None
        found = first.match(text)
        for segment in others[:-1]:
            if found is None:
                return False
            found = segment.search(text, found.end())
        if found is None:
            return False
        tail = len(text) - self._tail_length
        return tail >= found.end() and others[-1].fullmatch(text, tail) is not None

    @cached_property
    def _tail_length(self) -> int:
        wildcards = [wildcard for wildcard, _ in reversed(self.tokens)]
        return wildcards.index(ANY)


def read_pattern(text: str) -> Pattern:
    """The pattern that a filter wrote. Raises BadFilter where it ends in a backslash."""
    tokens: list[tuple[str, str]] = []
    letters = iter(text)
    for letter in letters:
        if letter == "\\":
            escaped = next(letters, None)
            if escaped is None:
                raise BadFilter(f"The pattern {text[:60]!r} ends in a backslash; write two.")
            tokens.append(("", escaped))
        elif letter in (ANY, ONE):
            tokens.append((letter, ""))
        else:
            tokens.append(("", letter))
    return Pattern(tuple(tokens))
