"""Reading and writing the catalogue. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from canopy.assets.places import NamedArea
from canopy.assets.record import Record
from canopy.assets.revising import Delta, flatten, unflatten
from canopy.assets.tables import Area, Asset, Change, Organisation, Revision
from canopy.db.types import utc_text

REFS_AT_ONCE = 500
"""In one question: both databases bind as many."""


def now_utc() -> datetime:
    """The present time, to the millisecond as it is stored."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def stored_time(session: Session, at: datetime) -> object:
    """A time as text SQL binds it on this database."""
    return utc_text(at) if session.get_bind().dialect.name == "sqlite" else at


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """Who is about to change something, and why."""

    author: str
    reason: str
    origin: str
    source: str | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    transformation: dict[str, object] | None = None
    job_id: int | None = None


def add_change(session: Session, note: ChangeNote, at: datetime) -> int:
    """Record a change that revisions will refer to; its number."""
    change = Change(
        at=at,
        author=note.author,
        reason=note.reason,
        origin=note.origin,
        source=note.source,
        file_name=note.file_name,
        file_sha256=note.file_sha256,
        transformation=note.transformation,
        job_id=note.job_id,
    )
    session.add(change)
    session.flush()
    return change.id


def ensure_organisation(session: Session, slug: str, name: str, role: str = "council") -> None:
    """Add an organisation where it is not known yet."""
    if session.get(Organisation, slug) is None:
        session.add(Organisation(slug=slug, name=name, role=role, created_at=now_utc()))
        session.flush()


def areas(session: Session) -> list[NamedArea]:
    """Every area, in a fixed order."""
    rows = session.execute(
        select(Area.kind, Area.code, Area.name, Area.geom).order_by(Area.kind, Area.code)
    )
    return [NamedArea(kind, code, name, geom) for kind, code, name, geom in rows]


def ward_names(session: Session) -> list[str]:
    """The names of all wards, in order."""
    names = select(Area.name).where(Area.kind == "ward").distinct().order_by(Area.name)
    return list(session.scalars(names))


@dataclass(frozen=True, slots=True)
class PastChange:
    """One revision of an asset, with who made it."""

    fid: int
    version: int
    action: str
    at: datetime
    author: str
    reason: str
    origin: str
    delta: Delta


def revisions_of(session: Session, fids: Sequence[int]) -> Iterator[PastChange]:
    """All revisions of some assets, each asset's oldest first. Deltas are flat."""
    rows = session.execute(
        select(
            Revision.fid, Revision.version, Revision.action, Revision.before, Revision.after,
            Change.at, Change.author, Change.reason, Change.origin,
        )
        .join(Change, Change.id == Revision.change_id)
        .where(Revision.fid.in_(fids))
        .order_by(Revision.fid, Revision.version)
    )  # fmt: skip
    for fid, version, action, before, after, at, author, reason, origin in rows:
        delta = Delta(_flat(before), _flat(after))
        yield PastChange(fid, version, action, at, author, reason, origin, delta)


def _flat(stored: object) -> Record:
    return flatten(stored) if isinstance(stored, dict) else {}


def corrected_fids(session: Session, fids: Sequence[int]) -> set[int]:
    """Those of some assets that anything but an import ever changed."""
    rows = session.scalars(
        select(Revision.fid)
        .join(Change, Change.id == Revision.change_id)
        .where(Revision.fid.in_(fids), Change.origin != "import")
        .distinct()
    )
    return set(rows)


@dataclass(frozen=True, slots=True)
class AssetUpdate:
    """A new state of one asset, with the revision that leads to it."""

    fid: int
    version: int
    action: str
    delta: Delta
    columns: dict[str, object]
    """Every stored column that changes, `geom` as a shapely geometry in the storage CRS."""


