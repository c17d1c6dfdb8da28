"""Every spatial condition reads the spatial index, not the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from databases import BOTH, MAKERS
from placed_assets import BNG, EAST, NORTH, add_assets, at
from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.orm import Session

from canopy.assets.tables import Asset
from canopy.db import gpkg_geometry, spatial
from canopy.db.engine import Database
from canopy.db.extent import extent
from canopy.db.nearest import nearest

ROWS = 6_000
BOX = (EAST, NORTH, EAST + 300, NORTH + 300)
CONDITIONS = {
    "bbox": spatial.bbox(Asset, BOX, BNG),
    "intersects": spatial.intersects(Asset, shapely.box(*BOX), BNG),
    "within": spatial.within(Asset, shapely.box(*BOX), BNG),
    "dwithin": spatial.dwithin(Asset, at(0, 0), 150, BNG),
}


@pytest.fixture(scope="module", params=BOTH)
def filled(request: pytest.FixtureRequest) -> Iterator[Session]:
    """6,000 points over 20 km, half of them cctv; the tests only read them."""
    databases = request.getfixturevalue(MAKERS[request.param])
    rng = np.random.default_rng(3)
    east, north = rng.uniform(0, 20_000, ROWS) + EAST, rng.uniform(0, 20_000, ROWS) + NORTH
    database = databases.new()
    with database.writing() as session:
        placed = add_assets(session, shapely.points(east, north))
        assert placed == ROWS
    with database.writing() as session:
        session.execute(text("ANALYZE"))
    with database.reading() as session:
        yield session
    databases.drop(database)


def _plan(session: Session, statement: Select[Any]) -> str:
    dialect = session.get_bind().dialect
    compiled = statement.compile(dialect=dialect)
    explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
    connection = session.connection()
    parameters = compiled.construct_params()
    for name, process in compiled._bind_processors.items():
        parameters[name] = process(parameters[name])  # type: ignore[operator]
    ordered = tuple(parameters[name] for name in compiled.positiontup or ())
    rows = connection.exec_driver_sql(explain + str(compiled), ordered or parameters)
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_reads_the_spatial_index(
    filled: Session, condition: ColumnElement[bool]
) -> None:
    """The R*Tree or the GiST index finds the candidates; the table is not scanned."""
    plan = _plan(filled, select(Asset.fid).where(condition))
    gpkg = filled.get_bind().dialect.name == "sqlite"
    assert ("rtree_asset_geom VIRTUAL TABLE INDEX 2:" if gpkg else "ix_asset_geom") in plan
    assert ("SCAN asset" if gpkg else "Seq Scan") not in plan


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_a_common_kind_beside_it_does_not_distract_the_planner(
    filled: Session, condition: ColumnElement[bool]
) -> None:
    """On PostGIS no bitmap of all lampposts is built to be joined with the box's."""
    plan = _plan(filled, select(Asset.fid).where(condition, Asset.kind == "lamppost"))
    assert "BitmapAnd" not in plan
    assert "rtree_asset_geom" in plan or "ix_asset_geom" in plan


def test_geometries_well_inside_a_box_are_not_looked_at(gpkg_database: Database) -> None:
    """On a GeoPackage bbox decodes only the geometries that cross a side of the box."""
    tested: list[int] = []
    with gpkg_database.reading() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None

        def looked_at(blob: bytes, area: int) -> int:
            tested.append(area)
            return 1

        driver.create_function("canopy_intersects", 2, looked_at)
        rows = [at(n + 0.5, 0.5) for n in range(100)]
        rows.append(shapely.LineString([at(-5, 0.5), at(5, 0.5)]))
        session.execute(
            text("INSERT INTO asset (kind, geom) VALUES ('x', :geom)"),
            [{"geom": blob} for blob in gpkg_geometry.encode(np.array(rows, dtype=object), BNG)],
        )
        condition = spatial.bbox(Asset, (EAST, NORTH, EAST + 100, NORTH + 1), BNG)
        found = session.scalars(select(Asset.fid).where(condition)).all()
    assert (len(found), len(tested)) == (101, 1)


@pytest.mark.parametrize("place", [at(10_000, 10_000), at(-40_000, 0)], ids=["town", "sea"])
def test_neighbours_among_many_are_those_of_a_full_reading(
    filled: Session, place: shapely.Point
) -> None:
    """Ten neighbours of 6,000 are those a full reading finds."""
    rows = filled.execute(select(Asset.fid, Asset.geom)).all()
    metres = np.round(shapely.distance([row.geom for row in rows], place), 6)
    order = np.lexsort(([row.fid for row in rows], metres))[:10]
    found = nearest(filled, Asset, place, 10, BNG)
    assert [each.key for each in found] == [rows[at].fid for at in order]


def test_the_extent_of_many_is_exact(filled: Session) -> None:
    """Found at the edge of the R*Tree, it is the extent of all."""
    shapes = list(filled.scalars(select(Asset.geom)))
    assert extent(filled, Asset) == tuple(shapely.total_bounds(shapes))
