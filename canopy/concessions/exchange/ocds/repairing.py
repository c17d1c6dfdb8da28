"""Texts of releases that were damaged on their way, as the catalogue's importer repairs them."""

from __future__ import annotations

import re

from canopy.assets.importers.mojibake import repaired

_DOUBLE = re.compile(r"(?:rn){2,}(?=[^a-z]|$)")
_SINGLE = re.compile(r"(?<=[A-Za-z0-9.,:;)?&])rn(?=[A-Z0-9•*-])")
_REAL_ENDING = re.compile(
    r"(?:mode|weste|easte|northe|southe|patte|retu|conce|inte|exte|lea|gove|ste|"
    r"\b[bcdfhtwy][aeiou])$",
    re.IGNORECASE,
)
"""Before `rn`, these make English words: NorthernPowergrid has no lost line break."""
MULTILINE = frozenset({"description", "streetAddress", "rationale"})
"""Members whose texts have lines. In others nothing is taken for a lost line break."""


def repair(value: object, member: str = "") -> object:
    """A copy of a JSON value with its texts repaired."""
    if isinstance(value, dict):
        return {key: repair(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [repair(each, member) for each in value]
    if not isinstance(value, str):
        return value
    text = repaired(value) or value
    return line_breaks(text) if member in MULTILINE else text


def line_breaks(text: str) -> str:
    """Line breaks that lost their backslashes, `RoadrnLondon`, put back where that is certain."""
    text = _DOUBLE.sub(lambda found: "\n" * (len(found[0]) // 2), text)

    def one(found: re.Match[str]) -> str:
        return found[0] if _REAL_ENDING.search(text[: found.start()][-12:]) else "\n"

    return _SINGLE.sub(one, text)
