"""The rasters of a run: fixed names, units and what stands for "not known" in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.result import CoverageResult
from canopy.coverage.validity import Validity
from canopy.errors import Refused

Overviews = Literal["NEAREST", "AVERAGE", "MODE"]


@dataclass(frozen=True, slots=True)
class LayerKind:
    """How one quantity of a run is stored.

    Attributes:
        name: of the file and, where there is one band, of the band.
        unit: of the values, "" for counts and codes.
        description: what a value means, and the values that are no measurement.
        nodata: what stands for "not known": NaN in real layers; in integer ones a value that
            cannot occur, or None where a code of the layer says it.
        overviews: how GDAL makes the coarser copies. Levels in decibels are not averaged: the
            mean of decibels is not the level of the mean, and one cell that no site reaches
            (-inf) would swallow its neighbours. So nearest keeps values that do occur.
    """

    name: str
    unit: str
    description: str
    nodata: float | None
    overviews: Overviews


@dataclass(frozen=True, slots=True, eq=False)
class RasterLayer:
    """Bands of one kind that belong to one file; all have the grid's shape and one dtype."""

    kind: LayerKind
    bands: tuple[NDArray[np.generic], ...]
    band_names: tuple[str, ...]


_NAN = float("nan")
_REACH = "-inf where no site reaches, NaN where not known"

RUN_LAYERS: tuple[LayerKind, ...] = (
    LayerKind("rsrp_dbm", "dBm", f"Reference level of the best server; {_REACH}", _NAN, "NEAREST"),
    LayerKind(
        "sinr_db",
        "dB",
        f"Signal to interference and noise of the best server in its operator's network; {_REACH}",
        _NAN,
        "NEAREST",
    ),
    LayerKind(
        "margin_db",
        "dB",
        "Best server less second; +inf where there is no second, NaN where not known",
        _NAN,
        "NEAREST",
    ),
    LayerKind(
        "probability",
        "1",
        "That a place in the cell is at or above the threshold, 0 to 1; NaN where not known",
        _NAN,
        "AVERAGE",
    ),
    LayerKind(
        "throughput_mbps",
        "Mbit/s",
        "Peak that one user alone in the cell may expect; NaN where not known",
        _NAN,
        "AVERAGE",
    ),
    LayerKind(
        "server",
        "",
        "Index of the best server in the run's sites, counted from 0; -1 where none reaches, "
        "-2 where not known",
        -2,
        "NEAREST",
    ),
    LayerKind(
        "second_server",
        "",
        "Index of the next best server; -1 where there is none, -2 where not known",
        -2,
        "NEAREST",
    ),
    LayerKind(
        "operators_above",
        "",
        "How many operators reach the threshold; 255 where not known",
        255,
        "NEAREST",
    ),
    LayerKind(
        "servers_above",
        "",
        "How many sites reach the threshold; 65535 where not known",
        65_535,
        "NEAREST",
    ),
    LayerKind(
        "flag",
        "",
        "0 in the method's range, 1 extrapolated, 2 refused, 3 not known, 4 outside the area",
        None,
        "MODE",
    ),
)
"""What every run has, in this order, under the names of `CoverageResult`."""

OPERATOR_RSRP = LayerKind(
    "operator_rsrp_dbm",
    "dBm",
    f"Reference level of each operator's best server, one band an operator; {_REACH}",
    _NAN,
    "NEAREST",
)
OPERATOR_PROBABILITY = LayerKind(
    "operator_probability",
    "1",
    "That a place in the cell is at or above the threshold, one band an operator; NaN where "
    "not known",
    _NAN,
    "AVERAGE",
)


def run_layers(result: CoverageResult) -> tuple[RasterLayer, ...]:
    """All rasters of a run; those by operator last, and only where it has operators."""
    known = result.flag <= Validity.EXTRAPOLATED
    found = []
    for kind in RUN_LAYERS:
        values = _checked(result, getattr(result, kind.name), kind.name)
        found.append(RasterLayer(kind, (_marked(values, kind, known),), (kind.name,)))
    if result.operators:
        of = result.by_operator
        missing = [name for name in result.operators if name not in of]
        if missing:
            raise Refused(f"the run names {', '.join(missing)} but has no layers of them")
        for kind, attribute in (
            (OPERATOR_RSRP, "rsrp_dbm"),
            (OPERATOR_PROBABILITY, "probability"),
        ):
            bands = tuple(
                _checked(result, getattr(of[name], attribute), f"{attribute} of {name}")
                for name in result.operators
            )
            found.append(RasterLayer(kind, bands, result.operators))
    return tuple(found)


def _marked(
    values: NDArray[np.generic], kind: LayerKind, known: NDArray[np.bool_]
) -> NDArray[np.generic]:
    """Counts and indices with their own value where nothing is known: a count of 0 is a fact."""
    if kind.nodata is None or np.issubdtype(values.dtype, np.floating):
        return values
    return np.where(known, values, values.dtype.type(kind.nodata))


def _checked(result: CoverageResult, values: NDArray[np.generic], what: str) -> NDArray[np.generic]:
    if values.shape != result.grid.shape:
        raise Refused(f"{what} has the shape {values.shape}, the grid {result.grid.shape}")
    return values
