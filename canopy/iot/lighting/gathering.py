"""Lamps of some lampposts: what was expected of them, and what their readings of a window told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from canopy import geo
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.iot.lighting import queries, roles
from canopy.iot.lighting.judging import FAILED_WORDS, Lamp
from canopy.iot.lighting.posts import Post
from canopy.iot.lighting.regimes import Regime, regime_of
from canopy.iot.lighting.roles import Told
from canopy.iot.lighting.streams import streams_of
from canopy.iot.lighting.sun import burning, daylight
from canopy.iot.store.opening import Readings

AT_ONCE = 100
"""Lampposts whose readings are held at a time."""
MOST_READINGS = 200_000
"""Of so many lampposts; more are refused, not cut off."""
MOST_DAYS = 100
LAMP_ROLES: frozenset[roles.Role] = frozenset(("state", "status", "level", "power", "energy"))


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at. zone: of the regimes' clock times."""

    begin: datetime
    end: datetime
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.begin >= self.end or (self.end - self.begin).days > MOST_DAYS:
            raise Refused(f"The window must end after it begins, and be {MOST_DAYS} days at most.")


def gather(
    database: Database,
    readings: Readings,
    posts: Mapping[str, Post],
    window: Window,
    unknown: list[str],
    left_out: Counter[str],
) -> list[Lamp]:
    """The lamps of those lampposts that tell of one. Raises StorageUnavailable, and Refused where
    there is more than can be held.

    unknown: takes the names of lamps whose regime or position is not known. left_out: takes by
    asset how many datastreams nobody may have readings of.
    """
    with database.reading() as session:
        lamps, streams = _described(session, database, posts, window, unknown, left_out)
    if streams:
        with readings.reading() as session:
            _fill(session, lamps, streams, window)
    return list(lamps.values())


Streams = dict[int, tuple[str, Told]]
"""Datastream -> asset and what it tells."""


def _described(
    session: Session,
    database: Database,
    posts: Mapping[str, Post],
    window: Window,
    unknown: list[str],
    left_out: Counter[str],
) -> tuple[dict[str, Lamp], Streams]:
    ids = list(posts)
    units = {str(each.asset_id): each for each in queries.units_of_assets(session, ids)}
    found = streams_of(session, ids, LAMP_ROLES)
    left_out.update(found.left_out)
    streams = {each.number: (each.asset_id, each.told) for each in found.told}
    gateways: dict[str, str] = {}
    for each in found.told:
        gateways.setdefault(each.asset_id, each.gateway)
    lit = [posts[asset_id] for asset_id in gateways]
    lamps = {}
    for post, place in zip(lit, degrees(database, lit), strict=True):
        unit = units.get(post.asset_id)
        gateway = (unit.gateway if unit is not None else "") or gateways[post.asset_id]
        lamp = Lamp(post.asset_id, post.name, gateway, lamp_w=watts_known(post.attributes, unit))
        _expect(lamp, regime_known(post.attributes, unit), place, window, unknown)
        lamps[post.asset_id] = lamp
    return lamps, streams


def _expect(
    lamp: Lamp,
    regime: Regime | None,
    place: tuple[float, float] | None,
    window: Window,
    unknown: list[str],
) -> None:
    """Set when a lamp should burn, where that is known."""
    if regime is None or place is None:
        unknown.append(lamp.name)
        return
    lamp.spans = burning(regime, *place, window.begin, window.end, window.zone)
    if not regime.is_continuous:
        lamp.daylight = daylight(*place, window.begin, window.end)


def regime_known(attributes: Any, unit: Any) -> Regime | None:
    """The catalogue's regime, else the system's; None where neither is understood."""
    for written in ((attributes or {}).get("switch_regime"), unit.regime if unit else None):
        if written:
            try:
                return regime_of(str(written))
            except Refused:
                continue
    return None


def watts_known(attributes: Any, unit: Any) -> float | None:
    """The catalogue's wattage [W], else the system's."""
    found = (attributes or {}).get("lamp_w")
    if found is None and unit is not None:
        found = unit.lamp_w
    return None if found is None else float(found)


def degrees(database: Database, posts: Sequence[Post]) -> list[tuple[float, float] | None]:
    """Longitude and latitude of each, where they are known."""
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
