"""Kinds whose positions are published as grid cells, and what goes out with a cell.

CCTV is coarse because of crime, ducts, chambers and fibre because of sabotage: exact
routes are shared under agreement only, as the National Underground Asset Register does.

A cell is worth nothing when a field beside it gives the place back, so what goes out
with it is listed here, and everything else is withheld, whatever its own level: a new
public attribute of such a kind stays hidden until it is listed. Not listed, because

- ``ref``, ``name``, ``site_name``, ``address``, ``external_id`` are a register's words,
  and registers write "outside no. 5"; so do their street columns for cameras ("Wharf
  Road/tram stop"), hence no ``street`` and no ``usrn`` for CCTV;
- ``ward`` and ``designations`` are derived from the exact position: a listed building
  in the cell, or a boundary through it, would find it;
- ``height_m``, ``power``, ``ground_m_aod``, ``postcode``, ``uprn``, accuracy and
  distances find the place by comparison with other data;
- ``version``, ``updated_at``, condition and inspections tell when somebody worked on
  it, and ``status`` of a camera that it is off.

That a duct or chamber lies in a street is no secret: its street stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.kinds import Kind


@dataclass(frozen=True, slots=True)
class Coarse:
    """What is seen of a kind by roles below operator.

    `cell_m` is the side of the grid cell [m]; `columns` and `attributes` bound what goes
    out with it, each still subject to its own level.
    """

    cell_m: float
    columns: frozenset[str]
    attributes: frozenset[str]


_WITH_ANY_CELL = frozenset(
    (
        "asset_id",
        "kind",
        "authority",
        "source",
        "availability",
        "owner",
        "maintainer",
        "locality",
        "observed_on",
        "licence",
        "created_at",
        "withdrawn_at",
    )
)


def _underground(*attributes: str) -> Coarse:
    return Coarse(
        500.0,
        _WITH_ANY_CELL | {"status", "street", "usrn"},
        frozenset(("attribution", "adopted_highway", *attributes)),
    )


COARSE: Mapping[Kind, Coarse] = MappingProxyType(
    {
        Kind.cctv: Coarse(
            100.0,
            _WITH_ANY_CELL,
            frozenset(("attribution", "area_name", "area_code", "public_space")),
        ),
        Kind.chamber: _underground("carriageway"),
        Kind.duct: _underground(),
        Kind.fibre: _underground("deployment"),
    }
)
"""The kinds whose positions are coarse for roles below operator."""


def cell_centres(
    geometries: NDArray[np.object_], cells_m: Sequence[float | None]
) -> NDArray[np.object_]:
    """Geometries with a cell size [m] replaced by the centre of the cell they stand in.

    The grid starts at the origin of the storage CRS. A line or an area stands in the
    cell of a point on it, so that it shows one cell and not its course. None where a
    geometry with a cell size is missing or empty.
    """
    sizes = np.array([np.nan if cell is None else cell for cell in cells_m], dtype=float)
    coarse = ~np.isnan(sizes)
    shown = geometries.copy()
    shown[coarse] = None
    placed = coarse & ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    points = shapely.point_on_surface(geometries[placed])
    size = sizes[placed]
    x = (np.floor(shapely.get_x(points) / size) + 0.5) * size
    y = (np.floor(shapely.get_y(points) / size) + 0.5) * size
    shown[placed] = shapely.points(x, y)
    return shown
