"""One place of a run: what its files hold there, and every site that is heard there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from canopy.coverage.compiled import ONE_AT_A_TIME, may_threads_meet
from canopy.coverage.engine.hearing import Hearing, heard_at
from canopy.coverage.engine.problem import Problem
from canopy.coverage.files.layers import (
    OPERATOR_PROBABILITY,
    OPERATOR_RSRP,
    RUN_LAYERS,
    LayerKind,
)
from canopy.coverage.files.parts import layer_file
from canopy.coverage.files.rasters import SUFFIX
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.classes import Service, Spot, combine, relied_on, services
from canopy.coverage.notspots.operators import OperatorSet
from canopy.coverage.validity import Validity
from canopy.errors import NotFound, NotReadyYet
from canopy.geo import WGS84, transformer

MOST_SERVERS = 20
LONGEST_WAIT_S = 20.0
"""For kernels that a run is using."""

State = Literal["known", "unknown", "none", "beyond"]
"""Whether there is a value; "none": no site reaches; "beyond": outside the run's area."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a run.

    Attributes:
        row, column: of the grid.
        easting_m, northing_m: of its centre, in the grid's CRS [m].
    """

    row: int
    column: int
    easting_m: float
    northing_m: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A layer's value at a place, None unless its state is "known"."""

    kind: LayerKind
    state: State
    value: float | None


@dataclass(frozen=True, slots=True)
class OperatorReading:
    """One operator at a place; `service` as in `canopy.coverage.notspots.classes`."""

    operator: str
    level: Reading
    probability: Reading
    service: Service


@dataclass(frozen=True, slots=True)
class Stored:
    """What a run's files hold of one cell.

    Attributes:
        validity: how far the best level can be trusted.
        spot: the class of the cell over all operators, None beyond the area.
        readings: of the layers over all operators, but for indices and the flag.
        server, second_server: numbers of the run's sites, None where there is none.
        operators: each by itself.
    """

    validity: Validity
    spot: Spot | None
    readings: tuple[Reading, ...]
    server: int | None
    second_server: int | None
    operators: tuple[OperatorReading, ...]


def place_in(grid: Grid, lon: float, lat: float) -> Place:
    """The cell at a position [degrees]. Raises NotFound beyond the grid."""
    x, y = transformer(WGS84, f"EPSG:{grid.epsg}").xy(np.array([lon]), np.array([lat]))
    cell = grid.cell_at(float(x[0]), float(y[0])) if np.isfinite([x[0], y[0]]).all() else None
    if cell is None:
        raise NotFound(f"The run has no cell at longitude {lon:g}, latitude {lat:g}.")
    return Place(*cell, float(grid.eastings_m[cell[1]]), float(grid.northings_m[cell[0]]))


def stored_at(folder: Path, place: Place, threshold_dbm: float) -> Stored:
    """What the files of a run hold at a place."""
    values = {kind.name: _values(folder, kind, place) for kind in RUN_LAYERS}
    validity = Validity(int(values["flag"]["flag"]))
    is_beyond = validity is Validity.OUTSIDE
    readings = tuple(
        _reading(kind, values[kind.name][kind.name], is_beyond)
        for kind in RUN_LAYERS
        if kind.name not in ("server", "second_server", "flag")
    )
    levels = _values(folder, OPERATOR_RSRP, place)
    shares = _values(folder, OPERATOR_PROBABILITY, place)
    served = services(
        {name: np.array([level]) for name, level in levels.items()},
        threshold_dbm,
        OperatorSet(tuple(levels)),
        relied_on(np.array([validity], np.uint8)),
    )
    return Stored(
        validity,
        None if is_beyond else Spot(int(combine(served)[0])),
        readings,
        _number(values["server"]["server"]),
        _number(values["second_server"]["second_server"]),
        tuple(
            OperatorReading(
                name,
                _reading(OPERATOR_RSRP, level, is_beyond),
                _reading(OPERATOR_PROBABILITY, shares[name], is_beyond),
                Service(int(served[name][0])),
            )
            for name, level in levels.items()
        ),
    )


def hearing_at(problem: Problem, place: Place) -> Hearing:
    """The strongest sites at a place. Raises NotReadyYet where runs use the kernels for long."""
    with _kernels():
        return heard_at(problem, place.row, place.column, MOST_SERVERS)


@contextmanager
def _kernels() -> Iterator[None]:
    if may_threads_meet():
        yield
        return
    if not ONE_AT_A_TIME.acquire(timeout=LONGEST_WAIT_S):
        raise NotReadyYet("The service is computing a run; ask again in a while.")
    try:
        yield
    finally:
        ONE_AT_A_TIME.release()


def layer_path(folder: Path, kind: LayerKind) -> Path:
    """Where a run keeps a layer. Raises NotFound where the file is gone."""
    path = folder / f"{kind.name}{SUFFIX}"
    if not path.is_file():
        raise NotFound(f"The run has no file {path.name}.")
    return path


def _values(folder: Path, kind: LayerKind, place: Place) -> dict[str, float]:
    with layer_file(layer_path(folder, kind)) as layer:
        return layer.at(place.row, place.column)


def _reading(kind: LayerKind, value: float, is_beyond: bool) -> Reading:
    if is_beyond:
        return Reading(kind, "beyond", None)
    if math.isnan(value) or value == kind.nodata:
        return Reading(kind, "unknown", None)
    return Reading(kind, "none", None) if math.isinf(value) else Reading(kind, "known", value)


def _number(index: float) -> int | None:
    return int(index) if index >= 0 else None
