"""Coverage on the map app, over the real service with runs that it computed."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from coverage_app import CoverageApp
from coverage_town import ASKED, write_hill, write_inputs
from databases import MAKERS
from map_app_fixtures import require_built
from map_service import MapService, add_records, fill_wards, record, serving
from playwright.sync_api import Page, expect

from canopy.access.rules import Role
from canopy.access.tokens import create_token
from canopy.geo import WGS84, transformer
from canopy.render.coverage import ramp

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]

RUNS = "/coverage/runs"
WAIT_S = 180.0
NEAR_LAMP = (527_985.0, 184_170.0)
ASSET = "00000000-0000-4000-8000-0000000000c0"
Shown = Callable[..., CoverageApp]


@dataclass(frozen=True)
class Town:
    """The service, its runs by name, and a token of an operator, who may see none."""

    service: MapService
    runs: dict[str, str]
    operator: str


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("gpkg"),
        pytest.param("postgis", marks=(pytest.mark.postgis, pytest.mark.long)),
    ],
)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town over a ridge with three runs: one, one of other methods, one of larger cells."""
    require_built()
    databases = request.getfixturevalue(MAKERS[request.param])
    database = databases.new()
    fill_wards(database)
    lamp = record("lamppost", shapely.Point(528_000.0, 184_150.0), ref="LAMP-A")
    add_records(database, [(ASSET, lamp)])
    folder = tmp_path_factory.mktemp("coverage")
    inputs = write_inputs(folder / "inputs")
    write_hill(inputs / "terrain")
    with database.writing() as session:
        operator = create_token(
            session, "telco", Role.operator, created_by="test", now=datetime.now(UTC)
        )
    settings = {
        "CANOPY_COVERAGE_INPUTS": str(inputs), "CANOPY_COVERAGE_RUNS": str(folder / "runs"),
    }  # fmt: skip
    with serving(database, folder, **settings) as service:
        wanted: dict[str, dict[str, Any]] = {
            "Town": {}, "Town, dense": {"environment": "dense urban"},
            "Town, coarse": {"resolution_m": 50.0},
        }  # fmt: skip
        runs = {name: computed(service, name, **changed) for name, changed in wanted.items()}
        yield Town(service, runs, operator)
    databases.drop(database)


