"""How each spatial test is written in SQL on PostGIS and on a GeoPackage.

Both start from the spatial index and recheck exactly: GiST and R*Tree boxes are float32,
rounded outwards, up to 6 cm too large on the National Grid.

PostGIS: ``&&`` is written beside the exact test although that implies it. The planner
then expects few rows and reads the GiST index alone; with the exact test on its own,
which it takes to be costly, it reads a btree as well and joins two bitmaps (12 ms for
what takes 0.4 ms on a million points).
"""

from __future__ import annotations

from typing import Any, ClassVar

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Boolean, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from canopy.db.types import StoredGeometry

Box = tuple[float, float, float, float]
"""min x, min y, max x, max y [m, storage CRS]."""


def geometry_parameter(geometry: BaseGeometry, srid: int) -> BindParameter[Any]:
    """A geometry that carries `srid`, as either database takes it."""
    return bindparam(None, geometry, type_=StoredGeometry(srid), unique=True)


class SpatialTest(FunctionElement[bool]):
    """Whether a row's geometry stands in a relation to an area: never NULL.

    Its clauses are the table's key and geometry, the area, the four sides of the box to
    look in (used on a GeoPackage only), and for `WithinDistance` the distance.
    """

    type = Boolean()
    inherit_cache = True
    postgis_function: ClassVar[str]
    gpkg_function: ClassVar[str]

    def __init__(
        self,
        key: ColumnElement[int],
        geom: ColumnElement[Any],
        area: BindParameter[Any],
        *sides_and_distance: float,
    ) -> None:
        super().__init__(key, geom, area, *sides_and_distance)


class IntersectsBox(SpatialTest):
    inherit_cache = True
    name = "canopy_intersects_box"
    postgis_function, gpkg_function = "ST_Intersects", "canopy_intersects"


class Intersects(SpatialTest):
    inherit_cache = True
    name = "canopy_intersects_area"
    postgis_function, gpkg_function = "ST_Intersects", "canopy_intersects"


class Within(SpatialTest):
    inherit_cache = True
    name = "canopy_within_area"
    postgis_function, gpkg_function = "ST_Within", "canopy_within"


class WithinDistance(SpatialTest):
    inherit_cache = True
    name = "canopy_within_distance"
    postgis_function, gpkg_function = "ST_DWithin", "canopy_dwithin"


@compiles(SpatialTest, "postgresql")
def _postgis(test: SpatialTest, compiler: SQLCompiler, **options: Any) -> str:
    _, geom, area, *_ = test.clauses
    written = compiler.process(geom, **options)
    sought = f"CAST({compiler.process(area, **options)} AS geometry)"
    exact = f"{test.postgis_function}({written}, {sought})"
    return f"({written} IS NOT NULL AND {written} && {sought} AND {exact})"


@compiles(WithinDistance, "postgresql")
def _postgis_distance(test: WithinDistance, compiler: SQLCompiler, **options: Any) -> str:
    _, geom, area, *_, distance = test.clauses
    written, metres = (compiler.process(each, **options) for each in (geom, distance))
    sought = f"CAST({compiler.process(area, **options)} AS geometry)"
    window = f"ST_Expand({sought}, {metres})"
    exact = f"ST_DWithin({written}, {sought}, {metres})"
    return f"({written} IS NOT NULL AND {written} && {window} AND {exact})"


@compiles(SpatialTest, "sqlite")
def _gpkg(test: SpatialTest, compiler: SQLCompiler, **options: Any) -> str:
    key, geom, area, min_x, min_y, max_x, max_y, *more = _written(test, compiler, options)
    near = (
        f"{key} IN (SELECT id FROM {rtree_name(test, compiler)} WHERE maxx >= {min_x} "
        f"AND minx <= {max_x} AND maxy >= {min_y} AND miny <= {max_y})"
    )
    return f"({near} AND {_exact(test, geom, area, *more)})"


@compiles(IntersectsBox, "sqlite")
def _gpkg_box(test: IntersectsBox, compiler: SQLCompiler, **options: Any) -> str:
    """Look at the geometry only where its own box crosses a side of the box asked for."""
    key, _, area, min_x, min_y, max_x, max_y = _written(test, compiler, options)
    rtree = rtree_name(test, compiler)
    quote = compiler.preparer.quote
    key_column, geom_column, *_ = test.clauses
    whole = (
        f"(SELECT whole.{quote(_name(geom_column))} FROM {quote(_table_name(key_column))} "
        f"AS whole WHERE whole.{quote(_name(key_column))} = {rtree}.id)"
    )
    return (
        f"({key} IN (SELECT id FROM {rtree} WHERE maxx >= {min_x} AND minx <= {max_x} "
        f"AND maxy >= {min_y} AND miny <= {max_y} "
        f"AND ((minx >= {min_x} AND maxx <= {max_x} AND miny >= {min_y} AND maxy <= {max_y}) "
        f"OR {_exact(test, whole, area)})))"
    )


def _exact(test: SpatialTest, geom: str, area: str, *more: str) -> str:
    return f"{test.gpkg_function}({', '.join([geom, f'(SELECT canopy_area({area}))', *more])})"


def _written(test: SpatialTest, compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **options) for clause in test.clauses]


def _name(column: Any) -> str:
    return str(column.name)


def _table_name(column: Any) -> str:
    table = column.table
    return str(getattr(table, "element", table).name)  # what an alias stands for


def rtree_name(test: SpatialTest, compiler: SQLCompiler) -> str:
    """The R*Tree that indexes the test's geometry column."""
    key, geom, *_ = test.clauses
    name: str = compiler.preparer.quote(f"rtree_{_table_name(key)}_{_name(geom)}")
    return name
