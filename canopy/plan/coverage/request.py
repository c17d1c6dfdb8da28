"""What a coverage run is asked, in words that a command line or a job can carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from canopy.coverage.engine.problem import SINR_CHANGE_DB, Environment
from canopy.coverage.files.bundle import FORMATS, Format
from canopy.coverage.propagation.p2109 import BUILDINGS, Building
from canopy.errors import Refused
from canopy.plan.coverage.inputs import input_file, input_name

LEAST_CELL_M, MOST_CELL_M = 1.0, 500.0
MAX_REACH_M = 50_000.0


@dataclass(frozen=True, slots=True)
class PeopleSource:
    """Residents by zone: polygons and a table of counts.

    Attributes:
        zones: GeoJSON of polygons.
        counts: CSV of counts.
        zone_id, counts_id: the column with the zone's code in each.
        count: the column with the number of people.
    """

    zones: Path
    counts: Path
    zone_id: str
    counts_id: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run.

    Attributes:
        name: for people.
        technology: id in `canopy.coverage.sites.technologies`.
        sites: files of sites: OpenCelliD CSV, or a list as Canopy writes it.
        area: GeoJSON of polygons (wards, say): their union is covered, figures are by each.
        area_id, area_name: columns with the code and the name of each polygon.
        resolution_m: side of a cell [m], 1 to 500.
        terrain: files, folders or archives of ground heights; none for even ground.
        people: residents, where they are known.
        reach_m: how far a site is reckoned with [m]; the technology's own where None.
        threshold_dbm: of coverage [dBm]; the technology's own where None.
        load: share of the time that other sites transmit, 0 to 1.
        without_terrain, environment, model, sinr_change_db: as in
            `canopy.coverage.engine.problem.Problem`.
        indoor: kind of building for figures indoors as well; None for outdoors alone.
        indoor_share: of places in buildings that are to be served, above 0 and below 1.
        formats: of the files to write.
    """

    name: str
    technology: str
    sites: tuple[Path, ...]
    area: Path
    area_id: str
    area_name: str
    resolution_m: float = 25.0
    terrain: tuple[Path, ...] = ()
    people: PeopleSource | None = None
    reach_m: float | None = None
    threshold_dbm: float | None = None
    load: float = 1.0
    without_terrain: Literal["refuse", "even"] = "refuse"
    environment: Environment = "urban"
    model: str = "auto"
    sinr_change_db: float | None = SINR_CHANGE_DB
    indoor: Building | None = None
    indoor_share: float = 0.5
    formats: tuple[Format, ...] = ("cog", "geopackage", "geojson", "csv")

    def __post_init__(self) -> None:
        if not self.sites:
            raise Refused("name a file of sites at least")
        if not LEAST_CELL_M <= self.resolution_m <= MOST_CELL_M:
            raise Refused(
                f"the resolution is {self.resolution_m:g} m: choose "
                f"{LEAST_CELL_M:g} to {MOST_CELL_M:g} m"
            )
        if self.reach_m is not None and not 10 < self.reach_m <= MAX_REACH_M:
            raise Refused(
                f"the reach is {self.reach_m:g} m: choose above 10 and up to {MAX_REACH_M:,.0f} m"
            )
        if self.threshold_dbm is not None and not -150 <= self.threshold_dbm <= 0:
            raise Refused(f"the threshold is {self.threshold_dbm:g} dBm: choose -150 to 0 dBm")
        if self.indoor is not None and self.indoor not in BUILDINGS:
            raise Refused(f"the building {self.indoor!r} is not known: use {', '.join(BUILDINGS)}")
        if not 0 < self.indoor_share < 1:
            raise Refused(f"the share indoors is {self.indoor_share:g}: choose above 0, below 1")
        strange = sorted(set(self.formats) - set(FORMATS))
        if strange:
            raise Refused(f"{', '.join(strange)}: choose formats among {', '.join(FORMATS)}")


_PLAIN = tuple(
    each.name
    for each in fields(RunRequest)
    if each.name not in ("sites", "area", "terrain", "people", "formats")
)
"""Fields that are in JSON as they are here."""


def to_json(request: RunRequest, inputs: Path) -> dict[str, Any]:
    """A request as JSON values, files by their names below the folder `inputs`."""
    people = request.people
    return {
        **{name: getattr(request, name) for name in _PLAIN},
        "sites": [input_name(inputs, path) for path in request.sites],
        "area": input_name(inputs, request.area),
        "terrain": [input_name(inputs, path) for path in request.terrain],
        "people": None
        if people is None
        else {
            "zones": input_name(inputs, people.zones),
            "counts": input_name(inputs, people.counts),
            "zone_id": people.zone_id,
            "counts_id": people.counts_id,
            "count": people.count,
        },
        "formats": list(request.formats),
    }


def from_json(document: Mapping[str, Any], inputs: Path) -> RunRequest:
    """The request that `to_json` gave; fields that are not there have their defaults.

    Raises Refused for a file that is not below `inputs`, and as `RunRequest` does.
    """
    people = document.get("people")
    given: dict[str, Any] = {name: document[name] for name in _PLAIN if name in document}
    if "formats" in document:
        given["formats"] = tuple(document["formats"])
    return RunRequest(
        **given,
        sites=tuple(input_file(inputs, name) for name in document["sites"]),
        area=input_file(inputs, document["area"]),
        terrain=tuple(
            input_file(inputs, name, or_folder=True) for name in document.get("terrain", ())
        ),
        people=None
        if people is None
        else PeopleSource(
            input_file(inputs, people["zones"]),
            input_file(inputs, people["counts"]),
            people["zone_id"],
            people["counts_id"],
            people["count"],
        ),
    )
