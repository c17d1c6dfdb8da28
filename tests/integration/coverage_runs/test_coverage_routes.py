"""Coverage runs over HTTP: by whom, with what, and what is answered."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import run_files
import shapely
from coverage_town import ASKED, NewService, ended
from fastapi.testclient import TestClient
from shapely.geometry import shape

RUNS = "/coverage/runs"
Headers = dict[str, dict[str, str]]
TOWN = shapely.box(-0.160, 51.540, -0.144, 51.545)


def ask(client: TestClient, header: dict[str, str], **changed: Any) -> Any:
    return client.post(RUNS, json={**ASKED, **changed}, headers=header)


@pytest.fixture
def client(serve: NewService) -> TestClient:
    return serve()


@pytest.fixture
def done(client: TestClient, headers: Headers) -> dict[str, Any]:
    """A run that an estates officer asked for, computed."""
    run = ended(client, ask(client, headers["estates"]).json(), headers["estates"])
    assert (run["state"], run["error"]) == ("done", None)
    return run


def test_a_run_is_asked_for_followed_and_read(client: TestClient, headers: Headers) -> None:
    """202 and where it is; then the threshold, operators, layers and bounds that it has."""
    answer = ask(client, headers["estates"])
    assert answer.status_code == 202
    run = answer.json()
    assert answer.headers["location"] == f"{RUNS}/{run['run_id']}"
    assert (run["state"], run["progress"], run["threshold_dbm"]) == ("queued", 0.0, None)
    assert {link["rel"] for link in run["links"]} == {"self", "job", "cancel"}
    run = ended(client, run, headers["estates"])
    assert (run["state"], run["progress"]) == ("done", 1.0)
    assert (run["threshold_dbm"], run["operators"]) == (-105.0, ["a", "b"])
    assert run["indicative"] is False
    assert run["request"]["sites"] == ["radio/sites.csv"]
    rsrp = next(layer for layer in run["layers"] if layer["name"] == "rsrp_dbm")
    assert (rsrp["unit"], rsrp["file"]) == ("dBm", "rsrp_dbm.tif")
    west, south, east, north = run["bounds"]
    assert shapely.box(west, south, east, north).contains(TOWN)
    assert (east - west, north - south) == pytest.approx((0.016, 0.005), rel=0.2)
    for link in run["links"]:
        assert client.get(link["href"], headers=headers["estates"]).status_code == 200


def test_figures_come_as_json_and_as_csv(
    client: TestClient, headers: Headers, done: dict[str, Any]
) -> None:
    """Every resident is in them, and both say the same."""
    path = f"{RUNS}/{done['run_id']}/figures"
    told = client.get(path, headers=headers["estates"]).json()
    whole = [row for row in told["figures"] if (row["area_id"], row["operator"]) == ("all", "all")]
    assert sum(row["residents"] or 0 for row in whole) == pytest.approx(1500)
    answer = client.get(path, params={"f": "csv"}, headers=headers["estates"])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [float(row["area_m2"]) for row in rows] == [row["area_m2"] for row in told["figures"]]
    assert {row["indicative"] for row in rows} == {"false"}


def test_not_spots_come_as_geojson_in_pages(
    client: TestClient, headers: Headers, done: dict[str, Any]
) -> None:
    """All of them, each once, in longitude and latitude, with the people in each."""
    found, href = [], f"{RUNS}/{done['run_id']}/not-spots?limit=1"
    while href:
        answer = client.get(href, headers=headers["estates"])
        assert answer.headers["content-type"] == "application/geo+json"
        page = answer.json()
        assert page["numberReturned"] == len(page["features"]) <= 1
        found += page["features"]
        href = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert len(found) >= 2
    assert len({each["id"] for each in found}) == len(found)
    for each in found:
        outline = shape(each["geometry"])
        assert TOWN.buffer(0.002).contains(outline)
        assert outline.exterior.is_ccw
        assert each["properties"]["status"] in ("total", "partial")
        assert each["properties"]["operators"] == ["a", "b"]
        assert each["properties"]["residents"] >= 0


def test_not_spots_are_found_by_place_and_status(
    client: TestClient, headers: Headers, done: dict[str, Any]
) -> None:
    """A box takes those that it touches; a box elsewhere takes none."""
    path = f"{RUNS}/{done['run_id']}/not-spots"

    def features(**asked: Any) -> list[Any]:
        answer = client.get(path, params={"limit": 1000, **asked}, headers=headers["estates"])
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["features"]
        return found

    everything = features()
    assert features(bbox="-7,49,2,61") == everything
    assert features(bbox="0.5,51,0.6,52") == []
    box = shapely.box(-0.1455, 51.5402, -0.1445, 51.5410)
    touched = [each["id"] for each in everything if shape(each["geometry"]).intersects(box)]
    bounds = ",".join(map(str, box.bounds))
    assert [each["id"] for each in features(bbox=bounds)] == touched
    assert len(touched) > 0
    for status in ("total", "partial", "unknown"):
        wanted = [each for each in everything if each["properties"]["status"] == status]
        assert features(status=status) == wanted


def test_cells_are_the_sites_that_were_used(
    client: TestClient, headers: Headers, done: dict[str, Any]
) -> None:
    """By operator, with height, power and what was assumed; omnidirectional has no azimuth."""
    path = f"{RUNS}/{done['run_id']}/cells"
    page = client.get(path, params={"operator": "b"}, headers=headers["estates"]).json()
    (cell,) = page["features"]
    assert cell["id"] == "lamp-b"
    told = cell["properties"]
    assert (told["number"], told["antenna_height_m"], told["eirp_dbm"]) == (1, 8.0, 37.0)
    assert (told["azimuth_deg"], told["estimated"], told["source"]) == (None, False, "plan")
    assert TOWN.contains(shape(cell["geometry"]))


def test_files_are_those_of_the_manifest(
    client: TestClient, headers: Headers, runs: Path, done: dict[str, Any]
) -> None:
    """Each has the bytes that its SHA-256 says; what else is in the folder is not there."""
    path = f"{RUNS}/{done['run_id']}/files"
    told = client.get(path, headers=headers["estates"]).json()
    assert {"rsrp_dbm.tif", "polygons.gpkg", "figures.csv"} <= {
        each["name"] for each in told["files"]
    }
    for each in told["files"]:
        answer = client.get(each["href"], headers=headers["estates"])
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]
        assert answer.headers["etag"] == f'"{each["sha256"]}"'
    manifest = client.get(f"{path}/manifest.json", headers=headers["estates"]).content
    assert hashlib.sha256(manifest).hexdigest() == told["manifest_sha256"]
    part = client.get(f"{path}/rsrp_dbm.tif", headers={**headers["estates"], "Range": "bytes=0-3"})
    assert (part.status_code, part.content[:2]) == (206, b"II")
    (folder,) = runs.glob(f"{done['run_id']}.*")
    (folder / "secret.txt").write_text("not of the run")
    for name in ("secret.txt", "request.json", "..%2f..%2fsites.csv", "nothing.tif"):
        answer = client.get(f"{path}/{name}", headers=headers["estates"])
        assert answer.status_code == 404, name
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_changed_manifest_gives_no_files(
    client: TestClient, headers: Headers, runs: Path, done: dict[str, Any]
) -> None:
    """Files are only given out while the manifest is the one that the run wrote."""
    (folder,) = runs.glob(f"{done['run_id']}.*")
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("rsrp_dbm.tif", "request.json"))
    answer = client.get(f"{RUNS}/{done['run_id']}/files/request.json", headers=headers["estates"])
    assert (answer.status_code, "was changed" in answer.text) == (404, True)
    shutil.rmtree(folder)
    answer = client.get(f"{RUNS}/{done['run_id']}/files", headers=headers["estates"])
    assert (answer.status_code, "are gone" in answer.text) == (404, True)


READING = ("", "/figures", "/not-spots", "/cells", "/files", "/files/manifest.json")


def test_the_public_and_operators_see_no_runs(
    client: TestClient, headers: Headers, done: dict[str, Any]
) -> None:
    """Every route is refused, with or without a run, and nothing is begun."""
    for header in ({}, headers["operator"]):
        for end in READING:
            answer = client.get(f"{RUNS}/{done['run_id']}{end}", headers=header)
            assert answer.status_code == 403, end
            assert answer.headers["content-type"] == "application/problem+json"
        assert client.get(RUNS, headers=header).status_code == 403
        assert ask(client, header).status_code == 403
        for method, end in (("POST", "/cancel"), ("DELETE", "")):
            answer = client.request(method, f"{RUNS}/{done['run_id']}{end}", headers=header)
            assert answer.status_code == 403


def test_a_run_for_estates_is_not_there_for_a_planner(
    client: TestClient, headers: Headers, done: dict[str, Any]
) -> None:
    """Not in the list, and answered like a run that never was."""
    assert done["audience"] == "estates"
    for end in READING:
        answer = client.get(f"{RUNS}/{done['run_id']}{end}", headers=headers["planner"])
        assert (answer.status_code, answer.json()["title"]) == (404, "There is no such thing")
    assert client.get(RUNS, headers=headers["planner"]).json()["runs"] == []


def test_a_planner_s_run_is_seen_by_planners_and_those_above(
    idle: TestClient, headers: Headers
) -> None:
    """A planner may not ask for one that only estates sees."""
    run = ask(idle, headers["planner"]).json()
    assert run["audience"] == "planner"
    for role in ("planner", "estates", "admin"):
        answer = idle.get(f"{RUNS}/{run['run_id']}", headers=headers[role])
        assert answer.json()["asked_by"] == "test-planner"
    assert ask(idle, headers["planner"], audience="estates").status_code == 403
    assert ask(idle, headers["estates"], audience="planner").json()["audience"] == "planner"


def test_runs_are_listed_newest_first_in_pages(idle: TestClient, headers: Headers) -> None:
    """Each page begins where the one before ended, also when runs are added meanwhile."""
    asked = [ask(idle, headers["estates"], name=f"Run {n}").json()["run_id"] for n in range(5)]
    first = idle.get(RUNS, params={"limit": 2}, headers=headers["estates"]).json()
    ask(idle, headers["estates"], name="Later")
    found, page = list(first["runs"]), first
    while page["links"]:
        page = idle.get(page["links"][0]["href"], headers=headers["estates"]).json()
        found += page["runs"]
    assert [run["run_id"] for run in found] == asked[::-1]


def test_results_are_not_there_before_the_run_is_done(idle: TestClient, headers: Headers) -> None:
    """503 with when to ask again while it waits; 404 once it was cancelled, by its route."""
    run = ask(idle, headers["planner"]).json()
    path = f"{RUNS}/{run['run_id']}"
    for end in READING[1:]:
        answer = idle.get(path + end, headers=headers["planner"])
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), end
    assert idle.delete(path, headers=headers["admin"]).status_code == 422
    assert idle.post(f"{path}/cancel", headers=headers["estates"]).status_code == 403
    cancelled = idle.post(f"{path}/cancel", headers=headers["planner"])
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    for end in READING[1:]:
        assert idle.get(path + end, headers=headers["planner"]).status_code == 404, end


def test_a_job_of_a_run_is_cancelled_like_any_other(idle: TestClient, headers: Headers) -> None:
    """The route of jobs knows it."""
    run = ask(idle, headers["estates"]).json()
    answer = idle.post(f"/jobs/{run['job_id']}/cancel", headers=headers["estates"])
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    told = idle.get(f"{RUNS}/{run['run_id']}", headers=headers["estates"]).json()
    assert told["state"] == "cancelled"


def test_only_an_admin_deletes_a_run(
    client: TestClient, headers: Headers, runs: Path, done: dict[str, Any]
) -> None:
    """Its rows and its files are gone."""
    path = f"{RUNS}/{done['run_id']}"
    assert client.delete(path, headers=headers["estates"]).status_code == 403
    assert list(runs.glob(f"{done['run_id']}.*"))
    assert client.delete(path, headers=headers["admin"]).status_code == 204
    assert not list(runs.glob(f"{done['run_id']}.*"))
    assert client.get(path, headers=headers["admin"]).status_code == 404


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"sites": ["../secret.csv"]}, 422, "no name of an input"),
        ({"sites": ["radio/../../secret.csv"]}, 422, "no name of an input"),
        ({"area": "/etc/passwd"}, 422, "no name of an input"),
        ({"terrain": ["..\\secret.csv"]}, 422, "no name of an input"),
        ({"terrain": ["radio/away"]}, 422, "outside the folder of inputs"),
        ({"terrain": ["round"]}, 422, "there is no input"),
        ({"terrain": ["."]}, 422, "outside the folder of inputs"),
        ({"people": {**ASKED["people"], "counts": "../secret.csv"}}, 422, "no name of an input"),
        ({"sites": ["nothing.csv"]}, 422, "there is no input 'nothing.csv'"),
        ({"sites": []}, 422, "name a file of sites, or the assets"),
        ({"name": "a\x00b"}, 400, "body/name"),
        ({"name": "x" * 201}, 400, "body/name"),
        ({"folder": "/tmp"}, 400, "body/folder"),
        ({"resolution_m": 0.5}, 422, "choose 1 to 500 m"),
        ({"resolution_m": "NaN"}, 400, "body/resolution_m"),
        ({"load": 2}, 400, "body/load"),
        ({"technology": "6g"}, 422, "'6g' is no technology here"),
        ({"model": "itm"}, 422, "auto or one of umi"),
        ({"environment": "town"}, 422, "dense urban, urban"),
        ({"indoor": "tent"}, 422, "traditional"),
        ({"formats": ["shapefile"]}, 422, "use cog, geopackage"),
        ({"area_id": "nr"}, 422, "nr"),
        ({"area": "radio"}, 422, "'radio' is no file"),
        ({"area": "people.csv"}, 422, "people.csv"),
        ({"resolution_m": 1}, 413, "CANOPY_COVERAGE_MAX_CELLS"),
        ({"audience": "public"}, 400, "body/audience"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_problem(
    serve: NewService, headers: Headers, inputs: Path, changed: Any, status: int, said: str
) -> None:
    """The field or file is named, the machine's folders are not, and no run is stored."""
    client = serve(coverage_jobs=0, coverage_max_cells=100_000)
    (inputs.parent / "secret.csv").write_text("for nobody")
    os.symlink(inputs.parent, inputs / "radio" / "away")
    os.symlink(inputs / "round", inputs / "round")
    answer = ask(client, headers["planner"], **changed)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(inputs.parent) not in answer.text
    assert client.get(RUNS, headers=headers["planner"]).json()["runs"] == []


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ({"coverage_inputs": None}, 422, "CANOPY_COVERAGE_INPUTS"),
        ({"coverage_max_area_km2": 0.5}, 413, "CANOPY_COVERAGE_MAX_AREA_KM2"),
    ],
)
def test_settings_say_what_a_service_computes(
    serve: NewService, headers: Headers, settings: Any, status: int, said: str
) -> None:
    """No inputs, or too large an area: the answer names the setting."""
    answer = ask(serve(coverage_jobs=0, **settings), headers["admin"])
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    "query", ["bbox=1,2,3", "bbox=a,b,c,d", "bbox=nan,51,0,52", "bbox=1,51,0,52", "status=good",
              "limit=0", "limit=1001", "after=-2", "bbox=0,51,0,52"],
)  # fmt: skip
def test_questions_that_make_no_sense_are_bad_requests(
    client: TestClient, headers: Headers, done: dict[str, Any], query: str
) -> None:
    """400, as everywhere."""
    path = f"{RUNS}/{done['run_id']}/not-spots?{query}"
    assert client.get(path, headers=headers["estates"]).status_code == 400


