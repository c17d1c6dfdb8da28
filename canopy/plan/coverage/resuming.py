"""A run that is solved part by part, each part kept on disk until the whole is done.

A part's layers depend on nothing but the problem and the part, so those of a run that was
killed are as good as new ones. They are kept under a fingerprint of all that they were
computed from: what was asked, the bytes of every input, and the version of Canopy.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy import __version__
from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.coverage.engine.finish_kernel import Told
from canopy.coverage.engine.open_kernel import BLOCK
from canopy.coverage.engine.parts import OperatorPart, Part, PartAnswer, parts_of
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.solve import assemble, solve_part
from canopy.coverage.result import CoverageResult
from canopy.plan.coverage.gathering import Gathered
from canopy.plan.coverage.holding import held_for
from canopy.plan.coverage.running import Solver

SIDE_CELLS = 16 * BLOCK
"""Side of the parts that are kept [cells]: a few seconds of work, so little is done twice."""

_ARRAYS = ("first", "second", "first_dbm", "second_dbm", "above")

Arrays = dict[str, NDArray[Any]]


def fingerprint(gathered: Gathered, asked: dict[str, Any], side: int = SIDE_CELLS) -> str:
    """SHA-256 over all that the layers of a run follow from.

    asked: the request as JSON values.
    """
    told = {
        "version": __version__,
        "side": side,
        "request": asked,
        "inputs": [[each.name, each.sha256] for each in gathered.inputs],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def kept_below(folder: Path, asked: dict[str, Any]) -> Solver:
    """A solver that keeps the parts of a run below a folder; what is there is not redone.

    asked: the request as JSON values.
    """

    def solver(
        gathered: Gathered, prepared: Prepared, progress: Callable[[float], None]
    ) -> CoverageResult:
        return solve_resumably(prepared, folder / fingerprint(gathered, asked), progress)

    return solver


def solve_resumably(
    prepared: Prepared,
    work: Path,
    progress: Callable[[float], None],
    side: int = SIDE_CELLS,
) -> CoverageResult:
    """The whole run, its parts kept in the folder `work`; those that are there are not redone.

    progress: called with the share that is done, 0 to 1; what it raises stops the run, and
    the parts stay. However often it is broken off, the result is the same, bit for bit.
    """
    work.mkdir(parents=True, exist_ok=True)
    parts = list(parts_of(prepared.grid.shape, side))
    held = held_for(prepared, work)
    return assemble(prepared, _answers(prepared, parts, work), len(parts), progress, held)


def _answers(
    prepared: Prepared, parts: list[Part], work: Path
) -> Iterator[tuple[Part, PartAnswer]]:
    for part in parts:
        path = work / f"part-{part.row}-{part.column}.npz"
        answer = _kept(path, prepared, part)
        if answer is None:
            with ONE_AT_A_TIME:
                answer = solve_part(prepared, part)
            _keep(path, answer)
        yield part, answer


def _keep(path: Path, answer: PartAnswer) -> None:
    """Write a part, whole or not at all."""
    arrays: Arrays = {}
    for number, part in enumerate(answer.by_operator.values()):
        arrays |= {f"{number}/{name}": getattr(part, name) for name in _ARRAYS}
        arrays |= {f"{number}/{name}": getattr(part.told, name) for name in Told._fields}
        arrays[f"{number}/links"] = np.array(part.links_evaluated, np.int64)
    unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def _kept(path: Path, prepared: Prepared, part: Part) -> PartAnswer | None:
    """A part that was computed before; None where it is not there, or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays: Arrays = {name: file[name] for name in file.files}
        answer = PartAnswer(
            {
                operator: _operator_part(arrays, number)
                for number, operator in enumerate(prepared.operators)
            }
        )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    whole = all(each.first.shape == part.shape for each in answer.by_operator.values())
    return answer if whole else None


def _operator_part(arrays: Arrays, number: int) -> OperatorPart:
    told = Told(*(arrays[f"{number}/{name}"] for name in Told._fields))
    mine: Arrays = {name: arrays[f"{number}/{name}"] for name in _ARRAYS}
    return OperatorPart(**mine, told=told, links_evaluated=int(arrays[f"{number}/links"]))
