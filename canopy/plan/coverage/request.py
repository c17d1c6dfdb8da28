"""What a coverage run is asked, in words that a command line, a file or a job can carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from canopy.coverage.engine.problem import SINR_CHANGE_DB, Environment, Sight
from canopy.coverage.files.bundle import FORMATS, Format
from canopy.coverage.propagation.p2109 import BUILDINGS, Building
from canopy.errors import Refused
from canopy.plan.coverage.sources import (
    FOLDER,
    AssetSource,
    DemandSources,
    PeopleSource,
    RefractivityMaps,
    SiteReading,
    SurfaceSource,
)
from canopy.plan.coverage.wishes import BroadbandSource, MeasurementSource, Results

LEAST_CELL_M, MOST_CELL_M = 1.0, 500.0
MAX_REACH_M = 50_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run.

    Attributes:
        name: for people.
        technology: id of a radio technology, such as "lte-1800".
        area: GeoJSON of polygons (wards, say): their union is covered, figures are by each.
        area_id, area_name: columns with the code and the name of each polygon.
        sites: files of sites: OpenCelliD CSV, a list as Canopy writes it, a list of one's own
            (with a mapping), or an OFDS network.
        site_reading: what those files leave open.
        assets: assets of the catalogue that are candidates; None for files alone.
        resolution_m: side of a cell [m], 1 to 500.
        terrain: files, folders or archives of ground heights; none for even ground.
        surface: ground with buildings.
        sight: "expected" weighs sight by its probability, "los" and "nlos" take it as given,
            "surface" decides it over the surface; None for "surface" where one is given, else
            "expected".
        people: residents, where they are known.
        demand: what is counted besides.
        results: further layers and tables.
        measurements: measured levels to judge the predictions by.
        reach_m: how far a site is reckoned with [m]; the technology's own where None.
        threshold_dbm: of coverage [dBm]; the technology's own where None.
        load: share of the time that other sites transmit, 0 to 1.
        without_terrain: whether to "refuse" a site whose ground the terrain does not know, or
            to take "even" ground between it and every cell.
        environment: what stands around, by which the methods are chosen and set.
        model: "auto", or the name of one method for the whole reach.
        sinr_change_db: what sites left out of a cell may change its SINR by, all together [dB],
            0 to 10; 0 leaves none out.
        clutter_height_m: what stands along the paths of P.1812 [m], 0 to 100; by the environment,
            or by the surface, where None.
        refractivity: maps that P.1812's state of the air is read from; a constant for the
            British Isles where None.
        indoor: kind of building for figures indoors as well; None for outdoors alone.
        indoor_share: of places in buildings that are to be served, above 0 and below 1.
        formats: of the files to write.
    """

    name: str
    technology: str
    area: Path
    area_id: str
    area_name: str
    sites: tuple[Path, ...] = ()
    site_reading: SiteReading = field(default_factory=SiteReading)
    assets: AssetSource | None = None
    resolution_m: float = 25.0
    terrain: tuple[Path, ...] = field(default=(), metadata=FOLDER)
    surface: SurfaceSource | None = None
    sight: Sight | None = None
    people: PeopleSource | None = None
    demand: DemandSources = field(default_factory=DemandSources)
    results: Results = field(default_factory=Results)
    measurements: MeasurementSource | None = None
    reach_m: float | None = None
    threshold_dbm: float | None = None
    load: float = 1.0
    without_terrain: Literal["refuse", "even"] = "refuse"
    environment: Environment = "urban"
    model: str = "auto"
    sinr_change_db: float = SINR_CHANGE_DB
    clutter_height_m: float | None = None
    refractivity: RefractivityMaps | None = None
    indoor: Building | None = None
    indoor_share: float = 0.5
    formats: tuple[Format, ...] = ("cog", "geopackage", "geojson", "csv")

    def __post_init__(self) -> None:
        if not self.sites and self.assets is None:
            raise Refused("name a file of sites, or the assets that are candidates")
        _require_resolution(self.resolution_m)
        if self.reach_m is not None and not 10 < self.reach_m <= MAX_REACH_M:
            raise Refused(
                f"the reach is {self.reach_m:g} m: choose above 10 and up to {MAX_REACH_M:,.0f} m"
            )
        if self.threshold_dbm is not None and not -150 <= self.threshold_dbm <= 0:
            raise Refused(f"the threshold is {self.threshold_dbm:g} dBm: choose -150 to 0 dBm")
        if not 0 <= self.sinr_change_db <= 10:
            raise Refused(f"{self.sinr_change_db:g} dB of SINR: choose 0 to 10 dB")
        if not 0 <= self.load <= 1:
            raise Refused(f"the load is {self.load:g}: choose 0 to 1")
        if self.indoor is not None and self.indoor not in BUILDINGS:
            raise Refused(f"the building {self.indoor!r} is not known: use {', '.join(BUILDINGS)}")
        if not 0 < self.indoor_share < 1:
            raise Refused(f"the share indoors is {self.indoor_share:g}: choose above 0, below 1")
        strange = sorted(set(self.formats) - set(FORMATS))
        if strange:
            raise Refused(f"{', '.join(strange)}: choose formats among {', '.join(FORMATS)}")
        self._require_sound_surface()

    def _require_sound_surface(self) -> None:
        if self.sight is not None and self.sight not in get_args(Sight):
            raise Refused(f"sight {self.sight!r} is not known: use {', '.join(get_args(Sight))}")
        if self.sight == "surface" and self.surface is None:
            raise Refused("sight over a surface needs a surface model, or buildings")
        if self.surface is not None and not self.terrain:
            raise Refused("a surface needs the terrain beneath it")

    @property
    def decided_sight(self) -> Sight:
        """How sight is decided, where nothing was asked by what was given."""
        if self.sight is not None:
            return self.sight
        return "expected" if self.surface is None else "surface"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadbandRequest:
    """Fixed broadband alone.

    Attributes:
        name, area, area_id, area_name: as in `RunRequest`.
        broadband: Ofcom's files, and where postcodes are.
        resolution_m: side of a cell [m], 1 to 500.
    """

    name: str
    area: Path
    area_id: str
    area_name: str
    broadband: BroadbandSource
    resolution_m: float = 50.0

    def __post_init__(self) -> None:
        _require_resolution(self.resolution_m)


def _require_resolution(side_m: float) -> None:
    if not LEAST_CELL_M <= side_m <= MOST_CELL_M:
        raise Refused(
            f"the resolution is {side_m:g} m: choose {LEAST_CELL_M:g} to {MOST_CELL_M:g} m"
        )
