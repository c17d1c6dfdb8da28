"""Taking files of lighting management systems in: the same file again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import shapely
from sqlalchemy.orm import Session

from canopy import geo
from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import ImportRefused
from canopy.iot.lighting import queries
from canopy.iot.lighting.files import BurnRow, Failed, FaultEnd, FaultRow, UnitRow
from canopy.iot.lighting.matching import Lamppost, Matcher, Unit
from canopy.iot.lighting.posts import all_posts
from canopy.iot.lighting.tables import BurnHours, LightingFault, LightingUnit

MAX_UNITS = 500_000
_CHUNK = 500
_SAID = ("column_ref", "street", "gateway", "lamp_w", "regime", "x_m", "y_m",
         "asset_id", "match", "reason")  # fmt: skip


class _OnlyTried(Exception):
    pass


@contextmanager
def _tried(database: Database, dry_run: bool) -> Iterator[Session]:
    """A transaction that a dry run takes back."""
    try:
        with database.writing() as session:
            yield session
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass


@dataclass(slots=True)
class Taken:
    """What came of a file. `matches` counts units by how they were matched."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: list[Failed] = field(default_factory=list)
    matches: Counter[str] = field(default_factory=Counter)

    def sentences(self) -> Iterator[str]:
        """In words."""
        gone = f", no longer listed {self.gone:,}" if self.gone else ""
        yield (
            f"Added {self.added:,}, changed {self.changed:,}, unchanged {self.unchanged:,}{gone}; "
            f"rows that failed {len(self.failed):,}."
        )
        if self.matches:
            told = ", ".join(f"{name} {count:,}" for name, count in self.matches.most_common())
            yield f"Matched with lampposts: {told}."
        for each in self.failed[:20]:
            yield each.sentence()


def take_inventory(
    database: Database,
    system: str,
    rows: Iterable[UnitRow | Failed],
    principal: Principal,
    now: datetime,
    *,
    within_m: float = 5.0,
    far_m: float = 50.0,
    dry_run: bool = False,
) -> Taken:
    """Take a whole inventory: what is not in it any more is noted as gone.

    within_m, far_m: see `Matcher`. Raises ImportRefused where it holds a unit twice, or none.
    """
    done, units = Taken(), dict[str, UnitRow]()
    for row in rows:
        if isinstance(row, Failed):
            done.failed.append(row)
        elif row.ref in units:
            raise ImportRefused(f"The unit {row.ref!r} is there twice. Nothing was written.")
        else:
            units[row.ref] = row
        if len(units) > MAX_UNITS:
            raise ImportRefused(f"There are over {MAX_UNITS:,} units. Nothing was written.")
    if not units:
        raise ImportRefused("The inventory holds no unit that can be read. Nothing was written.")
    with _tried(database, dry_run) as session:
        matcher = Matcher(_lampposts(session, database, principal), within_m, far_m)
        listed = list(units.values())
        for start in range(0, len(listed), _CHUNK):
            part = listed[start : start + _CHUNK]
            _take_units(session, database, system, part, matcher, now, done)
        if not done.failed:  # else a row that failed would pass for a unit that is gone
            done.gone = queries.end_units(session, system, now, now)
    return done


def _lampposts(session: Session, database: Database, principal: Principal) -> Iterator[Lamppost]:
    for post in all_posts(session, database, principal):
        at = post.geometry
        at = None if at is None or at.is_empty else at.centroid
        yield Lamppost(
            post.asset_id, post.ref, post.street,
            None if at is None else at.x, None if at is None else at.y,
        )  # fmt: skip


