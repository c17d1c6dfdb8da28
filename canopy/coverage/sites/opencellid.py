"""Existing cells from OpenCelliD (CC BY-SA 4.0): estimated sites, never surveyed ones.

The file says which cells were heard and roughly where; it has no power, height, azimuth or
band. What is missing is assumed and named on each site, each site is `estimated`, and a map
built on them is indicative.

How cells become sites (see `SiteRules` for what may be changed):

- LTE: the 28-bit cell identity is a 20-bit eNodeB and an 8-bit cell (3GPP TS 36.300, 8.2).
- NR: the 36-bit cell identity begins with a gNB of 22 to 32 bits (TS 38.300, 8.2); 24 are
  taken. Around Camden 22 to 26 bits give the same 486 sites; 28 bits split them.
- GSM, UMTS: nothing says which cells share a site. Operators mostly number sectors by the
  last digit, so cells of one area whose identity differs only there are one site, if they lie
  within `closest_m` of one another. UMTS: the lower 16 bits, within one RNC.
- The position is the mean of the cells' positions, each weighted by its samples (at least
  1), in metres of the target CRS. The uncertainty is the weighted root mean square distance
  of the cells from it and no less than `least_uncertainty_m`; a lone cell has its `range`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.sites.opencellid_rows import Cell, CellsRead, Radio, read_cells
from canopy.coverage.sites.operators import Codes, uk_operators
from canopy.coverage.sites.rows import RowIssue
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.technologies import technology
from canopy.coverage.sites.technology import SiteClass
from canopy.errors import Refused
from canopy.geo import BRITISH_NATIONAL_GRID, WGS84, epsg_code, transformer

SOURCE = "opencellid"
ASSUMED = (
    "technology", "antenna_height_m", "frequency_mhz", "bandwidth_mhz", "eirp_dbm", "pattern",
    "azimuth_deg",
)  # fmt: skip
"""What every site made from OpenCelliD has assumed."""

DEFAULT_TECHNOLOGIES: Mapping[Radio, str] = {
    "GSM": "gsm-900",
    "UMTS": "umts-2100",
    "LTE": "lte-1800",
    "NR": "nr-3500",
}
"""The band taken for a cell, which the file does not tell: one that all four British
operators hold and use in towns (recalled from Ofcom's table of mobile licences)."""


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The assumptions by which cells become sites.

    Attributes:
        technologies: technology by radio type.
        by_operator: technology by (operator, radio type), where an operator differs.
        site_class: whose power and height are taken.
        gnb_bits: length of the gNB identity in NR, 22 to 32.
        closest_m: GSM and UMTS sectors farther apart are not one site [m].
        least_uncertainty_m: no estimated position is believed better [m].
    """

    technologies: Mapping[Radio, str] = field(default_factory=lambda: DEFAULT_TECHNOLOGIES)
    by_operator: Mapping[tuple[str, Radio], str] = field(default_factory=dict)
    site_class: SiteClass = "macro"
    gnb_bits: int = 24
    closest_m: float = 1000.0
    least_uncertainty_m: float = 50.0

    def __post_init__(self) -> None:
        if not 22 <= self.gnb_bits <= 32:
            raise Refused(f"a gNB identity has 22 to 32 bits, not {self.gnb_bits}")
        if not (self.closest_m > 0 and self.least_uncertainty_m >= 0):
            raise Refused("closest_m must be above 0 m and least_uncertainty_m 0 m or more")

    def technology_of(self, operator: str, radio: Radio) -> str:
        chosen = self.by_operator.get((operator, radio)) or self.technologies.get(radio)
        if chosen is None:
            raise Refused(f"no technology is given for {radio} cells: name one in the rules")
        return technology(chosen).technology_id


@dataclass(frozen=True, slots=True)
class OpenCellidReport:
    """What became of the rows.

    Attributes:
        rows: rows of the file, a header not counted.
        cells: used for sites.
        repeated: rows of a cell that an other row, updated later, stands for.
        not_asked: rows of other radio types, countries or places than were asked for.
        rejected: rows that could not be used, by what was wrong.
        first: the first of those.
        unknown_networks: cells by network code that is not in the table of operators; their
            operator is the code, such as "234-12".
        wide_sites: sites whose cells lie more than a kilometre (weighted mean) around.
        method: how positions were carried to the CRS.
    """

    rows: int
    cells: int
    repeated: int
    not_asked: int
    rejected: Mapping[str, int]
    first: tuple[RowIssue, ...]
    unknown_networks: Mapping[str, int]
    wide_sites: int
    method: str


@dataclass(frozen=True, slots=True)
class OpenCellidSites:
    sites: tuple[RadioSite, ...]
    report: OpenCellidReport


def read_opencellid(
    path: Path,
    *,
    radios: Iterable[Radio] = ("LTE",),
    rules: SiteRules | None = None,
    operators: Codes | None = None,
    countries: Iterable[int] = (234, 235),
    bounds_lonlat: tuple[float, float, float, float] | None = None,
    crs: str = BRITISH_NATIONAL_GRID,
) -> OpenCellidSites:
    """Sites from an OpenCelliD CSV (``.csv`` or ``.csv.gz``, with or without its header).

    path: the file, read as a stream. radios: types to take. rules: how cells become sites.
    operators: slug by (mcc, mnc), `uk_operators()` when None. countries: mobile country
    codes to take. bounds_lonlat: (west, south, east, north) [°] outside of which cells are
    not asked for. crs: projected, in metres.

    BadSource when the file is no such file or none of its rows can be read; LimitExceeded
    for more cells than a run may have.
    """
    rules = rules or SiteRules()
    codes = uk_operators() if operators is None else operators
    read = read_cells(path, frozenset(radios), frozenset(countries), bounds_lonlat)
    change = transformer(WGS84, crs)
    epsg_code(crs)
    x, y = change.xy(
        np.array([cell.longitude for cell in read.cells], dtype=np.float64),
        np.array([cell.latitude for cell in read.cells], dtype=np.float64),
    )
    inside = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    for place in np.flatnonzero(~(np.isfinite(x) & np.isfinite(y))):
        cell = read.cells[place]
        read.tally.reject(cell.row, "lon", f"outside the area of {crs}", kind="outside the CRS")
    groups = _groups(read.cells, inside, x, y, rules)
    sites = tuple(
        _site(name, [read.cells[i] for i in members], x[members], y[members], codes, rules)
        for name, members in groups
    )
    return OpenCellidSites(
        sites, _report(read, len(inside), sites, codes, change.transformation.sentence())
    )


def _report(
    read: CellsRead, used: int, sites: Sequence[RadioSite], codes: Codes, method: str
) -> OpenCellidReport:
    unknown: dict[str, int] = defaultdict(int)
    for cell in read.cells:
        if (cell.country, cell.network) not in codes:
            unknown[_code(cell)] += 1
    return OpenCellidReport(
        rows=read.rows,
        cells=used,
        repeated=read.repeated,
        not_asked=read.not_asked,
        rejected=read.tally.told(),
        first=tuple(read.tally.first),
        unknown_networks=dict(unknown),
        wide_sites=sum((site.position_uncertainty_m or 0.0) > 1000.0 for site in sites),
        method=method,
    )


def _code(cell: Cell) -> str:
    return f"{cell.country}-{cell.network:02d}"


def _key(cell: Cell, rules: SiteRules) -> tuple[str, ...]:
    """What cells of one site have in common."""
    network = (_code(cell), cell.radio.lower())
    if cell.radio == "LTE":
        return (*network, str(cell.identity >> 8))
    if cell.radio == "NR":
        return (*network, str(cell.identity >> (36 - rules.gnb_bits)))
    if cell.radio == "UMTS":
        rnc, low = divmod(cell.identity, 1 << 16)
        return (*network, str(cell.area), str(rnc), str(low // 10))
    return (*network, str(cell.area), str(cell.identity // 10))


def _groups(
    cells: Sequence[Cell],
    inside: NDArray[np.intp],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rules: SiteRules,
) -> Iterator[tuple[str, list[int]]]:
    """(identity, positions in `cells`) of each site, in the order of its first cell."""
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in inside.tolist():
        together[_key(cells[place], rules)].append(place)
    for key, members in together.items():
        name = "-".join(key)
        if cells[members[0]].radio in ("LTE", "NR"):
            yield name, members
            continue
        for number, near in enumerate(_neighbours(members, x, y, rules.closest_m), start=1):
            yield name if number == 1 else f"{name}-{number}", near


def _neighbours(
    members: list[int], x: NDArray[np.float64], y: NDArray[np.float64], closest_m: float
) -> list[list[int]]:
    """Members by chains of neighbours within `closest_m`.

    There are ten at the most, as many as a last digit tells apart, so pairs are cheap.
    """
    clusters: list[list[int]] = []
    for member in members:
        near = [
            cluster
            for cluster in clusters
            if any(math.hypot(x[member] - x[i], y[member] - y[i]) <= closest_m for i in cluster)
        ]
        merged = [i for cluster in near for i in cluster] + [member]
        clusters = [cluster for cluster in clusters if cluster not in near] + [sorted(merged)]
    return sorted(clusters)


def _site(
    name: str,
    cells: list[Cell],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    codes: Codes,
    rules: SiteRules,
) -> RadioSite:
    first = cells[0]
    operator = codes.get((first.country, first.network), _code(first))
    chosen = technology(rules.technology_of(operator, first.radio))
    taken = chosen.defaults(rules.site_class)
    weight = np.array([max(1, cell.samples) for cell in cells], dtype=np.float64)
    easting = float(np.average(x, weights=weight))
    northing = float(np.average(y, weights=weight))
    spread = float(np.sqrt(np.average((x - easting) ** 2 + (y - northing) ** 2, weights=weight)))
    if len(cells) == 1:
        spread = first.range_m
    return RadioSite(
        site_id=f"{SOURCE}-{name}",
        operator=operator,
        technology=chosen.technology_id,
        easting_m=easting,
        northing_m=northing,
        antenna_height_m=taken.antenna_height_m,
        frequency_mhz=chosen.frequency_mhz,
        bandwidth_mhz=chosen.bandwidth_mhz,
        eirp_dbm=taken.eirp_dbm,
        source=SOURCE,
        estimated=True,
        position_uncertainty_m=max(spread, rules.least_uncertainty_m),
        assumed=ASSUMED,
    )
