"""A path profile as SVG: ground, ray and first Fresnel zone, drawn over the distance.

Plain numbers come in. Whoever cannot see the drawing reads its title and description; the
numbers themselves stand beside it, where it is used, as a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

LEAST_WIDTH_PX, MOST_WIDTH_PX = 280, 1_600
HEIGHT_PX = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 14, 58
_INK, _PAPER, _GRID = "#1b1f24", "#ffffff", "#d5dadd"
_GROUND, _GROUND_EDGE, _RAY, _SHORT = "#ddd0b5", "#6b5426", "#0b5394", "#b3310d"
_ENOUGH = 0.6
"""Share of the zone that is to be free."""
_TICKS = 5
_TICK_PX = 80
"""Room for a number of the axis of distances [px]."""


@dataclass(frozen=True, slots=True)
class ProfilePlot:
    """What is drawn; all sequences are of one length.

    Attributes:
        title, description: in words, for those who do not see it.
        distance_m: from the first antenna [m], rising.
        ground_m: height with the bulge of the Earth on it [m], NaN where not known.
        ray_m: height of the ray [m], NaN where an antenna's is not known.
        fresnel_m: radius of the first Fresnel zone [m].
    """

    title: str
    description: str
    distance_m: Sequence[float]
    ground_m: Sequence[float]
    ray_m: Sequence[float]
    fresnel_m: Sequence[float]


def profile_svg(plot: ProfilePlot, width_px: int = 720) -> str:
    """The plot, `width_px` wide (280 to 1,600) and `HEIGHT_PX` high."""
    axes = _Axes.around(plot, width_px)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{HEIGHT_PX}" '
        f'viewBox="0 0 {width_px} {HEIGHT_PX}" role="img" aria-labelledby="profile-title '
        f'profile-description" font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<title id="profile-title">{escape(plot.title)}</title>',
        f'<desc id="profile-description">{escape(plot.description)}</desc>',
        f'<rect width="{width_px}" height="{HEIGHT_PX}" fill="{_PAPER}"/>',
        *axes.lines(),
        *_ground(plot, axes),
        *_zone(plot, axes),
        *_short(plot, axes),
        *_legend(width_px),
    ]
    return "\n".join(parts) + "\n</svg>\n"


@dataclass(frozen=True, slots=True)
class _Axes:
    """From metres to pixels."""

    width_px: int
    length_m: float
    low_m: float
    high_m: float

    @classmethod
    def around(cls, plot: ProfilePlot, width_px: int) -> _Axes:
        below = (ray - zone for ray, zone in zip(plot.ray_m, plot.fresnel_m, strict=True))
        above = (ray + zone for ray, zone in zip(plot.ray_m, plot.fresnel_m, strict=True))
        known = [each for each in (*plot.ground_m, *below, *above) if math.isfinite(each)]
        low, high = min(known, default=0.0), max(known, default=1.0)
        room = max((high - low) * 0.06, 1.0)
        return cls(width_px, plot.distance_m[-1], low - room, high + room)

    def x(self, distance_m: float) -> float:
        return _LEFT + distance_m / self.length_m * (self.width_px - _LEFT - _RIGHT)

    def y(self, height_m: float) -> float:
        share = (height_m - self.low_m) / (self.high_m - self.low_m)
        return HEIGHT_PX - _BOTTOM - share * (HEIGHT_PX - _TOP - _BOTTOM)

    def at(self, distance_m: float, height_m: float) -> str:
        return f"{self.x(distance_m):.1f},{self.y(height_m):.1f}"

    def lines(self) -> Iterator[str]:
        bottom = HEIGHT_PX - _BOTTOM
        for height in _ticks(self.low_m, self.high_m, _TICKS):
            y = self.y(height)
            yield f'<path d="M{_LEFT} {y:.1f}H{self.width_px - _RIGHT}" stroke="{_GRID}"/>'
            yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{height:g}</text>'
        unit, by = ("km", 1000.0) if self.length_m >= 2_000 else ("m", 1.0)
        many = max(2, (self.width_px - _LEFT) // _TICK_PX)
        for distance in _ticks(0.0, self.length_m / by, many):
            x = self.x(distance * by)
            yield f'<path d="M{x:.1f} {bottom}v5" stroke="{_INK}"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{distance:g}</text>'
        yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{self.width_px - _RIGHT}" stroke="{_INK}" fill="none"/>'  # noqa: E501
        yield f'<text x="{_LEFT}" y="{_TOP - 3}" text-anchor="end">m</text>'
        middle = (_LEFT + self.width_px - _RIGHT) / 2
        yield f'<text x="{middle:.0f}" y="{bottom + 32}" text-anchor="middle">{unit}</text>'


def _ground(plot: ProfilePlot, axes: _Axes) -> Iterator[str]:
    """Stretches of known ground; between them there is a gap."""
    for stretch in _stretches(not math.isnan(each) for each in plot.ground_m):
        points = [(plot.distance_m[at], plot.ground_m[at]) for at in stretch]
        top = " ".join(axes.at(*each) for each in points)
        first, last = axes.x(points[0][0]), axes.x(points[-1][0])
        floor = HEIGHT_PX - _BOTTOM
        yield (
            f'<polygon points="{first:.1f},{floor} {top} {last:.1f},{floor}" fill="{_GROUND}"/>'
            f'<polyline points="{top}" fill="none" stroke="{_GROUND_EDGE}" stroke-width="1.5"/>'
        )


def _zone(plot: ProfilePlot, axes: _Axes) -> Iterator[str]:
    """The ray between its antennas, the zone around it and the part of it to be free."""
    if any(map(math.isnan, plot.ray_m)):
        return
    rows = list(zip(plot.distance_m, plot.ray_m, plot.fresnel_m, strict=True))

    def edge(share: float) -> str:
        return " ".join(axes.at(d, ray + share * zone) for d, ray, zone in rows)

    back = " ".join(reversed(edge(-1.0).split()))
    yield f'<polygon points="{edge(1.0)} {back}" fill="{_RAY}" fill-opacity="0.14"/>'
    yield (
        f'<polyline points="{edge(-_ENOUGH)}" fill="none" stroke="{_RAY}" stroke-dasharray="4 3"/>'
    )
    yield f'<polyline points="{edge(0.0)}" fill="none" stroke="{_RAY}" stroke-width="2"/>'
    for at in (0, -1):
        foot, head = plot.ground_m[at], plot.ray_m[at]
        if not math.isnan(foot):
            d = plot.distance_m[at]
            ends = f"{axes.at(d, foot)} {axes.at(d, head)}"
            yield f'<polyline points="{ends}" stroke="{_INK}" stroke-width="3"/>'


def _short(plot: ProfilePlot, axes: _Axes) -> Iterator[str]:
    """The ground that takes more of the zone than it may, thick, over everything."""
    last = len(plot.distance_m) - 1
    is_short = (
        0 < at < last and plot.ground_m[at] > plot.ray_m[at] - _ENOUGH * plot.fresnel_m[at]
        for at in range(last + 1)
    )
    for stretch in _stretches(is_short):
        points = " ".join(axes.at(plot.distance_m[at], plot.ground_m[at]) for at in stretch)
        yield (
            f'<polyline points="{points}" fill="none" stroke="{_SHORT}" stroke-width="4" '
            'stroke-linecap="round"/>'
        )


def _legend(width_px: int) -> Iterator[str]:
    """What the lines are, in one row; the ground needs no word where it is narrow."""
    entries = (
        ("ray", f'stroke="{_RAY}" stroke-width="2"'),
        ("60 % Fresnel", f'stroke="{_RAY}" stroke-dasharray="4 3"'),
        ("in the way", f'stroke="{_SHORT}" stroke-width="4"'),
        ("ground", f'stroke="{_GROUND_EDGE}" stroke-width="1.5"'),
    )
    x, y = 8, HEIGHT_PX - 8
    for label, stroke in entries:
        long = 30 + 6 * len(label)
        if x + long > width_px:
            break
        yield f'<path d="M{x} {y - 4}h18" {stroke}/>'
        yield f'<text x="{x + 23}" y="{y}" font-size="11">{label}</text>'
        x += long + 8


def _stretches(wanted: Iterable[bool]) -> Iterator[list[int]]:
    """Indices of each stretch for which it is true."""
    for is_wanted, group in groupby(enumerate(wanted), key=lambda each: each[1]):
        if is_wanted:
            yield [at for at, _ in group]


def _ticks(low: float, high: float, most: int) -> Iterator[float]:
    """Round numbers from `low` to `high`, about `most` of them."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    at = math.ceil(low / step)
    while at * step <= high:
        yield round(at * step, 6)
        at += 1
