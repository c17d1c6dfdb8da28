"""Tables of coverage: area, residents, premises and road length by status, ward by ward.

A cell on a boundary is split between the areas by the exact share of it in each. What a layer
describes of a cell counts (people on the council's side of its edge), so the people of such a
cell are not lost to the part of it that nobody was counted in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.coverage.demand.layer import FOOTFALL, PREMISES, RESIDENTS, ROAD, DemandLayer, Floats
from canopy.coverage.demand.overlaps import Geometries, Overlaps, cell_overlaps
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.classes import Classes, Service, Spot
from canopy.errors import Refused

ALL_OPERATORS = "all"
BEYOND = "beyond"
"""Status of the part of an area that lies outside the run's grid: nothing is known of it."""

KINDS = (RESIDENTS, PREMISES, ROAD, FOOTFALL)


@dataclass(frozen=True, slots=True, eq=False)
class ReportAreas:
    """Areas that figures are given for: wards, and the council as a whole.

    Attributes:
        ids, names: of each.
        polygons: in the grid's CRS, valid.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    polygons: Geometries

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.names) == len(self.polygons):
            raise Refused("areas need as many ids and names as polygons")
        if len(set(self.ids)) != len(self.ids):
            raise Refused("two areas have the same id")

    def with_whole(self, area_id: str, name: str) -> ReportAreas:
        """These and, last, their union: the council of the wards."""
        union = shapely.union_all(self.polygons)
        polygons = np.append(self.polygons, np.array([union], dtype=object))
        return ReportAreas((*self.ids, area_id), (*self.names, name), polygons)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """How much of one area has one status.

    Attributes:
        area_id, area_name: of the area.
        technology: id of what was run, such as "lte-1800".
        place: "outdoor", "indoor" or another word for where.
        operator: a slug, or "all" for the classes over all operators.
        status: "unknown", "total", "partial", "at-least-one", "full" over all operators;
            "unknown", "not-covered", "covered" of one; "beyond" for what lies outside the grid.
        area_m2: area [m2].
        residents, premises, road_m, footfall: amounts; None where no such layer was given, NaN
            where it knows nothing there.
        demand_unknown_m2: area of this status in which any layer given knows nothing [m2].
        area_share, residents_share, premises_share, road_share: of the area's whole, unknown
            included, 0 to 1, so the shares of the statuses add up to 1; None as above or where
            the whole is 0.
    """

    area_id: str
    area_name: str
    technology: str
    place: str
    operator: str
    status: str
    area_m2: float
    residents: float | None
    premises: float | None
    road_m: float | None
    footfall: float | None
    demand_unknown_m2: float
    area_share: float | None
    residents_share: float | None
    premises_share: float | None
    road_share: float | None


@dataclass(frozen=True, slots=True)
class Theme:
    """What was run, named in every row."""

    technology: str
    place: str = "outdoor"


class FigureTable:
    """Areas and layers laid over a grid once, and figures for any classes on it."""

    def __init__(self, grid: Grid, areas: ReportAreas, layers: Sequence[DemandLayer] = ()) -> None:
        kinds = [layer.kind for layer in layers]
        wrong = sorted(set(kinds) - set(KINDS)) or [k for k in kinds if kinds.count(k) > 1]
        if wrong:
            raise Refused(f"figures take one layer of each of {', '.join(KINDS)}; not {wrong[0]}")
        for layer in layers:
            if layer.grid != grid:
                raise Refused(f"the layer {layer.kind} lies on another grid: resample it first")
        self._grid = grid
        self._areas = areas
        self._overlaps = cell_overlaps(grid, areas.polygons)
        self._amounts = {layer.kind: _amounts(self._overlaps, layer) for layer in layers}

    def over_operators(self, classes: Classes, theme: Theme) -> tuple[FigureRow, ...]:
        """Rows for the `Spot` classes, by area and then by status."""
        return self.by_statuses(classes, theme, ALL_OPERATORS, Spot)

    def by_operator(self, services: Mapping[str, Classes], theme: Theme) -> tuple[FigureRow, ...]:
        """Rows for each operator's `Service`, by operator, area and status."""
        return tuple(
            row
            for operator, classes in services.items()
            for row in self.by_statuses(classes, theme, operator, Service)
        )

    def by_statuses(
        self, classes: Classes, theme: Theme, operator: str, words: type[IntEnum]
    ) -> tuple[FigureRow, ...]:
        """Rows for the classes of `words`, which count from 0, by area and then by status."""
        statuses = [(one.value, _word(one)) for one in words]
        if classes.shape != self._grid.shape:
            raise Refused(f"classes of {classes.shape} do not fit a grid of {self._grid.shape}")
        many = len(self._areas.ids)
        of_pair = classes.ravel()[self._overlaps.cell]
        if of_pair.size and int(of_pair.max()) >= len(statuses):
            raise Refused(f"class {of_pair.max()} is none of {[word for _, word in statuses]}")
        slot = self._overlaps.polygon * len(statuses) + of_pair
        shape = (many, len(statuses))
        area = _binned(slot, self._overlaps.area_m2, shape)
        sums = {kind: _known_sums(slot, values, shape) for kind, values in self._amounts.items()}
        missing = np.zeros(len(slot), bool)
        for values in self._amounts.values():
            missing |= np.isnan(values)
        unknown = _binned(slot, np.where(missing, self._overlaps.area_m2, 0.0), shape)
        beyond = self._overlaps.outside_m2
        rows = []
        for index in range(many):
            wholes = _wholes(area[index].sum() + beyond[index], sums, index)
            for value, word in statuses:
                amounts = {kind: float(table[index, value]) for kind, table in sums.items()}
                cell = (float(area[index, value]), float(unknown[index, value]))
                rows.append(self._row(index, theme, operator, word, cell, amounts, wholes))
            if beyond[index] > 0:
                cell = (float(beyond[index]), float(beyond[index]))
                nothing = dict.fromkeys(sums, float("nan"))
                rows.append(self._row(index, theme, operator, BEYOND, cell, nothing, wholes))
        return tuple(rows)

    def _row(
        self,
        index: int,
        theme: Theme,
        operator: str,
        status: str,
        cell: tuple[float, float],
        amounts: Mapping[str, float],
        wholes: Mapping[str, float],
    ) -> FigureRow:
        area_m2, unknown_m2 = cell
        return FigureRow(
            self._areas.ids[index],
            self._areas.names[index],
            theme.technology,
            theme.place,
            operator,
            status,
            area_m2,
            amounts.get(RESIDENTS),
            amounts.get(PREMISES),
            amounts.get(ROAD),
            amounts.get(FOOTFALL),
            unknown_m2,
            _share(area_m2, wholes["area"]),
            _share(amounts.get(RESIDENTS), wholes.get(RESIDENTS)),
            _share(amounts.get(PREMISES), wholes.get(PREMISES)),
            _share(amounts.get(ROAD), wholes.get(ROAD)),
        )


