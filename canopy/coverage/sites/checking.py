"""What is wrong with a list of sites, before a map is made of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.technologies import TECHNOLOGIES
from canopy.coverage.sites.technology import Technology
from canopy.coverage.terrain.heights import HeightGrid
from canopy.errors import Refused

MOST_EIRP_DBM = 100.0
"""Ten megawatts: a hundred times the strongest television transmitter of the country."""
TALLEST_M = 500.0
"""Taller antennas are taken for a mistake: the tallest British mast, Skelton, has 365 m."""

ONE_POINT_M = 1.0
"""Sites closer than this stand at one point [m]."""

MAX_FINDINGS = 10_000
"""More are not told: the list itself is then wrong."""

_OWN_DIRECTION_DEG = 1.0
_SLACK_DB = 0.05

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. A run with an `error` must not begin; a `warning` is told."""

    level: Level
    site_id: str
    field: str
    message: str


def check_sites(sites: Sequence[RadioSite], terrain: HeightGrid | None = None) -> list[Finding]:
    """Findings about sites, each with its site and field; an empty list is a sound one.

    terrain: heights that the run will use; a site outside of them or over a gap is an error.
    """
    return list(_limited(_every(sites, terrain)))


def _limited(findings: Iterable[Finding]) -> Iterator[Finding]:
    for number, finding in enumerate(findings):
        if number == MAX_FINDINGS:
            raise Refused(
                f"more than {MAX_FINDINGS:,} faults in the sites, the last at {finding.site_id}: "
                f"{finding.message}"
            )
        yield finding


def _every(sites: Sequence[RadioSite], terrain: HeightGrid | None) -> Iterator[Finding]:
    yield from _repeated_ids(sites)
    for site in sites:
        for check in _CHECKS:
            yield from check(site)
    if terrain is not None:
        for site in sites:
            yield from _over_terrain(site, terrain)
    yield from _at_one_point(sites)


def _repeated_ids(sites: Sequence[RadioSite]) -> Iterator[Finding]:
    seen: set[str] = set()
    for site in sites:
        if not site.site_id:
            yield Finding("error", "", "site_id", "a site has no id")
        elif site.site_id in seen:
            yield Finding("error", site.site_id, "site_id", "another site has the same id")
        seen.add(site.site_id)


def _finite(site: RadioSite) -> Iterator[Finding]:
    for name in (
        "easting_m", "northing_m", "antenna_height_m", "frequency_mhz", "bandwidth_mhz",
        "eirp_dbm", "azimuth_deg", "downtilt_deg",
    ):  # fmt: skip
        value = getattr(site, name)
        if not math.isfinite(value):
            yield Finding("error", site.site_id, name, f"{name} is {value}, no finite number")


def _height(site: RadioSite) -> Iterator[Finding]:
    height = site.antenna_height_m
    if height <= 0 or height > TALLEST_M:
        where = "not above the ground" if height <= 0 else f"above {TALLEST_M:g} m"
        yield Finding(
            "error", site.site_id, "antenna_height_m", f"an antenna at {height:g} m is {where}"
        )


def _carrier(site: RadioSite) -> Iterator[Finding]:
    known = TECHNOLOGIES.get(site.technology)
    if known is None:
        there = ", ".join(TECHNOLOGIES)
        yield Finding(
            "error", site.site_id, "technology", f"{site.technology!r} is none of {there}"
        )
        return
    low, high = known.band_mhz
    if not math.isnan(site.frequency_mhz) and not low <= site.frequency_mhz <= high:
        yield Finding(
            "error",
            site.site_id,
            "frequency_mhz",
            f"{site.frequency_mhz:g} MHz is outside the band of {site.technology}, "
            f"{low:g} to {high:g} MHz",
        )
    try:
        known.reference_carriers_at(site.bandwidth_mhz)
    except Refused as error:
        yield Finding("error", site.site_id, "bandwidth_mhz", error.detail)
        return
    yield from _licence(site, known)


