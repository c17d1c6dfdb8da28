"""A map of a plan as SVG: to be read in black and white, at any size, and without colour.

Positions are in one projected CRS in metres, north up. Kinds of thing differ by shape and hatch,
never by colour alone; scale bar, CRS, legend and who is to be named are part of the drawing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.render.report.map_furniture import (
    Key,
    bounds_of,
    furniture,
    hatch_defs,
    legend_height,
    marker,
)
from canopy.render.svg import GRID, INK, PAPER, QUIET, WIDTH, framed, text

Geometries = NDArray[np.object_]
Points = NDArray[np.float64]
SHAPES = ("circle", "square", "triangle", "diamond")
_TOP, _EDGE = 40, 12
_LEAST_HEIGHT, _MOST_HEIGHT = 320, 900
_MOST_NUMBERED = 150
_DETAIL_PX = 0.4
"""Outlines are drawn this close to what they are."""


@dataclass(frozen=True, slots=True, eq=False)
class MapArea:
    """An outline with its name, and what is told of it below the name."""

    name: str
    outline: shapely.Geometry
    told: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class MapDots:
    """Many small things, each a dot; `xy_m` is (n, 2)."""

    name: str
    xy_m: Points


@dataclass(frozen=True, slots=True, eq=False)
class MapLines:
    """Routes."""

    name: str
    lines: Geometries


@dataclass(frozen=True, slots=True, eq=False)
class MapPatches:
    """Outlines filled with one of `map_furniture.HATCHES`."""

    name: str
    outlines: Geometries
    hatch: str


@dataclass(frozen=True, slots=True, eq=False)
class MapSites:
    """Numbered places; `shape` is one of `SHAPES`."""

    name: str
    xy_m: Points
    numbers: Sequence[int]
    shape: str = "circle"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanMap:
    """What a map shows, from below to above: patches, dots, lines, areas, sites."""

    title: str
    crs: str
    attribution: Sequence[str] = ()
    areas: Sequence[MapArea] = ()
    patches: Sequence[MapPatches] = ()
    dots: Sequence[MapDots] = ()
    lines: Sequence[MapLines] = ()
    sites: Sequence[MapSites] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing with a place."""
        return bounds_of(self._shapes()) is None

    def _shapes(self) -> Iterator[Geometries | Points]:
        yield np.array([each.outline for each in self.areas], dtype=object)
        yield from (each.outlines for each in self.patches)
        yield from (each.lines for each in self.lines)
        yield from (each.xy_m for each in self.dots)
        yield from (each.xy_m for each in self.sites)


def map_svg(plan: PlanMap) -> str:
    """The drawing. Raises ValueError where nothing has a place."""
    bounds = bounds_of(plan._shapes())
    if bounds is None:
        raise ValueError(f"{plan.title}: there is nothing to draw")
    frame = _Frame.around(bounds)
    keys = _keys(plan)
    bottom = _TOP + frame.height
    drawn = [
        hatch_defs(),
        text(_EDGE, 26, plan.title, size=16, weight="bold"),
        *(_patches(each, frame) for each in plan.patches),
        *(_dots(each, frame) for each in plan.dots),
        *(_lines(each, frame) for each in plan.lines),
        *(part for each in plan.areas for part in _area(each, frame)),
        *(part for each in plan.sites for part in _sites(each, frame)),
        f'<rect x="{_EDGE}" y="{_TOP}" width="{frame.width:.0f}" height="{frame.height:.0f}" '
        f'fill="none" stroke="{INK}"/>',
        *furniture(keys, bottom, frame.scale, plan.crs, [*plan.attribution, *plan.notes]),
    ]
    height = bottom + legend_height(keys, [*plan.attribution, *plan.notes])
    return framed(height, plan.title, _told(plan), drawn)


@dataclass(frozen=True, slots=True)
class _Frame:
    """From metres to the drawing; `scale` is in pixels a metre."""

    west: float
    north: float
    scale: float
    width: float
    height: float

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float]) -> _Frame:
        west, south, east, north = bounds
        wide, high = max(east - west, 50.0) * 1.04, max(north - south, 50.0) * 1.04
        width = WIDTH - 2 * _EDGE
        height = min(max(width * high / wide, _LEAST_HEIGHT), _MOST_HEIGHT)
        scale = min(width / wide, height / high)
        middle = (west + east) / 2, (south + north) / 2
        return cls(middle[0] - width / scale / 2, middle[1] + height / scale / 2, scale, width,
                   height)  # fmt: skip

    def px(self, xy_m: Points) -> Points:
        x = _EDGE + (xy_m[:, 0] - self.west) * self.scale
        y = _TOP + (self.north - xy_m[:, 1]) * self.scale
        return np.column_stack([x, y])


