"""What is counted in a run's cells: residents, premises, roads and footfall."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from canopy.coverage.demand.layer import FOOTFALL, DemandLayer
from canopy.coverage.demand.points import WeightedPoints, footfall_per_cell, points_per_cell
from canopy.coverage.demand.raster import read_raster, resampled
from canopy.coverage.demand.residents import Footprints, residents_per_cell
from canopy.coverage.demand.roads import road_length_per_cell
from canopy.coverage.demand.zones import read_polygons, with_counts
from canopy.coverage.files.provenance import Input
from canopy.coverage.grid import Grid
from canopy.coverage.terrain.archives import sha256_of
from canopy.plan.coverage.features import read_features
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.sources import DemandSources, FeatureFile, FootfallRaster, PeopleSource


@dataclass(frozen=True, slots=True)
class Demand:
    """Layers on a run's grid, the files they were read from, and how they were made."""

    layers: tuple[DemandLayer, ...]
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


def demand_of(request: RunRequest, grid: Grid) -> Demand:
    """All layers that are asked for. Raises Refused or BadSource, naming the file."""
    counting = _Counting(grid)
    if request.people is not None:
        counting.people(request.people)
    counting.others(request.demand)
    layers = counting.layers
    told = [f"{layer.kind}: {note}." for layer in layers for note in layer.notes]
    paths = dict.fromkeys(path for path in counting.paths if path != request.area)
    return Demand(
        tuple(layers),
        tuple(Input(path.name, sha256_of(path)) for path in paths),
        (*counting.notes, *told),
    )


class _Counting:
    """Layers so far, the files read for them, and what is to be said."""

    def __init__(self, grid: Grid) -> None:
        self.layers: list[DemandLayer] = []
        self.paths: list[Path] = []
        self.notes: list[str] = []
        self._grid = grid

    def people(self, source: PeopleSource) -> None:
        zones = read_polygons(source.zones, id_field=source.zone_id, epsg=self._grid.epsg)
        counted = with_counts(
            zones, source.counts, id_field=source.counts_id, count_field=source.count
        )
        self.paths += [source.zones, source.counts]
        self.layers.append(residents_per_cell(self._grid, counted, self._weights(source)).layer)

    def _weights(self, source: PeopleSource) -> Footprints | WeightedPoints | None:
        if source.points is not None:
            return self._points(source.points, source.points.file.name)
        if source.buildings is None:
            return None
        read = read_features(source.buildings, self._grid.epsg)
        self._opened(source.buildings, read.notes)
        return Footprints(read.outlines(), read.counted())

    def others(self, sources: DemandSources) -> None:
        grid = self._grid
        if sources.premises is not None:
            self.layers.append(points_per_cell(grid, self._points(sources.premises, "premises")))
        if sources.roads is not None:
            read = read_features(sources.roads, grid.epsg)
            self._opened(sources.roads, read.notes)
            self.layers.append(road_length_per_cell(grid, read.lines()).every)
        if sources.footfall is not None:
            self._footfall(sources.footfall)
        if sources.counters is not None:
            counters = self._points(sources.counters, "counters")
            self.layers.append(footfall_per_cell(grid, counters))

    def _footfall(self, source: FootfallRaster) -> None:
        frame, values = read_raster(source.file)
        self.paths.append(source.file)
        self.layers.append(
            resampled(
                self._grid, frame, values.astype(np.float64), kind=FOOTFALL, unit=source.unit,
                values_are=source.values_are,
            )
        )  # fmt: skip

    def _points(self, source: FeatureFile, what: str) -> WeightedPoints:
        read = read_features(source, self._grid.epsg)
        self._opened(source, read.notes)
        return read.points(what)

    def _opened(self, source: FeatureFile, notes: tuple[str, ...]) -> None:
        self.paths.append(source.file)
        self.notes += notes
