"""The drawings of a report: phases over time, what money buys, a range by year, what matters most.

Each takes plain numbers and gives an SVG of its own (see `canopy.render.svg`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from canopy.render.svg import (
    GRID,
    INK,
    LOOKS,
    QUIET,
    WIDTH,
    box,
    framed,
    line,
    polyline,
    pounds,
    steps,
    text,
)

_LEFT, _RIGHT, _TOP, _PLOT, _ROW = 96, 24, 44, 280, 30
_NAMES, _MOST_CHARS = 260, 38
"""Room for names at the left of rows [px, characters]."""
_MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time with a name."""

    name: str
    first: date
    last: date


def phases_svg(title: str, bars: Sequence[Bar]) -> str:
    """Phases over time. Raises ValueError where there are none, or one ends before it begins."""
    if not 1 <= len(bars) <= _MOST_ROWS or any(each.last < each.first for each in bars):
        raise ValueError(f"{title}: 1 to {_MOST_ROWS} phases, each with its end after its start")
    begins = min(each.first for each in bars).replace(month=1, day=1)
    years = max(each.last for each in bars).year - begins.year + 1
    whole = (date(begins.year + years, 1, 1) - begins).days
    right = WIDTH - _RIGHT

    def x(day: date) -> float:
        return _NAMES + (right - _NAMES) * (day - begins).days / whole

    bottom = _TOP + _ROW * len(bars)
    made = [text(12, 24, title, size=16, weight="bold")]
    for year in range(begins.year, begins.year + years + 1):
        at = x(date(year, 1, 1))
        made.append(line(at, _TOP, at, bottom))
        if year < begins.year + years:
            made.append(text(at + 3, bottom + 18, str(year), size=12))
    for row, each in enumerate(bars):
        y = _TOP + _ROW * row
        made.append(text(12, y + 20, _fitting(each.name), size=12))
        made.append(box(x(each.first), y + 6, x(each.last) - x(each.first), _ROW - 12, LOOKS[0][0]))
    told = "; ".join(f"{each.name}: {each.first} to {each.last}" for each in bars) + "."
    return framed(bottom + 28, title, told, made)


@dataclass(frozen=True, slots=True)
class Bought:
    """What a sum of money buys; `is_knee` where more begins to buy much less."""

    cost_gbp: float
    amount: float
    is_knee: bool = False


