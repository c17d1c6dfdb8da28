"""What stands around a map: scale bar, north, legend, CRS, who is to be named; and its marks."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.render.svg import GRID, INK, PAPER, QUIET, WIDTH, box, line, text

HATCHES = ("dense", "sparse", "dotted")
"""Fills that differ without colour, from the most to the least."""
LEGEND_ROW = 20
_EDGE = 12
_KEYS_LEFT, _KEY_WIDTH = 300, 275
_NOTE_CHARS = 130
_BAR_PX = 220
"""Longest scale bar [px]."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend."""

    name: str
    kind: Literal["hatch", "dot", "line", "area", "marker"]
    look: str = ""


def bounds_of(
    shapes: Iterable[NDArray[np.object_] | NDArray[np.float64]],
) -> tuple[float, float, float, float] | None:
    """West, south, east and north of all; None where nothing has a place."""
    boxes = []
    for each in shapes:
        if not len(each):
            continue
        if each.dtype == object:
            found = shapely.total_bounds(each)
        else:
            found = np.concatenate([np.nanmin(each, axis=0), np.nanmax(each, axis=0)])
        if np.isfinite(found).all():
            boxes.append(found)
    if not boxes:
        return None
    every = np.array(boxes)
    west, south = every[:, :2].min(axis=0).tolist()
    east, north = every[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def hatch_defs() -> str:
    """Patterns by the names of `HATCHES`."""
    lines = {
        "dense": (5, f'<path d="M0 5L5 0" stroke="{INK}" stroke-width="1.3"/>'),
        "sparse": (11, f'<path d="M0 0L11 11" stroke="{QUIET}" stroke-width="1"/>'),
        "dotted": (7, f'<circle cx="3.5" cy="3.5" r="0.9" fill="{QUIET}"/>'),
    }
    return "<defs>" + "".join(
        f'<pattern id="{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f"{drawn}</pattern>"
        for name, (size, drawn) in lines.items()
    ) + "</defs>"  # fmt: skip


def marker(shape: str, x: float, y: float, size: float) -> str:
    """A filled mark around a place, with a white edge."""
    look = f'fill="{INK}" stroke="{PAPER}" stroke-width="1.2"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" {look}/>'
    corners = {
        "square": ((-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)),
        "triangle": ((0, -1.55), (1.4, 0.95), (-1.4, 0.95)),
        "diamond": ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)),
    }[shape]
    told = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{told}" {look}/>'


def legend_height(keys: Sequence[Key], notes: Sequence[str]) -> float:
    """Room below the map [px]."""
    rows = max(3, math.ceil(len(keys) / 2))
    return 24 + LEGEND_ROW * rows + 15 * len(_wrapped(notes)) + 10


def furniture(
    keys: Sequence[Key], top: float, scale: float, crs: str, notes: Sequence[str]
) -> Iterator[str]:
    """Below a map that ends at `top`. scale: pixels a metre."""
    yield from _scale_bar(top + 22, scale)
    yield text(_EDGE, top + 66, f"Positions in {crs}; north of its grid is up.", size=11)
    yield from _north(top)
    for at, key in enumerate(keys):
        x = _KEYS_LEFT + _KEY_WIDTH * (at % 2)
        y = top + 24 + LEGEND_ROW * (at // 2)
        yield _swatch(key, x + 14, y)
        yield text(x + 36, y + 4, key.name, size=12)
    rows = max(3, math.ceil(len(keys) / 2))
    for at, told in enumerate(_wrapped(notes)):
        yield text(_EDGE, top + 28 + LEGEND_ROW * rows + 15 * at, told, size=11)


def _wrapped(notes: Sequence[str]) -> list[str]:
    return [row for note in notes for row in textwrap.wrap(note, _NOTE_CHARS)]


def _scale_bar(y: float, scale: float) -> Iterator[str]:
    longest = _BAR_PX / scale
    size = 10.0 ** math.floor(math.log10(longest))
    length = next(size * each for each in (5, 2, 1) if size * each <= longest)
    half = length * scale / 2
    yield box(_EDGE, y, half, 6, INK)
    yield box(_EDGE + half, y, half, 6, PAPER)
    yield (
        f'<rect x="{_EDGE}" y="{y:.1f}" width="{2 * half:.1f}" height="6" fill="none" '
        f'stroke="{INK}"/>'
    )
    for at, metres in ((0.0, 0.0), (half, length / 2), (2 * half, length)):
        told = f"{metres / 1000:g} km" if length >= 1000 else f"{metres:g} m"
        yield text(_EDGE + at, y + 20, told, size=11, anchor="start" if at == 0 else "middle")


def _north(top: float) -> Iterator[str]:
    x, y = WIDTH - 34.0, top - 14
    yield (
        f'<polygon points="{x:.1f},{y - 26:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y - 6:.1f} '
        f'{x - 7:.1f},{y:.1f}" fill="{INK}" stroke="{PAPER}"/>'
    )
    yield text(x, y - 30, "N", anchor="middle", size=12, weight="bold")


def _swatch(key: Key, x: float, y: float) -> str:
    if key.kind == "hatch":
        return (
            f'<rect x="{x - 12:.1f}" y="{y - 8:.1f}" width="24" height="14" '
            f'fill="url(#{key.look})" stroke="{QUIET}" stroke-width="0.5"/>'
        )
    if key.kind == "dot":
        return f'<path d="M{x:g} {y:g}h0" stroke="{GRID}" stroke-width="4" stroke-linecap="round"/>'
    if key.kind == "line":
        return line(x - 12, y, x + 12, y, QUIET, 1, "5 2")
    if key.kind == "area":
        return line(x - 12, y, x + 12, y, INK, 1.2)
    return marker(key.look, x, y, 6)
