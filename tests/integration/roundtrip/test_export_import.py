"""What is exported and imported again is what it was: import(export(x)) = x."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import shapely
from catalogue import ADMIN
from catalogue_assets import AUTHORITY, SOURCE, add_assets, catalogues, mixed_catalogue
from databases import GeoPackages
from hypothesis import HealthCheck, Phase, given, settings

from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.exporters import FORMATS, ExportStamp, write
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.intake.report import ImportReport
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.assets.record import Record
from canopy.db.engine import Database

EXACT = ("gpkg", "geoparquet", "geojson")
SETTABLE = ("kind", "authority", "source", *CANDIDATE_COLUMNS)
WITHIN_M = 0.001
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: each example makes and fills two catalogues."""
STAMP = ExportStamp(
    audience="admin",
    title="Round trip",
    attribution=("Anytown Council",),
    licence="OGL-UK-3.0",
    generated_at=datetime(2026, 1, 1, tzinfo=UTC),
)

Found = list[tuple[dict[str, object], shapely.Geometry]]


def contents(database: Database) -> Found:
    """Every settable column, the attributes and the geometry of each asset, in a fixed order."""
    found: Found = []
    with database.reading() as session:
        for batch in stream(session, Selection(), ADMIN, SensitivityPolicy(), database.srid):
            for i in range(len(batch)):
                values: dict[str, object] = {name: batch.columns[name][i] for name in SETTABLE}
                values["attributes"] = batch.attributes[i]
                found.append((values, batch.geometries[i]))
    return sorted(found, key=lambda pair: (_in_order(pair[0]), _first_vertex(pair[1])))


def _in_order(values: dict[str, object]) -> str:
    return json.dumps(values, sort_keys=True, default=str)


def _first_vertex(shape: shapely.Geometry) -> tuple[float, ...]:
    """Rounded, so that a millimetre seldom changes the order."""
    return tuple(round(float(n), 1) for n in shape.bounds)


def exported(database: Database, path: Path, fmt: str, crs: str | None = None) -> None:
    """The whole catalogue as an admin sees it, as a file."""
    with database.reading() as session:
        batches = stream(session, Selection(), ADMIN, SensitivityPolicy(), database.srid)
        write(
            batches, path, fmt, storage_crs=database.storage_crs, crs=crs or database.storage_crs,
            stamp=STAMP,
        )  # fmt: skip


def imported(database: Database, path: Path) -> ImportReport:
    """The file through the importer, which is told nothing but source and authority."""
    return run_import(
        database, ImportRequest(path=path, source=SOURCE, author="officer", authority=AUTHORITY)
    )


def carried(source: Database, target: Database, folder: Path, fmt: str, crs: str | None) -> None:
    """All of one catalogue into another, through a file."""
    path = folder / f"out{FORMATS[fmt].suffix}"
    exported(source, path, fmt, crs)
    report = imported(target, path)
    assert (report.state, report.refusals, report.rejects) == ("done", [], [])
    assert report.created == report.read


def assert_same(got: Found, wanted: Found, within_m: float = 0.0) -> None:
    """Values equal; geometries bit for bit, or each vertex within `within_m`."""
    assert len(got) == len(wanted)
    for (one, _), (other, _) in zip(got, wanted, strict=True):
        assert {name: value for name, value in one.items() if value != other[name]} == {}
        assert one == other
    if within_m == 0:
        assert [shapely.to_wkb(g) for _, g in got] == [shapely.to_wkb(g) for _, g in wanted]
        return
    for (_, one), (_, other) in zip(got, wanted, strict=True):
        assert one.geom_type == other.geom_type
        assert shapely.hausdorff_distance(one, other) <= within_m


@contextmanager
def both(geopackages: GeoPackages) -> Iterator[tuple[Database, Database]]:
    """Two empty GeoPackage catalogues."""
    first, second = geopackages.new(), geopackages.new()
    try:
        yield first, second
    finally:
        geopackages.drop(first)
        geopackages.drop(second)


@pytest.mark.parametrize("fmt", EXACT)
def test_mixed_catalogue_comes_back_exactly(new_database, tmp_path: Path, fmt: str) -> None:
    """All kinds and shapes, odd text, lists and gaps: equal, geometry bit for bit."""
    before, after = new_database(), new_database()
    add_assets(before, mixed_catalogue())
    carried(before, after, tmp_path, fmt, None)
    assert len(contents(after)) == len(mixed_catalogue())
    assert_same(contents(after), contents(before))


@pytest.mark.parametrize("fmt", EXACT)
def test_mixed_catalogue_comes_back_from_4326_within_a_millimetre(
    new_database, tmp_path: Path, fmt: str
) -> None:
    """Exported in EPSG:4326, values come back exactly and no vertex has moved by 1 mm."""
    before, after = new_database(), new_database()
    add_assets(before, mixed_catalogue())
    carried(before, after, tmp_path, fmt, "EPSG:4326")
    assert_same(contents(after), contents(before), WITHIN_M)


@pytest.mark.parametrize("crs", [None, "EPSG:4326"])
@pytest.mark.parametrize("fmt", EXACT)
def test_own_export_changes_nothing_where_it_came_from(
    database: Database, tmp_path: Path, fmt: str, crs: str | None
) -> None:
    """A source's export imported into the same catalogue as that source: nothing created,
    nothing updated."""
    add_assets(database, [r for r in mixed_catalogue() if "ref" in r])
    was = contents(database)
    path = tmp_path / f"out{FORMATS[fmt].suffix}"
    exported(database, path, fmt, crs)
    report = imported(database, path)
    assert (report.created, report.updated, report.rejected) == (0, 0, 0)
    assert_same(contents(database), was)


@pytest.mark.parametrize("fmt", EXACT)
@settings(
    max_examples=12, deadline=None,
    phases=PHASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture,
                           HealthCheck.data_too_large],
)  # fmt: skip
@given(records=catalogues())
def test_any_catalogue_comes_back_exactly(
    geopackages: GeoPackages, fmt: str, records: list[Record]
) -> None:
    """Whatever the catalogue holds comes back equal, geometry bit for bit."""
    with both(geopackages) as (before, after), TemporaryDirectory() as folder:
        add_assets(before, records)
        carried(before, after, Path(folder), fmt, None)
        assert_same(contents(after), contents(before))


@pytest.mark.parametrize("fmt", EXACT)
@settings(
    max_examples=6, deadline=None,
    phases=PHASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture,
                           HealthCheck.data_too_large],
)  # fmt: skip
@given(records=catalogues())
def test_any_catalogue_comes_back_from_4326_within_a_millimetre(
    geopackages: GeoPackages, fmt: str, records: list[Record]
) -> None:
    """Whatever the catalogue holds comes back equal, each vertex within 1 mm."""
    with both(geopackages) as (before, after), TemporaryDirectory() as folder:
        add_assets(before, records)
        carried(before, after, Path(folder), fmt, "EPSG:4326")
        assert_same(contents(after), contents(before), WITHIN_M)


def test_attributes_seen_late_in_a_geojson_are_kept(
    gpkg_database: Database, new_database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attribute that first occurs behind the features sampled is imported all the same."""
    from canopy.assets.importers import geojson

    monkeypatch.setattr(geojson, "SAMPLE_FEATURES", 2)
    add_assets(gpkg_database, mixed_catalogue())
    after = new_database()
    carried(gpkg_database, after, tmp_path, "geojson", None)
    assert_same(contents(after), contents(gpkg_database))