def bought_svg(title: str, unit: str, points: Sequence[Bought]) -> str:
    """What each budget buys, up to a knee. Raises ValueError without a point."""
    if not points:
        raise ValueError(f"{title}: there is nothing to draw")
    across = steps(0, max(each.cost_gbp for each in points) or 1)
    up = steps(0, max(each.amount for each in points) or 1)
    x = _scale(across[0], across[-1], _LEFT, WIDTH - _RIGHT)
    y = _scale(up[0], up[-1], _TOP + _PLOT, _TOP)
    made = [text(12, 24, title, size=16, weight="bold"), *_grid(y, up, _plain)]
    made += [text(x(each), _TOP + _PLOT + 20, pounds(each), anchor="middle") for each in across]
    made.append(text((_LEFT + WIDTH) / 2, _TOP + _PLOT + 42, "cost", anchor="middle"))
    made.append(polyline([(x(each.cost_gbp), y(each.amount)) for each in points], LOOKS[0][0]))
    for each in points:
        if each.is_knee:
            at_x, at_y = x(each.cost_gbp), y(each.amount)
            made.append(f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="6" fill="{LOOKS[1][0]}"/>')
            says = f"knee: {_plain(each.amount)} {unit} for {pounds(each.cost_gbp)}"
            is_right = at_x > WIDTH / 2
            made.append(
                text(at_x + (-10 if is_right else 10), at_y + 22, says, size=12,
                     anchor="end" if is_right else "start")
            )  # fmt: skip
    told = "; ".join(f"{pounds(each.cost_gbp)}: {_plain(each.amount)} {unit}" for each in points)
    return framed(_TOP + _PLOT + 54, title, told + ".", made)


@dataclass(frozen=True, slots=True)
class YearRange:
    """A year's money in three numbers [GBP]."""

    year: str
    low_gbp: float
    middle_gbp: float
    high_gbp: float


def ranges_svg(title: str, years: Sequence[YearRange]) -> str:
    """P10 to P90 by year, and P50 as a mark in it. Raises ValueError without a year."""
    if not years:
        raise ValueError(f"{title}: there is nothing to draw")
    up = steps(min(0.0, *(each.low_gbp for each in years)), max(each.high_gbp for each in years))
    y = _scale(up[0], up[-1], _TOP + _PLOT, _TOP)
    wide = (WIDTH - _LEFT - _RIGHT) / len(years)
    made = [text(12, 24, title, size=16, weight="bold"), *_grid(y, up, pounds)]
    every = math.ceil(len(years) / 12)
    for at, each in enumerate(years):
        x = _LEFT + wide * at
        made.append(
            box(x + wide * 0.2, y(each.high_gbp), wide * 0.6, y(each.low_gbp) - y(each.high_gbp),
                "#9ec3e6")
        )  # fmt: skip
        middle = y(each.middle_gbp)
        made.append(line(x + wide * 0.1, middle, x + wide * 0.9, middle, INK, 3))
        if at % every == 0:
            made.append(text(x + wide / 2, _TOP + _PLOT + 20, each.year, anchor="middle", size=12))
    made.append(text(_LEFT, _TOP + _PLOT + 44, "box: P10 to P90; line: P50", size=12))
    told = "; ".join(
        f"{each.year}: {pounds(each.low_gbp)} to {pounds(each.high_gbp)}, middle "
        f"{pounds(each.middle_gbp)}"
        for each in years
    )
    return framed(_TOP + _PLOT + 54, title, told + ".", made)


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input, low and high, makes of a sum [GBP]."""

    name: str
    low_gbp: float
    high_gbp: float


def swings_svg(title: str, base_gbp: float, swings: Sequence[Swing]) -> str:
    """A tornado: the widest first. Raises ValueError for none or too many."""
    if not 1 <= len(swings) <= _MOST_ROWS:
        raise ValueError(f"{title}: 1 to {_MOST_ROWS} inputs")
    ends = [end for each in swings for end in (each.low_gbp, each.high_gbp)]
    across = steps(min(base_gbp, *ends), max(base_gbp, *ends))
    x = _scale(across[0], across[-1], _NAMES, WIDTH - _RIGHT - 30)
    bottom = _TOP + _ROW * len(swings)
    made = [text(12, 24, title, size=16, weight="bold")]
    for each in across:
        made.append(line(x(each), _TOP, x(each), bottom))
        made.append(text(x(each), bottom + 18, pounds(each), anchor="middle", size=12))
    ordered = sorted(swings, key=lambda each: -abs(each.high_gbp - each.low_gbp))
    for row, swing in enumerate(ordered):
        y = _TOP + _ROW * row
        made.append(text(12, y + 20, _fitting(swing.name), size=12))
        # Where both ends lie on one side the one that reaches farther is drawn first.
        pair = [(swing.low_gbp, GRID), (swing.high_gbp, INK)]
        for end, colour in sorted(pair, key=lambda each: -abs(each[0] - base_gbp)):
            begins, ends_at = sorted((x(end), x(base_gbp)))
            made.append(box(begins, y + 6, ends_at - begins, _ROW - 12, INK))
            made.append(box(begins + 1, y + 7, ends_at - begins - 2, _ROW - 14, colour))
    made.append(line(x(base_gbp), _TOP, x(base_gbp), bottom, INK, 2))
    told = "; ".join(
        f"{each.name}: {pounds(each.low_gbp)} to {pounds(each.high_gbp)}" for each in ordered
    )
    made.append(text(12, bottom + 38, "grey: the input at its P10; black: at its P90", size=12))
    return framed(bottom + 48, title, f"Around {pounds(base_gbp)}. {told}.", made)


def _fitting(name: str) -> str:
    """A name in the room that there is; the whole is in the words and the table."""
    return name if len(name) <= _MOST_CHARS else f"{name[: _MOST_CHARS - 1]}…"


def _scale(low: float, high: float, begins: float, ends: float) -> Callable[[float], float]:
    return lambda value: begins + (ends - begins) * (value - low) / (high - low)


def _grid(
    y: Callable[[float], float], values: Sequence[float], told: Callable[[float], str]
) -> list[str]:
    made = []
    for value in values:
        made.append(line(_LEFT, y(value), WIDTH - _RIGHT, y(value), QUIET if value == 0 else GRID))
        made.append(text(_LEFT - 8, y(value) + 4, told(value), anchor="end"))
    return made


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:,.2f}"