def _path(geometries: Geometries, frame: _Frame) -> str:
    """Rings and lines as one path's commands."""
    simple = shapely.simplify(geometries, _DETAIL_PX / frame.scale)
    told = []
    for each in shapely.get_parts(simple):
        closed = each.geom_type == "Polygon"
        for ring in (each.exterior, *each.interiors) if closed else (each,):
            points = frame.px(shapely.get_coordinates(ring))
            pairs = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            told.append(f"M{pairs}{'Z' if closed else ''}")
    return "".join(told)


def _patches(patches: MapPatches, frame: _Frame) -> str:
    path = _path(patches.outlines, frame)
    if not path:
        return ""
    return (
        f'<path d="{path}" fill="url(#{patches.hatch})" fill-rule="evenodd" stroke="{QUIET}" '
        'stroke-width="0.5"/>'
    )


def _dots(dots: MapDots, frame: _Frame) -> str:
    if not len(dots.xy_m):
        return ""
    placed = np.unique(np.round(frame.px(dots.xy_m), 1), axis=0)
    path = "".join(f"M{x:g} {y:g}h0" for x, y in placed)
    return f'<path d="{path}" stroke="{GRID}" stroke-width="1.8" stroke-linecap="round"/>'


def _lines(lines: MapLines, frame: _Frame) -> str:
    path = _path(lines.lines, frame)
    if not path:
        return ""
    return (
        f'<path d="{path}" fill="none" stroke="{QUIET}" stroke-width="1" stroke-dasharray="5 2"/>'
    )


def _area(area: MapArea, frame: _Frame) -> Iterator[str]:
    path = _path(np.array([area.outline], dtype=object), frame)
    yield f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.2"/>'
    at = frame.px(shapely.get_coordinates(area.outline.representative_point()))[0]
    for row, (says, weight) in enumerate(((area.name, "bold"), (area.told, "normal"))):
        if says:
            yield _haloed(at[0], at[1] + 15 * row, says, weight)


def _haloed(x: float, y: float, says: str, weight: str) -> str:
    """Words that can be read over whatever lies below."""
    told = text(x, y, says, anchor="middle", size=12, weight=weight)
    halo = f'stroke="{PAPER}" stroke-width="3" stroke-linejoin="round" '
    return told.replace("<text ", f"<text {halo}", 1) + told


def _sites(sites: MapSites, frame: _Frame) -> Iterator[str]:
    numbered = len(sites.xy_m) <= _MOST_NUMBERED
    size = 7.0 if numbered else 4.0
    for (x, y), number in zip(frame.px(sites.xy_m), sites.numbers, strict=True):
        yield marker(sites.shape, x, y, size)
        if numbered:
            label = text(x, y + 3, f"{number}", anchor="middle", size=8, weight="bold")
            yield label.replace(f'fill="{INK}"', f'fill="{PAPER}"')


def _keys(plan: PlanMap) -> list[Key]:
    return [
        *(Key(each.name, "hatch", each.hatch) for each in plan.patches if len(each.outlines)),
        *(Key(each.name, "dot") for each in plan.dots if len(each.xy_m)),
        *(Key(each.name, "line") for each in plan.lines if len(each.lines)),
        *(Key("Ward", "area") for _ in plan.areas[:1]),
        *(Key(each.name, "marker", each.shape) for each in plan.sites if len(each.xy_m)),
    ]  # fmt: skip


def _told(plan: PlanMap) -> str:
    parts = [f"{len(each.xy_m):,} of {each.name}" for each in plan.sites]
    parts += [f"{len(each.xy_m):,} of {each.name}" for each in plan.dots]
    parts += [f"{each.name}: {each.told}" for each in plan.areas if each.told]
    parts += [f"{len(each.outlines):,} patches of {each.name}" for each in plan.patches]
    return f"Map, north up, in {plan.crs}. {'; '.join(parts)}. The table beside it has the same."
