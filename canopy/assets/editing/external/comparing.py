"""Every row against its revisions, for what nobody noted. Reads in chunks: memory stays flat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from canopy.assets import queries as catalogue
from canopy.assets.editing.external import queries
from canopy.assets.editing.external.judging import canonical_id
from canopy.assets.editing.external.report import ReconcileReport
from canopy.assets.editing.external.rows import RawRow
from canopy.assets.editing.external.truth import Truth, designations_text, truths
from canopy.assets.places import Places
from canopy.assets.record import RECORD_COLUMNS
from canopy.db import gpkg_geometry
from canopy.db.types import utc_text

_FLOAT32 = 3e-7
"""How far the R*Tree's boxes may lie off, as a share of the coordinate: they are float32."""


def differing(session: Session, places: Places, srid: int, report: ReconcileReport) -> list[int]:
    """Row numbers where the row is not what its revisions say, or there is no row, or no revision.

    Derived columns and index entries of all other rows are put right on the way, and counted
    in the report.
    """
    found = queries.rows_without_asset(session)
    after: int | None = None
    while rows := queries.raw_rows_after(session, after):
        fids = list(rows)
        after = fids[-1]
        report.checked += len(fids)
        known = truths(session, fids)
        right = _right(rows, known, srid)
        found.extend(fid for fid in fids if fid not in right)
        if right:
            _mend(session, rows, right, places, report)
    report.mended += queries.drop_stray_index_entries(session)
    return found


def _right(
    rows: Mapping[int, RawRow], known: Mapping[int, Truth], srid: int
) -> dict[int, shapely.Geometry]:
    """The rows that are what their revisions say, with their geometries."""
    shapes = _array(
        [shapely.from_wkb(str(known[f].record["geom"])) if f in known else None for f in rows]
    )
    blobs = gpkg_geometry.encode(shapes, srid)
    return {
        fid: shape
        for (fid, row), shape, blob in zip(rows.items(), shapes, blobs, strict=True)
        if fid in known and row["geom"] == blob and _same(row, known[fid])
    }


def _same(row: RawRow, truth: Truth) -> bool:
    record = truth.record
    return (
        all(row[name] == record.get(name) for name in RECORD_COLUMNS)
        and row["version"] == truth.version
        and row["created_at"] == utc_text(truth.created_at)
        and row["updated_at"] == utc_text(truth.updated_at)
        and row["withdrawn_at"] == truth.withdrawn_at
        and (truth.source is None or row["source"] == truth.source)
        and isinstance(row["source"], str)
        and canonical_id(row["asset_id"]) == row["asset_id"] is not None
        and isinstance(row["record_hash"], (int, type(None)))
        and _same_attributes(row["attributes"], record.get("attributes") or {})
    )


def _same_attributes(stored: object, expected: object) -> bool:
    if not isinstance(stored, str):
        return False
    try:
        return bool(orjson.loads(stored) == expected)
    except orjson.JSONDecodeError:
        return False


def _mend(
    session: Session,
    rows: Mapping[int, RawRow],
    right: Mapping[int, shapely.Geometry],
    places: Places,
    report: ReconcileReport,
) -> None:
    shapes = _array(list(right.values()))
    wrong = [
        (fid, ward, kinds)
        for fid, ward, kinds in zip(
            right, places.wards(shapes), places.designations(shapes), strict=True
        )
        if rows[fid]["ward"] != ward or rows[fid]["designations"] != designations_text(kinds)
    ]
    catalogue.set_places(session, wrong)
    entries = queries.index_entries(session, list(right))
    astray = [
        fid
        for fid, box in zip(right, shapely.bounds(shapes).tolist(), strict=True)
        if not _close(entries.get(fid), box)
    ]
    for fid in astray:
        queries.index(session, fid, rows[fid]["geom"])
    report.mended += len({fid for fid, _, _ in wrong} | set(astray))


def _close(entry: Sequence[float] | None, box: Sequence[float]) -> bool:
    """Whether an entry holds the box, and not much more."""
    if entry is None:
        return False
    signs = (1, 1, -1, -1)
    return all(
        0 <= sign * (side - stored) <= _FLOAT32 * abs(side) + 1e-6
        for sign, stored, side in zip(signs, entry, box, strict=True)
    )


def _array(shapes: Sequence[shapely.Geometry | None]) -> NDArray[np.object_]:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
