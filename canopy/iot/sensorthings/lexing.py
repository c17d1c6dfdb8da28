"""Words of an OData expression, with where they stand.

Source: OData 4.01 ABNF (OASIS), as far as OGC 18-088, section 9.3.3.5 uses it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from canopy.iot.sensorthings.problem import BadQuery

MAX_FILTER_CHARS = 4_000
_WORDS = re.compile(
    r"""(?P<space>\s+)
    |(?P<geography>geography'(?:[^']|'')*')
    |(?P<duration>duration'[^']*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<time>\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>@?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_]+)*(?:/@?[A-Za-z_][A-Za-z0-9_.]*)*)
    |(?P<sign>[(),])""",
    re.VERBOSE,
)


class Word(NamedTuple):
    """A word: what it is, how it is written, and where it begins."""

    kind: str
    written: str
    at: int


def words(written: str) -> list[Word]:
    """The words of an expression, an ``end`` after the last. Raises BadQuery."""
    if len(written) > MAX_FILTER_CHARS:
        raise BadQuery(
            f"$filter has {len(written):,} characters; at most {MAX_FILTER_CHARS:,} are read.",
            parameter="$filter",
        )
    found: list[Word] = []
    at = 0
    while at < len(written):
        match = _WORDS.match(written, at)
        if match is None:
            raise unreadable(f"{written[at : at + 20]!r} cannot be read", at)
        if match.lastgroup != "space":
            found.append(Word(str(match.lastgroup), match[0], at))
        at = match.end()
    return [*found, Word("end", "", at)]


def unreadable(what: str, at: int) -> BadQuery:
    """A fault in a filter, with its place."""
    return BadQuery(f"$filter, character {at}: {what}.", parameter="$filter", position=at)
