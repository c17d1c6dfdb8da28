"""What drawings for people share: the frame with its words, text, round steps, and pounds.

Drawings have no styles or fonts from elsewhere, so that they look the same in a file by itself,
on a page and in print; what they say is never said by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

INK, PAPER, GRID, QUIET = "#0b0c0c", "#ffffff", "#b1b4b6", "#484d50"
LOOKS = (("#1d70b8", ""), ("#b8530d", "8 4"), ("#00703c", "2 3"), ("#6f1d7a", "12 4 2 4"))
"""Colour with a contrast above 4.5 on white, and dashes."""
WIDTH = 860
_LEAST_SPAN = 0.01
"""A penny: smaller differences are drawn as none."""


def framed(
    height: float, title: str, described: str, parts: Sequence[str], width: float = WIDTH
) -> str:
    """A whole drawing. title, described: for those who do not see it."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="t d" '
            'font-family="Arial, Helvetica, sans-serif">',
            f'<title id="t">{escape(title)}</title>',
            f'<desc id="d">{escape(described)}</desc>',
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="{PAPER}"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def text(
    x: float, y: float, says: str, *, anchor: str = "start", size: int = 13, weight: str = "normal"
) -> str:
    """Words at a place."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{INK}">{escape(says)}</text>'
    )


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    colour: str = GRID,
    width: float = 1,
    dashes: str = "",
) -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}" stroke-dasharray="{dashes or "none"}"/>'
    )


def polyline(points: Sequence[tuple[float, float]], colour: str, dashes: str = "") -> str:
    """A line through points."""
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="3" '
        f'stroke-dasharray="{dashes or "none"}"/>'
    )


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A filled box; below no width there is none."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
        f'fill="{fill}"/>'
    )


def steps(low: float, high: float) -> list[float]:
    """Round values from `low` or below to `high` or above, two to eight of them."""
    span = max(high - low, 1e-6 * max(abs(low), abs(high)), _LEAST_SPAN)
    high = low + span
    size = 10 ** math.floor(math.log10(span / 5))
    step = next(size * each for each in (1, 2, 5, 10) if span / (size * each) <= 7)
    return [step * each for each in range(math.floor(low / step), math.ceil(high / step) + 1)]


def pounds(value: float) -> str:
    """Whole pounds, thousands or millions, whichever can be read."""
    sign, size = "−" if round(value) < 0 else "", abs(value)
    if size >= 1_000_000:
        return f"{sign}£{size / 1_000_000:,.2f}m"
    if size >= 10_000:
        return f"{sign}£{size / 1_000:,.0f}k"
    return f"{sign}£{size:,.0f}"
