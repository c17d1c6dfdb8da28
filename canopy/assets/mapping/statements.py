"""Every way a file states positions: its geometries, pairs of columns, text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely

from canopy.assets.mapping.area import Area, to_storage
from canopy.assets.mapping.arrays import Floats
from canopy.assets.mapping.crs import BNG, WGS84, CrsVerdict
from canopy.assets.mapping.headings import POSITION_HEADINGS, heading_score, heading_words
from canopy.assets.mapping.pairs import PairSource
from canopy.assets.mapping.profile import Column, Profile
from canopy.geo import parse_crs

NUMBERS_SHARE = 0.65
"""Share of a column's values that must read as what its heading says: a third may be bad,
and is then rejected row by row."""

TEXT_SHARE = 0.8
"""… and of those that must read as positions where no heading need say so."""

TELLING_HEADING = 0.6
"""From this score on, a heading says by itself that its column holds positions."""

_PAIRS = (("easting", "northing"), ("lon", "lat"), ("x", "y"))


@dataclass(frozen=True)
class Found:
    """One statement of the position in the file: how it is written, and how to read it."""

    form: str
    columns: tuple[str, ...]
    x: Floats
    y: Floats
    confidence: float
    why: str
    verdict: CrsVerdict | None = None
    by_heading: str | None = None
    lat_first: bool = True
    by_content_only: bool = False

    def name(self) -> str:
        return " and ".join(self.columns) or "the file's geometry"

    def stored(self, area: Area) -> tuple[Floats, Floats]:
        assert self.verdict is not None
        return stored_as(self, self.verdict.crs, self.verdict.exchanged, area)


def stored_as(found: Found, crs: str, exchanged: bool, area: Area) -> tuple[Floats, Floats]:
    x, y = (found.y, found.x) if exchanged else (found.x, found.y)
    sx, sy, _, _ = to_storage(x, y, crs, area, geographic=parse_crs(crs).is_geographic)
    return sx, sy


def statements_of(profile: Profile) -> list[Found]:
    """Every way the file states positions: features, pairs of columns, text."""
    found: list[Found] = []
    if profile.geometries is not None and not shapely.is_missing(profile.geometries).all():
        points = shapely.get_coordinates(shapely.centroid(profile.geometries), return_index=True)
        x, y = np.full((2, profile.rows), np.nan)
        x[points[1]], y[points[1]] = points[0][:, 0], points[0][:, 1]
        found.append(Found("feature", (), x, y, 0.99, "the file has geometries"))
    taken: set[str] = set()
    for roles in _PAIRS:
        pair = _by_headings(profile, roles, taken)
        if pair:
            taken |= set(pair.columns)
            found.append(pair)
    for column in profile.columns.values():
        text = _text_statement(column)
        if text and column.name not in taken:
            found.append(text)
    if not found:
        blind = _by_content(profile)
        if blind:
            found.append(blind)
    return found


def _by_headings(profile: Profile, roles: tuple[str, str], taken: set[str]) -> Found | None:
    best: list[tuple[float, Column]] = []
    for role in roles:
        candidates = [
            (heading_score(column.name, POSITION_HEADINGS[role]), column)
            for column in profile.columns.values()
            if column.name not in taken and _reads_as_coordinates(column, role)
        ]
        candidates = [
            c for c in candidates if c[0] >= TELLING_HEADING and c[1] not in [b[1] for b in best]
        ]
        if not candidates:
            return None
        best.append(max(candidates, key=lambda candidate: candidate[0]))
    (score_x, first), (score_y, second) = best
    geographic = roles == ("lon", "lat")
    source = PairSource(WGS84, (first.name, second.name), geographic, decimal=first.decimal)
    pair = source.read({first.name: first.values, second.name: second.values})
    return Found(
        "xy",
        (first.name, second.name),
        pair.x,
        pair.y,
        min(score_x, score_y),
        f"headings {first.name!r} and {second.name!r} with numbers below them",
        by_heading=WGS84 if geographic else None,
    )


def _reads_as_coordinates(column: Column, role: str) -> bool:
    if not column.known:
        return False
    if column.numeric_share >= NUMBERS_SHARE:
        return True
    if role not in ("lon", "lat"):
        return False
    source = PairSource(WGS84, (column.name, column.name), True)
    read = source.read({column.name: column.some})
    return float(np.isfinite(read.x).mean()) >= NUMBERS_SHARE


def _text_statement(column: Column) -> Found | None:
    """WKT, "(lat, lon)" text or grid references, by content, headings raising confidence."""
    if not column.known:
        return None
    for form, share in (
        ("wkt", column.wkt_share),
        ("pair", column.pair_share),
        ("grid_reference", column.grid_share),
    ):
        heading = heading_score(column.name, POSITION_HEADINGS[form])
        told = heading >= TELLING_HEADING
        if share < (NUMBERS_SHARE if told else TEXT_SHARE):
            continue
        if form == "pair" and column.numeric_share > 0.2:
            continue
        confidence = round(max(0.75, heading) * share, 2)
        return replace(_read_text(column, form, confidence), by_content_only=not told)
    return None


def _read_text(column: Column, form: str, confidence: float) -> Found:
    if form == "wkt":
        from_text = shapely.from_wkt(
            [str(v) if v is not None else None for v in column.values], on_invalid="ignore"
        )
        centres = shapely.centroid(from_text)
        x, y = shapely.get_x(centres), shapely.get_y(centres)
        return Found("wkt", (column.name,), x, y, confidence, "the values are WKT geometries")
    grid = form == "grid_reference"
    lat_first = heading_words(column.name)[:1] != ("lon",) and "long lat" not in " ".join(
        heading_words(column.name)
    )
    source = PairSource(
        BNG if grid else WGS84, (column.name,), not grid, text=not grid, grid=grid,
        lat_first=lat_first,
    )  # fmt: skip
    pair = source.read({column.name: column.values})
    why = "National Grid references" if grid else "text with two coordinates in it"
    return Found(
        "grid" if grid else "text", (column.name,), pair.x, pair.y, confidence, why,
        lat_first=lat_first,
    )  # fmt: skip


def _by_content(profile: Profile) -> Found | None:
    """Two neighbouring columns of numbers that are coordinates, whatever they are called."""
    numeric = [c for c in profile.columns.values() if c.numeric_share >= NUMBERS_SHARE]
    names = list(profile.columns)
    for first, second in pairwise(numeric):
        if names.index(second.name) - names.index(first.name) != 1:
            continue
        x, y = first.numbers.numbers, second.numbers.numbers
        both = np.isfinite(x) & np.isfinite(y)
        if not both.any():
            continue
        fine = first.distinct_share > 0.3 and second.distinct_share > 0.3
        fractions = bool(np.mean((x[both] % 1 != 0) & (y[both] % 1 != 0)) > 0.5)
        metres = bool(np.median(np.abs(x[both])) > 10_000 and np.median(np.abs(y[both])) > 10_000)
        if fine and (fractions or metres):
            why = (
                f"neighbouring columns {first.name!r}, {second.name!r} hold coordinate-like numbers"
            )
            return Found("xy", (first.name, second.name), x, y, 0.5, why)
    return None
