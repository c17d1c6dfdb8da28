"""A coverage run as it is asked for over HTTP: the fields of
`canopy.plan.coverage.request.RunRequest`, files by their names in the folder of inputs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Filter = Annotated[str, StringConstraints(min_length=1, max_length=5_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Files = Annotated[list[Line], Field(max_length=500)]
SiteClass = Literal["macro", "small-cell"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FeatureFileIn(_Asked):
    """Points, lines or outlines, and the columns to read; as `FeatureFile`."""

    file: Line
    layer: Line | None = None
    x: Line | None = None
    y: Line | None = None
    crs: Line | None = None
    name: Line | None = None
    value: Line | None = None


class SiteReadingIn(_Asked):
    """What files of sites leave open."""

    mapping: Line | None = None
    patterns: Files = []
    site_class: SiteClass = "macro"
    operator: Line = "candidates"
    node_types: Annotated[list[Line], Field(max_length=50)] = ["tower"]


class AssetsIn(_Asked):
    """Assets of the catalogue that are candidates, as the run's audience sees them."""

    kinds: Annotated[list[Line], Field(min_length=1, max_length=20)]
    filter: Filter | None = None
    operator: Line = "candidates"
    site_class: SiteClass = "small-cell"
    above_roof_m: Number = 3.0
    height_m: Number | None = None


class SurfaceIn(_Asked):
    """A surface model, or buildings on the terrain."""

    rasters: Files = []
    buildings: FeatureFileIn | None = None
    height_m: Number | None = None
    cell_m: Number | None = None


class RefractivityIn(_Asked):
    """The digital maps that come with ITU-R P.1812."""

    delta_n: Line
    sea_n0: Line


class PeopleIn(_Asked):
    """Residents by zone: polygons and a table of counts, with the columns to read."""

    zones: Line
    counts: Line
    zone_id: Line
    counts_id: Line
    count: Line
    buildings: FeatureFileIn | None = None
    points: FeatureFileIn | None = None


class FootfallIn(_Asked):
    """A raster of people, or of any other amount that may be added up."""

    file: Line
    unit: Line = "people per day"
    values_are: Literal["amounts", "per_m2"] = "amounts"


class DemandIn(_Asked):
    """What is counted besides residents."""

    premises: FeatureFileIn | None = None
    roads: FeatureFileIn | None = None
    footfall: FootfallIn | None = None
    counters: FeatureFileIn | None = None


class OfcomIn(_Asked):
    """Ofcom's published mobile coverage of one authority."""

    file: Line
    area_id: Line
    service: Line | None = None


class BroadbandIn(_Asked):
    """Ofcom's fixed coverage by postcode, and where postcodes are."""

    files: Annotated[list[Line], Field(min_length=1, max_length=200)]
    postcodes: FeatureFileIn


class ResultsIn(_Asked):
    """Further layers and tables."""

    aggregate_m: Annotated[list[Number], Field(max_length=4)] = []
    handover: bool = False
    ofcom: OfcomIn | None = None
    broadband: BroadbandIn | None = None


class MeasurementsIn(_Asked):
    """Measured levels, and the columns to read."""

    file: Line
    x: Line
    y: Line
    time: Line
    rsrp_dbm: Line
    crs: Line = "EPSG:4326"
    operator: Line | None = None
    technology: Line | None = None
    cell: Line | None = None
    apply: bool = False
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    share: Number = 0.25
    block_m: Number = 500.0


class RunIn(_Asked):
    """A run that is asked for; files are named in the deployment's folder of inputs. What is
    left out has its default."""

    name: Line
    technology: Line
    area: Line
    area_id: Line
    area_name: Line
    sites: Annotated[list[Line], Field(max_length=50)] = []
    site_reading: SiteReadingIn = SiteReadingIn()
    assets: AssetsIn | None = None
    resolution_m: Number = 25.0
    terrain: Files = []
    surface: SurfaceIn | None = None
    sight: Line | None = None
    people: PeopleIn | None = None
    demand: DemandIn = DemandIn()
    results: ResultsIn = ResultsIn()
    measurements: MeasurementsIn | None = None
    reach_m: Number | None = None
    threshold_dbm: Number | None = None
    load: Annotated[Number, Field(ge=0, le=1)] = 1.0
    without_terrain: Literal["refuse", "even"] = "refuse"
    environment: Line = "urban"
    model: Line = "auto"
    sinr_change_db: Annotated[Number, Field(ge=0, le=10)] = 0.1
    clutter_height_m: Number | None = None
    refractivity: RefractivityIn | None = None
    indoor: Line | None = None
    indoor_share: Number = 0.5
    formats: Annotated[list[Line], Field(min_length=1, max_length=10)] = [
        "cog", "geopackage", "geojson", "csv",
    ]  # fmt: skip
    audience: Literal["planner", "estates", "admin"] | None = None
    """Least role that sees the run: estates where it is not said, or your own if it is less."""
