"""One place of a run, and the path between two, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from coverage_town import ASKED, NewService, ended, write_hill
from fastapi.testclient import TestClient

from canopy.geo import WGS84, transformer

RUNS = "/coverage/runs"
Headers = dict[str, dict[str, str]]
LAMP_A = (528_000.0, 184_150.0)
SVG = "{http://www.w3.org/2000/svg}"


def degrees(x: float, y: float) -> tuple[float, float]:
    import numpy as np

    lon, lat = transformer("EPSG:27700", WGS84).xy(np.array([x]), np.array([y]))
    return float(lon[0]), float(lat[0])


def place(x: float, y: float) -> dict[str, float]:
    lon, lat = degrees(x, y)
    return {"lon": lon, "lat": lat}


def path(a: tuple[float, float], b: tuple[float, float]) -> dict[str, str]:
    return {name: ",".join(map(str, degrees(*at))) for name, at in (("from", a), ("to", b))}


@pytest.fixture
def client(serve: NewService) -> TestClient:
    return serve()


@pytest.fixture
def header(headers: Headers) -> dict[str, str]:
    return headers["estates"]


@pytest.fixture
def run(client: TestClient, header: dict[str, str], inputs: Path) -> dict[str, Any]:
    """The town over a ridge between its two lamp columns' west and east, computed."""
    write_hill(inputs / "terrain")
    asked = {**ASKED, "terrain": ["terrain"]}
    found = ended(client, client.post(RUNS, json=asked, headers=header).json(), header)
    assert (found["state"], found["error"]) == ("done", None)
    return found


def at(client: TestClient, run: dict[str, Any], header: dict[str, str], **where: float) -> Any:
    return client.get(f"{RUNS}/{run['run_id']}/at", params=where, headers=header)


def test_a_place_tells_what_the_run_stored_and_every_site_heard_there(
    client: TestClient, header: dict[str, str], run: dict[str, Any]
) -> None:
    """Both lamp columns, the stronger first, as the files hold them: the ridge hides the other."""
    told = at(client, run, header, **place(527_985.0, 184_170.0)).json()
    assert (told["easting_m"], told["northing_m"]) == (527_987.5, 184_162.5)
    assert (told["trust"], told["status"], told["server"]) == ("in_range", "partial", "lamp-a")
    level = next(each for each in told["readings"] if each["layer"] == "rsrp_dbm")
    assert (level["state"], level["unit"]) == ("known", "dBm")
    servers = told["servers"]
    assert (servers["state"], servers["in_reach"], servers["complete"]) == ("current", 2, True)
    assert [each["site_id"] for each in servers["servers"]] == ["lamp-a", "lamp-b"]
    first, second = servers["servers"]
    assert servers["differs_db"] == pytest.approx(0.0, abs=1e-3)
    assert first["level_dbm"] == pytest.approx(level["value"], abs=1e-3)
    assert first["distance_m"] == pytest.approx(17.7, abs=0.1)
    assert first["position"] == pytest.approx(degrees(*LAMP_A), abs=1e-6)
    by_operator = {each["operator"]: each for each in told["operators"]}
    assert by_operator["b"]["level_dbm"] == pytest.approx(second["level_dbm"], abs=1e-3)
    assert (by_operator["a"]["covers"], by_operator["b"]["covers"]) == (True, False)
    assert (first["covers"], second["covers"]) == (True, False)


def test_beyond_the_area_nothing_is_claimed(
    client: TestClient, header: dict[str, str], run: dict[str, Any]
) -> None:
    """A cell outside the wards has no status, and one outside the grid is not there."""
    grid = run["grid"]
    corner = place(grid["west_m"] + 1, grid["north_m"] - 1)
    told = at(client, run, header, **corner).json()
    assert (told["trust"], told["status"]) == ("outside", None)
    assert {each["state"] for each in told["readings"]} == {"beyond"}
    answer = at(client, run, header, **place(grid["west_m"] - 50, grid["north_m"]))
    assert answer.status_code == 404
    assert at(client, run, header, lon=0.0, lat=95.0).status_code == 400


def test_changed_inputs_are_told_and_nothing_is_computed_from_them(
    client: TestClient, header: dict[str, str], run: dict[str, Any], inputs: Path
) -> None:
    """What the files hold is still told; the terrain's name is in the reason."""
    where = place(527_985.0, 184_170.0)
    before = at(client, run, header, **where).json()
    hill = inputs / "terrain" / "hill.asc"
    hill.write_text(hill.read_text().replace("60", "61"))
    told = at(client, run, header, **where).json()
    assert (told["servers"]["state"], told["servers"]["servers"]) == ("stale", [])
    assert "hill.asc" in told["servers"]["reason"]
    assert told["readings"] == before["readings"]
    hill.unlink()
    told = at(client, run, header, **where).json()
    assert told["servers"]["state"] == "stale"
    assert str(inputs) not in told["servers"]["reason"]


def test_a_place_is_for_those_who_see_the_run(
    client: TestClient, headers: Headers, run: dict[str, Any]
) -> None:
    """As the run itself is."""
    where = place(527_985.0, 184_170.0)
    assert at(client, run, headers["planner"], **where).status_code == 404
    assert at(client, run, headers["operator"], **where).status_code == 403


