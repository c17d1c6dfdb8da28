"""The tables, R*Tree and triggers that make a SQLite file a GeoPackage.

Source: OGC 12-128r18, *GeoPackage Encoding Standard* 1.3.1: Annex C (table definitions),
§3.1.3 and Annex F.3 (R-tree spatial indexes). All statements are plain SQL, so that the
triggers also fire in other programs, which know none of Canopy's own functions.
"""

from __future__ import annotations

import pyproj

from canopy.db.gpkg import APPLICATION_ID, USER_VERSION

CORE = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {USER_VERSION}",
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
        organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
        definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
        srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
        definition TEXT NOT NULL, scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

_UNDEFINED_SRS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic"),
)


def spatial_reference_rows(srid: int) -> list[tuple[str, int, str, int, str, str]]:
    """Rows of gpkg_spatial_ref_sys: the required three, and the storage CRS."""
    rows = list(_UNDEFINED_SRS)
    for code in dict.fromkeys((4326, srid)):
        crs = pyproj.CRS.from_epsg(code)
        rows.append((crs.name, code, "EPSG", code, crs.to_wkt("WKT1_GDAL"), crs.name))
    return rows


def rtree_statements(table: str, column: str, key: str) -> tuple[str, ...]:
    """The virtual table and the triggers that keep it, in the standard's form."""
    rtree = f"rtree_{table}_{column}"
    filled = f"NEW.{column} NOT NULL AND NOT ST_IsEmpty(NEW.{column})"
    bounds = ", ".join(f"ST_{end}(NEW.{column})" for end in ("MinX", "MaxX", "MinY", "MaxY"))
    insert = f"INSERT OR REPLACE INTO {rtree} VALUES (NEW.{key}, {bounds});"
    delete = f"DELETE FROM {rtree} WHERE id = OLD.{key};"
    return (
        f"CREATE VIRTUAL TABLE {rtree} USING rtree(id, minx, maxx, miny, maxy)",
        f"CREATE TRIGGER {rtree}_insert AFTER INSERT ON {table} WHEN ({filled}) BEGIN {insert} END",
        f"""CREATE TRIGGER {rtree}_update6 AFTER UPDATE OF {column} ON {table}
            WHEN OLD.{key} = NEW.{key} AND ({filled}) AND
                 (OLD.{column} NOT NULL AND NOT ST_IsEmpty(OLD.{column}))
            BEGIN UPDATE {rtree} SET minx = ST_MinX(NEW.{column}), maxx = ST_MaxX(NEW.{column}),
            miny = ST_MinY(NEW.{column}), maxy = ST_MaxY(NEW.{column}) WHERE id = NEW.{key}; END""",
        f"""CREATE TRIGGER {rtree}_update7 AFTER UPDATE OF {column} ON {table}
            WHEN OLD.{key} = NEW.{key} AND ({filled}) AND
                 (OLD.{column} ISNULL OR ST_IsEmpty(OLD.{column}))
            BEGIN INSERT INTO {rtree} VALUES (NEW.{key}, {bounds}); END""",
        f"""CREATE TRIGGER {rtree}_update2 AFTER UPDATE OF {column} ON {table}
            WHEN OLD.{key} = NEW.{key} AND
                 (NEW.{column} ISNULL OR ST_IsEmpty(NEW.{column}))
            BEGIN {delete} END""",
        f"""CREATE TRIGGER {rtree}_update5 AFTER UPDATE ON {table}
            WHEN OLD.{key} != NEW.{key} AND ({filled})
            BEGIN {delete} {insert} END""",
        f"""CREATE TRIGGER {rtree}_update4 AFTER UPDATE ON {table}
            WHEN OLD.{key} != NEW.{key} AND
                 (NEW.{column} ISNULL OR ST_IsEmpty(NEW.{column}))
            BEGIN DELETE FROM {rtree} WHERE id IN (OLD.{key}, NEW.{key}); END""",
        f"""CREATE TRIGGER {rtree}_delete AFTER DELETE ON {table}
            WHEN OLD.{column} NOT NULL BEGIN {delete} END""",
    )


