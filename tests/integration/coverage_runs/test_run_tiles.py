"""Tiles of runs over HTTP: pictures, values, and the change between two runs."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from coverage_town import ASKED, NewService, ended
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from canopy.coverage.files.tiles import frame_of
from canopy.coverage.grid import Grid

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

RUNS = "/coverage/runs"
ZOOM = 15
Headers = dict[str, dict[str, str]]


@pytest.fixture
def client(serve: NewService) -> TestClient:
    return serve()


@pytest.fixture
def header(headers: Headers) -> dict[str, str]:
    return headers["estates"]


def computed(client: TestClient, header: dict[str, str], **changed: Any) -> dict[str, Any]:
    """A run of the town, done."""
    asked = client.post(RUNS, json={**ASKED, **changed}, headers=header)
    run = ended(client, asked.json(), header)
    assert (run["state"], run["error"]) == ("done", None)
    return run


def middle(run: dict[str, Any], zoom: int = ZOOM) -> str:
    """z/y/x of the tile in the middle of a run."""
    west, south, east, north = run["bounds"]
    x = int(((west + east) / 2 / 360 + 0.5) * 2**zoom)
    lat = math.radians((south + north) / 2)
    y = int((0.5 - math.asinh(math.tan(lat)) / (2 * math.pi)) * 2**zoom)
    return f"{zoom}/{y}/{x}"


def numbers(content: bytes, size: int = 256) -> NDArray[np.uint16]:
    return np.frombuffer(content, "<u2").reshape(size, size)


def levels_of(runs: Path, run: dict[str, Any], name: str = "rsrp_dbm") -> NDArray[Any]:
    (folder,) = (each for each in runs.iterdir() if each.name.startswith(run["run_id"]))
    with rasterio.open(folder / f"{name}.tif") as source:
        return source.read()  # type: ignore[no-any-return]


def test_a_run_tells_what_can_be_drawn(client: TestClient, header: dict[str, str]) -> None:
    """Every layer with its title, unit and scale; levels of each operator among them."""
    run = computed(client, header)
    told = client.get(f"{RUNS}/{run['run_id']}/tiles", headers=header).json()
    sets = {each["layer"]: each for each in told["tilesets"]}
    assert told["bounds"] == run["bounds"]
    assert set(sets) == {each["name"] for each in run["layers"]}
    assert (sets["rsrp_dbm"]["unit"], sets["rsrp_dbm"]["compares"]) == ("dBm", True)
    assert sets["operator_rsrp_dbm"]["operators"] == ["a", "b"]
    assert sets["server"]["values"] is None
    assert sets["rsrp_dbm"]["values"] == {
        "offset": -250.0, "step": 0.0078125, "beyond": 0, "unknown": 1, "none": 2, "first": 3,
    }  # fmt: skip


def test_a_tile_of_values_holds_the_levels_of_the_run(
    client: TestClient, header: dict[str, str], runs: Path
) -> None:
    """Its numbers are those of the run's own raster; the two towns' ends lie beyond."""
    run = computed(client, header)
    path = f"{RUNS}/{run['run_id']}/tiles/rsrp_dbm/{middle(run)}?f=values&size=512"
    answer = client.get(path, headers=header)
    assert answer.headers["content-type"] == "application/octet-stream"
    found = numbers(answer.content, 512)
    shown = np.unique(found[found >= 3])
    levels = levels_of(runs, run)
    known = np.unique(np.floor((levels[np.isfinite(levels)] + 250) * 128) + 3)
    assert len(shown) > 100
    assert set(shown) <= set(known)


def test_pictures_have_the_colours_of_the_layer_and_a_threshold(
    client: TestClient, header: dict[str, str]
) -> None:
    """A threshold leaves fewer pixels; a tile elsewhere is not there."""
    run = computed(client, header)
    path = f"{RUNS}/{run['run_id']}/tiles/rsrp_dbm"

    def drawn(**asked: Any) -> int:
        answer = client.get(f"{path}/{middle(run)}", params=asked, headers=header)
        assert answer.headers["content-type"] == "image/png"
        with MemoryFile(io.BytesIO(answer.content)) as file, file.open() as source:
            table = source.colormap(1)
            return int(sum((source.read(1) == at).sum() for at in table if table[at][3]))

    everything, good = drawn(), drawn(threshold=-80)
    assert everything > good > 0
    for elsewhere in (f"{ZOOM}/0/0", "3/2/0"):
        answer = client.get(f"{path}/{elsewhere}", headers=header)
        assert (answer.status_code, answer.json()["title"]) == (404, "There is no such thing")
    assert client.get(f"{path}/23/0/0", headers=header).status_code == 400


def test_a_tile_is_confirmed_by_its_tag(client: TestClient, header: dict[str, str]) -> None:
    """It stays in the client's own cache; another threshold is another tile."""
    run = computed(client, header)
    path = f"{RUNS}/{run['run_id']}/tiles/rsrp_dbm/{middle(run)}"
    answer = client.get(path, headers=header)
    assert answer.headers["cache-control"] == "private, no-cache"
    tag = answer.headers["etag"]
    again = client.get(path, headers={**header, "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"{path}?threshold=-90", headers={**header, "If-None-Match": tag})
    assert other.status_code == 200


def test_each_operator_has_its_own_levels(
    client: TestClient, header: dict[str, str], runs: Path
) -> None:
    """By name; a layer of all is asked for without one, and a stranger is not found."""
    run = computed(client, header)
    path = f"{RUNS}/{run['run_id']}/tiles/operator_rsrp_dbm/{middle(run)}"
    for band, operator in enumerate(["a", "b"]):
        asked = {"operator": operator, "f": "values"}
        found = numbers(client.get(path, params=asked, headers=header).content)
        levels = levels_of(runs, run, "operator_rsrp_dbm")[band]
        known = np.unique(np.floor((levels[np.isfinite(levels)] + 250) * 128) + 3)
        assert set(np.unique(found[found >= 3])) <= set(known)
    assert client.get(path, headers=header).status_code == 422
    assert client.get(path, params={"operator": "c"}, headers=header).status_code == 404
    whole = f"{RUNS}/{run['run_id']}/tiles/rsrp_dbm/{middle(run)}"
    assert client.get(whole, params={"operator": "a"}, headers=header).status_code == 422
    missing = whole.replace("rsrp_dbm", "rsrq_db")
    assert "rsrp_dbm" in client.get(missing, headers=header).json()["detail"]


def test_two_runs_of_the_same_cells_are_compared(
    client: TestClient, header: dict[str, str]
) -> None:
    """A run against itself has changed by nothing; another one by what its levels differ."""
    plain = computed(client, header)
    other = computed(client, header, model="umi", environment="dense urban")
    path = f"{RUNS}/{plain['run_id']}/tiles/rsrp_dbm/{middle(plain)}"
    same = {"minus": plain["run_id"], "f": "values"}
    found = numbers(client.get(path, params=same, headers=header).content)
    assert set(np.unique(found)) - {0, 1, 2} == {3 + 250 * 128}
    answer = client.get(path, params={"minus": other["run_id"]}, headers=header)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_runs_of_other_cells_are_refused_with_what_differs(
    client: TestClient, headers: Headers, header: dict[str, str]
) -> None:
    """So are layers that have no difference; a run one may not see is not there."""
    fine = computed(client, header)
    coarse = computed(client, header, resolution_m=50.0)
    path = f"{RUNS}/{fine['run_id']}/tiles/rsrp_dbm/{middle(fine)}"
    answer = client.get(path, params={"minus": coarse["run_id"]}, headers=header)
    assert answer.status_code == 422
    assert "cell_m is 25 and 50" in answer.json()["detail"]
    counts = path.replace("rsrp_dbm", "operators_above")
    answer = client.get(counts, params={"minus": fine["run_id"]}, headers=header)
    assert answer.status_code == 422
    open_run = computed(client, header, audience="planner")
    asked = {"minus": fine["run_id"]}
    shown = f"{RUNS}/{open_run['run_id']}/tiles/rsrp_dbm/{middle(open_run)}"
    assert client.get(shown, headers=headers["planner"]).status_code == 200
    assert client.get(shown, params=asked, headers=headers["planner"]).status_code == 404
    assert client.get(shown, headers=headers["operator"]).status_code == 403
    assert client.get(shown).status_code == 403


def test_tiles_agree_with_the_frame_of_the_run(client: TestClient, header: dict[str, str]) -> None:
    """Every tile that the run's frame names is there, at a zoom of many and at one of one."""
    run = computed(client, header)
    for zoom in (10, 16):
        columns, rows = frame_of(Grid(**run["grid"])).tiles(zoom)
        for row in rows:
            for column in columns:
                path = f"{RUNS}/{run['run_id']}/tiles/flag/{zoom}/{row}/{column}"
                assert client.get(path, headers=header).status_code in (200, 404)