def test_a_ridge_blocks_a_low_path_and_not_a_high_one(
    client: TestClient, header: dict[str, str], run: dict[str, Any]
) -> None:
    """Over a ridge of 40 m above the ground: masts of 10 m do not see each other, of 80 m do."""
    ends = path((527_025.0, 184_025.0), (529_025.0, 184_025.0))
    asked = {**ends, "run": run["run_id"], "frequency_mhz": 5_800}

    def profile(height_m: float) -> Any:
        heights = {"from_height_m": height_m, "to_height_m": height_m}
        return client.get("/coverage/profile", params={**asked, **heights}, headers=header).json()

    low = profile(10)
    assert (low["verdict"], low["visible"], low["clear"]) == ("blocked", False, False)
    assert low["length_m"] == pytest.approx(2_000, abs=0.01)
    (ridge,) = low["obstructions"]
    assert ridge["worst_m"] == pytest.approx(1_000, abs=0.1)
    # Ray at 30 m, ridge at 60 m, bulge 1 km * 1 km / (2 * 4/3 * 6,371 km) = 0.0589 m.
    assert ridge["clearance_m"] == pytest.approx(-30.059, abs=1e-3)
    middle = low["points"][len(low["points"]) // 2]
    # First Fresnel radius: sqrt(0.051688 m * 1,000 m * 1,000 m / 2,000 m) = 5.0838 m.
    assert middle["fresnel_m"] == pytest.approx(5.0838, abs=1e-3)
    assert low["terrain_of_run"] is True
    high = profile(80)
    assert (high["verdict"], high["obstructions"]) == ("clear", [])
    grazing = profile(41)
    assert grazing["verdict"] == "obstructed"
    assert 0 < grazing["least_clearance_ratio"] < 0.6


def test_a_profile_is_drawn_with_words_for_those_who_do_not_see_it(
    client: TestClient, header: dict[str, str], run: dict[str, Any]
) -> None:
    """The title and description name length, verdict and clearance."""
    ends = path((527_025.0, 184_025.0), (529_025.0, 184_025.0))
    asked = {**ends, "run": run["run_id"], "frequency_mhz": 5_800, "f": "svg", "width": 400}
    answer = client.get("/coverage/profile", params=asked, headers=header)
    assert answer.headers["content-type"].startswith("image/svg+xml")
    drawing = ElementTree.fromstring(answer.text)
    assert (drawing.get("role"), drawing.get("width")) == ("img", "400")
    assert drawing.findtext(f"{SVG}title") == "Path profile of 2.00 km at 5800 MHz"
    assert "cuts the ray" in (drawing.findtext(f"{SVG}desc") or "")


def test_paths_that_cannot_be_looked_at_are_refused(
    client: TestClient, headers: Headers, header: dict[str, str], run: dict[str, Any]
) -> None:
    """Too long, of one point, not well formed, where no terrain is, or of a run not seen."""
    good = path((527_025.0, 184_025.0), (529_025.0, 184_025.0))
    asked = {"run": run["run_id"], "frequency_mhz": 5_800}

    def status(header: dict[str, str] = header, **changed: Any) -> int:
        params = {**good, **asked, **changed}
        code: int = client.get("/coverage/profile", params=params, headers=header).status_code
        return code

    assert status() == 200
    assert status(to="-3.0,55.0") == 413
    assert status(to=good["from"]) == 422
    assert status(to="north") == 400
    assert status(frequency_mhz=1) == 400
    assert status(**path((400_025.0, 284_025.0), (402_025.0, 284_025.0))) == 422
    assert status(headers["planner"]) == 404
    assert status(headers["operator"]) == 403


def test_part_of_a_path_without_heights_is_not_known(
    client: TestClient, header: dict[str, str], run: dict[str, Any]
) -> None:
    """An end beyond the terrain: the verdict is not known, and the drawing has a gap."""
    ends = path((528_525.0, 184_025.0), (531_025.0, 184_025.0))
    asked = {**ends, "run": run["run_id"], "frequency_mhz": 5_800}
    told = client.get("/coverage/profile", params=asked, headers=header).json()
    assert (told["verdict"], told["points"][-1]["ground_m"]) == ("unknown", None)
    assert any("not known" in each for each in told["notes"])
    drawn = client.get("/coverage/profile", params={**asked, "f": "svg"}, headers=header)
    ElementTree.fromstring(drawn.text)


def test_without_terrain_there_is_no_profile(client: TestClient, header: dict[str, str]) -> None:
    """A run over even ground says so."""
    plain = ended(client, client.post(RUNS, json=ASKED, headers=header).json(), header)
    ends = path((527_025.0, 184_025.0), (529_025.0, 184_025.0))
    asked = {**ends, "run": plain["run_id"], "frequency_mhz": 5_800}
    answer = client.get("/coverage/profile", params=asked, headers=header)
    assert (answer.status_code, "even ground" in answer.json()["detail"]) == (422, True)
