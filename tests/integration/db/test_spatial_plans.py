"""Every spatial condition reads the spatial index, not the table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from placed_assets import BNG, EAST, NORTH, at
from sqlalchemy import ColumnElement, Select, insert, select, text
from sqlalchemy.orm import Session

from canopy.assets.tables import Asset
from canopy.db import gpkg_geometry, spatial
from canopy.db.engine import Database
from canopy.db.extent import extent
from canopy.db.nearest import nearest

ROWS = 20_000
BOX = (EAST, NORTH, EAST + 300, NORTH + 300)
CONDITIONS = {
    "bbox": spatial.bbox(Asset, BOX, BNG),
    "intersects": spatial.intersects(Asset, shapely.box(*BOX), BNG),
    "within": spatial.within(Asset, shapely.box(*BOX), BNG),
    "dwithin": spatial.dwithin(Asset, at(0, 0), 150, BNG),
}


@pytest.fixture
def filled(database: Database) -> Iterator[Session]:
    """20,000 points over 20 km, one in fifty of them a cctv."""
    rng = np.random.default_rng(3)
    east, north = rng.uniform(0, 20_000, ROWS) + EAST, rng.uniform(0, 20_000, ROWS) + NORTH
    points = shapely.set_srid(shapely.points(east, north), BNG)
    with database.reading() as session:
        session.execute(
            insert(Asset),
            [
                {
                    "fid": fid,
                    "asset_id": f"00000000-0000-4000-8000-{fid:012}",
                    "kind": "lamppost" if fid % 50 else "cctv",
                    "geom": point,
                }
                for fid, point in enumerate(points, start=1)
            ],
        )
        session.execute(text("ANALYZE"))
        yield session


def _plan(session: Session, statement: Select[tuple[int]]) -> str:
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
        driver.create_function("canopy_intersects", 2, lambda blob, area: tested.append(1) or 1)
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
def test_a_neighbour_search_reads_few_rows(filled: Session, place: shapely.Point) -> None:
    """Ten neighbours of 20,000 are those a full reading finds."""
    rows = filled.execute(select(Asset.fid, Asset.geom)).all()
    metres = np.round(shapely.distance([row.geom for row in rows], place), 6)
    order = np.lexsort(([row.fid for row in rows], metres))[:10]
    found = nearest(filled, Asset, place, 10, BNG)
    assert [each.key for each in found] == [rows[at].fid for at in order]


def test_the_extent_of_many_is_exact(filled: Session) -> None:
    """Found at the edge of the R*Tree, it is the extent of all."""
    shapes = list(filled.scalars(select(Asset.geom)))
    assert extent(filled, Asset) == tuple(shapely.total_bounds(shapes))
