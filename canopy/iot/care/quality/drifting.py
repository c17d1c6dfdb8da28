"""Datastreams that drift away from their neighbours, hour by hour.

Neighbours observe the same property in the same unit, within a distance. An hour is looked at when
an hour has passed since its end: what came later does not change the judgement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.iot.care import queries as care
from canopy.iot.care.quality import queries
from canopy.iot.care.quality.queries import Checked, Placed
from canopy.iot.care.quality.rules import Floats, drifted
from canopy.iot.care.summing import queries as sums
from canopy.iot.care.summing.queries import Place
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import HappeningRow

_PROGRESS = "drift"
_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)
_MOST_HOURS = 48
"""Hours that are looked at after a rest: what is older has been used by now."""


class Group(NamedTuple):
    """A datastream with its neighbours."""

    of: Checked
    neighbours: tuple[int, ...]


def find_drift(
    database: Database,
    readings: Readings,
    intervals: Mapping[int, int],
    lengths_s: Sequence[int],
    now: datetime | None = None,
) -> int | None:
    """Flag what drifted in the hours since the last time; how many datastreams and hours.

    None where another process does it. lengths_s: lengths of sums [s], the shortest first.
    """
    with database.reading() as session:
        groups = _groups(session)
    last = (now or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0) - _HOUR
    hours = int(last.timestamp()) // 3_600
    found = 0
    while groups:
        with readings.writing() as session:
            if not care.take_turn(session):
                return None
            known = care.progress(session, _PROGRESS)
            ended = hours - 1 if known is None else max(known, hours - _MOST_HOURS)
            if ended >= hours:
                return found
            end = datetime.fromtimestamp((ended + 1) * 3_600, UTC)
            drifting = _judge(session, groups, end)
            _flag(session, drifting, end - _HOUR, intervals, lengths_s, now or datetime.now(UTC))
            care.set_progress(session, _PROGRESS, ended + 1)
        found += len(drifting)
    return found


def _groups(session: Session) -> list[Group]:
    asking = {each.datastream_id: each for each in queries.checked(session) if each.checks.drift}
    if not asking:
        return []
    placed = queries.placed_like(session, asking)
    return [
        Group(asking[each.datastream_id], _around(each, placed, asking[each.datastream_id]))
        for each in placed
        if each.datastream_id in asking
    ]


def _around(own: Placed, placed: Sequence[Placed], of: Checked) -> tuple[int, ...]:
    return tuple(
        each.datastream_id
        for each in placed
        if each.datastream_id != own.datastream_id
        and (each.definition, each.unit) == (own.definition, own.unit)
        and each.geometry.distance(own.geometry) <= of.checks.drift_within_m
    )


def _judge(session: Session, groups: Sequence[Group], end: datetime) -> list[tuple[Group, float]]:
    """Which drifted in the hours until one, and how far."""
    longest = max(group.of.checks.drift_hours for group in groups)
    numbers = {each for group in groups for each in (group.of.datastream_id, *group.neighbours)}
    series: dict[int, Floats] = {}
    for number, hour, mean in queries.hourly_means(session, numbers, end - longest * _HOUR, end):
        series.setdefault(number, np.full(longest, np.nan))[hour] = mean
    nothing = np.full(longest, np.nan)
    found: list[tuple[Group, float]] = []
    for group in groups:
        hours = group.of.checks.drift_hours
        own = series.get(group.of.datastream_id, nothing)[-hours:]
        around = [series.get(each, nothing)[-hours:] for each in group.neighbours]
        if np.isnan(own[-1]) or len(around) < group.of.checks.drift_neighbours:
            continue
        off = drifted(group.of.checks, own, np.column_stack(around))
        if off is not None:
            found.append((group, off))
    return found


def _flag(
    session: Session,
    drifting: Sequence[tuple[Group, float]],
    begin: datetime,
    intervals: Mapping[int, int],
    lengths_s: Sequence[int],
    now: datetime,
) -> None:
    if not drifting:
        return
    sums.forget_changed(session)
    flagged, told = 0, []
    for group, off in drifting:
        of = group.of
        flagged += queries.add_drift(session, of.datastream_id, begin, begin + _HOUR)
        quarters = [Place(of.datastream_id, begin + part * _QUARTER) for part in range(4)]
        sums.add_changed(session, quarters)
        told.append(
            HappeningRow(
                "drift", f"datastream {of.datastream_id}",
                f"{of.source}/{of.stream} is {off:+.3g} off the median of "
                f"{len(group.neighbours)} neighbours over {of.checks.drift_hours} hours",
            )
        )  # fmt: skip
    sums.forget_removed(session)
    sums.sum_all(session, lengths_s, intervals)
    care.count(session, "readings-flagged", flagged)
    care.tell(session, told, now)
