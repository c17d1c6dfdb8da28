"""Things with what is to be seen to of each: silence, batteries, when it was heard last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from canopy.iot.viewing import queries
from canopy.iot.viewing.latest import Seen, newest_of
from canopy.iot.viewing.queries import Newest, Sensed
from canopy.iot.viewing.silent import Battery, battery, is_battery, is_silent

TREND = timedelta(days=30)
_WORST = ("low", "falling", "unknown", "fine")
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class BatteryOf:
    """A battery with its newest value."""

    seen: Seen
    battery: Battery


@dataclass(slots=True)
class Overview:
    """A Thing. `silent` counts datastreams that have been silent for too long."""

    first: Seen
    streams: int = 0
    silent: int = 0
    last_at: datetime | None = None
    batteries: list[BatteryOf] = field(default_factory=list)

    @property
    def battery(self) -> BatteryOf | None:
        """The one that is worst off."""
        return min(self.batteries, key=badness, default=None)


def badness(one: BatteryOf) -> tuple[int, float]:
    """What sorts batteries: those worst off first."""
    left = one.battery.days_left
    return _WORST.index(one.battery.state), left if left is not None else float("inf")


def overviews(readings: Session, rows: Sequence[Sensed], now: datetime) -> list[Overview]:
    """Things of some datastreams, by number."""
    latest = newest_of(readings, rows)
    found: dict[int, Overview] = {}
    for row in rows:
        seen = Seen(row, None, latest.get(row.id))
        thing = found.setdefault(row.thing_id, Overview(seen))
        at = seen.latest.at if seen.latest else None
        thing.streams += 1
        thing.silent += is_silent(row.interval_s, at, now)
        if at is not None:
            thing.last_at = max(at, thing.last_at or at)
    for one in batteries(readings, rows, latest, now):
        found[one.seen.stream.thing_id].batteries.append(one)
    return [found[number] for number in sorted(found)]


def chosen(things: Iterable[Overview], part: str, only: str) -> list[Overview]:
    """Things whose name has that part: all, those with a ``silent`` datastream, or those whose
    ``battery`` is low or falling."""
    told = part.casefold()
    found = [each for each in things if told in each.first.thing_name.casefold()]
    if only == "silent":
        return [each for each in found if each.silent]
    if only == "battery":
        needy = ("low", "falling")
        return [each for each in found if each.battery and each.battery.battery.state in needy]
    return found


def order(things: list[Overview], by: str, *, reverse: bool) -> None:
    """Sort by ``thing`` (its number), ``name``, ``last_at``, ``silent`` or ``battery``."""
    never = datetime.min.replace(tzinfo=UTC)
    keys: dict[str, Callable[[Overview], tuple[Any, ...]]] = {
        "thing": lambda each: (),
        "name": lambda each: (each.first.thing_name.casefold(),),
        "last_at": lambda each: (each.last_at or never,),
        "silent": lambda each: (each.silent,),
        "battery": lambda each: badness(each.battery) if each.battery else (len(_WORST), 0.0),
    }
    key = keys[by]
    things.sort(key=lambda each: (*key(each), each.first.stream.thing_id), reverse=reverse)


def batteries(
    readings: Session,
    rows: Sequence[Sensed],
    latest: dict[int, Newest],
    now: datetime,
) -> list[BatteryOf]:
    """Batteries among some datastreams."""
    cells = [each for each in rows if is_battery(each.stream, each.property_name, each.definition)]
    means: dict[int, list[tuple[datetime, float]]] = {}
    for start in range(0, len(cells), _AT_ONCE):
        numbers = [each.id for each in cells[start : start + _AT_ONCE]]
        means |= queries.daily_means(readings, numbers, now - TREND)
    return [_battery(each, latest.get(each.id), means.get(each.id, ())) for each in cells]


def _battery(
    row: Sensed, latest: Newest | None, means: Sequence[tuple[datetime, float]]
) -> BatteryOf:
    value = latest.result if latest is not None else None
    return BatteryOf(Seen(row, None, latest), battery(value, row.ucum, row.expected_low, means))


def silent(rows: Iterable[Sensed], latest: dict[int, Newest], now: datetime) -> list[Seen]:
    """Datastreams that have been silent for too long; those never heard first, then the longest."""
    found = [Seen(row, None, latest.get(row.id)) for row in rows]
    quiet = [
        each for each in found
        if is_silent(each.stream.interval_s, _heard(each), now)
    ]  # fmt: skip
    return sorted(quiet, key=lambda each: (_heard(each) is not None, _heard(each) or now))


def _heard(seen: Seen) -> datetime | None:
    return seen.latest.at if seen.latest is not None else None
