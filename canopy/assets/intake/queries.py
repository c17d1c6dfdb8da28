"""The SQL of an import: one temporary staging table, then set-based changes.

The staging table lives in the connection's temporary schema, so a killed import leaves
nothing behind, and the catalogue is written in one transaction at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.importers.base import RowIssue
from canopy.assets.intake.staging import StagedRows

STAGE_COLUMNS: tuple[str, ...] = (
    "ordinal",
    "file_row",
    "asset_id",
    "kind",
    "authority",
    *CANDIDATE_COLUMNS,
    "ward",
    "designations",
    "attributes",
    "record",
    "record_hash",
    "position_hash",
    "min_x",
    "max_x",
    "min_y",
    "max_y",
    "geom",
)
_NUMERIC = frozenset(("height_m", "backhaul_dist_m", "pos_accuracy_m"))
_INTEGER = frozenset(("ordinal", "file_row", "record_hash", "position_hash"))
_BOX = frozenset(("min_x", "max_x", "min_y", "max_y"))
BULK_ROWS = 5_000
"""From this many new rows indexes are filled by one statement where that can be, not by row."""
_FOR_LONG_WORK = {
    "statement_timeout": "1h",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "jit": "off",
}
"""PostgreSQL's settings for one statement over a whole file, within its transaction."""


def _declared(name: str, gpkg: bool) -> str:
    if name == "ordinal":
        return "INTEGER PRIMARY KEY" if gpkg else "bigint"
    if name in _INTEGER:
        return "INTEGER" if gpkg else "bigint"
    if name in _NUMERIC or name in _BOX:
        return "DOUBLE" if gpkg else "double precision"
    if name == "geom":
        return "BLOB" if gpkg else "geometry"
    if gpkg:
        return "TEXT"
    return {
        "asset_id": "uuid",
        "observed_on": "date",
        "designations": "jsonb",
        "attributes": "jsonb",
        "record": "json",
    }.get(name, "text")


def create_stage(connection: Connection, *, gpkg: bool) -> None:
    """Make the empty staging tables of this connection, dropping those of a former import."""
    drop_stage(connection)
    _allow_long_work(connection)
    columns = ", ".join(f"{name} {_declared(name, gpkg)}" for name in STAGE_COLUMNS)
    key = "fid INTEGER, action TEXT" if gpkg else "fid bigint, action text"
    connection.execute(text(f"CREATE TEMP TABLE import_stage ({columns}, {key})"))
    connection.execute(
        text(
            "CREATE TEMP TABLE import_reject "
            "(file_row BIGINT, code TEXT, message TEXT, field TEXT, parts TEXT)"
        )
    )