def apply_updates(
    session: Session, updates: Sequence[AssetUpdate], change_id: int, at: datetime
) -> None:
    """Write new states and their revisions."""
    for each in updates:
        session.execute(
            Asset.__table__.update()  # type: ignore[attr-defined]
            .where(Asset.fid == each.fid)
            .values(version=each.version, updated_at=at, **each.columns)
        )
    if updates:
        session.execute(
            insert(Revision),
            [
                {
                    "fid": each.fid,
                    "version": each.version,
                    "change_id": change_id,
                    "action": each.action,
                    "before": plain(each.delta.before) or None,
                    "after": plain(each.delta.after) or None,
                }
                for each in updates
            ],
        )


def add_revision(
    session: Session, fid: int, version: int, change_id: int, action: str, delta: Delta
) -> None:
    """Record one revision whose delta is flat; the first holds the whole record."""
    before, after = plain(delta.before), plain(delta.after)
    if action == "created":
        after = unflatten(after)
    session.add(
        Revision(
            fid=fid, version=version, change_id=change_id, action=action,
            before=before or None, after=after or None,
        )
    )  # fmt: skip


def plain(record: Record) -> Record:
    """A record with JSON values only."""
    value: Record = orjson.loads(orjson.dumps(record, default=str))
    return value


def withdraw(session: Session, fids: Sequence[int], change_id: int, at: datetime) -> int:
    """Withdraw assets: they stay, with their history, and leave every selection."""
    stored = stored_time(session, at)
    for start in range(0, len(fids), 500):
        chunk = fids[start : start + 500]
        listed = ",".join(str(int(fid)) for fid in chunk)
        session.execute(
            text(
                f"""INSERT INTO revision (fid, version, change_id, action, before, after)
                    SELECT fid, version + 1, :change_id, 'withdrawn', NULL, :after
                    FROM asset WHERE fid IN ({listed})"""
                if session.get_bind().dialect.name == "sqlite"
                else f"""INSERT INTO revision (fid, version, change_id, action, before, after)
                    SELECT fid, version + 1, :change_id, 'withdrawn', NULL, CAST(:after AS json)
                    FROM asset WHERE fid IN ({listed})"""
            ),
            {"change_id": change_id, "after": f'{{"withdrawn_at":"{utc_text(at)}"}}'},
        )
        session.execute(
            text(
                f"""UPDATE asset SET version = version + 1, updated_at = :at, withdrawn_at = :at
                    WHERE fid IN ({listed})"""
            ),
            {"at": stored},
        )
    return len(fids)


def geometry_hex(geometry: shapely.Geometry | None) -> str | None:
    """A geometry as records keep it."""
    if geometry is None:
        return None
    hexed: str = shapely.to_wkb(geometry, hex=True, byte_order=1, output_dimension=2)
    return hexed


def column_value(name: str, value: object) -> object:
    """A record's value as its column holds it."""
    if name == "observed_on" and isinstance(value, str):
        return date.fromisoformat(value)
    return value


def with_srid(geometry: shapely.Geometry, srid: int) -> shapely.Geometry:
    """A geometry marked with the SRID that storage asks for."""
    return shapely.set_srid(geometry, srid)


def replace_areas(
    session: Session,
    kind: str,
    source: str,
    licence: str | None,
    found: Sequence[NamedArea],
    srid: int,
) -> None:
    """Put a source's areas of one kind in place of those it gave before."""
    session.execute(delete(Area).where(Area.kind == kind, Area.source == source))
    codes = [area.code for area in found]
    for start in range(0, len(codes), 500):
        session.execute(
            delete(Area).where(Area.kind == kind, Area.code.in_(codes[start : start + 500]))
        )
    at = now_utc()
    session.add_all(
        Area(
            kind=area.kind, code=area.code, name=area.name, source=source, licence=licence,
            updated_at=at, geom=with_srid(area.geometry, srid),
        )
        for area in found
    )  # fmt: skip
    session.flush()


