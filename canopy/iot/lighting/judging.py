"""What a lamp's readings say against what it should have done. Pure: values in, findings out.

A lamp that says nothing has not failed: nobody knows. Where every lamp of a gateway says nothing
the gateway is silent, and only that is told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from canopy.iot.lighting.sun import Span, burning_hours

Kind = Literal[
    "lamp-failure", "day-burner", "on-wrongly", "off-wrongly", "energy-high", "energy-low",
    "gateway-silent", "no-contact",
]  # fmt: skip
DARK_SHARE = 0.1
"""Below this share of its power a lamp gives no light."""
FAILED_WORDS = frozenset({"defectivelamp", "brokenlantern", "lampfailure", "failed", "fault"})
"""Words of FIWARE's `status` and the like that name a broken lamp."""
Dated = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is let pass.

    switching: minutes about an expected switching. readings: so many in a row must agree.
    energy_share: metered energy may differ from expected by this share. cover_share: of the
    time expected to burn that meter readings must speak for. silent: time without any reading.
    """

    switching: timedelta = timedelta(minutes=20)
    readings: int = 2
    energy_share: float = 0.25
    cover_share: float = 0.5
    silent: timedelta = timedelta(hours=26)


@dataclass(slots=True)
class Lamp:
    """A lamp's readings in a window, each in order of time, and what was expected of it.

    is_on: 1 or 0. level_pct, power_w; energy_kwh is a register. failed: times at which a status
    named a broken lamp. spans: when it should burn; None where that is not known.
    """

    asset_id: str
    name: str
    gateway: str = ""
    lamp_w: float | None = None
    is_part_night: bool = False
    spans: list[Span] | None = None
    daylight: list[tuple[datetime, datetime]] = field(default_factory=list)
    is_on: list[Dated] = field(default_factory=list)
    level_pct: list[Dated] = field(default_factory=list)
    power_w: list[Dated] = field(default_factory=list)
    energy_kwh: list[Dated] = field(default_factory=list)
    failed: list[datetime] = field(default_factory=list)
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a lamp or a gateway. `asset_id` is empty for a gateway."""

    kind: Kind
    asset_id: str
    name: str
    gateway: str
    since: datetime | None
    detail: str


def judge(lamps: Sequence[Lamp], until: datetime, tolerance: Tolerance) -> list[Finding]:
    """What is wrong, by lamp; gateways first."""
    silent, found = _silences(lamps, until, tolerance)
    for lamp in lamps:
        if lamp.asset_id not in silent:
            found += _of_lamp(lamp, tolerance)
    return found


def _silences(
    lamps: Sequence[Lamp], until: datetime, tolerance: Tolerance
) -> tuple[set[str], list[Finding]]:
    by_gateway: dict[str, list[Lamp]] = defaultdict(list)
    for lamp in lamps:
        by_gateway[lamp.gateway].append(lamp)
    silent: set[str] = set()
    found: list[Finding] = []
    for gateway, mine in sorted(by_gateway.items()):
        quiet = [each for each in mine if _is_silent(each, until, tolerance)]
        silent |= {each.asset_id for each in quiet}
        if gateway and len(mine) > 1 and len(quiet) == len(mine):
            last = max((each.last_at for each in quiet if each.last_at), default=None)
            told = f"none of its {len(mine)} lamps has been heard of; nothing is known of them"
            found.append(Finding("gateway-silent", "", gateway, gateway, last, told))
        else:
            found += [
                Finding(
                    "no-contact", each.asset_id, each.name, gateway, each.last_at,
                    "its node is silent while others report; whether it burns is not known",
                )
                for each in quiet
            ]  # fmt: skip
    return silent, found


def _is_silent(lamp: Lamp, until: datetime, tolerance: Tolerance) -> bool:
    return lamp.last_at is None or until - lamp.last_at > tolerance.silent


def _of_lamp(lamp: Lamp, tolerance: Tolerance) -> list[Finding]:
    found = []
    broken = _failure(lamp, tolerance)
    if broken is not None:
        found.append(broken)
    if lamp.spans is None:
        return found
    found += _switching(lamp, tolerance, knows_failure=broken is not None)
    energy = _energy(lamp, tolerance)
    return found if energy is None else [*found, energy]


def _finding(lamp: Lamp, kind: Kind, since: datetime, detail: str) -> Finding:
    return Finding(kind, lamp.asset_id, lamp.name, lamp.gateway, since, detail)


def _failure(lamp: Lamp, tolerance: Tolerance) -> Finding | None:
    """A status that says so, or a lamp that is switched on and takes no power."""
    if lamp.failed:
        return _finding(lamp, "lamp-failure", lamp.failed[0], "its node says that it is broken")
    if not lamp.power_w or not lamp.lamp_w:
        return None
    dark_w = lamp.lamp_w * DARK_SHARE
    dark = [
        (at, power) for at, power in lamp.power_w
        if _commanded(lamp, at) and power < dark_w * max(_level_at(lamp, at), 10.0) / 100
    ]  # fmt: skip
    run = _run(dark, [at for at, _ in lamp.power_w], tolerance.readings)
    if run is None:
        return None
    return _finding(
        lamp, "lamp-failure", run,
        f"switched on, and takes under {dark_w:g} W of its {lamp.lamp_w:g} W",
    )  # fmt: skip


