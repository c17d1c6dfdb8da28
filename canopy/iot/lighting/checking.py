"""Lamps' readings of a window, gathered from the stores and judged some at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from canopy import geo
from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.iot.lighting import queries, roles
from canopy.iot.lighting.judging import FAILED_WORDS, Finding, Lamp, Tolerance, judge
from canopy.iot.lighting.posts import Post, posts_of, with_things
from canopy.iot.lighting.regimes import Regime, regime_of
from canopy.iot.lighting.roles import Told
from canopy.iot.lighting.sun import burning, daylight
from canopy.iot.store.opening import Readings

AT_ONCE = 100
"""Lampposts whose readings are held at a time."""
MOST_READINGS = 200_000
"""Of so many lampposts; more are refused, not cut off."""
MOST_LAMPS = 200_000
MOST_DAYS = 100
_LAMP_ROLES = frozenset(("state", "status", "level", "power", "energy"))


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at. zone: of the regimes' clock times."""

    begin: datetime
    end: datetime
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.begin >= self.end or (self.end - self.begin).days > MOST_DAYS:
            raise Refused(f"The window must end after it begins, and be {MOST_DAYS} days at most.")


@dataclass(slots=True)
class Checked:
    """What came of it. `unknown` are lamps whose regime is not known: only what needs none was
    looked at."""

    lamps: int = 0
    unknown: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def check(
    database: Database,
    readings: Readings,
    principal: Principal,
    window: Window,
    tolerance: Tolerance,
) -> Checked:
    """Judge every lamppost with a Thing that tells of its lamp. Raises StorageUnavailable, and
    Refused where there is more than can be held.

    Gateways are judged by all their lamps, so that the lamps' last readings are kept till the end.
    """
    done = Checked()
    quiet: list[Lamp] = []
    for lamps in _lamps(database, readings, principal, window, done):
        done.lamps += len(lamps)
        heard = [each for each in lamps if _is_heard(each, window, tolerance)]
        # Each for itself: a silence is told below, when all lamps of its gateway are known.
        for lamp in heard:
            done.findings += judge([lamp], window.end, tolerance)
        quiet += [_bare(each) for each in lamps]
        if len(quiet) > MOST_LAMPS:
            raise Refused(f"There are over {MOST_LAMPS:,} lamps.")
    silent = [
        each for each in judge(quiet, window.end, tolerance)
        if each.kind in ("gateway-silent", "no-contact")
    ]  # fmt: skip
    done.findings = [*silent, *done.findings]
    return done


def _is_heard(lamp: Lamp, window: Window, tolerance: Tolerance) -> bool:
    return lamp.last_at is not None and window.end - lamp.last_at <= tolerance.silent


def _bare(lamp: Lamp) -> Lamp:
    """A lamp without its readings, to be judged by its silence alone."""
    return Lamp(lamp.asset_id, lamp.name, lamp.gateway, last_at=lamp.last_at)


def _lamps(
    database: Database, readings: Readings, principal: Principal, window: Window, done: Checked
) -> Iterator[list[Lamp]]:
    for posts in with_things(database, principal, AT_ONCE):
        with database.reading() as session:
            lamps, streams = _described(session, database, posts, window, done)
        if streams:
            with readings.reading() as session:
                _fill(session, lamps, streams, window)
        yield list(lamps.values())


Streams = dict[int, tuple[str, Told]]
"""Datastream -> asset and what it tells."""


def _described(
    session: Session,
    database: Database,
    posts: Mapping[str, Post],
    window: Window,
    done: Checked,
) -> tuple[dict[str, Lamp], Streams]:
    ids = list(posts)
    units = {str(each.asset_id): each for each in queries.units_of_assets(session, ids)}
    streams: Streams = {}
    gateways: dict[str, str] = {}
    for asset_id, number, _, stream, unit, gateway in queries.streams_on(session, ids):
        told = roles.told_by(stream, unit)
        if told is not None and told.role in _LAMP_ROLES:
            streams[number] = (str(asset_id), told)
            gateways.setdefault(str(asset_id), gateway or "")
    lit = [posts[each] for each in gateways]
    lamps = {}
    for post, place in zip(lit, _degrees(database, lit), strict=True):
        unit = units.get(post.asset_id)
        gateway = (unit.gateway if unit is not None else "") or gateways[post.asset_id]
        lamp = Lamp(post.asset_id, post.name, gateway, lamp_w=_watts(post.attributes, unit))
        _expect(lamp, _regime(post.attributes, unit), place, window, done)
        lamps[post.asset_id] = lamp
    return lamps, streams