def _licence(site: RadioSite, known: Technology) -> Iterator[Finding]:
    passed = [
        limit
        for limit in known.limits
        if site.eirp_dbm > limit.for_bandwidth(site.bandwidth_mhz) + _SLACK_DB
    ]
    if passed:
        limit = passed[-1]
        yield Finding(
            "warning",
            site.site_id,
            "eirp_dbm",
            f"{site.eirp_dbm:.1f} dBm is more than {limit.for_bandwidth(site.bandwidth_mhz):.1f} "
            f"dBm: {limit.text}",
        )


def _power(site: RadioSite) -> Iterator[Finding]:
    if site.eirp_dbm > MOST_EIRP_DBM:
        yield Finding(
            "error",
            site.site_id,
            "eirp_dbm",
            f"{site.eirp_dbm:g} dBm is more than any transmitter has ({MOST_EIRP_DBM:g} dBm): "
            "watts or another unit?",
        )


def _direction(site: RadioSite) -> Iterator[Finding]:
    if not 0 <= site.azimuth_deg <= 360:
        yield Finding(
            "error", site.site_id, "azimuth_deg", f"{site.azimuth_deg:g}° is not 0 to 360"
        )
    if not abs(site.downtilt_deg) <= 90:
        yield Finding(
            "error", site.site_id, "downtilt_deg", f"{site.downtilt_deg:g}° is not -90 to 90"
        )


_CHECKS: tuple[Callable[[RadioSite], Iterator[Finding]], ...] = (
    _finite,
    _height,
    _carrier,
    _power,
    _direction,
)


def _over_terrain(site: RadioSite, terrain: HeightGrid) -> Iterator[Finding]:
    grid = terrain.grid
    if not (math.isfinite(site.easting_m) and math.isfinite(site.northing_m)):
        return
    column = math.floor((site.easting_m - grid.west_m) / grid.cell_m)
    row = math.floor((grid.north_m - site.northing_m) / grid.cell_m)
    if not (0 <= column < grid.columns and 0 <= row < grid.rows):
        reason = f"lies outside the {terrain.what} that was given"
    elif math.isnan(terrain.height_m[row, column]):
        reason = f"has no known height of the {terrain.what} under it"
    else:
        return
    where = f"({site.easting_m:.0f}, {site.northing_m:.0f})"
    yield Finding("error", site.site_id, "easting_m", f"the position {where} {reason}")


def _at_one_point(sites: Sequence[RadioSite]) -> Iterator[Finding]:
    """Sites where an earlier one of their operator and technology stands, sectors excepted.

    Two antennas do share a point at times, and estimates often: each counts. A row given
    twice shows in the SINR, which falls to about 0 dB around it.
    """
    squares: dict[tuple[str, str, int, int], list[RadioSite]] = defaultdict(list)
    for site in sites:
        if not (math.isfinite(site.easting_m) and math.isfinite(site.northing_m)):
            continue
        column = math.floor(site.easting_m / ONE_POINT_M)
        row = math.floor(site.northing_m / ONE_POINT_M)
        around = (
            earlier
            for dx, dy in product((-1, 0, 1), repeat=2)
            for earlier in squares.get((site.operator, site.technology, column + dx, row + dy), ())
        )
        clash = next((each for each in around if _clash(each, site)), None)
        squares[site.operator, site.technology, column, row].append(site)
        if clash is not None:
            yield Finding(
                "warning",
                site.site_id,
                "easting_m",
                f"stands where {clash.site_id} of the same operator and technology does, and "
                "neither azimuth nor frequency tells them apart: each counts, and they interfere "
                "with each other",
            )


def _clash(one: RadioSite, other: RadioSite) -> bool:
    away = math.hypot(one.easting_m - other.easting_m, one.northing_m - other.northing_m)
    return away <= ONE_POINT_M and not _sectors(one, other)


def _sectors(one: RadioSite, other: RadioSite) -> bool:
    """Whether both are directional and point elsewhere, or transmit on different carriers."""
    if one.frequency_mhz != other.frequency_mhz:
        return True
    if one.pattern is None or other.pattern is None:
        return False
    apart = abs((one.azimuth_deg - other.azimuth_deg + 180.0) % 360.0 - 180.0)
    return apart >= _OWN_DIRECTION_DEG