def _allow_long_work(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        for name, value in _FOR_LONG_WORK.items():
            connection.execute(text(f"SET LOCAL {name} = '{value}'"))


def drop_stage(connection: Connection) -> None:
    """Remove the staging tables; nothing happens where there are none."""
    schema = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
    for table in ("import_stage", "import_reject", "import_matched", "import_said", "import_known"):
        connection.execute(text(f"DROP TABLE IF EXISTS {schema}.{table}"))


def append_staged(connection: Connection, staged: StagedRows) -> None:
    """Append a batch."""
    listed = ", ".join(staged.columns)
    if isinstance(staged.rows, bytes):
        with (
            connection.connection.cursor() as cursor,  # type: ignore[attr-defined]
            cursor.copy(f"COPY import_stage ({listed}) FROM STDIN") as sink,
        ):
            sink.write(staged.rows)
        return
    marks = ",".join("?" * len(staged.columns))
    sql = f"INSERT INTO import_stage ({listed}) VALUES ({marks})"
    connection.connection.cursor().executemany(sql, staged.rows)


def stage_rejects(connection: Connection, rejects: Sequence[RowIssue]) -> None:
    """Append rejected rows with their reason."""
    if rejects:
        connection.execute(
            text("INSERT INTO import_reject VALUES (:file_row, :code, :message, :field, :parts)"),
            [
                {
                    "file_row": each.row,
                    "code": each.code,
                    "message": each.message,
                    "field": each.column,
                    "parts": _parts_text(each.parts),
                }
                for each in rejects
            ],
        )


def _parts_text(parts: Sequence[RowIssue]) -> str | None:
    return orjson.dumps([[p.code, p.message, p.column] for p in parts]).decode() if parts else None


def _parts_of(row: int | None, stored: str | None) -> tuple[RowIssue, ...]:
    return tuple(RowIssue(row, *part) for part in orjson.loads(stored)) if stored else ()


def index_stage(connection: Connection) -> None:
    """Index what the checks and the matching look rows up by, and gather statistics."""
    connection.execute(text("CREATE INDEX import_stage_ref ON import_stage (ref)"))
    connection.execute(
        text("CREATE INDEX import_stage_place ON import_stage (position_hash, kind)")
    )
    if connection.dialect.name != "sqlite":
        connection.execute(text("CREATE INDEX import_stage_ordinal ON import_stage (ordinal)"))
        connection.execute(text("ANALYZE import_stage (ref, ordinal, position_hash, kind, fid)"))


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """A staged row whose ref or whole record stands in an earlier row too."""

    ordinal: int
    file_row: int
    ref: str | None
    first_row: int
    same_record: bool


def repeated_refs(connection: Connection) -> Iterator[RepeatedRow]:
    """Every row of each ref that occurs more than once, in file order."""
    rows = connection.execute(
        text(
            """SELECT s.ordinal, s.file_row, s.ref, d.first_row, d.hashes = 1
               FROM import_stage s JOIN (
                   SELECT ref, min(file_row) AS first_row, count(DISTINCT record_hash) AS hashes
                   FROM import_stage WHERE ref IS NOT NULL GROUP BY ref HAVING count(*) > 1
               ) d ON d.ref = s.ref ORDER BY s.ordinal"""
        )
    )
    for ordinal, file_row, ref, first_row, same in rows:
        yield RepeatedRow(ordinal, file_row, ref, first_row, bool(same))


def shared_positions(connection: Connection, limit: int) -> tuple[int, list[int]]:
    """How many rows stand exactly where an earlier row of their kind does, and the first few."""
    shared = """SELECT position_hash, kind, count(*) - 1 AS others, min(ordinal) AS first
                FROM import_stage GROUP BY position_hash, kind HAVING count(*) > 1"""
    count = connection.scalar(text(f"SELECT sum(others) FROM ({shared}) shared")) or 0
    if not count:
        return 0, []
    rows = connection.scalars(
        text(
            f"""SELECT s.file_row FROM ({shared}) d JOIN import_stage s
                ON s.position_hash = d.position_hash AND s.kind = d.kind AND s.ordinal > d.first
                ORDER BY s.file_row LIMIT :limit"""
        ),
        {"limit": limit},
    )
    return int(count), list(rows)


def rows_without_ref(connection: Connection, limit: int) -> dict[str, tuple[int, list[int]]]:
    """Kinds of which some rows have a ref and some have none: how many, and the first few."""
    if connection.scalar(text("SELECT 1 FROM import_stage WHERE ref IS NULL LIMIT 1")) is None:
        return {}
    counts = connection.execute(
        text(
            """SELECT kind, count(*) - count(ref) FROM import_stage GROUP BY kind
               HAVING count(ref) > 0 AND count(ref) < count(*) ORDER BY kind"""
        )
    )
    rows = text(
        """SELECT file_row FROM import_stage WHERE ref IS NULL AND kind = :kind
           ORDER BY file_row LIMIT :limit"""
    )
    return {
        kind: (count, list(connection.scalars(rows, {"kind": kind, "limit": limit})))
        for kind, count in counts.all()
    }


@dataclass(frozen=True, slots=True)
class LikeRef:
    """A ref that another row's is but for small and capital letters (A to Z)."""

    file_row: int
    ref: str
    first_ref: str


def refs_alike(connection: Connection, limit: int) -> tuple[int, list[LikeRef]]:
    """Refs that differ from others only in case: of how many rows, and the first few."""
    alike = """SELECT lower(ref) AS low, min(ref) AS first FROM import_stage
               WHERE ref IS NOT NULL GROUP BY lower(ref) HAVING count(DISTINCT ref) > 1"""
    joined = f"""FROM ({alike}) d JOIN import_stage s
                 ON lower(s.ref) = d.low AND s.ref <> d.first"""
    count = connection.scalar(text(f"SELECT count(*) {joined}")) or 0
    if not count:
        return 0, []
    rows = connection.execute(
        text(f"SELECT s.file_row, s.ref, d.first {joined} ORDER BY s.file_row LIMIT :limit"),
        {"limit": limit},
    )
    return int(count), [LikeRef(*row) for row in rows]


def delete_staged(connection: Connection, ordinals: Sequence[int]) -> None:
    """Take rows out of the stage (they were rejected)."""
    connection.execute(
        text("DELETE FROM import_stage WHERE ordinal = :ordinal"),
        [{"ordinal": ordinal} for ordinal in ordinals],
    )


def reject_summary(connection: Connection) -> dict[str, int]:
    """Rejected rows by code."""
    rows = connection.execute(
        text("SELECT code, count(*) FROM import_reject GROUP BY code ORDER BY code")
    )
    return {code: count for code, count in rows}


def rejected_rows(connection: Connection, limit: int | None = None) -> Iterator[RowIssue]:
    """Rejected rows in file order."""
    tail = "" if limit is None else f" LIMIT {int(limit)}"
    rows = connection.execute(
        text(
            "SELECT file_row, code, message, field, parts FROM import_reject "
            f"ORDER BY file_row{tail}"
        )
    )
    for file_row, code, message, column, parts in rows:
        yield RowIssue(file_row, code, message, column, _parts_of(file_row, parts))


# --- matching ---------------------------------------------------------------------------


def lock_for_import(session: Session) -> None:
    """Keep other writers off `asset` until the end; readers go on."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("LOCK TABLE asset IN SHARE ROW EXCLUSIVE MODE"))
        _allow_long_work(session.connection())


def source_has_assets(session: Session, source: str) -> bool:
    """Whether anything was ever imported from this source."""
    return bool(
        session.scalar(
            text("SELECT 1 FROM asset WHERE source = :source LIMIT 1"), {"source": source}
        )
    )


def match_by_ref(session: Session, source: str) -> None:
    """Rows whose ref the source already has."""
    session.execute(
        text(
            """UPDATE import_stage SET fid = (
                   SELECT a.fid FROM asset a WHERE a.source = :source AND a.ref = import_stage.ref)
               WHERE ref IS NOT NULL"""
        ),
        {"source": source},
    )


def match_by_record(session: Session, source: str) -> None:
    """Rows without a ref that say exactly what an asset's source last said of it.

    Several equal rows are matched to as many equal assets, in order.
    """
    for table, key, found in (
        ("import_said", "ordinal", "FROM import_stage WHERE ref IS NULL"),
        ("import_known", "fid", "FROM asset WHERE source = :source AND ref IS NULL"),
    ):
        session.execute(text(f"DROP TABLE IF EXISTS {table}"))
        session.execute(
            text(
                f"""CREATE TEMP TABLE {table} AS SELECT {key}, record_hash, row_number() OVER (
                       PARTITION BY record_hash ORDER BY {key}) AS place {found}"""
            ),
            {"source": source} if ":source" in found else {},
        )
        session.execute(text(f"CREATE INDEX {table}_hash ON {table} (record_hash, place)"))
        session.execute(text(f"CREATE INDEX {table}_key ON {table} ({key})"))
    session.execute(
        text(
            """UPDATE import_stage SET fid = (
                   SELECT k.fid FROM import_said s JOIN import_known k
                   ON k.record_hash = s.record_hash AND k.place = s.place
                   WHERE s.ordinal = import_stage.ordinal)
               WHERE ref IS NULL"""
        )
    )


def unmatched_rows(session: Session) -> Iterator[Row[Any]]:
    """(ordinal, kind, ref, geometry) of staged rows nothing was found for."""
    yield from session.execute(
        text("SELECT ordinal, kind, ref, geom FROM import_stage WHERE fid IS NULL ORDER BY ordinal")
    )


def unmatched_file_rows(session: Session) -> list[tuple[int, str | None]]:
    """(row of the file, ref) of staged rows nothing was found for."""
    found = text("SELECT file_row, ref FROM import_stage WHERE fid IS NULL ORDER BY ordinal")
    return [(int(row), ref) for row, ref in session.execute(found)]


def unmatched_assets(session: Session, source: str) -> Iterator[Row[Any]]:
    """(fid, kind, ref, geometry) of the source's assets that no staged row was matched to."""
    session.execute(text("DROP TABLE IF EXISTS import_matched"))
    session.execute(
        text(
            "CREATE TEMP TABLE import_matched AS SELECT fid FROM import_stage WHERE fid IS NOT NULL"
        )
    )
    session.execute(text("CREATE INDEX import_matched_fid ON import_matched (fid)"))
    yield from session.execute(
        text(
            """SELECT fid, kind, ref, geom FROM asset WHERE source = :source AND NOT EXISTS (
                   SELECT 1 FROM import_matched m WHERE m.fid = asset.fid) ORDER BY fid"""
        ),
        {"source": source},
    )


def set_matches(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    """Record (ordinal, fid) matches."""
    if pairs:
        session.execute(
            text("UPDATE import_stage SET fid = :fid WHERE ordinal = :ordinal"),
            [{"ordinal": ordinal, "fid": fid} for ordinal, fid in pairs],
        )


def decide_actions(session: Session) -> None:
    """Say what is to be done with each staged row that an asset was found for.

    ``unchanged`` (the source says what it said before), or ``compare``. Rows without a
    match have no action: they are to be created.
    """
    session.execute(
        text(
            """UPDATE import_stage SET action = CASE
                   WHEN EXISTS (SELECT 1 FROM asset a WHERE a.fid = import_stage.fid
                                AND a.record_hash = import_stage.record_hash
                                AND a.withdrawn_at IS NULL) THEN 'unchanged'
                   ELSE 'compare' END
               WHERE fid IS NOT NULL"""
        )
    )


def action_counts(session: Session) -> dict[str, int]:
    """Staged rows by action; ``created`` are those without a match."""
    rows = session.execute(
        text("SELECT coalesce(action, 'created'), count(*) FROM import_stage GROUP BY 1")
    )
    return {action: count for action, count in rows}


# --- writing ----------------------------------------------------------------------------


def insert_created(session: Session, source: str, change_id: int, at: object, count: int) -> None:
    """Write the new assets, their first revisions and their index entries."""
    gpkg = session.get_bind().dialect.name == "sqlite"
    base = _reserve_fids(session, gpkg)
    columns = [
        name
        for name in STAGE_COLUMNS
        if name in CANDIDATE_COLUMNS
        or name in ("asset_id", "kind", "authority", "ward", "designations", "attributes",
                    "record_hash", "geom")
    ]  # fmt: skip
    listed = ", ".join(columns)
    take = _take_triggers if gpkg else _take_indexes
    taken = take(session) if count >= BULK_ROWS else []
    session.execute(
        text(
            f"""INSERT INTO asset (fid, source, version, created_at, updated_at, {listed})
                SELECT :base + ordinal, :source, 1, :at, :at, {listed}
                FROM import_stage WHERE action IS NULL"""
        ),
        {"base": base, "source": source, "at": at},
    )
    if not gpkg:
        _put_back(session, taken)
    session.execute(
        text(
            """INSERT INTO revision (fid, version, change_id, action, before, after)
               SELECT :base + ordinal, 1, :change_id, 'created', NULL, record
               FROM import_stage WHERE action IS NULL"""
        ),
        {"base": base, "change_id": change_id},
    )
    if gpkg and taken:
        session.execute(
            text(
                """INSERT INTO rtree_asset_geom
                   SELECT :base + ordinal, min_x, max_x, min_y, max_y
                   FROM import_stage WHERE action IS NULL"""
            ),
            {"base": base},
        )
        _put_back(session, taken)
    elif not gpkg:
        session.execute(
            text(
                "SELECT setval('asset_fid_seq', "
                "(SELECT coalesce(max(fid), 0) + 1 FROM asset), false)"
            )
        )


def _reserve_fids(session: Session, gpkg: bool) -> int:
    if gpkg:
        used = "SELECT seq FROM sqlite_sequence WHERE name = 'asset'"
    else:
        used = "SELECT last_value FROM asset_fid_seq"
    highest = session.scalar(text("SELECT coalesce(max(fid), 0) FROM asset")) or 0
    return max(int(session.scalar(text(used)) or 0), int(highest))


def _take_indexes(session: Session) -> list[str]:
    """Drop the indexes of an empty `asset` in this transaction; return how to make them.

    Filled row by row they take longer than all else. Readers wait for the transaction's end,
    hence only where there is nothing to read yet, nobody is reading, and the table is ours.
    """
    if session.scalar(text("SELECT 1 FROM asset LIMIT 1")) is not None:
        return []
    try:
        with session.begin_nested():
            session.execute(text("LOCK TABLE asset IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except OperationalError:
        return []
    rows = session.execute(
        text(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
               FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
               WHERE i.indrelid = 'asset'::regclass AND NOT i.indisunique
               AND pg_has_role(c.relowner, 'USAGE')""".replace("::", "\\:\\:")
        )
    ).all()
    for name, _ in rows:
        session.connection().exec_driver_sql(f"DROP INDEX {name}")
    return [definition for _, definition in rows]


def _put_back(session: Session, statements: Sequence[str]) -> None:
    for statement in statements:
        session.connection().exec_driver_sql(statement)


def _take_triggers(session: Session) -> list[str]:
    """Drop the R*Tree triggers of `asset` inside this transaction; return how to make them."""
    rows = session.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
            "AND name LIKE 'rtree_asset_geom_%'"
        )
    ).all()
    for name, _ in rows:
        session.connection().exec_driver_sql(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in rows]


def rows_to_compare(session: Session, after_ordinal: int, limit: int) -> Sequence[Row[Any]]:
    """Staged rows beside the assets they were matched to, in chunks by ordinal."""
    current = ", ".join(
        f"a.{name} AS asset_{name}" for name in ("kind", "authority", *CANDIDATE_COLUMNS)
    )
    return session.execute(
        text(
            f"""SELECT s.ordinal, s.file_row, s.fid, s.record, s.record_hash, s.geom AS new_geom,
                       s.ward, s.designations, a.asset_id, a.version, a.withdrawn_at,
                       a.attributes AS asset_attributes, a.geom AS asset_geom, {current}
                FROM import_stage s JOIN asset a ON a.fid = s.fid
                WHERE s.action = 'compare' AND s.ordinal > :after ORDER BY s.ordinal LIMIT :limit"""
        ),
        {"after": after_ordinal, "limit": limit},
    ).all()


def missing_assets(session: Session, source: str, kinds: Sequence[str]) -> list[int]:
    """Assets of the source and of the file's kinds that no staged row was matched to."""
    rows = session.execute(
        text(
            """SELECT fid, kind FROM asset WHERE source = :source AND withdrawn_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM import_stage s WHERE s.fid = asset.fid)
               ORDER BY fid"""
        ),
        {"source": source},
    )
    wanted = set(kinds)
    return [fid for fid, kind in rows if kind in wanted]


def named_assets(session: Session, fids: Sequence[int]) -> Sequence[Row[Any]]:
    """(asset_id, ref, kind, sensitivity) of a few assets, in the order of their numbers."""
    listed = ",".join(str(int(fid)) for fid in fids)
    return session.execute(
        text(
            f"""SELECT asset_id, ref, kind, sensitivity FROM asset WHERE fid IN ({listed})
                ORDER BY fid"""
        )
    ).all()


def staged_kinds(session: Session) -> list[str]:
    """The kinds that the file has rows of."""
    return list(session.scalars(text("SELECT DISTINCT kind FROM import_stage ORDER BY kind")))


def set_hashes(session: Session, hashes: Sequence[tuple[int, int]]) -> None:
    """Remember what the source now says where that changed nothing that is stored."""
    if hashes:
        session.execute(
            text("UPDATE asset SET record_hash = :hash WHERE fid = :fid"),
            [{"fid": fid, "hash": record_hash} for fid, record_hash in hashes],
        )
