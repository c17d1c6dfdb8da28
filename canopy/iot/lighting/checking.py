"""Lamps' readings of a window, gathered from the stores and judged some at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.iot.lighting import queries
from canopy.iot.lighting.gathering import AT_ONCE, Window, degrees, gather, regime_known
from canopy.iot.lighting.judging import Finding, Lamp, Tolerance, judge
from canopy.iot.lighting.posts import Post, posts_of, with_things
from canopy.iot.lighting.sun import burning
from canopy.iot.store.opening import Readings

MOST_LAMPS = 200_000


@dataclass(slots=True)
class Checked:
    """What came of it. `unknown` are lamps whose regime is not known: only what needs none was
    looked at. `left_out`: by asset, datastreams that nobody may have readings of."""

    lamps: int = 0
    unknown: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


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
        yield gather(database, readings, posts, window, done.unknown, done.left_out)


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
    regime = regime_known(post.attributes, unit)
    (place,) = degrees(database, [post])
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
