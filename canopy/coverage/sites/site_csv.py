"""Sites from a CSV of one's own, by a `SiteMapping`."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import numpy as np

from canopy.coverage.sites.antennas import (
    Pattern,
    beamwidth,
    eirp_dbm,
    pattern_named,
    three_gpp,
)
from canopy.coverage.sites.rows import RowIssue, RowTally
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_mapping import NUMBERS, TEXTS, SiteMapping
from canopy.coverage.sites.technologies import technology
from canopy.coverage.sites.technology import SiteClass, Technology
from canopy.errors import BadMapping, BadSource, LimitExceeded, Refused
from canopy.geo import BRITISH_NATIONAL_GRID, transformer

MAX_BYTES = 200_000_000
MAX_SITES = 200_000
"""Rows of one list; a county has fewer lamp columns."""


@dataclass(frozen=True, slots=True)
class SitesRead:
    """Sites in file order, and the rows that gave none.

    Attributes:
        rows: rows below the heading; blank lines are not counted.
        rejected: how many gave no site, by the field that was wrong.
        first: the first of those.
        method: how positions were carried to the run's CRS.
    """

    sites: tuple[RadioSite, ...]
    rows: int
    rejected: Mapping[str, int]
    first: tuple[RowIssue, ...]
    method: str


class _Unusable(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Row:
    """One row's texts and numbers by field, None where it has nothing."""

    line: int
    text: Mapping[str, str | None]
    number: Mapping[str, float | None]


def read_site_csv(
    path: Path,
    mapping: SiteMapping,
    *,
    patterns: Mapping[str, Pattern] | None = None,
    crs: str = BRITISH_NATIONAL_GRID,
) -> SitesRead:
    """Sites from a comma-separated file in UTF-8 with a heading.

    mapping: columns, units and the CRS of the file's positions. patterns: antennas by the
    name that the `pattern` column has; 3GPP antennas are known by theirs. crs: of the run.

    A site needs a position, an operator and a technology. Power is EIRP, or power with gain
    (of the antenna's pattern when the row has none) less feeder loss. What a row leaves open
    is taken from the technology and named in the site's `assumed`.

    BadSource when the file is no such file or none of its rows gives a site, BadMapping when
    it lacks a column of the mapping, LimitExceeded for more than 200,000 rows.
    """
    tally = RowTally()
    known = dict(patterns or {})
    kept: list[tuple[_Row, RadioSite]] = []
    rows = 0
    for line, record in _records(path, mapping):
        rows += 1
        if rows > MAX_SITES:
            raise LimitExceeded(f"{path.name} has more than {MAX_SITES:,} rows; split it")
        try:
            row = _row(line, record, mapping)
            kept.append((row, _site(row, known)))
        except _Unusable as fault:
            tally.reject(line, fault.column, fault.reason)
    change = transformer(mapping.crs, crs)
    x, y = change.xy(
        np.array([site.easting_m for _, site in kept], dtype=np.float64),
        np.array([site.northing_m for _, site in kept], dtype=np.float64),
    )
    sites = []
    for (row, site), easting, northing in zip(kept, x.tolist(), y.tolist(), strict=True):
        if math.isfinite(easting) and math.isfinite(northing):
            sites.append(dataclasses.replace(site, easting_m=easting, northing_m=northing))
        else:
            tally.reject(row.line, "x", f"the position lies outside the area of {crs}")
    if not sites:
        why = f"the first, line {tally.first[0].row}: {tally.first[0].reason}" if rows else "no row"
        raise BadSource(f"{path.name}: none of its {rows:,} rows gives a site; {why}")
    told = change.transformation.sentence()
    return SitesRead(tuple(sites), rows, tally.told(), tuple(tally.first), told)


def _records(path: Path, mapping: SiteMapping) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is larger than {MAX_BYTES:,} bytes; split it")
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not in UTF-8; save it as CSV UTF-8") from error
    except OSError as error:
        raise BadSource(f"{path.name} cannot be read: {error.strerror}") from error
    reader = csv.reader(io.StringIO(content, newline=""))
    try:
        headings = [heading.strip() for heading in next(reader, [])]
        missing = [f"{h!r} ({f})" for f, h in mapping.columns.items() if h not in headings]
        if missing:
            raise BadMapping(f"{path.name} has no column {', '.join(missing)}: it has {headings}")
        places = {field: headings.index(h) for field, h in mapping.columns.items()}
        for values in reader:
            if any(value.strip() for value in values):
                yield (
                    reader.line_num,
                    {
                        field: values[place].strip() if place < len(values) else ""
                        for field, place in places.items()
                    },
                )
    except csv.Error as error:
        raise BadSource(f"{path.name}, line {reader.line_num}: {error}") from error


