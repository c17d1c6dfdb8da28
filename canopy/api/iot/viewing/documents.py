"""What these routes answer with."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from canopy.iot.flags import FLAGS, names
from canopy.iot.viewing.history import History, Reading
from canopy.iot.viewing.latest import Seen
from canopy.iot.viewing.overview import BatteryOf, Overview
from canopy.iot.viewing.queries import Newest
from canopy.iot.viewing.silent import BatteryState, is_silent, is_stale, silent_after

Result = float | bool | str | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class NewestOut(BaseModel):
    """A newest value; `flags` say what lets one doubt it."""

    at: datetime
    result: Result
    flags: list[str]


class SeenOut(BaseModel):
    """A datastream with its newest value.

    `silent_after_s` is how long it may say nothing, null where it does not say how often it
    reports. Positions are WGS 84; words and assets of a Thing whose place is withheld are too.
    """

    datastream: int
    name: str
    thing: int
    thing_name: str
    observed_property: str
    property: int
    unit: str | None
    asset_id: str | None
    kind: str | None
    longitude: float | None
    latitude: float | None
    interval_s: int | None
    silent_after_s: float | None
    is_silent: bool
    is_stale: bool
    latest: NewestOut | None


class LatestOut(BaseModel):
    """Newest values; `next` is the `after` of the next page."""

    now: datetime
    datastreams: list[SeenOut]
    next: int | None


class PropertyOut(BaseModel):
    """An observed property, and how many datastreams of it there are for you."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    definition: str
    unit: str | None
    streams: int


class PropertiesOut(BaseModel):
    """Observed properties by name."""

    properties: list[PropertyOut]


class PointOut(BaseModel):
    """Readings over a span; `coverage` is the share of it that they speak for."""

    start: datetime
    count: int
    min: float | None
    mean: float | None
    max: float | None
    coverage: float | None


class HistoryOut(BaseModel):
    """The past of a datastream: `readings` at the level raw, else `points`.

    `next` is the `start` of the rest, where there is more than one answer holds.
    """

    datastream: int
    unit: str | None
    level: str
    start: datetime
    end: datetime
    readings: list[NewestOut]
    points: list[PointOut]
    next: datetime | None


class GapOut(BaseModel):
    """Nothing came in between; `until` is null where nothing came since."""

    since: datetime
    until: datetime | None
    seconds: float


class GapsOut(BaseModel):
    """Gaps of a datastream longer than `longer_than_s`, which is null where none is known."""

    datastream: int
    longer_than_s: float | None
    gaps: list[GapOut]
    is_cut: bool


class BatteryOut(BaseModel):
    """A battery: `per_day` is what it gains a day, `days_left` until it is low."""

    datastream: int
    name: str
    thing: int
    thing_name: str
    state: BatteryState
    value: float | None
    unit: str | None
    at: datetime | None
    low_below: float | None
    per_day: float | None
    days_left: float | None


class BatteriesOut(BaseModel):
    """Batteries, those worst off first; `total` counts all pages."""

    batteries: list[BatteryOut]
    total: int


class SilentOut(BaseModel):
    """Datastreams that have been silent for too long; `total` counts all pages."""

    now: datetime
    datastreams: list[SeenOut]
    total: int


class OverviewOut(BaseModel):
    """A Thing, with what is to be seen to of it."""

    thing: int
    name: str
    kind: str | None
    asset_id: str | None
    datastreams: int
    silent: int
    last_at: datetime | None
    battery: BatteryOut | None


class OverviewsOut(BaseModel):
    """Things in the order that is asked for; `total` counts all pages."""

    now: datetime
    things: list[OverviewOut]
    total: int


class WholeThingOut(BaseModel):
    """A Thing with its datastreams, as you may see it."""

    now: datetime
    overview: OverviewOut
    description: str
    longitude: float | None
    latitude: float | None
    datastreams: list[SeenOut]
    batteries: list[BatteryOut]


def result_out(result: float | None, text: str | None, flags: int) -> Result:
    """A number, a truth or a text."""
    if text is not None:
        return text
    return bool(result) if flags & FLAGS["truth"] and result is not None else result


def doubts(flags: int) -> list[str]:
    """What lets one doubt it."""
    return [name for name in names(flags) if name != "truth"]


def seen_out(seen: Seen, now: datetime) -> SeenOut:
    """A datastream with its newest value."""
    row, latest = seen.stream, seen.latest
    longest = silent_after(row.interval_s)
    at = latest.at if latest is not None else None
    longitude, latitude = seen.position if seen.position is not None else (None, None)
    return SeenOut(
        datastream=row.id, name=seen.name, thing=row.thing_id, thing_name=seen.thing_name,
        observed_property=row.property_name, property=row.property_id, unit=row.unit or row.ucum,
        asset_id=seen.asset_id, kind=seen.kind, longitude=longitude, latitude=latitude,
        interval_s=row.interval_s,
        silent_after_s=None if longest is None else longest.total_seconds(),
        is_silent=is_silent(row.interval_s, at, now), is_stale=is_stale(row.interval_s, at, now),
        latest=None if latest is None else _newest(latest),
    )  # fmt: skip


def _newest(row: Newest) -> NewestOut:
    return NewestOut(
        at=row.at, result=result_out(row.result, row.text, row.flags),
        flags=doubts(row.flags),
    )  # fmt: skip


def change_out(row: Newest) -> dict[str, object]:
    """A change of a newest value, as it is sent."""
    return {
        "datastream": row.stream, "at": row.at,
        "result": result_out(row.result, row.text, row.flags), "flags": doubts(row.flags),
    }  # fmt: skip


def reading_out(row: Reading) -> NewestOut:
    """A single reading."""
    return NewestOut(
        at=row.at, result=result_out(row.result, row.text, row.flags), flags=doubts(row.flags)
    )


def points_out(history: History) -> list[PointOut]:
    """Points with the names that people use."""
    return [
        PointOut(start=p.start, count=p.number, min=p.low, mean=p.mean, max=p.high,
                 coverage=p.coverage)
        for p in history.points
    ]  # fmt: skip


def battery_out(one: BatteryOf) -> BatteryOut:
    """A battery."""
    seen, row, latest = one.seen, one.seen.stream, one.seen.latest
    return BatteryOut(
        datastream=row.id, name=seen.name, thing=row.thing_id, thing_name=seen.thing_name,
        state=one.battery.state, value=latest.result if latest else None,
        unit=row.unit or row.ucum, at=latest.at if latest else None,
        low_below=one.battery.low_below, per_day=one.battery.per_day,
        days_left=one.battery.days_left,
    )  # fmt: skip


def overview_out(one: Overview) -> OverviewOut:
    """A Thing."""
    worst = one.battery
    return OverviewOut(
        thing=one.first.stream.thing_id, name=one.first.thing_name, kind=one.first.kind,
        asset_id=one.first.asset_id, datastreams=one.streams, silent=one.silent,
        last_at=one.last_at, battery=None if worst is None else battery_out(worst),
    )  # fmt: skip


def history_csv(history: History) -> str:
    """CSV with a heading (RFC 4180); times are UTC."""
    if history.level == "raw":
        head: Sequence[str] = ("time", "result", "flags")
        rows: list[Sequence[object]] = [
            (_time(r.at), _cell(result_out(r.result, r.text, r.flags)), " ".join(doubts(r.flags)))
            for r in history.readings
        ]
    else:
        head = ("start", "count", "min", "mean", "max", "coverage")
        rows = [(_time(p.start), *p[1:]) for p in history.points]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _cell(value: Result) -> object:
    """A text that a spreadsheet would compute is marked as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value