def _expect(
    lamp: Lamp,
    regime: Regime | None,
    place: tuple[float, float] | None,
    window: Window,
    done: Checked,
) -> None:
    """Set when a lamp should burn, where that is known."""
    if regime is None or place is None:
        done.unknown.append(lamp.name)
        return
    lamp.spans = burning(regime, *place, window.begin, window.end, window.zone)
    if not regime.is_continuous:
        lamp.daylight = daylight(*place, window.begin, window.end)


def _regime(attributes: Any, unit: Any) -> Regime | None:
    """The catalogue's regime, else the system's; None where neither is understood."""
    for written in ((attributes or {}).get("switch_regime"), unit.regime if unit else None):
        if written:
            try:
                return regime_of(str(written))
            except Refused:
                continue
    return None


def _watts(attributes: Any, unit: Any) -> float | None:
    found = (attributes or {}).get("lamp_w")
    if found is None and unit is not None:
        found = unit.lamp_w
    return None if found is None else float(found)


def _degrees(database: Database, posts: Sequence[Post]) -> list[tuple[float, float] | None]:
    shapes = [None if each.geometry is None else each.geometry.centroid for each in posts]
    moved = geo.transformer(database.storage_crs, "EPSG:4326").geometries(
        np.array(shapes, dtype=object)
    )
    return [None if each is None or each.is_empty else (each.x, each.y) for each in moved]


def _fill(session: Session, lamps: dict[str, Lamp], streams: Streams, window: Window) -> None:
    rows = queries.observed(session, list(streams), window.begin, window.end, MOST_READINGS + 1)
    if len(rows) > MOST_READINGS:
        raise Refused(
            f"Over {MOST_READINGS:,} readings of {len(lamps)} lampposts lie in this window; take a "
            "shorter one."
        )
    for number, at, result, text, _ in rows:
        asset_id, told = streams[number]
        lamp = lamps[asset_id]
        lamp.last_at = at if lamp.last_at is None else max(lamp.last_at, at)
        _add(lamp, told, at, result, text)


def _add(lamp: Lamp, told: Told, at: datetime, result: float | None, text: str | None) -> None:
    if told.role == "state":
        lamp.is_on.append((at, roles.is_on(result, text)))
    elif told.role == "status":
        if roles.names_failure(result, text, FAILED_WORDS):
            lamp.failed.append(at)
    elif result is not None:
        values = {"level": lamp.level_pct, "power": lamp.power_w, "energy": lamp.energy_kwh}
        values[told.role].append((at, result * told.factor))


@dataclass(frozen=True, slots=True)
class BurnDifference:
    """Hours that a system reported against those of the regime, over the same days."""

    system: str
    unit_ref: str
    asset_id: str
    begins_on: str
    ends_on: str
    hours: float
    expected_hours: float


def burn_differences(
    database: Database, principal: Principal, zone: ZoneInfo, share: float, after: int, limit: int
) -> tuple[list[BurnDifference], int | None]:
    """Of matched units from a number on: reported hours that differ by over `share`; and where
    the next page begins. Counters are compared from one to the next."""
    with database.reading() as session:
        units = queries.matched_after(session, after, limit)
        burns = defaultdict(list)
        for each in queries.burns_of(session, [(unit.system, unit.ref) for unit in units]):
            burns[each.system, each.unit_ref].append(each)
        posts = posts_of(session, database, principal, [str(each.asset_id) for each in units])
        found: list[BurnDifference] = []
        for unit in units:
            post, mine = posts.get(str(unit.asset_id)), burns.get((unit.system, unit.ref), [])
            if post is not None and mine:
                found += _burn_differences(database, unit, post, mine, zone, share)
        return found, units[-1].id if len(units) == limit else None


def _burn_differences(
    database: Database, unit: Any, post: Post, burns: Sequence[Any], zone: ZoneInfo, share: float
) -> Iterator[BurnDifference]:
    regime = _regime(post.attributes, unit)
    (place,) = _degrees(database, [post])
    if regime is None or place is None:
        return
    counter: Any = None
    for each in burns:
        begins_on, hours = each.begins_on, each.hours
        if begins_on is None:
            before, counter = counter, each
            if before is None or each.hours < before.hours:
                continue  # the first, or a counter that began again
            begins_on, hours = before.ends_on, each.hours - before.hours
        begin = datetime(begins_on.year, begins_on.month, begins_on.day, tzinfo=zone)
        end = datetime(each.ends_on.year, each.ends_on.month, each.ends_on.day, tzinfo=zone)
        if end <= begin or (end - begin).days > 400:
            continue
        expected = sum(span.hours for span in burning(regime, *place, begin, end, zone))
        if abs(hours - expected) > share * max(expected, 1.0):
            yield BurnDifference(
                unit.system, unit.ref, str(unit.asset_id), begins_on.isoformat(),
                each.ends_on.isoformat(), hours, expected,
            )  # fmt: skip