def computed(service: MapService, name: str, **changed: Any) -> str:
    """The id of a run, once it is done."""
    asked = {**ASKED, "terrain": ["terrain"], "audience": "planner", "name": name, **changed}
    request = urllib.request.Request(
        f"{service.address}{RUNS}",
        json.dumps(asked).encode(),
        {"Authorization": f"Bearer {service.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        run: dict[str, Any] = json.load(answer)
    deadline = time.monotonic() + WAIT_S
    while run["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, run
        time.sleep(0.3)
        run = service.get(f"{RUNS}/{run['run_id']}", service.token)
    assert run["state"] == "done", run
    return str(run["run_id"])


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a position [m]."""
    lon, lat = transformer("EPSG:27700", WGS84).xy(np.array([x]), np.array([y]))
    return float(lon[0]), float(lat[0])


def view(x: float, y: float, zoom: float = 15.0) -> str:
    lon, lat = degrees(x, y)
    return f"#map={zoom}/{lat:.6f}/{lon:.6f}"


@pytest.fixture
def shown(page: Page, town: Town) -> Shown:
    """Open the map with a run of the town, signed in as a planner."""
    page.set_viewport_size({"width": 1280, "height": 860})

    def open_app(more: str = "", *, run: str = "Town", layer: str = "rsrp_dbm") -> CoverageApp:
        app = CoverageApp(page, town.service.address)
        app.open(f"{view(*NEAR_LAMP)}&coverage={town.runs[run]}/{layer}{more}")
        app.show(town.service.planner)
        return app

    return open_app


def test_coverage_is_for_those_who_may_read_runs(page: Page, town: Town) -> None:
    """Without a token it asks for one; an operator's is refused; a planner sees the runs."""
    app = CoverageApp(page, town.service.address)
    app.open()
    expect(app.panel).to_be_hidden()
    app.sign_in_to_coverage(town.operator)
    expect(page.locator("dialog [role=alert]")).to_contain_text("may not read coverage runs")
    page.fill("#token", town.service.planner)
    page.get_by_role("button", name="Show coverage").click()
    expect(app.panel).to_be_visible()
    expect(page.locator("#coverage-run")).to_be_focused()
    expect(page.locator("#coverage-run option")).to_have_count(4)
    names = page.locator("#coverage-run option").all_text_contents()
    assert names[1].startswith("Town, coarse: lte-1800")
    page.select_option("#coverage-run", town.runs["Town"])
    expect(page.locator("#coverage-layer")).to_be_visible()
    app.settle()
    expect(page).to_have_url(re.compile(re.escape(f"coverage={town.runs['Town']}/rsrp_dbm")))
    expect(page.locator("#toggle-edit")).to_have_text("Edit")  # a planner does not edit
    refused = [each for each in app.complaints if "403" not in each]
    assert refused == []


def test_a_threshold_is_moved_without_asking_the_service(shown: Shown) -> None:
    """It begins at the run's own; below it nothing is drawn, and the legend says so."""
    app = shown("&opacity=100")
    weak, fair = ramp("rsrp_dbm").steps[1].colour or "", ramp("rsrp_dbm").steps[2].colour or ""
    expect(app.panel.locator("output").first).to_have_text("−105\u00a0dBm")
    assert app.pixels(weak) == 0
    assert app.pixels(fair) > 100
    assert app.panel.get_by_text("(not drawn)").count() == 2
    asked = len(app.tiles)
    app.slide("threshold", "ArrowLeft", 10)
    assert app.pixels(weak) > 100
    app.slide("threshold", "ArrowRight", 15)
    app.settle()
    expect(app.page).to_have_url(re.compile(re.escape("threshold=-100")))
    assert len(app.tiles) == asked
    assert app.complaints == []
    assert app.elsewhere == []


def test_opacity_fades_the_layer_alone(shown: Shown) -> None:
    """At none of it the map below shows, and the address keeps it."""
    app = shown("&opacity=100")
    fair = ramp("rsrp_dbm").steps[2].colour or ""
    assert app.pixels(fair) > 100
    app.slide("opacity", "Home")
    app.settle()
    assert app.pixels(fair) == 0
    expect(app.page).to_have_url(re.compile(re.escape("opacity=0")))


def test_each_layer_has_its_legend_and_operators_can_be_chosen(shown: Shown) -> None:
    """The legend is of the layer; a layer by operator asks for other tiles for each."""
    app = shown()
    page = app.page
    for name in ("sinr_db", "operators_above", "probability"):
        page.select_option("#coverage-layer", name)
        app.drawn()
        expect(app.panel.locator("h3")).to_contain_text(ramp(name).title)
        expect(page.locator("#coverage-threshold")).to_be_hidden()
        assert any(f"/tiles/{name}/" in each for each in app.tiles)
    page.select_option("#coverage-layer", "operator_rsrp_dbm")
    app.drawn()
    page.select_option("#coverage-operator", "b")
    app.drawn()
    app.settle()
    expect(page).to_have_url(re.compile(re.escape("operator_rsrp_dbm/b")))
    assert {each for each in ("operator=a", "operator=b") if any(each in t for t in app.tiles)} == {
        "operator=a", "operator=b",
    }  # fmt: skip
    expect(page.locator("#coverage-threshold")).to_be_visible()
    assert app.complaints == []


def test_two_runs_are_compared_where_their_cells_agree(shown: Shown, town: Town) -> None:
    """Only such runs are offered; a link to others says what differs."""
    app = shown()
    page = app.page
    expect(page.locator("#coverage-minus option")).to_have_count(2)
    page.select_option("#coverage-minus", town.runs["Town, dense"])
    app.drawn()
    expect(app.panel.locator("h3")).to_contain_text("Change of level between two runs")
    assert any(f"minus={town.runs['Town, dense']}" in each for each in app.tiles)
    app.visit(
        f"{view(*NEAR_LAMP)}&coverage={town.runs['Town']}/rsrp_dbm"
        f"&minus={town.runs['Town, coarse']}"
    )
    app.show(town.service.planner)
    expect(page.locator(".message")).to_contain_text("cell_m 25 and 50")
    expect(app.panel.locator("h3")).to_contain_text("Signal level of the best server")
    assert app.complaints == []


def test_a_click_tells_every_site_and_the_path_to_it(shown: Shown, screenshots: Path) -> None:
    """The stronger first; the ridge is in the way of the other, in words, drawing and table."""
    app = shown()
    page = app.page
    app.click_middle()
    expect(app.place).to_contain_text("Partial not-spot")
    sites = app.place.get_by_role("button", name="Path profile to")
    names = [each.get_attribute("aria-label") for each in sites.all()]
    assert names == ["Path profile to lamp-a", "Path profile to lamp-b"]
    expect(app.place).to_be_focused()
    sites.nth(1).click()
    expect(app.below.locator("svg title")).to_contain_text("Path profile of 0.1")
    expect(app.below.locator(".verdict")).to_contain_text("Blocked: the ground cuts the ray.")
    page.screenshot(path=screenshots / "coverage-path.png")
    app.below.locator("summary").click()
    assert app.below.locator("table tbody tr").count() >= 3
    app.settle()
    expect(page).to_have_url(re.compile(re.escape("&at=")))
    expect(page).to_have_url(re.compile(re.escape("&path=")))
    page.keyboard.press("Escape")
    expect(app.below).to_be_hidden()
    app.place.get_by_role("button", name="Close").click()
    expect(app.place).to_be_hidden()
    assert app.complaints == []


def test_the_keyboard_asks_at_the_middle_of_the_map(shown: Shown) -> None:
    """Enter on the map; Escape gives the map the keyboard back."""
    app = shown()
    app.canvas.focus()
    app.page.keyboard.press("Enter")
    expect(app.place.get_by_text("Sites heard here")).to_be_visible()
    app.page.keyboard.press("Escape")
    expect(app.place).to_be_hidden()
    assert app.page.evaluate("document.activeElement.tagName") == "CANVAS"


def test_assets_are_chosen_where_clicks_are_not_for_coverage(shown: Shown) -> None:
    """With its box off a click chooses an asset, whose details take the place's room."""
    app = shown("&at=51.5425/-0.1525")
    expect(app.place).to_be_visible()
    app.page.uncheck("#coverage-asks")
    x, y = degrees(528_000.0, 184_150.0)
    left, top = offset_px(app, x, y)
    app.click_from_middle(left, top)
    expect(app.details).to_contain_text("LAMP-A")
    expect(app.place).to_be_hidden()


def offset_px(app: CoverageApp, lon: float, lat: float) -> tuple[float, float]:
    """Where a position lies from the middle of the map, by the address's view [px]."""
    zoom, lat_0, lon_0 = map(float, app.page.url.split("#map=")[1].split("&")[0].split("/"))
    px = 512 * 2**zoom / 360
    stretch = 1 / float(np.cos(np.radians(lat)))
    return (lon - lon_0) * px, -(lat - lat_0) * px * stretch


def test_a_line_of_sight_is_asked_for_by_typing_and_by_two_places(shown: Shown) -> None:
    """A high path over the ridge is clear, a low one is not; what is no place is said."""
    app = shown()
    page = app.page
    page.click("#coverage-sight")
    expect(page.locator("#path-from")).to_be_focused()
    page.fill("#path-from", "north")
    page.fill("#path-to", "51.5, -0.1")
    page.get_by_role("button", name="Show the path").click()
    expect(page.locator("#path-message")).to_contain_text("latitude, longitude")
    for field, (x, y) in {"from": (527_500.0, 184_150.0), "to": (528_500.0, 184_150.0)}.items():
        lon, lat = degrees(x, y)
        page.fill(f"#path-{field}", f"{lat:.6f}, {lon:.6f}")
        page.fill(f"#path-{field}-height", "80")
    page.get_by_role("button", name="Show the path").click()
    expect(app.below.locator(".verdict")).to_contain_text("Clear: 60 %")
    page.fill("#path-from-height", "5")
    page.fill("#path-to-height", "5")
    page.get_by_role("button", name="Show the path").click()
    expect(app.below.locator(".verdict")).to_contain_text("Blocked")
    expect(app.below.get_by_text("In the way", exact=True)).to_be_visible()
    page.click("#path-choose")
    app.click_from_middle(-150, -60)
    expect(page.locator("#path-message")).to_contain_text("the other end")
    app.page.keyboard.press("Enter")  # the map has the keyboard: its middle
    expect(app.below.locator(".verdict")).to_be_visible()
    expect(page.locator("#path-choose")).to_have_attribute("aria-pressed", "false")
    assert app.complaints == []


def test_not_spots_and_figures_come_as_tables(shown: Shown) -> None:
    """All of them, with people; one goes to its place on the map; the asset table takes over."""
    app = shown()
    page = app.page
    page.click("#coverage-figures")
    expect(app.below.locator("caption")).to_contain_text("Area and residents by status")
    first = app.below.locator("tbody tr").filter(has_text="Ward W1").first
    expect(first).to_be_visible()
    page.click("#coverage-spots-table")
    expect(app.below.locator("tbody tr").first).to_contain_text("operator")
    expect(page.locator("#coverage-spots")).not_to_be_checked()
    app.below.get_by_role("button", name="Show not-spot 1 on the map").click()
    expect(page.locator("#coverage-spots")).to_be_checked()
    expect(app.panel.get_by_text("Total: no operator covers")).to_be_visible()
    app.settle()
    expect(page).to_have_url(re.compile(re.escape("spots=1")))
    page.click("#toggle-table")
    expect(app.below).to_be_hidden()
    assert app.complaints == []


def test_a_link_shows_what_was_seen(shown: Shown, town: Town, page: Page) -> None:
    """Layer, threshold, opacity, place and path, once a token is given."""
    lon, lat = degrees(*NEAR_LAMP)
    far_lon, far_lat = degrees(528_400.0, 184_100.0)
    more = (
        f"&threshold=-95&opacity=60&spots=1&at={lat:.6f}/{lon:.6f}"
        f"&path={lat:.6f}/{lon:.6f}/12/{far_lat:.6f}/{far_lon:.6f}/2.5/3500"
    )
    app = CoverageApp(page, town.service.address)
    app.open(f"{view(*NEAR_LAMP)}&coverage={town.runs['Town']}/sinr_db{more}")
    expect(page.locator(".message")).to_contain_text("Press Coverage")
    app.show(town.service.planner)
    expect(page.locator("#coverage-layer")).to_have_value("sinr_db")
    expect(page.locator("#coverage-opacity")).to_have_value("60")
    expect(app.place.get_by_text("Sites heard here")).to_be_visible()
    expect(page.locator("#path-frequency")).to_have_value("3500")
    expect(app.below.locator("svg")).to_be_visible()
    page.select_option("#coverage-layer", "rsrp_dbm")
    expect(page.locator("#coverage-threshold")).to_have_value("-95")
    assert app.complaints == []


def test_without_the_token_nothing_of_the_run_stays(shown: Shown, town: Town) -> None:
    """Who starts and stops editing has given the token up: layer, place and tables go."""
    app = shown("&opacity=100")
    app.click_middle()
    expect(app.place).to_be_visible()
    app.sign_in(town.service.token)
    expect(app.page.locator("#toggle-edit")).to_have_text("Stop editing")
    expect(app.panel).to_be_visible()
    app.page.click("#toggle-edit")
    expect(app.panel).to_be_hidden()
    expect(app.place).to_be_hidden()
    app.page.wait_for_timeout(600)
    assert app.pixels(ramp("rsrp_dbm").steps[2].colour or "") == 0


STATES = [
    "panel", "path", "figures", "narrow place",
    *(pytest.param(each, marks=pytest.mark.long)
      for each in ("spots", "place", "narrow", "narrow path")),
]  # fmt: skip
"""Half of them looks at what the other half has too."""


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_coverage(shown: Shown, state: str, screenshots: Path) -> None:
    """No violation of WCAG 2.2 A and AA or of best practice, and nothing scrolls sideways."""
    app = shown()
    page = app.page
    if state.startswith("narrow"):
        page.set_viewport_size({"width": 360, "height": 740})
        app.drawn()  # the map has the new size before it is clicked in its middle
    if state == "narrow":
        page.click("#toggle-coverage")
    if state == "spots":
        page.check("#coverage-spots")
        page.click("#coverage-spots-table")
        expect(app.below.locator("tbody tr").first).to_be_visible()
    if state == "figures":
        page.click("#coverage-figures")
        expect(app.below.locator("tbody tr").first).to_be_visible()
    if "place" in state or "path" in state:
        app.click_middle()
        expect(app.place.get_by_text("Sites heard here")).to_be_visible()
    if "path" in state:
        app.place.get_by_role("button", name="Path profile to lamp-b").click()
        expect(app.below.locator("svg")).to_be_visible()
    app.drawn()
    page.screenshot(path=screenshots / f"coverage-{state.replace(' ', '-')}.png")
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert app.complaints == []
