"""What a run reads besides its area: files with the columns to read, and assets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from canopy.assets.kinds import KINDS, Kind
from canopy.coverage.sites.ofds import RADIO_NODE_TYPES
from canopy.coverage.sites.technology import SiteClass
from canopy.errors import Refused

FOLDER = {"folder": True}
"""Metadata of a field whose paths may be folders as well as files."""

SURFACE_CELL_M = 5.0
"""Side of the cells that buildings are set upon [m]: narrower than most streets."""

ABOVE_ROOF_M = 3.0
"""Height of a candidate's antenna over the roof it stands on [m]: chosen by us, on a short pole."""

MOST_CANDIDATE_CHARS = 5_000


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """Points, lines or outlines in any format that `canopy import` reads.

    Attributes:
        file: the file.
        layer: of a file that has several.
        x, y: columns with the position, in a table without shapes.
        crs: of `x` and `y`, or of shapes whose file declares none.
        name: column with the name of each, such as a postcode.
        value: column with the number that belongs to each: a height, an amount, a weight.
    """

    file: Path
    layer: str | None = None
    x: str | None = None
    y: str | None = None
    crs: str | None = None
    name: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if (self.x is None) != (self.y is None):
            raise Refused(f"{self.file.name}: name the columns of both x and y, or of neither")


@dataclass(frozen=True, slots=True)
class RefractivityMaps:
    """The digital maps that come with ITU-R P.1812, from one's own copy of it.

    Attributes:
        delta_n: DN50.TXT, fall of refractivity in the lowest kilometre.
        sea_n0: N050.TXT, refractivity at sea level.
    """

    delta_n: Path
    sea_n0: Path


@dataclass(frozen=True, slots=True)
class SiteReading:
    """How files of sites are read where they leave something open.

    Attributes:
        mapping: TOML of columns for lists of one's own (`canopy.coverage.sites.site_mapping`).
        patterns: MSI files of antennas, and folders of them.
        site_class: whose power, height and reach are taken where a file has none.
        operator: of the nodes of an OFDS network, which are candidates.
        node_types: types of OFDS nodes that are taken; none of them for every node.
    """

    mapping: Path | None = None
    patterns: tuple[Path, ...] = field(default=(), metadata=FOLDER)
    site_class: SiteClass = "macro"
    operator: str = "candidates"
    node_types: tuple[str, ...] = tuple(sorted(RADIO_NODE_TYPES))


@dataclass(frozen=True, slots=True)
class AssetSource:
    """Assets of the catalogue as candidate sites, one antenna on each.

    Attributes:
        kinds: of assets, such as "lamppost"; those that stand at a point.
        filter: CQL2 text that must hold of each, on what the run's audience may see.
        operator: slug under which the candidates count.
        site_class: whose power and reach are taken.
        above_roof_m: of the antenna over the roof of a rooftop or building [m], above 0 to 30.
        height_m: of antennas on assets that state no height [m]; the technology's where None.
    """

    kinds: tuple[str, ...]
    filter: str | None = None
    operator: str = "candidates"
    site_class: SiteClass = "small-cell"
    above_roof_m: float = ABOVE_ROOF_M
    height_m: float | None = None

    def __post_init__(self) -> None:
        standing = [str(kind) for kind, spec in KINDS.items() if "Point" in spec.geometry]
        strange = [kind for kind in self.kinds if kind not in standing]
        if strange or not self.kinds:
            raise Refused(
                f"{', '.join(strange) or 'no kind'}: antennas stand on assets of the kinds "
                f"{', '.join(standing)}"
            )
        if self.filter is not None and len(self.filter) > MOST_CANDIDATE_CHARS:
            raise Refused(f"the filter of assets has over {MOST_CANDIDATE_CHARS:,} characters")
        if not 0 < self.above_roof_m <= 30:
            raise Refused(f"{self.above_roof_m:g} m above the roof: choose above 0, up to 30 m")
        if self.height_m is not None and not 0 < self.height_m <= 500:
            raise Refused(f"antennas at {self.height_m:g} m: choose above 0, up to 500 m")


ROOFED = frozenset({Kind.rooftop, Kind.building})
"""Kinds whose `height_m` is that of a roof, on which an antenna stands."""


@dataclass(frozen=True, slots=True)
class SurfaceSource:
    """Ground with what stands on it: a surface model, or buildings set upon the terrain.

    Attributes:
        rasters: files and folders of a surface model; None are needed with `buildings`.
        buildings: outlines, `value` the height of the roof above the ground [m].
        height_m: of buildings without a height [m]; None leaves them out, counted.
        cell_m: side of the surface's cells [m], 0.5 to 50; the model's own where None,
            5 m for buildings.
    """

    rasters: tuple[Path, ...] = field(default=(), metadata=FOLDER)
    buildings: FeatureFile | None = None
    height_m: float | None = None
    cell_m: float | None = None

    def __post_init__(self) -> None:
        if bool(self.rasters) == (self.buildings is not None):
            raise Refused("a surface is made of either rasters or buildings")
        if self.buildings is not None and self.buildings.value is None:
            raise Refused(f"{self.buildings.file.name}: name the column with the heights")
        if self.cell_m is not None and not 0.5 <= self.cell_m <= 50:
            raise Refused(f"a surface with cells of {self.cell_m:g} m: choose 0.5 to 50 m")


@dataclass(frozen=True, slots=True)
class PeopleSource:
    """Residents by zone: polygons and a table of counts.

    Attributes:
        zones: GeoJSON of polygons.
        counts: CSV of counts.
        zone_id, counts_id: the column with the zone's code in each.
        count: the column with the number of people.
        buildings: outlines within which people live; `value` weighs a square metre.
        points: postcodes or homes at which people live; `value` weighs each.
    """

    zones: Path
    counts: Path
    zone_id: str
    counts_id: str
    count: str
    buildings: FeatureFile | None = None
    points: FeatureFile | None = None

    def __post_init__(self) -> None:
        if self.buildings is not None and self.points is not None:
            raise Refused("people are spread by buildings or by points: give one of the two")


@dataclass(frozen=True, slots=True)
class FootfallRaster:
    """Amounts of people in cells of a raster.

    Attributes:
        file: of which the first band is read.
        unit: of the amounts.
        values_are: "amounts" of each cell, or "per_m2".
    """

    file: Path
    unit: str = "people per day"
    values_are: Literal["amounts", "per_m2"] = "amounts"


@dataclass(frozen=True, slots=True)
class DemandSources:
    """What is counted besides residents.

    Attributes:
        premises: points; `value` is how many stand at each (1 where not given).
        roads: lines.
        footfall: a raster of people, or of any other amount that may be added up.
        counters: points with `value` people counted at each; other cells are unknown.
    """

    premises: FeatureFile | None = None
    roads: FeatureFile | None = None
    footfall: FootfallRaster | None = None
    counters: FeatureFile | None = None

    def __post_init__(self) -> None:
        if self.footfall is not None and self.counters is not None:
            raise Refused("footfall is read from a raster or from counters: give one of the two")
        if self.counters is not None and self.counters.value is None:
            raise Refused(f"{self.counters.file.name}: name the column with the people counted")
