"""SQL about foreign writes and the rows they touched. GeoPackage only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from canopy.assets.editing.external.rows import BadText, RawRow
from canopy.assets.tables import Asset
from canopy.db import gpkg_geometry

COLUMNS: tuple[str, ...] = tuple(column.name for column in Asset.__table__.columns)
CHUNK = 500
"""Rows looked at together."""
_READ = ", ".join(
    f"CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END, "
    f"typeof({name}) = 'text'"
    for name in COLUMNS
)
_RTREE = "rtree_asset_geom"
_UPDATE = text(
    "UPDATE asset SET "
    + ", ".join(f"{name} = :{name}" for name in COLUMNS if name != "fid")
    + " WHERE fid = :fid"
)
_INSERT = text(
    f"INSERT INTO asset ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{n}' for n in COLUMNS)})"
)
_UNINDEX = text(f"DELETE FROM {_RTREE} WHERE id = :fid")
_INDEX = text(f"INSERT INTO {_RTREE} VALUES (:fid, :min_x, :max_x, :min_y, :max_y)")
_CLOSE = text(
    """UPDATE external_change SET outcome = :outcome, reason = :reason, refused_row = :kept
       WHERE id = :id"""
)
_STORED_TIME = "strftime('%Y-%m-%dT%H\\:%M\\:%fZ','now')"


@dataclass(frozen=True, slots=True)
class Note:
    """What the triggers noted of one row since it was last settled.

    `before` is the row before the first of the writes, None where that added it; `geom` in
    it, as all blobs, is hex. `operation` is the last write's.
    """

    ids: tuple[int, ...]
    operation: str
    moved: bool
    before: Mapping[str, object] | None


def count_pending(session: Session) -> int:
    """Rows with foreign writes not settled yet."""
    return int(
        session.scalar(
            text("SELECT count(DISTINCT row_id) FROM external_change WHERE outcome IS NULL")
        )
        or 0
    )


def noted_rows(session: Session) -> dict[int, list[tuple[int, str]]]:
    """(id, operation) of each unsettled foreign write by row, in order of row."""
    rows = session.execute(
        text(
            """SELECT row_id, id, operation FROM external_change
               WHERE outcome IS NULL ORDER BY row_id, id"""
        )
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for row_id, number, operation in rows:
        found.setdefault(int(row_id), []).append((int(number), str(operation)))
    return found


def notes(
    session: Session, noted: Mapping[int, Sequence[tuple[int, str]]], fids: Sequence[int]
) -> dict[int, Note]:
    """The notes of some rows, those without any left out."""
    wanted = [fid for fid in fids if fid in noted]
    firsts = ",".join(str(noted[fid][0][0]) for fid in wanted) or "NULL"
    before = {
        int(row[0]): _loaded(row[1])
        for row in session.execute(
            text(
                "SELECT row_id, CAST(row_before AS BLOB) FROM external_change "
                f"WHERE id IN ({firsts})"
            )
        )
    }
    return {
        fid: Note(
            tuple(number for number, _ in noted[fid]),
            noted[fid][-1][1],
            any(operation == "moved" for _, operation in noted[fid]),
            before.get(fid),
        )
        for fid in wanted
    }


def _loaded(stored: object) -> Mapping[str, object] | None:
    if not isinstance(stored, bytes):
        return None
    try:
        read = orjson.loads(stored)
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None


def earlier_row(session: Session, fid: int) -> Mapping[str, object] | None:
    """The row in the latest note that has it, settled ones included."""
    stored = session.scalar(
        text(
            """SELECT CAST(row_before AS BLOB) FROM external_change
               WHERE row_id = :fid AND row_before IS NOT NULL ORDER BY id DESC LIMIT 1"""
        ),
        {"fid": fid},
    )
    return _loaded(stored)


def raw_rows(session: Session, fids: Sequence[int]) -> dict[int, RawRow]:
    """Rows as they are stored, whatever the storage class of their values."""
    listed = ",".join(str(int(fid)) for fid in fids) or "NULL"
    return _raw(session, f"fid IN ({listed})")


def raw_rows_after(session: Session, after: int | None) -> dict[int, RawRow]:
    """The next rows in order of fid, from the first one where `after` is None."""
    where = "1" if after is None else f"fid > {int(after)}"
    return _raw(session, f"{where} ORDER BY fid LIMIT {CHUNK}")


def _raw(session: Session, where: str) -> dict[int, RawRow]:
    found: dict[int, RawRow] = {}
    for row in session.execute(text(f"SELECT {_READ} FROM asset WHERE {where}")):
        values = [
            _decoded(value) if is_text else value
            for value, is_text in zip(row[::2], row[1::2], strict=True)
        ]
        raw = dict(zip(COLUMNS, values, strict=True))
        found[int(raw["fid"])] = raw
    return found


def _decoded(stored: bytes) -> str | BadText:
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        return BadText(stored)


def rows_without_asset(session: Session) -> list[int]:
    """Row numbers that have revisions and no row."""
    rows = session.execute(
        text(
            """SELECT DISTINCT fid FROM revision
               WHERE NOT EXISTS (SELECT 1 FROM asset WHERE asset.fid = revision.fid)"""
        )
    )
    return [int(row[0]) for row in rows]


def import_sources(session: Session, fids: Sequence[int]) -> dict[int, str]:
    """The source of each of some assets that an import added."""
    listed = ",".join(str(int(fid)) for fid in fids) or "NULL"
    rows = session.execute(
        text(
            f"""SELECT revision.fid, change.source FROM revision
                JOIN change ON change.id = revision.change_id
                WHERE revision.fid IN ({listed}) AND revision.version = 1
                  AND change.origin = 'import' AND change.source IS NOT NULL"""
        )
    )
    return {int(fid): str(source) for fid, source in rows}


def organisations(session: Session) -> set[str]:
    """The slugs of all organisations."""
    rows = session.execute(text("SELECT CAST(slug AS BLOB) FROM organisation"))
    return {bytes(row[0]).decode("utf-8", "replace") for row in rows}


def holder_of_id(session: Session, asset_id: str, other_than: int) -> int | None:
    """The row with an asset_id, if another has it."""
    found: int | None = session.scalar(
        text("SELECT fid FROM asset WHERE asset_id = :asset_id AND fid != :fid"),
        {"asset_id": asset_id, "fid": other_than},
    )
    return found


def holder_of_ref(session: Session, source: str, ref: str, other_than: int) -> int | None:
    """The row with a ref of a source, if another has it."""
    found: int | None = session.scalar(
        text("SELECT fid FROM asset WHERE source = :source AND ref = :ref AND fid != :fid"),
        {"source": source, "ref": ref, "fid": other_than},
    )
    return found


def defer_foreign_keys(session: Session) -> None:
    """Check foreign keys when this transaction ends: rows are parted from their keys meanwhile."""
    session.execute(text("PRAGMA defer_foreign_keys = ON"))


def park(session: Session, fids: Sequence[int]) -> None:
    """Take their unique keys from some rows, so that others can have them."""
    if fids:
        session.execute(
            text("UPDATE asset SET asset_id = NULL, ref = NULL WHERE fid = :fid"),
            [{"fid": fid} for fid in fids],
        )


def store(session: Session, row: Mapping[str, object], *, there: bool) -> None:
    """Write a whole row, over the one of its number where that is `there`."""
    session.execute(_UPDATE if there else _INSERT, dict(row))
    index(session, int(str(row["fid"])), row["geom"])


def remove(session: Session, fid: int) -> None:
    """Delete a row that another program added, and its index entry."""
    session.execute(text("DELETE FROM asset WHERE fid = :fid"), {"fid": fid})
    index(session, fid, None)


def index(session: Session, fid: int, geom: object) -> None:
    """Make the R*Tree's entry of a row what its geometry says.

    The triggers cannot be relied on here: they look at the geometry that was there before,
    and the program that wrote it may have none of the functions they call.
    """
    session.execute(_UNINDEX, {"fid": fid})
    if isinstance(geom, bytes):
        min_x, min_y, max_x, max_y = gpkg_geometry.envelope_of(geom)
        session.execute(
            _INDEX,
            {"fid": fid, "min_x": min_x, "max_x": max_x, "min_y": min_y, "max_y": max_y},
        )


def index_entries(
    session: Session, fids: Sequence[int]
) -> dict[int, tuple[float, float, float, float]]:
    """(min x, min y, max x, max y) in the R*Tree of some rows."""
    listed = ",".join(str(int(fid)) for fid in fids) or "NULL"
    rows = session.execute(
        text(f"SELECT id, minx, miny, maxx, maxy FROM {_RTREE} WHERE id IN ({listed})")
    )
    return {int(row[0]): (row[1], row[2], row[3], row[4]) for row in rows}


def drop_stray_index_entries(session: Session) -> int:
    """Take entries out of the R*Tree whose row is gone; how many."""
    strays = session.execute(
        text(f"SELECT id FROM {_RTREE} WHERE id NOT IN (SELECT fid FROM asset)")
    ).all()
    for (fid,) in strays:
        session.execute(_UNINDEX, {"fid": fid})
    return len(strays)


def restore_sequence(session: Session) -> None:
    """Number new rows on from the highest in use, not from one that was put out again."""
    session.execute(
        text(
            """UPDATE sqlite_sequence SET seq = max(
                   (SELECT coalesce(max(fid), 0) FROM asset),
                   (SELECT coalesce(max(fid), 0) FROM revision))
               WHERE name = 'asset'"""
        )
    )


def close(
    session: Session, fid: int, note: Note | None, outcome: str, reason: str, refused: RawRow | None
) -> None:
    """Mark a row's foreign writes as settled, keeping what was refused.

    A refusal of what was never noted is noted now.
    """
    kept = None if refused is None else _as_json(refused)
    told: dict[str, object] = {"outcome": outcome, "reason": reason, "kept": kept}
    if note is not None:
        session.execute(_CLOSE, [{**told, "id": number} for number in note.ids])
    elif outcome == "refused":
        session.execute(
            text(
                f"""INSERT INTO external_change
                        (noted_at, row_id, operation, outcome, reason, refused_row)
                    VALUES ({_STORED_TIME}, :fid, 'unnoticed', :outcome, :reason, :kept)"""
            ),
            {**told, "fid": fid},
        )


def _as_json(row: RawRow) -> str:
    plain = {
        name: value.hex().upper() if isinstance(value, bytes) else value
        for name, value in row.items()
    }
    return orjson.dumps(plain).decode()


def refused(session: Session) -> Iterator[dict[str, object]]:
    """Foreign writes that were put back, newest first."""
    rows = session.execute(
        text(
            """SELECT id, noted_at, row_id, operation, reason, refused_row FROM external_change
               WHERE outcome = 'refused' ORDER BY id DESC"""
        )
    )
    for row in rows:
        yield dict(row._mapping)
