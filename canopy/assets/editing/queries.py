"""SQL of reconciliation: the foreign writes, and the rows they touched. GeoPackage only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from canopy.assets.queries import geometry_hex
from canopy.assets.record import RECORD_COLUMNS, Record
from canopy.assets.tables import Asset
from canopy.db import gpkg_geometry
from canopy.errors import ExternalChangeInvalid, NotFound

SYSTEM_COLUMNS = ("version", "created_at", "updated_at", "withdrawn_at", "record_hash")
"""Columns that are Canopy's own: what another program writes to them is put back."""
_COLUMNS = tuple(column.name for column in Asset.__table__.columns)


@dataclass(frozen=True, slots=True)
class TouchedRow:
    """A row that other programs wrote to, as it was before the first of those writes.

    `before` None means that they added it; `geom` in it is a GeoPackage blob in hex.
    """

    row_id: int
    operation: str
    before: Record | None


def count_pending(session: Session) -> int:
    """Rows with foreign writes not settled yet."""
    return int(
        session.scalar(
            text("SELECT count(DISTINCT row_id) FROM external_change WHERE outcome IS NULL")
        )
        or 0
    )


def touched_rows(session: Session) -> Iterator[TouchedRow]:
    """Every row with unsettled foreign writes, once, in order of row."""
    rows = session.execute(
        text(
            """SELECT row_id, operation, row_before FROM external_change
               WHERE outcome IS NULL ORDER BY row_id, id"""
        )
    ).all()
    grouped: dict[int, list[tuple[str, str | None]]] = {}
    for row_id, operation, row_before in rows:
        grouped.setdefault(row_id, []).append((operation, row_before))
    for row_id, writes in grouped.items():
        first = writes[0][1]
        before = None if first is None else orjson.loads(first)
        yield TouchedRow(row_id, writes[-1][0], before)


def current_row(session: Session, row_id: int) -> Record | None:
    """The row as it stands, with its geometry as a blob in hex; None where it is gone."""
    row = session.execute(
        text("SELECT * FROM asset WHERE fid = :fid"), {"fid": row_id}
    ).one_or_none()
    if row is None:
        return None
    record = dict(row._mapping)
    geom = record.get("geom")
    record["geom"] = geom.hex().upper() if isinstance(geom, bytes) else None
    return record


def record_from_row(row: Mapping[str, object]) -> Record:
    """The record in a raw row. Raises ExternalChangeInvalid where it cannot be read."""
    record: Record = {name: row[name] for name in RECORD_COLUMNS if row.get(name) not in (None, "")}
    attributes = row.get("attributes")
    if isinstance(attributes, str) and attributes.strip():
        try:
            record["attributes"] = orjson.loads(attributes)
        except orjson.JSONDecodeError as error:
            raise ExternalChangeInvalid(f"attributes is not JSON: {error}") from error
    shape = _shape(row.get("geom"))
    if shape is not None:
        record["geom"] = geometry_hex(shape)
    return record


def _shape(blob_hex: object) -> shapely.Geometry | None:
    if not isinstance(blob_hex, str) or not blob_hex:
        return None
    try:
        return gpkg_geometry.decode_one(bytes.fromhex(blob_hex))
    except (gpkg_geometry.BadGeometryBlob, shapely.errors.GEOSException, ValueError) as error:
        raise ExternalChangeInvalid(f"geom cannot be read: {error}") from error


def mapped_asset(session: Session, row_id: int) -> Asset:
    """The mapped object of a row whose columns are known to be readable."""
    asset = session.get(Asset, row_id, populate_existing=True)
    if asset is None:
        raise NotFound(f"There is no asset in row {row_id}.")
    return asset


def put_back(session: Session, touched: TouchedRow, now: Record | None) -> None:
    """Make the row what it was before other programs wrote to it."""
    if touched.before is None:
        session.execute(text("DELETE FROM asset WHERE fid = :fid"), {"fid": touched.row_id})
        return
    values = _stored(touched.before)
    if now is None:
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        session.execute(text(f"INSERT INTO asset ({', '.join(_COLUMNS)}) VALUES ({marks})"), values)
    else:
        _write(session, values, _COLUMNS)


def restore_system_columns(session: Session, touched: TouchedRow) -> None:
    """Put back what is Canopy's own, whatever was written there."""
    _write(session, _stored(touched.before or {}), SYSTEM_COLUMNS)


def _stored(row: Mapping[str, object]) -> dict[str, object]:
    values = {name: row.get(name) for name in _COLUMNS}
    geom = values["geom"]
    values["geom"] = bytes.fromhex(geom) if isinstance(geom, str) and geom else None
    return values


def _write(session: Session, values: Mapping[str, object], columns: tuple[str, ...]) -> None:
    listed = ", ".join(f"{name} = :{name}" for name in columns if name != "fid")
    session.execute(
        text(f"UPDATE asset SET {listed} WHERE fid = :row_fid"),
        {**{name: values[name] for name in columns}, "row_fid": values["fid"]},
    )


def close(
    session: Session, touched: TouchedRow, outcome: str, reason: str, refused_row: Record | None
) -> None:
    """Mark a row's foreign writes as settled, keeping what was refused."""
    kept = None if refused_row is None else orjson.dumps(refused_row, default=str).decode()
    session.execute(
        text(
            """UPDATE external_change SET outcome = :outcome, reason = :reason,
                      refused_row = :kept WHERE row_id = :row_id AND outcome IS NULL"""
        ),
        {"outcome": outcome, "reason": reason, "kept": kept, "row_id": touched.row_id},
    )


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
