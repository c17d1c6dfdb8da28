"""Reading a resource path: ``Things(1)/Datastreams(2)/Observations``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from canopy.iot.sensorthings.problem import BadQuery

MAX_PATH_CHARS = 2_000
MAX_STEPS = 12
_STEP = re.compile(r"(?P<name>[$@A-Za-z][A-Za-z0-9_.@]*)(?:\((?P<id>.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A name, and the id in its brackets, without quotes."""

    name: str
    id: str | None


def steps_of(path: str) -> list[Step]:
    """The steps of a path. Raises BadQuery."""
    if len(path) > MAX_PATH_CHARS:
        raise BadQuery(f"The path has over {MAX_PATH_CHARS:,} characters.")
    written = _split(path.strip("/"))
    if len(written) > MAX_STEPS:
        raise BadQuery(f"The path has more than {MAX_STEPS} steps.")
    return [_step(each) for each in written if each]


def _step(written: str) -> Step:
    match = _STEP.fullmatch(written)
    if match is None:
        raise BadQuery(f"{written[:60]!r} is no step of a path; write Things(1)/Datastreams.")
    named = match["id"]
    if named is not None and len(named) > 1 and named[0] == named[-1] == "'":
        named = named[1:-1].replace("''", "'")
    return Step(match["name"], named)


def _split(path: str) -> list[str]:
    """Parts between slashes that stand outside brackets."""
    parts, depth, begins = [], 0, 0
    for at, sign in enumerate(path):
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif sign == "/" and depth == 0:
            parts.append(path[begins:at])
            begins = at + 1
    return [*parts, path[begins:]]