def placed_assets(
    session: Session, batch_rows: int = 20_000
) -> Iterator[tuple[list[int], list[str | None], list[list[str] | None], NDArray[np.object_]]]:
    """(fids, wards, designations, geometries) of all assets, in batches."""
    after = 0
    while True:
        rows = session.execute(
            select(Asset.fid, Asset.ward, Asset.designations, Asset.geom)
            .where(Asset.fid > after)
            .order_by(Asset.fid)
            .limit(batch_rows)
        ).all()
        if not rows:
            return
        after = rows[-1][0]
        shapes = np.empty(len(rows), dtype=object)
        shapes[:] = [row[3] for row in rows]
        yield [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], shapes


def set_places(session: Session, updates: Sequence[tuple[int, object, tuple[str, ...]]]) -> None:
    """Write derived (fid, ward, designations). No revision: they follow from other facts."""
    if updates:
        session.execute(
            text("UPDATE asset SET ward = :ward, designations = :designations WHERE fid = :fid")
            if session.get_bind().dialect.name == "sqlite"
            else text(
                "UPDATE asset SET ward = :ward, designations = CAST(:designations AS jsonb) "
                "WHERE fid = :fid"
            ),
            [
                {
                    "fid": fid,
                    "ward": ward,
                    "designations": orjson.dumps(kinds).decode() if kinds else None,
                }
                for fid, ward, kinds in updates
            ],
        )


def refs_there(session: Session, refs: Iterable[str]) -> set[str]:
    """Those of some references that assets of the catalogue have which are not withdrawn."""
    found: set[str] = set()
    wanted = sorted(set(refs))
    for at in range(0, len(wanted), REFS_AT_ONCE):
        part = wanted[at : at + REFS_AT_ONCE]
        rows = session.scalars(
            select(Asset.ref).where(Asset.ref.in_(part), Asset.withdrawn_at.is_(None))
        )
        found |= {ref for ref in rows if ref is not None}
    return found


def sources_by_ref(session: Session, refs: Iterable[str]) -> dict[str, list[str]]:
    """The sources that have an asset of each reference, in order; none where nobody has."""
    found: dict[str, list[str]] = {}
    wanted = sorted(set(refs))
    for at in range(0, len(wanted), REFS_AT_ONCE):
        rows = session.execute(
            select(Asset.ref, Asset.source)
            .where(Asset.ref.in_(wanted[at : at + REFS_AT_ONCE]), Asset.withdrawn_at.is_(None))
            .order_by(Asset.ref, Asset.source)
        )
        for ref, source in rows:
            if ref is not None:
                found.setdefault(ref, []).append(source)
    return found


def kinds_by_ref(session: Session, refs: Iterable[str]) -> dict[str, dict[str, str]]:
    """Of each reference, the kinds of the assets that have it, by source: there may be several."""
    found: dict[str, dict[str, str]] = {}
    wanted = sorted(set(refs))
    for at in range(0, len(wanted), REFS_AT_ONCE):
        rows = session.execute(
            select(Asset.ref, Asset.source, Asset.kind)
            .where(Asset.ref.in_(wanted[at : at + REFS_AT_ONCE]), Asset.withdrawn_at.is_(None))
            .order_by(Asset.ref, Asset.source)
        )
        for ref, source, kind in rows:
            if ref is not None:
                found.setdefault(ref, {})[source] = kind
    return found


def wards_by_ref(session: Session, refs: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Of each reference, the wards of the assets that have it, by source; as `kinds_by_ref`."""
    found: dict[str, dict[str, str | None]] = {}
    wanted = sorted(set(refs))
    for at in range(0, len(wanted), REFS_AT_ONCE):
        rows = session.execute(
            select(Asset.ref, Asset.source, Asset.ward)
            .where(Asset.ref.in_(wanted[at : at + REFS_AT_ONCE]), Asset.withdrawn_at.is_(None))
            .order_by(Asset.ref, Asset.source)
        )
        for ref, source, ward in rows:
            if ref is not None:
                found.setdefault(ref, {})[source] = ward
    return found
