"""Parameters that several searches have, read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping

from canopy.api.ogc import limits
from canopy.api.problems import BadRequest

_TRUTHS = {"true": True, "false": False}


def whole_number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A whole number from 1; more than `most` is brought down to it. Raises BadRequest."""
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 18 or int(text) < 1:
        raise BadRequest(
            f"{name} is a whole number from 1 to {most:,}, and not {text[:40]!r}; more is "
            "brought down to that.",
            parameter=name,
        )
    return min(int(text), most)


def number(given: Mapping[str, str], name: str) -> float:
    """A finite number of the size that coordinates have. Raises BadRequest."""
    text = given[name]
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if "_" in text or not abs(found) <= limits.MAX_COORDINATE:  # also refuses NaN
        raise BadRequest(
            f"{name}={text[:40]}: that is no number within ±{limits.MAX_COORDINATE:g}.",
            parameter=name,
        )
    return found


def truth(given: Mapping[str, str], name: str) -> bool:
    """A truth value, false where none is given. Raises BadRequest."""
    text = given.get(name, "false")
    if text not in _TRUTHS:
        raise BadRequest(f"{name} is true or false, and not {text[:40]!r}.", parameter=name)
    return _TRUTHS[text]


def json_only(given: Mapping[str, str]) -> None:
    """Raise BadRequest where another form than JSON is asked for."""
    if given.get("f", "json") != "json":
        raise BadRequest("This is answered as json only.", parameter="f")