def _commanded(lamp: Lamp, at: datetime) -> bool:
    """Whether the node said last that the lamp is on."""
    state = _held(lamp.is_on, at)
    return state is not None and state > 0


def _level_at(lamp: Lamp, at: datetime) -> float:
    level = _held(lamp.level_pct, at)
    return 100.0 if level is None else level


def _held(values: Sequence[Dated], at: datetime) -> float | None:
    """The last value at or before a moment."""
    index = bisect_right(values, at, key=lambda each: each[0])
    return values[index - 1][1] if index else None


def _lit(lamp: Lamp) -> list[Dated]:
    """1 where the lamp burned and 0 where it did not, by power where that is metered."""
    if lamp.power_w and lamp.lamp_w:
        dark_w = lamp.lamp_w * DARK_SHARE / 2
        return [(at, float(power >= dark_w)) for at, power in lamp.power_w]
    if lamp.is_on:
        return lamp.is_on
    return [(at, float(level > 0)) for at, level in lamp.level_pct]


def _switching(lamp: Lamp, tolerance: Tolerance, *, knows_failure: bool) -> Iterable[Finding]:
    lit = _lit(lamp)
    times = [at for at, _ in lit]
    spans = lamp.spans or []
    slack = tolerance.switching
    wide = [(each.start - slack, each.end + slack) for each in spans]
    narrow = [(each.start + slack, each.end - slack) for each in _joined(spans)]
    by_day = [(start + slack, end - slack) for start, end in lamp.daylight]
    wrongly_on = [each for each in lit if each[1] and not _within(each[0], wide)]
    burns_by_day = [each for each in wrongly_on if _within(each[0], by_day)]
    burns_by_night = [each for each in wrongly_on if not _within(each[0], by_day)]
    if (since := _run(burns_by_day, times, tolerance.readings)) is not None:
        yield _finding(lamp, "day-burner", since, _counted(burns_by_day, "burns in daylight"))
    if (since := _run(burns_by_night, times, tolerance.readings)) is not None:
        told = "burns while its regime has it off"
        yield _finding(lamp, "on-wrongly", since, _counted(burns_by_night, told))
    dark = [each for each in lit if not each[1] and _within(each[0], narrow)]
    if not knows_failure and (since := _run(dark, times, tolerance.readings)) is not None:
        yield _finding(lamp, "off-wrongly", since, _counted(dark, "is dark while it should burn"))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans without the edges at which only the level changes."""
    joined: list[Span] = []
    for each in spans:
        if joined and joined[-1].end == each.start:
            joined[-1] = Span(joined[-1].start, each.end, each.level)
        else:
            joined.append(each)
    return joined


def _within(at: datetime, ranges: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(start <= at <= end for start, end in ranges)


def _run(chosen: Sequence[Dated], times: Sequence[datetime], least: int) -> datetime | None:
    """When the first run of so many chosen readings in a row began."""
    wanted = {at for at, _ in chosen}
    count, since = 0, None
    for at in times:
        if at not in wanted:
            count = 0
            continue
        since = at if count == 0 else since
        count += 1
        if count >= least:
            return since
    return None


def _counted(chosen: Sequence[Dated], told: str) -> str:
    return f"{told}: {len(chosen):,} readings"


class Energy(NamedTuple):
    """What a lamp took and what it should have, over the same time [kWh], and the hours."""

    metered_kwh: float
    expected_kwh: float
    hours: float


def energy_of(lamp: Lamp, tolerance: Tolerance) -> Energy | None:
    """Metered energy against its power by the hours of its regime, over the same time.

    None where that is not known, or readings speak for too little of the time.
    """
    if not lamp.lamp_w or len(lamp.energy_kwh) < 2 or not lamp.spans:
        return None
    begins, ends = lamp.energy_kwh[0][0], lamp.energy_kwh[-1][0]
    spans = [
        Span(max(each.start, begins), min(each.end, ends), each.level)
        for each in lamp.spans
        if each.start < ends and each.end > begins
    ]
    hours, all_hours = burning_hours(spans), burning_hours(lamp.spans)
    if hours <= 0 or hours < all_hours * tolerance.cover_share:
        return None
    metered = sum(max(0.0, later[1] - before[1]) for before, later in pairwise(lamp.energy_kwh))
    return Energy(metered, lamp.lamp_w * hours / 1000, hours)


def _energy(lamp: Lamp, tolerance: Tolerance) -> Finding | None:
    energy = energy_of(lamp, tolerance)
    if energy is None:
        return None
    share = energy.metered_kwh / energy.expected_kwh - 1
    if abs(share) <= tolerance.energy_share:
        return None
    told = (
        f"metered {energy.metered_kwh:.2f} kWh, expected {energy.expected_kwh:.2f} kWh: "
        f"{lamp.lamp_w:g} W for {energy.hours:.1f} h of its regime ({share:+.0%})"
    )
    begins = lamp.energy_kwh[0][0]
    return _finding(lamp, "energy-high" if share > 0 else "energy-low", begins, told)
