"""Sites as a CSV of Canopy's own: what is written is read back the same.

Antenna patterns are written by their name; whoever reads the list gives the patterns, but for
3GPP antennas, whose name says all of them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from canopy.coverage.sites.antennas import Pattern, pattern_named
from canopy.coverage.sites.site import RadioSite
from canopy.errors import BadSource, LimitExceeded, Refused

COLUMNS = (
    "site_id", "operator", "technology", "epsg", "easting_m", "northing_m", "antenna_height_m",
    "frequency_mhz", "bandwidth_mhz", "eirp_dbm", "pattern", "azimuth_deg", "downtilt_deg",
    "source", "estimated", "position_uncertainty_m", "assumed", "asset_id",
)  # fmt: skip

MAX_BYTES = 500_000_000


def sites_to_csv(sites: Iterable[RadioSite], path: Path, *, epsg: int = 27700) -> None:
    """Write sites, one a row; Refused when two different patterns have one name.

    epsg: CRS of their positions. Numbers are written so that they read back exactly.
    """
    named: dict[str, Pattern] = {}
    text = io.StringIO(newline="")
    # With this line end the writer also quotes a lone carriage return within a value.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for site in sites:
        if site.pattern is not None:
            same = named.setdefault(site.pattern.name, site.pattern)
            if same is not site.pattern and not _alike(same, site.pattern):
                raise Refused(
                    f"site {site.site_id}: another antenna is also called {site.pattern.name!r}; "
                    "patterns are written by name, so give each its own"
                )
        writer.writerow(_values(site, epsg))
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def _alike(one: Pattern, other: Pattern) -> bool:
    return (
        one.gain_dbi == other.gain_dbi
        and one.most_loss_db == other.most_loss_db
        and bool((one.horizontal_loss_db == other.horizontal_loss_db).all())
        and bool((one.vertical_loss_db == other.vertical_loss_db).all())
    )


def _values(site: RadioSite, epsg: int) -> tuple[str, ...]:
    uncertain = site.position_uncertainty_m
    return (
        site.site_id,
        site.operator,
        site.technology,
        str(epsg),
        repr(float(site.easting_m)),
        repr(float(site.northing_m)),
        repr(float(site.antenna_height_m)),
        repr(float(site.frequency_mhz)),
        repr(float(site.bandwidth_mhz)),
        repr(float(site.eirp_dbm)),
        "" if site.pattern is None else site.pattern.name,
        repr(float(site.azimuth_deg)),
        repr(float(site.downtilt_deg)),
        site.source,
        "yes" if site.estimated else "no",
        "" if uncertain is None else repr(float(uncertain)),
        " ".join(site.assumed),
        site.asset_id,
    )


def sites_from_csv(
    path: Path, *, patterns: Mapping[str, Pattern] | None = None, epsg: int = 27700
) -> tuple[RadioSite, ...]:
    """Read what `sites_to_csv` wrote.

    patterns: by name. epsg: the run's CRS, which must be the list's. A row that is not as it
    was written is BadSource, with its line and column: this is no format to repair.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is larger than {MAX_BYTES:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not in UTF-8") from error
    except OSError as error:
        raise BadSource(f"{path.name} cannot be read: {error.strerror}") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    sites = []
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise BadSource(f"{path.name}, line 1 is not the heading {','.join(COLUMNS)}")
        for values in reader:
            where = f"{path.name}, line {reader.line_num}"
            if len(values) != len(COLUMNS):
                raise BadSource(f"{where} has {len(values)} values, not {len(COLUMNS)}")
            row = dict(zip(COLUMNS, values, strict=True))
            sites.append(_site(where, row, patterns or {}, epsg))
    except csv.Error as error:
        raise BadSource(f"{path.name}, line {reader.line_num}: {error}") from error
    return tuple(sites)


def _site(
    where: str, row: Mapping[str, str], patterns: Mapping[str, Pattern], epsg: int
) -> RadioSite:
    if row["epsg"] != str(epsg):
        raise BadSource(f"{where}, epsg: {row['epsg'][:20]!r} is not the run's EPSG:{epsg}")
    if row["estimated"] not in ("yes", "no"):
        raise BadSource(f"{where}, estimated: {row['estimated'][:20]!r} is neither yes nor no")
    name = row["pattern"]
    try:
        pattern = pattern_named(name, patterns) if name else None
    except Refused as error:
        raise BadSource(f"{where}, pattern: {error.detail}") from error
    if name and pattern is None:
        raise BadSource(f"{where}, pattern: antenna {name[:40]!r} was not given with the list")
    uncertain = row["position_uncertainty_m"]
    return RadioSite(
        site_id=row["site_id"],
        operator=row["operator"],
        technology=row["technology"],
        easting_m=_number(where, row, "easting_m"),
        northing_m=_number(where, row, "northing_m"),
        antenna_height_m=_number(where, row, "antenna_height_m"),
        frequency_mhz=_number(where, row, "frequency_mhz"),
        bandwidth_mhz=_number(where, row, "bandwidth_mhz"),
        eirp_dbm=_number(where, row, "eirp_dbm"),
        pattern=pattern,
        azimuth_deg=_number(where, row, "azimuth_deg"),
        downtilt_deg=_number(where, row, "downtilt_deg"),
        source=row["source"],
        estimated=row["estimated"] == "yes",
        position_uncertainty_m=(
            _number(where, row, "position_uncertainty_m") if uncertain else None
        ),
        assumed=tuple(row["assumed"].split()),
        asset_id=row["asset_id"],
    )


def _number(where: str, row: Mapping[str, str], column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadSource(f"{where}, {column}: {row[column][:30]!r} is no number")
    return value
