"""A run's cells gathered in larger blocks, as Ofcom publishes: layers and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from canopy.coverage.files.bundle import PlacedLayer
from canopy.coverage.files.layers import LayerKind, RasterLayer
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.aggregation import (
    Blocks,
    aggregated_service,
    aggregated_spots,
    on_cells,
)
from canopy.coverage.notspots.classes import Classes, Levels, Mask
from canopy.coverage.notspots.figures import FigureRow, FigureTable, Theme

RULE = (
    "A block has the class of most of its cells in the area, the worse one where two are equal, "
    "and the best level of its known cells."
)


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Who covers which cell, and at which level.

    Attributes:
        grid: the cells.
        levels: of each operator [dBm].
        by_operator: `Service` of each.
        spots: `Spot` over all.
        within: cells of the area.
    """

    grid: Grid
    levels: Mapping[str, Levels]
    by_operator: Mapping[str, Classes]
    spots: Classes
    within: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Aggregated:
    """Blocks of one side: layers on their grid, and figures of the area by them."""

    layers: tuple[PlacedLayer, ...]
    figures: tuple[FigureRow, ...]


def aggregated(services: Services, side_m: float, table: FigureTable, theme: Theme) -> Aggregated:
    """Blocks of `side_m` [m]; their figures have a place of their own, such as
    ``outdoor-100m``."""
    best = strongest(services.levels)
    over_all = aggregated_spots(services.grid, best, services.spots, side_m, services.within)
    of_each = {
        name: on_cells(
            aggregated_service(
                services.grid, services.levels[name], classes, side_m, services.within
            ),
            services.grid,
        )
        for name, classes in services.by_operator.items()
    }
    place = Theme(theme.technology, f"{theme.place}-{side_m:g}m")
    rows = (
        *table.over_operators(on_cells(over_all, services.grid), place),
        *table.by_operator(of_each, place),
    )
    return Aggregated(_layers(over_all, side_m), rows)


def strongest(levels: Mapping[str, Levels]) -> Levels:
    """The best level of those known, NaN where none is."""
    best: Levels = np.fmax.reduce(list(levels.values()))
    return best


def _layers(blocks: Blocks, side_m: float) -> tuple[PlacedLayer, ...]:
    name = f"blocks_{side_m:g}m".replace(".", "_")
    known = "share of the block's cells that are known is in the second band"
    kinds = (
        (
            LayerKind(
                f"{name}_class",
                "",
                f"0 not known, 1 total, 2 partial, 3 at least one, 4 full. {RULE}",
                None,
                "NEAREST",
            ),
            (blocks.classes,),
            ("class",),
        ),
        (
            LayerKind(
                f"{name}_covered",
                "1",
                f"Share of known cells that an operator covers, 0 to 1; the {known}",
                float("nan"),
                "AVERAGE",
            ),
            (blocks.share_covered.astype(np.float32), blocks.share_known.astype(np.float32)),
            ("covered", "known"),
        ),
        (
            LayerKind(
                f"{name}_rsrp_dbm",
                "dBm",
                "Best level of the block's known cells; -inf where no site reaches",
                float("nan"),
                "NEAREST",
            ),
            (blocks.level_dbm,),
            ("rsrp_dbm",),
        ),
    )
    return tuple(
        PlacedLayer(RasterLayer(kind, bands, names), blocks.grid) for kind, bands, names in kinds
    )