def _word(status: IntEnum) -> str:
    return status.name.lower().replace("_", "-")


def _amounts(overlaps: Overlaps, layer: DemandLayer) -> Floats:
    """What each pair of area and cell has of the layer; NaN where it is unknown."""
    per_cell = layer.per_cell.ravel()[overlaps.cell]
    if layer.described_m2 is None:
        return per_cell * (overlaps.area_m2 / overlaps.grid.cell_m**2)
    # Where boundaries differ a little the areas may overlap less, or more, of the cell than
    # is described; a cell's people are never counted more than once in one area.
    described = layer.described_m2.ravel()[overlaps.cell]
    share = np.divide(overlaps.area_m2, described, out=np.ones_like(described), where=described > 0)
    return per_cell * np.minimum(share, 1.0)


def _binned(slot: NDArray[np.int64], amounts: Floats, shape: tuple[int, int]) -> Floats:
    flat = np.bincount(slot, amounts, shape[0] * shape[1]).astype(np.float64)
    return flat.reshape(shape)


def _known_sums(slot: NDArray[np.int64], amounts: Floats, shape: tuple[int, int]) -> Floats:
    """Sums of what is known; NaN for a status whose cells are all unknown, 0 for one without."""
    known = ~np.isnan(amounts)
    total = _binned(slot[known], amounts[known], shape)
    every = _binned(slot, np.ones(len(slot)), shape)
    counted = _binned(slot[known], np.ones(int(known.sum())), shape)
    return np.where((counted == 0) & (every > 0), np.nan, total)


def _wholes(area_m2: float, sums: Mapping[str, Floats], index: int) -> dict[str, float]:
    return {"area": float(area_m2)} | {
        kind: float(np.nansum(table[index])) for kind, table in sums.items()
    }


def _share(part: float | None, whole: float | None) -> float | None:
    if part is None or not whole or np.isnan(part):
        return None
    return part / whole