def _take_units(
    session: Session,
    database: Database,
    system: str,
    rows: list[UnitRow],
    matcher: Matcher,
    now: datetime,
    done: Taken,
) -> None:
    known = queries.units_named(session, system, [row.ref for row in rows])
    places = _places(database, rows)
    for row, (x_m, y_m) in zip(rows, places, strict=True):
        match = matcher.match(Unit(row.ref, row.column_ref, row.street, x_m, y_m))
        done.matches[match.state] += 1
        said = {
            "column_ref": row.column_ref, "street": row.street, "gateway": row.gateway,
            "lamp_w": row.lamp_w, "regime": row.regime, "x_m": x_m, "y_m": y_m,
            "asset_id": match.asset_id, "match": match.state, "reason": match.reason,
        }  # fmt: skip
        unit = known.get(row.ref)
        if unit is None:
            session.add(LightingUnit(system=system, ref=row.ref, listed_at=now, **said))
            done.added += 1
            continue
        differs = unit.gone_at is not None or any(getattr(unit, k) != said[k] for k in _SAID)
        for name, value in said.items():
            setattr(unit, name, value)
        unit.listed_at, unit.gone_at = now, None
        done.changed += differs
        done.unchanged += not differs
    session.flush()


def _places(database: Database, rows: list[UnitRow]) -> list[tuple[float | None, float | None]]:
    """Where units are in the storage CRS [m], to the centimetre."""
    degrees = [at for at, row in enumerate(rows) if row.longitude is not None and row.latitude]
    found: list[tuple[float | None, float | None]] = [
        (row.easting_m, row.northing_m) if row.northing_m is not None else (None, None)
        for row in rows
    ]
    if degrees:
        points = shapely.points([[rows[at].longitude, rows[at].latitude] for at in degrees])
        moved = geo.transformer("EPSG:4326", database.storage_crs).geometries(points)
        for at, point in zip(degrees, moved, strict=True):
            if point is not None and not point.is_empty:
                found[at] = (round(point.x, 2), round(point.y, 2))
    return found


def take_faults(
    database: Database,
    system: str,
    rows: Iterable[FaultRow | FaultEnd | Failed],
    *,
    dry_run: bool = False,
) -> Taken:
    """Take faults: one that was open is closed when a later file says when it ended."""
    done = Taken()
    with _tried(database, dry_run) as session:
        for row in rows:
            if isinstance(row, Failed):
                done.failed.append(row)
                continue
            if isinstance(row, FaultEnd):
                _end_fault(session, system, row, done)
                continue
            known = queries.fault_at(session, system, row.unit_ref, row.code, row.begun_at)
            if known is None:
                session.add(
                    LightingFault(
                        system=system, unit_ref=row.unit_ref, code=row.code, kind=row.kind,
                        detail=row.detail, begun_at=row.begun_at, ended_at=row.ended_at,
                    )
                )  # fmt: skip
                session.flush()
                done.added += 1
            elif row.ended_at is not None and known.ended_at != row.ended_at:
                known.ended_at, known.kind = row.ended_at, row.kind
                done.changed += 1
            else:
                done.unchanged += 1
    return done


def _end_fault(session: Session, system: str, end: FaultEnd, done: Taken) -> None:
    """Close the fault that an earlier file told of."""
    known = queries.fault_before(session, system, end.unit_ref, end.code, end.ended_at)
    if known is None or (known.ended_at is not None and known.ended_at != end.ended_at):
        told = (
            f"ends a fault {end.code} of {end.unit_ref} that is not open; take its start in first"
        )
        done.failed.append(Failed(end.row, "startEndFlag", told))
    elif known.ended_at is None:
        known.ended_at = end.ended_at
        done.changed += 1
    else:
        done.unchanged += 1


def take_burn_hours(
    database: Database, system: str, rows: Iterable[BurnRow | Failed], *, dry_run: bool = False
) -> Taken:
    """Take burn hours; what a later file says of the same unit and day replaces it."""
    done = Taken()
    with _tried(database, dry_run) as session:
        for row in rows:
            if isinstance(row, Failed):
                done.failed.append(row)
                continue
            known = queries.burn_to(session, system, row.unit_ref, row.ends_on)
            if known is None:
                session.add(
                    BurnHours(
                        system=system, unit_ref=row.unit_ref, begins_on=row.begins_on,
                        ends_on=row.ends_on, hours=row.hours,
                    )
                )  # fmt: skip
                session.flush()
                done.added += 1
            elif (known.hours, known.begins_on) != (row.hours, row.begins_on):
                known.hours, known.begins_on = row.hours, row.begins_on
                done.changed += 1
            else:
                done.unchanged += 1
    return done
