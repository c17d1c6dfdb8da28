"""Options of ``canopy coverage``, each by the field of a run's request that it sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from canopy.coverage.propagation.choice import METHODS

SITES, HEIGHTS, MODEL = "Sites", "Ground and buildings", "Model"
COUNTED, RESULTS, MEASURED = "What is counted", "Results", "Measurements"


def _option(*names: str, help: str, panel: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, show_default=False)


RunFile = Annotated[
    Path | None,
    typer.Option(
        "--run", help="TOML with the whole run; what options say comes before it.",
        show_default=False,
    ),
]  # fmt: skip
Area = Annotated[
    Path | None, typer.Option(help="GeoJSON of polygons, such as wards.", show_default=False)
]
AreaId = Annotated[
    str | None, typer.Option(help="Property with each polygon's code.", show_default=False)
]
AreaName = Annotated[
    str | None, typer.Option(help="Property with each polygon's name.", show_default=False)
]
Name = Annotated[
    str | None, typer.Option(help="What the whole area is called.", show_default="Whole area")
]
Tech = Annotated[str | None, typer.Option(help="Technology, such as lte-1800.", show_default=False)]
Resolution = Annotated[
    float | None, typer.Option(help="Side of a cell [m], 1 to 500.", show_default="25")
]

Sites = Annotated[
    list[Path] | None,
    _option(
        "--sites",
        help="OpenCelliD CSV, a list as Canopy writes it, one of your own with --site-mapping, or "
        "an OFDS network (.json, .geojson); repeatable.",
        panel=SITES,
    ),
]
SiteMapping = Annotated[
    Path | None, _option("--site-mapping", help="TOML: what columns mean.", panel=SITES)
]
Patterns = Annotated[
    list[Path] | None,
    _option("--patterns", help="MSI antenna file, or folder of them; repeatable.", panel=SITES),
]
SiteClass = Annotated[
    str | None,
    _option(
        "--site-class",
        help="macro (the default) or small-cell: whose power and height files of sites lack.",
        panel=SITES,
    ),
]
NodeTypes = Annotated[
    str | None,
    _option(
        "--node-types",
        help="OFDS nodes taken as candidates, between commas; tower where not said, any for all.",
        panel=SITES,
    ),
]
Assets = Annotated[
    str | None,
    _option(
        "--assets",
        help="Kinds of assets that are candidates, between commas: lamppost,rooftop.",
        panel=SITES,
    ),
]
AssetsFilter = Annotated[
    str | None, _option("--assets-filter", help="CQL2 text that must hold of each.", panel=SITES)
]
AssetsHeight = Annotated[
    float | None,
    _option(
        "--assets-height",
        help="Antenna on assets that state no height [m]; else the technology's.",
        panel=SITES,
    ),
]
AboveRoof = Annotated[
    float | None,
    _option("--above-roof", help="Antenna over a roof [m]; 3 where not said.", panel=SITES),
]

Terrain = Annotated[
    list[Path] | None,
    _option("--terrain", help="Ground heights: file, folder or zip; repeatable.", panel=HEIGHTS),
]
EvenGround = Annotated[
    bool | None,
    _option(
        "--even-ground/--no-even-ground",
        help="Take even ground for sites that terrain lacks.",
        panel=HEIGHTS,
    ),
]
Buildings = Annotated[
    Path | None, _option("--buildings", help="Outlines with heights.", panel=HEIGHTS)
]
BuildingsColumns = Annotated[
    str | None,
    _option(
        "--buildings-columns", help="value=HEIGHT[,name=ID,layer=L,crs=EPSG:n].", panel=HEIGHTS
    ),
]
BuildingsHeight = Annotated[
    float | None,
    _option(
        "--buildings-height",
        help="Of buildings that state no height [m]; else they are left out.",
        panel=HEIGHTS,
    ),
]
Surface = Annotated[
    list[Path] | None,
    _option("--surface", help="Surface model (DSM), GeoTIFF or .asc; repeatable.", panel=HEIGHTS),
]
SurfaceCell = Annotated[
    float | None,
    _option(
        "--surface-cell",
        help="Side of the surface's cells [m]; the model's own, 5 for buildings.",
        panel=HEIGHTS,
    ),
]
Sight = Annotated[
    str | None,
    _option(
        "--sight",
        help="expected, los, nlos or surface; surface where one is given, else expected.",
        panel=HEIGHTS,
    ),
]

Environment = Annotated[
    str | None,
    _option(
        "--environment", help="dense urban, urban (the default), suburban or rural.", panel=MODEL
    ),
]
Model = Annotated[
    str | None,
    _option(
        "--model", help=f"auto (the default), or one method: {', '.join(METHODS)}.", panel=MODEL
    ),
]
Reach = Annotated[float | None, _option("--reach", help="How far a site counts [m].", panel=MODEL)]
ThresholdDbm = Annotated[
    float | None,
    _option("--threshold", help="Level that counts as covered [dBm].", panel=MODEL),
]
Load = Annotated[
    float | None,
    _option(
        "--load", help="Share of time that others transmit, 0 to 1 (the default).", panel=MODEL
    ),
]
SinrChange = Annotated[
    float | None,
    _option(
        "--sinr-change",
        help="What sites left out of a cell may change its SINR by [dB], 0.1 where not said; 0 "
        "leaves none out.",
        panel=MODEL,
    ),
]
ClutterHeight = Annotated[
    float | None,
    _option("--clutter-height", help="What stands along the paths of P.1812 [m].", panel=MODEL),
]
DeltaNMap = Annotated[
    Path | None,
    _option(
        "--delta-n-map", help="DN50.TXT of P.1812, of your own copy; with --n0-map.", panel=MODEL
    ),
]
SeaN0Map = Annotated[Path | None, _option("--n0-map", help="N050.TXT of P.1812.", panel=MODEL)]
Indoor = Annotated[
    str | None,
    _option(
        "--indoor",
        help="Figures indoors too: traditional or thermally-efficient buildings.",
        panel=MODEL,
    ),
]
IndoorShare = Annotated[
    float | None,
    _option(
        "--indoor-share",
        help="Share of places indoors that are to be served; 0.5 where not said.",
        panel=MODEL,
    ),
]

PeopleZones = Annotated[
    Path | None, _option("--people-zones", help="GeoJSON of census zones.", panel=COUNTED)
]
PeopleCounts = Annotated[
    Path | None, _option("--people-counts", help="CSV of people by zone.", panel=COUNTED)
]
PeopleZoneId = Annotated[
    str | None, _option("--people-zone-id", help="Zone's code in the GeoJSON.", panel=COUNTED)
]
PeopleCountsId = Annotated[
    str | None, _option("--people-counts-id", help="Zone's code in the CSV.", panel=COUNTED)
]
PeopleColumn = Annotated[
    str | None, _option("--people-column", help="Column of people.", panel=COUNTED)
]
PeopleBuildings = Annotated[
    Path | None,
    _option("--people-buildings", help="Outlines by which people are spread.", panel=COUNTED),
]
PeoplePoints = Annotated[
    Path | None,
    _option("--people-points", help="Postcodes by which people are spread.", panel=COUNTED),
]
PeopleSpread = Annotated[
    str | None,
    _option(
        "--people-spread-columns",
        help="x=…,y=…,crs=…,value=WEIGHT,layer=… of that file, as needed.",
        panel=COUNTED,
    ),
]
Premises = Annotated[Path | None, _option("--premises", help="Points of premises.", panel=COUNTED)]
PremisesColumns = Annotated[
    str | None,
    _option(
        "--premises-columns",
        help="x=…,y=…,crs=…,value=HOW-MANY,layer=…, as needed.",
        panel=COUNTED,
    ),
]
Roads = Annotated[Path | None, _option("--roads", help="Lines of roads.", panel=COUNTED)]
RoadsColumns = Annotated[
    str | None, _option("--roads-columns", help="layer=…,crs=…, as needed.", panel=COUNTED)
]
Footfall = Annotated[
    Path | None, _option("--footfall", help="Raster of people, or of an amount.", panel=COUNTED)
]
FootfallUnit = Annotated[
    str | None,
    _option("--footfall-unit", help="people per day, where not said.", panel=COUNTED),
]
Counters = Annotated[
    Path | None, _option("--counters", help="Points of footfall counters.", panel=COUNTED)
]
CountersColumns = Annotated[
    str | None,
    _option("--counters-columns", help="value=PEOPLE[,x=…,y=…,crs=…,layer=…].", panel=COUNTED),
]

Aggregate = Annotated[
    str | None,
    _option("--aggregate", help="Blocks as well, sides [m] between commas: 50,100.", panel=RESULTS),
]
HandoverOption = Annotated[
    bool | None,
    _option(
        "--handover/--no-handover",
        help="Tell where one operator's user has none and another covers.",
        panel=RESULTS,
    ),
]
Ofcom = Annotated[
    Path | None,
    _option("--ofcom", help="Ofcom's mobile figures by authority (CSV).", panel=RESULTS),
]
OfcomArea = Annotated[
    str | None, _option("--ofcom-area", help="Authority's code, E09000007.", panel=RESULTS)
]
OfcomService = Annotated[
    str | None, _option("--ofcom-service", help="4G, 5G_high_confidence, …", panel=RESULTS)
]
Broadband = Annotated[
    list[Path] | None,
    _option("--broadband", help="Ofcom's postcode files of one year, or a folder.", panel=RESULTS),
]
Postcodes = Annotated[
    Path | None, _option("--postcodes", help="Points of postcodes.", panel=RESULTS)
]
PostcodesColumns = Annotated[
    str | None,
    _option(
        "--postcodes-columns",
        help="name=POSTCODE[,x=…,y=…,crs=…,value=PREMISES,layer=…].",
        panel=RESULTS,
    ),
]
Formats = Annotated[
    str | None,
    typer.Option(
        help="Between commas: cog, geopackage, geojson, kmz, png, pmtiles, csv.",
        show_default="cog,geopackage,geojson,csv",
    ),
]

MeasurementsOption = Annotated[
    Path | None, _option("--measurements", help="CSV of measured levels.", panel=MEASURED)
]
MeasurementColumns = Annotated[
    str | None,
    _option(
        "--measurement-columns",
        help="x=…,y=…,time=…,rsrp_dbm=…[,crs=…,operator=…,technology=…,cell=…].",
        panel=MEASURED,
    ),
]
ApplyCalibration = Annotated[
    bool | None,
    _option(
        "--apply-calibration/--no-apply-calibration",
        help="Correct predictions by the measurements.",
        panel=MEASURED,
    ),
]


def listed(text: str | None) -> list[str] | None:
    """What stands between commas; None for an option that was not given."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def columns(option: str, text: str | None) -> dict[str, str]:
    """``field=column`` pairs between commas; a column's name may have no comma in it."""
    found = {}
    for part in listed(text) or ():
        field, sign, column = part.partition("=")
        if not sign or not field.strip() or not column.strip():
            raise typer.BadParameter(
                f"{option}: {part!r} is no field=column; a name with a comma goes into a --run file"
            )
        found[field.strip()] = column.strip()
    return found


def overlay(document: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what was given put in; keys such as ``people.zones`` are paths."""
    for key, value in given.items():
        if value is None:
            continue
        *tables, last = key.split(".")
        place = document
        for name in tables:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise typer.BadParameter(f"{name} in the --run file is no table")
        place[last] = _said(value)
    return document


def _said(value: Any) -> Any:
    """As a document has it: a path on the command line is relative to where one stands."""
    if isinstance(value, Path):
        return str(value.absolute())
    return [_said(each) for each in value] if isinstance(value, list) else value
