"""The inputs of a finished run, read again to ask more of it than its files hold.

What is asked is answered from them only while they are, byte for byte, what the run was
computed from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from canopy.access.rules import Principal, Role
from canopy.coverage.engine.problem import Problem
from canopy.db.engine import Database
from canopy.errors import LimitExceeded, Refused
from canopy.plan.coverage.asset_sites import Catalogue
from canopy.plan.coverage.gathering import Gathered, gather
from canopy.plan.coverage.inputs import without_path
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.tables import CoverageRun

MOST_BYTES = 512 * 1024**2
"""Inputs together that are read while somebody waits for the answer."""
MOST_KEPT_HEIGHTS = 25_000_000
"""Terrain that is kept in memory for the next question: 100 MB."""

Told = frozenset[tuple[str, str]]
"""Name and SHA-256 of every input."""
Stamp = tuple[str, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Reread:
    """A run's inputs as they are now.

    Attributes:
        problem: what the run solved; None where it cannot be had, or is not the same.
        reason: why it is None, a sentence for whoever asks.
    """

    problem: Problem | None
    reason: str = ""


def reread(run: CoverageRun, inputs: Path | None, database: Database) -> Reread:
    """What a finished run solved, from the folder `inputs` (absolute) and the catalogue."""
    if inputs is None:
        return Reread(None, "No folder of inputs is set here.")
    audience = Role(run.audience)
    catalogue = Catalogue(database, Principal(audience, f"audience:{audience}"))
    try:
        with without_path(inputs):
            problem, told = _read(run.request, inputs, catalogue)
    except (Refused, LimitExceeded) as error:
        return Reread(None, f"The run's inputs cannot be read as they were: {error.detail}.")
    changed = sorted({name for name, _ in told ^ recorded(run)})
    if changed:
        return Reread(None, f"Since the run these inputs were changed: {', '.join(changed)}.")
    return Reread(problem)


def recorded(run: CoverageRun) -> Told:
    """The inputs that a run was computed from."""
    found = (run.provenance or {}).get("inputs", ())
    return frozenset((each["name"], each["sha256"]) for each in found)


def _read(asked: dict[str, Any], inputs: Path, catalogue: Catalogue) -> tuple[Problem, Told]:
    request = from_json(asked, inputs)
    stamps = tuple(sorted(_stamps(request)))
    total = sum(size for _, size, _ in stamps)
    if total > MOST_BYTES:
        raise LimitExceeded(
            f"they are {total / 1024**2:,.0f} MB, more than the {MOST_BYTES // 1024**2} that are "
            "read while somebody waits"
        )
    if request.assets is not None:  # what the catalogue holds has no stamp
        return _found(gather(request, catalogue))
    problem, told = _gathered(json.dumps(asked, sort_keys=True), inputs, stamps)
    if problem.terrain is not None and problem.terrain.height_m.size > MOST_KEPT_HEIGHTS:
        _gathered.cache_clear()
    return problem, told


@lru_cache(maxsize=2)
def _gathered(asked: str, inputs: Path, stamps: tuple[Stamp, ...]) -> tuple[Problem, Told]:
    """Inputs by what was asked; the stamps of the files make another of them when one changes."""
    return _found(gather(from_json(json.loads(asked), inputs)))


def _found(gathered: Gathered) -> tuple[Problem, Told]:
    return gathered.problem, frozenset((each.name, each.sha256) for each in gathered.inputs)


def _stamps(request: RunRequest) -> Iterator[Stamp]:
    """Path, size [bytes] and time of change [ns] of every file that a request names."""
    for named in _paths(request):
        files = named.rglob("*") if named.is_dir() else (named,)
        for path in files:
            if path.is_file():
                told = path.stat()
                yield str(path), told.st_size, told.st_mtime_ns


def _paths(value: object) -> Iterator[Path]:
    """The files and folders anywhere in a request."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _paths(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _paths(getattr(value, field.name))
