"""Requests of runs as JSON and TOML: what is read, and what is refused by its field."""

from __future__ import annotations

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from canopy.api.coverage.run_in import RunIn
from canopy.errors import BadSource, Refused
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.request_json import from_document, from_json, to_json
from canopy.plan.coverage.run_file import files_beside, read_run_file

LEAST = {
    "name": "Town", "technology": "lte-1800", "area": "wards.geojson", "area_id": "code",
    "area_name": "name", "sites": ["sites.csv"],
}  # fmt: skip

WHOLE = """
name = "Town"
technology = "lte-1800"
area = "wards.geojson"
area_id = "code"
area_name = "name"
sites = ["sites.csv"]
terrain = ["terrain"]
resolution_m = 10
formats = ["cog", "csv"]

[site_reading]
mapping = "own.toml"
patterns = ["antennas"]
site_class = "small-cell"
operator = "host"
node_types = ["tower"]

[assets]
kinds = ["lamppost", "rooftop"]
filter = "height_m >= 6"
height_m = 6.5

[surface]
cell_m = 5
[surface.buildings]
file = "buildings.gpkg"
layer = "built"
value = "height"

[people]
zones = "lsoa.geojson"
counts = "people.csv"
zone_id = "code"
counts_id = "code"
count = "all"
[people.points]
file = "postcodes.csv"
x = "lon"
y = "lat"
crs = "EPSG:4326"

[demand.premises]
file = "premises.csv"
[demand.footfall]
file = "footfall.tif"
values_are = "per_m2"

[results]
aggregate_m = [50, 100]
handover = true
ofcom = { file = "mobile.csv", area_id = "E09000007" }
[results.broadband]
files = ["fixed"]
postcodes = { file = "postcodes.csv", name = "pcds", x = "lon", y = "lat", crs = "EPSG:4326" }

[measurements]
file = "drive.csv"
x = "lon"
y = "lat"
time = "t"
rsrp_dbm = "rsrp"
apply = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With every file and folder that `WHOLE` names."""
    for name in (
        "wards.geojson sites.csv own.toml buildings.gpkg lsoa.geojson people.csv postcodes.csv "
        "premises.csv footfall.tif mobile.csv drive.csv"
    ).split():
        (tmp_path / name).touch()
    for name in ("terrain", "antennas", "fixed"):
        (tmp_path / name).mkdir()
    return tmp_path.resolve()


def test_a_request_comes_back_from_json_as_it_went(folder: Path) -> None:
    """Every field of every part, files by their names in the folder."""
    request = from_document(tomllib.loads(WHOLE), files_beside(folder))
    document = to_json(request, folder)
    assert document["surface"]["buildings"]["file"] == "buildings.gpkg"
    assert document["measurements"]["file"] == "drive.csv"
    assert from_json(document, folder) == request


def test_what_is_not_said_has_its_default(folder: Path) -> None:
    """A request of five fields and its sites is whole."""
    request = from_json(LEAST, folder)
    assert request == RunRequest(
        name="Town", technology="lte-1800", area=folder / "wards.geojson", area_id="code",
        area_name="name", sites=(folder / "sites.csv",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"resolution": 10}, "resolution is not known; there is name, technology"),
        ({"people": {"zones": "wards.geojson"}}, r"people\.counts is missing"),
        ({"results": {"ofcom": {"file": "x.csv"}}}, r"results\.ofcom\.area_id is missing"),
        ({"resolution_m": "10"}, "resolution_m is '10', where a number is expected"),
        ({"resolution_m": True}, "resolution_m is True, where a number"),
        ({"load": float("nan")}, "load is nan, where a number"),
        ({"sites": "sites.csv"}, "sites is 'sites.csv', where a list is expected"),
        ({"demand": 3}, "demand is 3, not a table of fields"),
        ({"area": "nowhere.geojson"}, "nowhere.geojson"),
        ({"area": "terrain"}, "terrain"),
        ({"sites": []}, "name a file of sites, or the assets"),
        ({"load": 2.0}, "choose 0 to 1"),
        ({"sight": "seen"}, "expected, los, nlos, surface"),
        ({"assets": {"kinds": ["duct"]}}, "duct: antennas stand on assets of the kinds lamppost"),
        ({"assets": {"kinds": ["lamppost"], "above_roof_m": 0}}, "choose above 0, up to 30"),
        ({"results": {"aggregate_m": [50, 50]}}, "different sides"),
        ({"demand": {"premises": {"file": "premises.csv", "x": "E"}}}, "both x and y"),
        ({"demand": {"counters": {"file": "premises.csv"}}}, "column with the people counted"),
    ],
)
def test_a_field_that_is_wrong_is_named(folder: Path, changed: dict[str, Any], said: str) -> None:
    """With what is there, and what was expected."""
    with pytest.raises(Refused, match=said):
        from_json({**LEAST, **changed}, folder)


def test_a_run_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    """The line is in the message."""
    (tmp_path / "run.toml").write_text("name = \n")
    with pytest.raises(BadSource, match=r"run\.toml is no TOML: .*line 1"):
        read_run_file(tmp_path / "run.toml")


def test_the_wire_has_the_fields_of_a_request_and_their_defaults() -> None:
    """A field that one of the two had alone could not be asked for, or would be refused."""
    assert_alike(RunIn, RunRequest, frozenset({"audience"}))


def assert_alike(wire: type[BaseModel], plain: Any, besides: frozenset[str] = frozenset()) -> None:
    names = {each.name: each for each in fields(plain)}
    assert set(wire.model_fields) - besides == set(names)
    hints = get_type_hints(plain)
    for name in names:
        field = wire.model_fields[name]
        inside = [t for t in (hints[name], *get_args(hints[name])) if is_dataclass(t)]
        models = [
            t
            for t in (field.annotation, *get_args(field.annotation))
            if isinstance(t, type) and issubclass(t, BaseModel)
        ]
        assert len(inside) == len(models), name
        for model, kind in zip(models, inside, strict=True):
            assert_alike(model, kind)
        if not inside and not field.is_required():
            default = field.get_default(call_default_factory=True)
            assert default == (list(d) if isinstance(d := names[name].default, tuple) else d), name
