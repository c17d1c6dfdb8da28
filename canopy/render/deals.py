"""Deals side by side as one picture: each council's cash summed up, and who bears which risk.

The picture is an SVG of its own: no styles or fonts from elsewhere. Lines differ in colour and in
dashes, and the risks are words, so that it can be read in print and without colours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canopy.render.svg import GRID, INK, LOOKS, framed, line, polyline, pounds, steps, text

_WIDTH, _LEFT, _RIGHT = 980, 86, 24
_TOP, _PLOT, _ROW = 58, 300, 24


@dataclass(frozen=True, slots=True)
class PlottedDeal:
    """A deal as it is drawn.

    cash_gbp: by year, from year 0. npv_gbp: as planned; range_gbp: its P10 and P90.
    bearers: who bears each risk, in one order for all deals.
    """

    name: str
    cash_gbp: Sequence[float]
    npv_gbp: float
    range_gbp: tuple[float, float]
    bearers: Mapping[str, str]


def deals_svg(title: str, prices: str, deals: Sequence[PlottedDeal]) -> str:
    """The picture of up to four deals over the same years. Raises ValueError for more or none."""
    if not 1 <= len(deals) <= len(LOOKS):
        raise ValueError(f"{len(deals)} deals cannot be told apart; draw 1 to {len(LOOKS)}")
    sums = [_summed(deal.cash_gbp) for deal in deals]
    plot = _plot(sums)
    table = _table(deals, _TOP + _PLOT + 64)
    height = _TOP + _PLOT + 64 + _ROW * (len(deals) + 2)
    what = f"{title}: the council's cash summed up, real, in prices of {prices}"
    drawn = [text(12, 24, what, size=16, weight="bold"), *plot, *table]
    return framed(height, what, _told(deals, sums), drawn, _WIDTH)


def _summed(cash_gbp: Sequence[float]) -> list[float]:
    total, found = 0.0, []
    for each in cash_gbp:
        total += each
        found.append(total)
    return found


def _told(deals: Sequence[PlottedDeal], sums: Sequence[Sequence[float]]) -> str:
    parts = [
        f"{deal.name}: {pounds(total[-1])} after year {len(total) - 1}, present value "
        f"{pounds(deal.npv_gbp)} ({_range(deal)})"
        for deal, total in zip(deals, sums, strict=True)
    ]
    return "; ".join(parts) + "."


def _plot(sums: Sequence[Sequence[float]]) -> list[str]:
    low = min(0.0, *(min(each) for each in sums))
    high = max(0.0, low + 1.0, *(max(each) for each in sums))
    values = steps(low, high)
    bottom, top = values[0], values[-1]
    years = max(len(each) for each in sums) - 1

    def x(year: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * year / max(years, 1)

    def y(value: float) -> float:
        return _TOP + _PLOT * (top - value) / (top - bottom)

    made = []
    for value in values:
        stroke = INK if value == 0 else GRID
        made.append(line(_LEFT, y(value), _WIDTH - _RIGHT, y(value), stroke))
        made.append(text(_LEFT - 8, y(value) + 4, pounds(value), anchor="end"))
    every = max(1, math.ceil(years / 15))
    for year in range(0, years + 1, every):
        made.append(text(x(year), _TOP + _PLOT + 20, str(year), anchor="middle"))
    made.append(text((_LEFT + _WIDTH - _RIGHT) / 2, _TOP + _PLOT + 40, "year", anchor="middle"))
    for (colour, dashes), each in zip(LOOKS, sums, strict=False):
        points = [(x(year), y(value)) for year, value in enumerate(each)]
        made.append(polyline(points, colour, dashes))
    return made


def _table(deals: Sequence[PlottedDeal], top: float) -> list[str]:
    """A row a deal: its line, its present value with its range, and the bearer of each risk."""
    risks = list(deals[0].bearers)
    first, wide = 470, 84
    made = [
        text(44, top, "deal", weight="bold"),
        text(318, top, "NPV", anchor="end", weight="bold"),
        text(458, top, "P10 to P90", anchor="end", weight="bold"),
    ]
    made += [
        text(first + wide * at, top, risk, weight="bold", size=12) for at, risk in enumerate(risks)
    ]
    for row, (deal, (colour, dashes)) in enumerate(zip(deals, LOOKS, strict=False), start=1):
        y = top + _ROW * row
        made.append(line(8, y - 4, 38, y - 4, colour, 3, dashes))
        made.append(text(44, y, deal.name, size=12))
        made.append(text(318, y, pounds(deal.npv_gbp), anchor="end"))
        made.append(text(458, y, _range(deal), anchor="end", size=12))
        made += [
            text(
                first + wide * at, y, deal.bearers[risk], size=12,
                weight="bold" if deal.bearers[risk] == "council" else "normal",
            )
            for at, risk in enumerate(risks)
        ]  # fmt: skip
    return made


def _range(deal: PlottedDeal) -> str:
    low, high = deal.range_gbp
    return f"{pounds(low)} to {pounds(high)}"
