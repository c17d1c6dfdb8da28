"""Not-spot polygons as a layer for files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.files.columns import Column, Table, integer, real, text
from canopy.coverage.files.polygons import PolygonLayer
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.polygons import SpotPolygon


def spot_layer(
    spots: Sequence[SpotPolygon],
    grid: Grid,
    demand: Sequence[DemandLayer] = (),
    *,
    name: str = "not_spots",
    title: str = "Not-spots",
) -> PolygonLayer:
    """The polygons with a column for each kind of demand, in its unit."""
    columns: list[Column] = [
        text("spot_id", [spot.spot_id for spot in spots], "class and north-west corner"),
        text("class", [spot.spot.name.lower() for spot in spots], "total, partial, …"),
        integer("cells", [spot.cells for spot in spots], description="cells of the grid"),
        real("area", [spot.area_m2 for spot in spots], "m²", "of the cells"),
    ]
    columns += [
        real(layer.kind, [spot.demand.get(layer.kind) for spot in spots], layer.unit)
        for layer in demand
    ]
    columns.append(
        real(
            "demand_unknown",
            [spot.demand_unknown_m2 for spot in spots],
            "m²",
            "area in which a kind of demand is not known",
        )
    )
    outlines = np.empty(len(spots), dtype=object)
    outlines[:] = [spot.polygon for spot in spots]
    return PolygonLayer(Table(name, title, tuple(columns)), outlines, grid.epsg)