def feature_registration(
    table: str, column: str, srid: int, identifier: str, description: str, geometry_type: str
) -> list[tuple[str, tuple[object, ...]]]:
    """Statements with parameters that announce a feature table and its index."""
    return [
        (
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
            "VALUES (?, 'features', ?, ?, ?)",
            (table, identifier, description, srid),
        ),
        (
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
            (table, column, geometry_type, srid),
        ),
        (
            "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', "
            "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (table, column),
        ),
    ]


def external_change_triggers(table: str, columns: tuple[str, ...], key: str) -> tuple[str, ...]:
    """Triggers that note every write made while Canopy is not the writer.

    Canopy raises `canopy_writer.active` inside its own transactions, which no other
    program can see or share, since SQLite has one writer at a time. What another program
    writes is noted with the row as it was, so that it can be turned into a revision or
    put back.

    The operations are ``insert``, ``update``, ``delete``; ``moved``, at its new number, for
    a row whose key was changed; and ``replace`` for a row that is in the way of one being
    written: REPLACE deletes it, and SQLite fires no delete trigger then.
    """
    now = "strftime('%Y-%m-%dT%H:%M:%fZ','now')"
    into = "INSERT INTO external_change (noted_at, row_id, operation, row_before)"
    was = _as_json("OLD", columns)
    foreign = "(SELECT active FROM canopy_writer) = 0"
    taken = (
        f"(r.{key} = NEW.{key} OR r.asset_id = NEW.asset_id "
        "OR (r.source = NEW.source AND r.ref = NEW.ref))"
    )
    in_the_way = f"{into} SELECT {now}, r.{key}, 'replace', {_as_json('r', columns)} FROM {table} r"
    rekeyed = " OR ".join(
        f"NEW.{name} IS NOT OLD.{name}" for name in (key, "asset_id", "source", "ref")
    )

    def note(row: str, operation: str, before: str) -> str:
        return f"{into} VALUES ({now}, {row}, '{operation}', {before});"

    return (
        f"CREATE TRIGGER external_{table}_insert_over BEFORE INSERT ON {table} WHEN {foreign} "
        f"BEGIN {in_the_way} WHERE {taken}; END",
        f"CREATE TRIGGER external_{table}_update_over BEFORE UPDATE ON {table} "
        f"WHEN {foreign} AND ({rekeyed}) "
        f"BEGIN {in_the_way} WHERE r.{key} != OLD.{key} AND {taken}; END",
        f"CREATE TRIGGER external_{table}_insert AFTER INSERT ON {table} WHEN {foreign} BEGIN "
        + note(f"NEW.{key}", "insert", "NULL")
        + " END",
        f"CREATE TRIGGER external_{table}_update AFTER UPDATE ON {table} WHEN {foreign} BEGIN "
        + note(f"OLD.{key}", "update", was)
        + " END",
        f"CREATE TRIGGER external_{table}_moved AFTER UPDATE ON {table} "
        f"WHEN {foreign} AND NEW.{key} != OLD.{key} BEGIN "
        + note(f"NEW.{key}", "moved", "NULL")
        + " END",
        f"CREATE TRIGGER external_{table}_delete AFTER DELETE ON {table} WHEN {foreign} BEGIN "
        + note(f"OLD.{key}", "delete", was)
        + " END",
    )


def _as_json(row: str, columns: tuple[str, ...]) -> str:
    """A row as a JSON object; blobs, which JSON cannot hold, as hex."""
    members = ", ".join(
        f"'{name}', CASE typeof({row}.{name}) WHEN 'blob' THEN hex({row}.{name}) "
        f"ELSE {row}.{name} END"
        for name in columns
    )
    return f"json_object({members})"