def test_a_failed_run_says_why(client: TestClient, headers: Headers, inputs: Path) -> None:
    """Sites of another technology: the file and the fault, without the machine's folders."""
    run = ask(client, headers["planner"], technology="nr-3500").json()
    run = ended(client, run, headers["planner"])
    assert run["state"] == "failed"
    assert "none of the sites is of nr-3500" in run["error"]["detail"]
    assert str(inputs) not in json.dumps(run)


def test_a_run_with_everything_is_asked_for_and_read(
    client: TestClient, headers: Headers, inputs: Path
) -> None:
    """Figures have premises, roads and footfall; tables and layers are among the files."""
    run_files.write_terrain(inputs)
    run_files.write_wall(inputs)
    run_files.write_premises(inputs)
    run_files.write_roads(inputs)
    run_files.write_footfall(inputs)
    run_files.write_ofcom(inputs)
    run_files.write_broadband(inputs)
    places = {"file": "postcodes.csv", "name": "pcds", "x": "x", "y": "y", "crs": "EPSG:27700"}
    asked = {
        "terrain": ["ground.tif"],
        "surface": {"buildings": {"file": "buildings.geojson", "value": "roof"}},
        "demand": {
            "premises": {
                "file": "premises.csv", "x": "Easting", "y": "Northing", "crs": "EPSG:27700",
            },
            "roads": {"file": "roads.geojson"},
            "footfall": {"file": "footfall.tif"},
        },
        "results": {
            "aggregate_m": [100],
            "handover": True,
            "ofcom": {"file": "mobile.csv", "area_id": "E09000007"},
            "broadband": {"files": ["fixed.csv"], "postcodes": places},
        },
    }  # fmt: skip
    answer = ask(client, headers["estates"], **asked)
    assert answer.status_code == 202, answer.text
    run = ended(client, answer.json(), headers["estates"])
    assert (run["state"], run["error"]) == ("done", None)
    path = f"{RUNS}/{run['run_id']}"
    told = client.get(f"{path}/figures", headers=headers["estates"]).json()["figures"]
    whole = [
        row for row in told
        if (row["area_id"], row["operator"], row["place"]) == ("all", "all", "outdoor")
    ]  # fmt: skip
    assert sum(row["premises"] or 0 for row in whole) == pytest.approx(14)
    assert sum(row["road_m"] or 0 for row in whole) == pytest.approx(1000)
    assert sum(row["footfall"] or 0 for row in whole) > 0
    assert {row["place"] for row in told} == {"outdoor", "outdoor-100m"}
    files = client.get(f"{path}/files", headers=headers["estates"]).json()["files"]
    names = {each["name"] for each in files}
    assert {"handover.csv", "ofcom.csv", "broadband.csv", "blocks_100m_class.tif"} <= names
    assert run["request"]["surface"]["buildings"]["file"] == "buildings.geojson"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"surface": {"buildings": {"file": "../secret.csv", "value": "h"}}}, 422, "secret"),
        ({"results": {"broadband": {"files": []}}}, 400, "body/results/broadband"),
        ({"demand": {"schools": {}}}, 400, "body/demand/schools"),
        ({"assets": {"kinds": ["duct"]}}, 422, "antennas stand on assets of the kinds"),
        ({"results": {"aggregate_m": [5000]}}, 422, "sides up to 1,000 m"),
    ],
)
def test_a_part_of_a_request_that_is_wrong_is_named(
    idle: TestClient, headers: Headers, changed: Any, status: int, said: str
) -> None:
    """No file beyond the folder of inputs is read, however deep its name stands."""
    answer = ask(idle, headers["planner"], **changed)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
