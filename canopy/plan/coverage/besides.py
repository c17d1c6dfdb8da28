"""What stands beside a run's own answer: published figures, broadband and measured levels.

It is read before any level is computed, so that a fault in it is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from canopy.coverage.files.bundle import PlacedLayer
from canopy.coverage.files.layers import LayerKind, RasterLayer
from canopy.coverage.files.provenance import OGL, Input
from canopy.coverage.grid import Grid
from canopy.coverage.measurements.reading import MeasurementFile, read_measurements
from canopy.coverage.notspots.aggregation import block_grid
from canopy.coverage.notspots.broadband import (
    BroadbandSpots,
    PostcodePoints,
    broadband_spots,
    read_fixed_coverage,
)
from canopy.coverage.notspots.broadband_figures import BroadbandRow, broadband_by_area
from canopy.coverage.notspots.figures import ReportAreas
from canopy.coverage.notspots.ofcom import PublishedCoverage, read_mobile_coverage
from canopy.coverage.terrain.archives import sha256_of
from canopy.errors import BadSource
from canopy.plan.coverage.features import read_features
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.wishes import BroadbandSource

OFCOM_ATTRIBUTION = "Contains Ofcom data (Connected Nations)"


@dataclass(frozen=True, slots=True, eq=False)
class Broadband:
    """Fixed broadband over an area.

    Attributes:
        spots: each theme on the grid and by postcode.
        rows: by area and theme.
        inputs: the files.
        notes: what a reader must know.
    """

    spots: tuple[BroadbandSpots, ...]
    rows: tuple[BroadbandRow, ...]
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Besides:
    """What was read; None for what was not asked for."""

    published: PublishedCoverage | None
    broadband: Broadband | None
    measured: MeasurementFile | None
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


def read_besides(request: RunRequest, areas: ReportAreas, grid: Grid) -> Besides:
    """All that the request names. Raises Refused or BadSource, naming file and fault."""
    results = request.results
    for side_m in results.aggregate_m:
        block_grid(grid, side_m)  # refused now, and not once all is computed
    published = broadband = measured = None
    inputs: tuple[Input, ...] = ()
    notes: tuple[str, ...] = ()
    if results.ofcom is not None:
        published = read_mobile_coverage(results.ofcom.file, results.ofcom.area_id)
        inputs = (_of_ofcom(results.ofcom.file),)
    if results.broadband is not None:
        broadband = fixed_broadband(results.broadband, areas, grid)
        inputs, notes = (*inputs, *broadband.inputs), broadband.notes
    if request.measurements is not None:
        source = request.measurements
        measured = read_measurements(source.file, source.columns(), epsg=grid.epsg)
        inputs = (*inputs, Input(measured.name, measured.sha256))
        notes = (*notes, *_said_of(measured))
    return Besides(published, broadband, measured, inputs, notes)


def fixed_broadband(source: BroadbandSource, areas: ReportAreas, grid: Grid) -> Broadband:
    """Premises that go without, by theme: on the grid, by postcode and by area."""
    files = _postcode_files(source.files)
    fixed = read_fixed_coverage(files)
    places = read_features(source.postcodes, grid.epsg)
    said = source.postcodes.value is not None
    premises = places.values if said else np.full(len(places.names), np.nan)
    points = PostcodePoints(places.names, *places.places(), premises)
    spots = tuple(broadband_spots(grid, fixed, points, theme) for theme in fixed.without)
    notes = [f"{one.theme}: {note}." for one in spots for note in one.premises_without.notes]
    nobody = max(one.without_premises for one in spots)
    if nobody:
        notes.append(f"{nobody:,} postcodes have no number of premises and count in no figure.")
    inputs = (
        *(_of_ofcom(path) for path in files),
        Input(source.postcodes.file.name, sha256_of(source.postcodes.file)),
    )
    rows = broadband_by_area(areas, points, spots)
    return Broadband(spots, rows, inputs, (*places.notes, *notes))


def broadband_layers(broadband: Broadband) -> tuple[PlacedLayer, ...]:
    """Premises that go without in each cell, a layer for each theme."""
    found = []
    for one in broadband.spots:
        kind = LayerKind(
            f"broadband_{one.theme.replace('-', '_')}",
            "premises",
            f"Premises {one.theme.replace('-', ' ')} at the postcodes of the cell; NaN where it is "
            "not known of one of them",
            float("nan"),
            "AVERAGE",
        )
        layer = one.premises_without
        values = layer.per_cell.astype(np.float32)
        found.append(PlacedLayer(RasterLayer(kind, (values,), (kind.name,)), layer.grid))
    return tuple(found)


def _postcode_files(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not inside:
            raise BadSource(f"{path.name} holds no CSV file")
        found += inside
    return list(dict.fromkeys(found))


def _of_ofcom(path: Path) -> Input:
    return Input(path.name, sha256_of(path), OGL, OFCOM_ATTRIBUTION)


def _said_of(measured: MeasurementFile) -> tuple[str, ...]:
    told = [f"{measured.name}: {len(measured.measurements):,} measurements; {measured.moved}."]
    if measured.rejected:
        first = measured.rejected[0]
        told.append(
            f"{measured.name}: {measured.rejected_rows:,} rows are left out, the first, "
            f"{first.line}: {first.reason}."
        )
    return tuple(told)
