"""Deals side by side as one picture: each council's cash summed up, and who bears which risk.

The picture is an SVG of its own: no styles or fonts from elsewhere. Lines differ in colour and in
dashes, and the risks are words, so that it can be read in print and without colours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT = 980, 86, 24
_TOP, _PLOT, _ROW = 58, 300, 24
_LOOKS = (("#1d70b8", ""), ("#b8530d", "8 4"), ("#00703c", "2 3"), ("#6f1d7a", "12 4 2 4"))
"""Colour with a contrast above 4.5 on white, and dashes."""
_FONT = 'font-family="Arial, Helvetica, sans-serif"'


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
    if not 1 <= len(deals) <= len(_LOOKS):
        raise ValueError(f"{len(deals)} deals cannot be told apart; draw 1 to {len(_LOOKS)}")
    sums = [_summed(deal.cash_gbp) for deal in deals]
    plot = _plot(sums)
    table = _table(deals, _TOP + _PLOT + 64)
    height = _TOP + _PLOT + 64 + _ROW * (len(deals) + 2)
    what = f"{title}: the council's cash summed up, real, in prices of {prices}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="t d" {_FONT}>',
            f'<title id="t">{escape(what)}</title>',
            f'<desc id="d">{escape(_told(deals, sums))}</desc>',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(12, 24, what, size=16, weight="bold"),
            *plot,
            *table,
            "</svg>",
            "",
        ]
    )


def _summed(cash_gbp: Sequence[float]) -> list[float]:
    total, found = 0.0, []
    for each in cash_gbp:
        total += each
        found.append(total)
    return found


def _told(deals: Sequence[PlottedDeal], sums: Sequence[Sequence[float]]) -> str:
    parts = [
        f"{deal.name}: {_pounds(total[-1])} after year {len(total) - 1}, present value "
        f"{_pounds(deal.npv_gbp)} ({_range(deal)})"
        for deal, total in zip(deals, sums, strict=True)
    ]
    return "; ".join(parts) + "."


def _plot(sums: Sequence[Sequence[float]]) -> list[str]:
    low = min(0.0, *(min(each) for each in sums))
    high = max(0.0, low + 1.0, *(max(each) for each in sums))
    steps = _steps(low, high)
    bottom, top = steps[0], steps[-1]
    years = max(len(each) for each in sums) - 1

    def x(year: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * year / max(years, 1)

    def y(value: float) -> float:
        return _TOP + _PLOT * (top - value) / (top - bottom)

    made = []
    for value in steps:
        stroke = "#0b0c0c" if value == 0 else "#b1b4b6"
        made.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            f'stroke="{stroke}"/>'
        )
        made.append(_text(_LEFT - 8, y(value) + 4, _pounds(value), anchor="end"))
    every = max(1, math.ceil(years / 15))
    for year in range(0, years + 1, every):
        made.append(_text(x(year), _TOP + _PLOT + 20, str(year), anchor="middle"))
    made.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _TOP + _PLOT + 40, "year", anchor="middle"))
    for (colour, dashes), each in zip(_LOOKS, sums, strict=False):
        points = " ".join(f"{x(year):.1f},{y(value):.1f}" for year, value in enumerate(each))
        made.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3" '
            f'stroke-dasharray="{dashes or "none"}"/>'
        )
    return made


def _table(deals: Sequence[PlottedDeal], top: float) -> list[str]:
    """A row a deal: its line, its present value with its range, and the bearer of each risk."""
    risks = list(deals[0].bearers)
    first, wide = 470, 84
    made = [
        _text(44, top, "deal", weight="bold"),
        _text(318, top, "NPV", anchor="end", weight="bold"),
        _text(458, top, "P10 to P90", anchor="end", weight="bold"),
    ]
    made += [
        _text(first + wide * at, top, risk, weight="bold", size=12) for at, risk in enumerate(risks)
    ]
    for row, (deal, (colour, dashes)) in enumerate(zip(deals, _LOOKS, strict=False), start=1):
        y = top + _ROW * row
        made.append(
            f'<line x1="8" x2="38" y1="{y - 4}" y2="{y - 4}" stroke="{colour}" stroke-width="3" '
            f'stroke-dasharray="{dashes or "none"}"/>'
        )
        made.append(_text(44, y, deal.name, size=12))
        made.append(_text(318, y, _pounds(deal.npv_gbp), anchor="end"))
        made.append(_text(458, y, _range(deal), anchor="end", size=12))
        made += [
            _text(
                first + wide * at, y, deal.bearers[risk], size=12,
                weight="bold" if deal.bearers[risk] == "council" else "normal",
            )
            for at, risk in enumerate(risks)
        ]  # fmt: skip
    return made


def _text(
    x: float, y: float, says: str, *, anchor: str = "start", size: int = 13, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="#0b0c0c">{escape(says)}</text>'
    )


def _steps(low: float, high: float) -> list[float]:
    """Round values from below `low` to above `high`, six or so."""
    span = high - low
    size = 10 ** math.floor(math.log10(span / 5))
    step = next(size * each for each in (1, 2, 5, 10) if span / (size * each) <= 7)
    return [step * each for each in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _range(deal: PlottedDeal) -> str:
    low, high = deal.range_gbp
    return f"{_pounds(low)} to {_pounds(high)}"


def _pounds(value: float) -> str:
    """Whole pounds, thousands or millions, whichever can be read."""
    sign, size = "−" if round(value) < 0 else "", abs(value)
    if size >= 1_000_000:
        return f"{sign}£{size / 1_000_000:,.2f}m"
    if size >= 10_000:
        return f"{sign}£{size / 1_000:,.0f}k"
    return f"{sign}£{size:,.0f}"
