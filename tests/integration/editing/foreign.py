"""Another program on the catalogue's file, and what must hold after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import orjson

from canopy.assets.editing.reconcile import ReconcileReport, reconcile
from canopy.db import gpkg_geometry
from canopy.db.engine import Database


@contextmanager
def other_program(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection like GDAL's: its functions answer NULL for what is no geometry."""
    assert database.path is not None
    with closing(sqlite3.connect(database.path)) as connection:
        for side, name in enumerate(("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")):
            connection.create_function(name, 1, lambda blob, side=side: _side(blob, side))
        connection.create_function("ST_IsEmpty", 1, lambda blob: _empty(blob))
        connection.execute("PRAGMA trusted_schema = ON")
        yield connection
        connection.commit()


def _side(blob: object, side: int) -> float | None:
    shape = gpkg_geometry.readable(blob) if isinstance(blob, bytes) else None
    return None if shape is None or shape.is_empty else shape.bounds[side]


def _empty(blob: object) -> int | None:
    shape = gpkg_geometry.readable(blob) if isinstance(blob, bytes) else None
    return None if shape is None else int(shape.is_empty)


def run(database: Database, *statements: str) -> None:
    """What another program does to the file."""
    with other_program(database) as connection:
        for statement in statements:
            connection.execute(statement)


def unnoticed(database: Database, *statements: str) -> None:
    """The same with the writer flag up, as a program could leave it, and down again."""
    run(
        database,
        "UPDATE canopy_writer SET active = 1",
        *statements,
        "UPDATE canopy_writer SET active = 0",
    )


def stored(database: Database) -> list[tuple[object, ...]]:
    """Every asset as the file has it, attributes apart from how their JSON is written."""
    with other_program(database) as connection:
        cursor = connection.execute("SELECT * FROM asset ORDER BY fid")
        names = [column[0] for column in cursor.description]
        place = names.index("attributes")
        return [
            (*row[:place], orjson.loads(row[place]), *row[place + 1 :]) for row in cursor.fetchall()
        ]


def index_entries(database: Database) -> list[tuple[object, ...]]:
    """The R*Tree, by row."""
    with other_program(database) as connection:
        return connection.execute("SELECT * FROM rtree_asset_geom ORDER BY id").fetchall()


def refusals(report: ReconcileReport) -> list[tuple[int, str | None]]:
    """(row, ref) of what was put back."""
    return [(each.row_id, each.ref) for each in report.refused]


def nothing_left_to_mend(database: Database) -> tuple[int, int, list[str]]:
    """(differing rows, mended rows, notices) of a comparison of every row; all none when right."""
    report = reconcile(database, everything=True)
    return report.looked_at, report.mended, report.notices