def _row(line: int, record: Mapping[str, str], mapping: SiteMapping) -> _Row:
    text = {name: record.get(name) or mapping.values.get(name) or None for name in TEXTS}
    number: dict[str, float | None] = {}
    for name in NUMBERS:
        told = record.get(name) or mapping.values.get(name)
        if not told:
            number[name] = None
            continue
        try:
            value = mapping.to_house_unit(name, float(told))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise _Unusable(name, f"{name} {told[:30]!r} is no number that can be used")
        number[name] = value
    return _Row(line, text, number)


_NOT_OF_A_SLUG = re.compile("[^a-z0-9_-]+")


def _site(row: _Row, patterns: Mapping[str, Pattern]) -> RadioSite:
    """The site of a row, its position still in the file's CRS."""
    chosen = _technology(row)
    size = row.text["site_class"] or "macro"
    if size not in get_args(SiteClass):
        raise _Unusable("site_class", f"site_class {size[:20]!r} is neither macro nor small-cell")
    taken = chosen.defaults(cast(SiteClass, size))
    assumed: list[str] = []

    def or_assumed(value: float | None, default: float, name: str) -> float:
        if value is None:
            assumed.append(name)
            return default
        return value

    number = row.number
    pattern = _pattern(row, patterns, assumed)
    return RadioSite(
        site_id=_needed_text(row, "site_id"),
        operator=_operator(row),
        technology=chosen.technology_id,
        easting_m=_needed(row, "x"),
        northing_m=_needed(row, "y"),
        antenna_height_m=or_assumed(
            number["antenna_height"], taken.antenna_height_m, "antenna_height_m"
        ),
        frequency_mhz=or_assumed(number["frequency"], chosen.frequency_mhz, "frequency_mhz"),
        bandwidth_mhz=or_assumed(number["bandwidth"], chosen.bandwidth_mhz, "bandwidth_mhz"),
        eirp_dbm=or_assumed(_radiated(row, pattern), taken.eirp_dbm, "eirp_dbm"),
        pattern=pattern,
        azimuth_deg=(number["azimuth"] or 0.0) % 360.0,
        downtilt_deg=number["downtilt"] or 0.0,
        source="csv",
        estimated=(number["position_uncertainty"] or 0.0) > 0.0,
        position_uncertainty_m=number["position_uncertainty"] or None,
        assumed=tuple(assumed),
        asset_id=row.text["asset_id"] or "",
    )


def _operator(row: _Row) -> str:
    """The slug of whoever the row names: "Three UK" is three-uk."""
    told = _needed_text(row, "operator")
    slug = _NOT_OF_A_SLUG.sub("-", told.casefold()).strip("-")
    if not slug:
        raise _Unusable("operator", f"operator {told[:40]!r} has no letter a to z and no digit")
    return slug


def _technology(row: _Row) -> Technology:
    told = _needed_text(row, "technology")
    try:
        return technology(told.lower())
    except Refused as error:
        raise _Unusable("technology", error.detail) from error


def _pattern(row: _Row, patterns: Mapping[str, Pattern], assumed: list[str]) -> Pattern | None:
    """By name, by beamwidths, the 3GPP sector where only an azimuth is known, else none."""
    name = row.text["pattern"]
    if name is not None:
        try:
            found = pattern_named(name, patterns)
        except Refused as error:
            raise _Unusable("pattern", error.detail) from error
        if found is None:
            raise _Unusable("pattern", f"pattern {name[:40]!r} was not given")
        return found
    across, upright = row.number["horizontal_beamwidth"], row.number["vertical_beamwidth"]
    if across is None and upright is None:
        if row.number["azimuth"] is None:
            return None
        assumed.append("pattern")
        return three_gpp()
    if across is None or upright is None:
        raise _Unusable("horizontal_beamwidth", "one beamwidth without the other is no antenna")
    try:
        return beamwidth(across, upright, gain_dbi=row.number["gain"])
    except Refused as error:
        raise _Unusable("horizontal_beamwidth", error.detail) from error


def _radiated(row: _Row, pattern: Pattern | None) -> float | None:
    """EIRP [dBm], None when the row says nothing of power."""
    number = row.number
    if number["eirp"] is not None:
        if number["power"] is not None:
            raise _Unusable("eirp", "both eirp and power are given: leave one out")
        return number["eirp"]
    if number["power"] is None:
        return None
    gain = number["gain"]
    if gain is None and row.text["pattern"] is not None and pattern is not None:
        gain = pattern.gain_dbi
    if gain is None:
        raise _Unusable("gain", "power without gain: give the antenna's gain, or eirp")
    try:
        return eirp_dbm(number["power"], gain, number["feeder_loss"] or 0.0)
    except Refused as error:
        raise _Unusable("feeder_loss", error.detail) from error


def _needed(row: _Row, name: str) -> float:
    value = row.number[name]
    if value is None:
        raise _Unusable(name, f"{name} is empty")
    return value


def _needed_text(row: _Row, name: str) -> str:
    value = row.text[name]
    if value is None:
        raise _Unusable(name, f"{name} is empty")
    return value
