"""Which CRS coordinates are in, by evidence rather than by hope.

Evidence, strongest first: a second pair of coordinates in the same rows that only one
reading agrees with; a declaration by the file that its numbers do not contradict;
numbers that fall inside the deployment's area under one reading only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.assets.mapping.area import Area, to_storage
from canopy.assets.mapping.arrays import Floats
from canopy.assets.mapping.land import on_land
from canopy.geo import area_of_use, parse_crs, transformer

WGS84 = "EPSG:4326"
BNG = "EPSG:27700"
NAMES = {
    WGS84: "longitude and latitude (WGS 84)",
    BNG: "the British National Grid",
    "EPSG:3857": "Web Mercator",
    "EPSG:29902": "the Irish Grid",
    "EPSG:2157": "Irish Transverse Mercator",
    "EPSG:32629": "UTM zone 29N",
    "EPSG:32630": "UTM zone 30N",
    "EPSG:32631": "UTM zone 31N",
}
"""The readings tried, in the order in which they are believed when nothing else decides."""

_PRIOR = {WGS84: 0.95, BNG: 0.9, "EPSG:3857": 0.85}
_OTHER_PRIOR = 0.6
IRISH = ("EPSG:29902", "EPSG:2157")

AGREE_M = 50.0
"""Two pairs agree under a reading when their median distance is below this [m]."""

MOST = 0.6
"""Share of the rows that must look like a sort of CRS for it to be tried."""

EVIDENCE_ROWS = 2_000
"""Rows used to compare readings."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a pair: the CRS, whether x and y are exchanged, how many rows then
    lie in the area, and the median distance to a second pair [m] where there is one."""

    crs: str
    exchanged: bool
    share_inside: float
    median_m: float | None = None

    def name(self) -> str:
        return NAMES.get(self.crs, self.crs)


@dataclass(frozen=True, slots=True)
class CrsVerdict:
    """The reading chosen, with confidence and reason; `problem` is said to the user."""

    crs: str
    exchanged: bool
    confidence: float
    reason: str
    problem: str | None = None


def readings(
    x: Floats,
    y: Floats,
    area: Area,
    second: tuple[Floats, Floats] | None = None,
    extra: tuple[str, ...] = (),
) -> list[Reading]:
    """Every possible reading of x and y, most of the rows of which are on the planet.

    second: positions of the same rows in the storage CRS. extra: CRS to try first.
    """
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0)))
    rows = known[:: max(1, len(known) // EVIDENCE_ROWS)][:EVIDENCE_ROWS]
    if not len(rows):
        return []
    found = []
    for crs in dict.fromkeys((*extra, area.crs, *NAMES)):
        geographic = parse_crs(crs).is_geographic
        for exchanged in (False, True):
            one, other = (y, x) if exchanged else (x, y)
            if not _possible(one[rows], other[rows], geographic=geographic):
                continue
            sx, sy, _, inside = to_storage(one[rows], other[rows], crs, area, geographic=geographic)
            if area.crs == BNG and not geographic and crs not in IRISH:
                inside &= on_land(sx, sy)
            inside &= _in_its_own_area(one[rows], other[rows], crs, area)
            median = None
            if second is not None:
                apart = np.hypot(second[0][rows] - sx, second[1][rows] - sy)
                median = float(np.nanmedian(apart)) if np.isfinite(apart).any() else None
            found.append(Reading(crs, exchanged, float(inside.mean()), median))
    return found


def _in_its_own_area(x: Floats, y: Floats, crs: str, area: Area) -> NDArray[np.bool_]:
    """Whether positions lie where `crs` is meant to be used."""
    if crs == area.crs or parse_crs(crs).is_geographic:
        return np.ones(len(x), dtype=bool)
    lon, lat = transformer(crs, WGS84).xy(x, y)
    west, south, east, north = area_of_use(crs)
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _possible(x: Floats, y: Floats, *, geographic: bool) -> bool:
    """Whether the numbers look like this sort of CRS at all, for most rows that hold any.

    A third may be bad, and is rejected row by row later.
    """
    if geographic:
        return bool(np.mean((np.abs(x) <= 180) & (np.abs(y) <= 90)) > MOST)
    return bool(np.mean((np.abs(x) > 180) | (np.abs(y) > 90)) > MOST)


def decide_crs(
    found: list[Reading],
    area: Area,
    *,
    declared: str | None = None,
    by_heading: str | None = None,
    irish: bool = False,
) -> CrsVerdict:
    """The most believable of the readings.

    declared: what the file itself declares. by_heading: the CRS that the headings
    suggest (longitude/latitude). irish: postcodes or headings speak of Northern Ireland.
    """
    agreeing = [r for r in found if r.median_m is not None and r.median_m < AGREE_M]
    if agreeing:
        best = min(agreeing, key=lambda reading: (reading.median_m, reading.exchanged))
        return _by_agreement(best, declared)
    scored = sorted(
        ((_score(r, area, declared, by_heading, irish), -i, r) for i, r in enumerate(found)),
        reverse=True,
    )
    if not scored:
        crs = declared or by_heading or area.crs
        return CrsVerdict(crs, False, 0.2, "there are no coordinates to judge by")
    score, _, best = scored[0]
    if best.share_inside < 0.5:
        return _outside(found, area, declared, by_heading)
    rivals = [
        r
        for s, _, r in scored[1:]
        if s > 0.5 * score and r.crs != best.crs and (irish or r.crs not in IRISH)
    ]
    return _by_area(best, rivals, declared, min(score, 0.99))


def _score(
    reading: Reading, area: Area, declared: str | None, by_heading: str | None, irish: bool
) -> float:
    prior = _PRIOR.get(reading.crs, _OTHER_PRIOR)
    if reading.crs == area.crs:
        prior = 0.95
    if irish and reading.crs in IRISH:
        prior = 0.97
    if reading.crs == by_heading:
        prior = 0.97
    if reading.crs == declared:
        prior = 1.0
    return prior * reading.share_inside * (0.8 if reading.exchanged else 1.0)


def _by_agreement(best: Reading, declared: str | None) -> CrsVerdict:
    assert best.median_m is not None
    exchanged = ", with x and y exchanged" if best.exchanged else ""
    reason = (
        f"read as {best.name()}{exchanged}, it agrees with the row's other coordinates "
        f"(median {best.median_m:.2f} m)"
    )
    problem = None
    if best.exchanged:
        problem = (
            "The two coordinates are exchanged in the whole file: they agree with the rows' "
            "other coordinates only the other way round. The mapping exchanges them."
        )
    elif declared not in (None, best.crs):
        problem = f"The file declares {declared}, but its coordinates are {best.name()}."
    return CrsVerdict(best.crs, best.exchanged, 0.98, reason, problem)


def _by_area(
    best: Reading, rivals: list[Reading], declared: str | None, confidence: float
) -> CrsVerdict:
    reason = f"{best.share_inside:.0%} of the rows lie in the area when read as {best.name()}"
    problem = None
    if best.crs == declared:
        reason = f"declared by the file, and {reason}"
    if best.exchanged:
        confidence = min(confidence, 0.8)
        reason += ", with x and y exchanged"
        problem = (
            "The two coordinates are exchanged in the whole file: only the other way round "
            "do the rows lie in the area. The mapping exchanges them."
        )
    elif declared is not None and declared != best.crs:
        confidence = min(confidence, 0.8)
        problem = (
            f"The file declares {declared}, but its coordinates are {best.name()} ({best.crs})."
        )
    if rivals:
        confidence = min(confidence, 0.85)
        reason += f"; {', '.join(dict.fromkeys(r.name() for r in rivals))} would also do"
    return CrsVerdict(best.crs, best.exchanged, confidence, reason, problem)


def _outside(
    found: list[Reading], area: Area, declared: str | None, by_heading: str | None
) -> CrsVerdict:
    crs = declared or by_heading or (WGS84 if any(r.crs == WGS84 for r in found) else area.crs)
    return CrsVerdict(
        crs,
        False,
        0.4,
        f"no reading puts most rows into the area; {NAMES.get(crs, crs)} is assumed",
        f"Read as {NAMES.get(crs, crs)}, most rows lie outside the deployment's area, "
        f"or at sea ({area.describe()}). Give the right CRS with --crs EPSG:n, or import the "
        "file into a deployment for its area.",
    )
