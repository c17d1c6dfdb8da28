"""The map app over the real service, on GeoPackage and on PostGIS: what everyone may do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from databases import MAKERS
from made_towns import CENTRE_M, STREETS
from map_app import MapApp
from map_app_fixtures import at, require_built
from map_service import MapService, add_records, fill, record, serving, spot
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Shown = Callable[..., MapApp]
MIDDLE = (CENTRE_M[0] + 2_000, CENTRE_M[1] + 2_000)
COLUMNS = 6
"""Lampposts of the row that filters are tried on."""


SERVED = (
    pytest.param("gpkg"),
    pytest.param("postgis", marks=(pytest.mark.postgis, pytest.mark.long)),
)
"""The API is held to one answer on both databases elsewhere; here it takes minutes."""


@pytest.fixture(scope="module", params=SERVED)
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MapService]:
    """The town, a row of lampposts beside it, and a service over both."""
    require_built()
    databases = request.getfixturevalue(MAKERS[request.param])
    database = databases.new()
    fill(database)
    add_records(database, [(column_id(number), column(number)) for number in range(COLUMNS)])
    with serving(database, tmp_path_factory.mktemp("serve")) as running:
        yield running
    databases.drop(database)


def column_id(number: int) -> str:
    """The id of a lamppost of the row."""
    return f"00000000-0000-4000-8000-00000000000{number}"


def column(number: int) -> dict[str, object]:
    """A lamppost 12 m from the next, 5 m high and 1 m more each; the last is of unknown height."""
    x, y = spot(0)
    return record(
        "lamppost", shapely.Point(x + 12 * number, y), ref=f"ROW-{number}", street="Row Lane",
        height_m=5.0 + number if number < COLUMNS - 1 else None,
        status="operational" if number % 2 else "planned",
        availability="free" if number == 1 else None,
        attributes={"lamp_w": 35.0},
    )  # fmt: skip


@pytest.fixture
def shown(page: Page, service: MapService) -> Shown:
    """Open the map at a state of its address."""
    page.set_viewport_size({"width": 1100, "height": 760})
    return lambda state="": MapApp(page, service.address).open(state)


def row_at(zoom: float, more: str = "") -> str:
    """The address of the row of lampposts, its first in the middle."""
    return at(*spot(0), zoom) + more


def table_ids(app: MapApp) -> list[str]:
    """The ids of the table's rows, in order."""
    found: list[str] = app.rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
    return found


def view_of(app: MapApp) -> tuple[float, float, float]:
    """Zoom, latitude and longitude that the address says."""
    found = re.search(r"#map=([\d.]+)/(-?[\d.]+)/(-?[\d.]+)", app.page.url)
    assert found, app.page.url
    zoom, lat, lon = map(float, found.groups())
    return zoom, lat, lon


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_the_first_view_is_the_catalogue(
    page: Page, service: MapService, size: tuple[int, int], screenshots: Path
) -> None:
    """All assets are in view, and fill the map but for 40 pixels on the tighter side."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    app = MapApp(page, service.address).open()
    app.settle()
    page.screenshot(path=screenshots / f"service-{size[0]}.png")
    west, south, east, north = service.extent()
    zoom, lat, lon = view_of(app)
    box = app.canvas.bounding_box()
    assert box
    px_a_degree = 512 * 2**zoom / 360
    wide = (east - west) * px_a_degree
    tall = (north - south) * px_a_degree / 0.6057  # the cosine of the latitude
    room = min(box["width"] - wide, box["height"] - tall)
    assert 76 < room < 90
    assert (lat, lon) == pytest.approx(((south + north) / 2, (west + east) / 2), abs=0.001)
    assert app.elsewhere == []
    assert app.complaints == []


def test_counts_open_by_clicks_until_assets_show(shown: Shown) -> None:
    """A circle tells its count, and two clicks later there is an asset under the pointer."""
    app = shown(row_at(10))
    app.page.mouse.move(*app.middle)
    expect(app.page.locator(".tip")).to_contain_text("assets")
    app.visit(row_at(18))
    app.page.mouse.move(*app.middle)
    expect(app.page.locator(".tip")).to_have_text("Lamppost · Planned · 5.0 m high")
    assert app.complaints == []


def test_the_map_is_dragged_and_zoomed(shown: Shown) -> None:
    """Dragging moves the middle, the wheel and the button zoom, and new tiles are asked for."""
    app = shown(at(*MIDDLE, 14))
    zoom, lat, lon = view_of(app)
    x, y = app.middle
    before = len([each for each in app.asked if "/tiles/WebMercatorQuad/" in each])
    app.page.mouse.move(x, y)
    with app.moving():
        app.page.mouse.down()
        app.page.mouse.move(x - 300, y - 200, steps=5)
        app.page.mouse.up()
    assert view_of(app)[1] < lat - 0.001
    assert view_of(app)[2] > lon + 0.003
    with app.moving():
        app.page.get_by_role("button", name="Zoom in").click()
    assert view_of(app)[0] == pytest.approx(zoom + 1, abs=0.01)
    app.page.mouse.move(x, y)
    with app.moving():
        app.page.mouse.wheel(0, -300)
    assert view_of(app)[0] > zoom + 1.1
    after = [each for each in app.asked if "/tiles/WebMercatorQuad/" in each]
    assert len(after) > before
    assert app.complaints == []


def test_a_click_shows_the_asset_with_its_history(shown: Shown, screenshots: Path) -> None:
    """Facts have their units, unknowns are listed, and the history says when it came."""
    app = shown(row_at(18))
    app.click_middle()
    expect(app.details).to_contain_text("Lamppost ROW-0")
    expect(app.fact("Height")).to_have_text("5\u00a0m")
    expect(app.fact("Lamp")).to_have_text("35\u00a0W")
    expect(app.details).to_contain_text("Not known (")
    app.details.get_by_text("History").click()
    expect(app.details.locator(".history li")).to_have_count(1)
    expect(app.details.locator(".history li")).to_contain_text("Created")
    app.page.screenshot(path=screenshots / "service-details.png")
    expect(app.page).to_have_url(re.compile(re.escape(f"asset=lamppost/{column_id(0)}")))
    assert app.complaints == []


def test_a_hidden_layer_is_not_drawn_at_any_zoom(shown: Shown) -> None:
    """Neither its assets nor its share of a count; switched on, they are there again."""
    app = shown(row_at(18))
    app.layer("lamppost").uncheck()
    app.settle()
    app.click_middle()
    expect(app.details).to_be_hidden()
    assert "lamppost" not in app.page.url
    app.visit(row_at(10, "&kinds=mast"))
    app.page.mouse.move(*app.middle)
    expect(app.page.locator(".tip")).to_be_hidden()
    app.visit(row_at(18, "&kinds=lamppost"))
    app.click_middle()
    expect(app.details).to_contain_text("ROW-0")
    assert app.complaints == []


def test_a_filter_narrows_map_and_table(shown: Shown) -> None:
    """What a filter keeps is in the table, and the first of the row is drawn only if kept."""
    kept_by = {
        "&status=planned": [0, 2, 4],
        "&availability=free": [1],
        "&height_min=7": [2, 3, 4],
        "&height_max=6": [0, 1],
        "&status=operational&height_min=6&height_max=8": [1, 3],
        "&kinds=mast&status=planned": [],
        "&ward=Riverside": [],
    }
    app = shown(row_at(17, "&table=1"))
    for state, kept in kept_by.items():
        app.page.evaluate("hash => { location.hash = hash }", row_at(17, f"{state}&table=1"))
        expect(app.rows).to_have_count(len(kept))
        for number in kept:
            expect(app.page.locator(f'#table [data-id="{column_id(number)}"]')).to_be_visible()
        app.settle()
        app.click_middle()
        if 0 in kept:
            expect(app.details).to_contain_text("ROW-0")
            app.press("Close")
        else:
            expect(app.page.locator("body > [role=status]")).to_have_text("No asset here")
            expect(app.details).to_be_hidden()
    assert app.complaints == []


def test_an_address_that_is_given_wins_over_the_one_that_is_written(shown: Shown) -> None:
    """The page writes its own address just after a person's, before it is told of theirs."""
    app = shown(row_at(17, "&table=1"))
    app.page.evaluate(
        """given => {
            const own = location.href;
            location.hash = given;
            history.replaceState(null, "", own);
        }""",
        row_at(17, "&availability=free&table=1"),
    )
    expect(app.rows).to_have_count(1)
    app.page.wait_for_function("location.hash.includes('availability=free')")


def test_filters_are_set_in_the_panel(shown: Shown) -> None:
    """Status, availability, height and ward; the address follows, and one button clears all."""
    app = shown(row_at(18, "&table=1"))
    page = app.page
    expect(app.rows).to_have_count(COLUMNS)
    page.get_by_label("Operational", exact=True).check()
    expect(app.rows).to_have_count(COLUMNS // 2)
    page.fill("#height-min", "7")
    expect(app.rows).to_have_count(1)
    page.get_by_label("Ward").select_option("Riverside")
    expect(app.rows).to_have_count(0)
    app.settle()
    expect(page).to_have_url(
        re.compile(re.escape("status=operational&height_min=7&ward=Riverside"))
    )
    app.press("Clear filters")
    expect(app.rows).to_have_count(COLUMNS)
    page.get_by_label("Free", exact=True).check()
    expect(app.rows).to_have_count(1)
    assert app.complaints == []


def test_a_ward_holds_what_the_catalogue_places_in_it(shown: Shown, service: MapService) -> None:
    """The table of a ward's masts has the same assets as the API's own query."""
    app = shown(at(*MIDDLE, 11.8) + "&kinds=mast,cabinet&ward=Riverside&table=1")
    query = "f=json&limit=1000&ward=Riverside"
    expected = [
        each for kind in ("mast", "cabinet")
        for each in service.ids(f"/collections/{kind}/items?{query}")
    ]  # fmt: skip
    expect(app.rows).to_have_count(len(expected))
    assert len(expected) > 5
    assert sorted(table_ids(app)) == sorted(expected)


def test_the_table_sorts_goes_on_and_chooses(shown: Shown, screenshots: Path) -> None:
    """Height sorts both ways with unknown last, the next hundred follow, a row opens an asset."""
    app = shown(at(*MIDDLE, 12.5) + "&kinds=lamppost&table=1")
    expect(app.rows).to_have_count(100)
    app.press("Next 100")
    expect(app.rows).to_have_count(200)
    ids = table_ids(app)
    assert len(set(ids)) == 200
    app.visit(row_at(17, "&table=1"))
    head = app.page.get_by_role("button", name="Height", exact=True)
    head.click()
    known = [f"{5 + number}\u00a0m" for number in range(COLUMNS - 1)]
    cells = app.page.locator("#table td:last-child")
    expect(cells).to_have_text([*known, "Not known"])
    head.click()
    expect(cells).to_have_text([*reversed(known), "Not known"])
    app.page.screenshot(path=screenshots / "service-table.png")
    app.rows.nth(1).get_by_role("button").click()
    expect(app.details).to_contain_text("ROW-3")
    expect(app.rows.nth(1)).to_have_attribute("data-selected", "")
    assert app.complaints == []


@pytest.mark.parametrize("form", ["GeoJSON", "CSV"])
def test_an_export_holds_every_asset_of_the_filter(
    shown: Shown, service: MapService, form: str
) -> None:
    """More than a page of the table: all lampposts, each once."""
    app = shown(at(*MIDDLE, 15) + "&kinds=lamppost")
    app.page.click("#open-export")
    app.page.get_by_label("Only what is in view").uncheck()
    with app.page.expect_download() as download:
        app.press(form)
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    if form == "GeoJSON":
        found = [each["id"] for each in json.loads(text)["features"]]
    else:
        found = [line.split(",")[0] for line in text.splitlines()[1:]]
    expected = service.ids("/collections/lamppost/items?f=json&limit=1000")
    assert len(expected) > 600
    assert sorted(found) == sorted(expected)
    assert app.complaints == []


def test_measuring_agrees_with_the_catalogue(shown: Shown) -> None:
    """From the first lamppost to the right: 100 pixels at zoom 18 and 52.7° north are 18 m."""
    app = shown(row_at(18))
    app.page.click("#toggle-measure")
    app.click_middle()
    app.click_from_middle(100, 0)
    expect(app.page.locator("#measured")).to_have_text("18.1 m")
    app.press("Done")
    app.click_middle()
    expect(app.details).to_contain_text("ROW-0")


def test_an_address_restores_what_was_seen(shown: Shown) -> None:
    """Place, layers, filter, table and chosen asset come back in another browser."""
    app = shown(row_at(17, "&table=1"))
    app.page.get_by_label("Planned", exact=True).check()
    app.layer("mast").uncheck()
    expect(app.rows).to_have_count(COLUMNS // 2)
    app.rows.first.get_by_role("button").click()
    expect(app.details).to_contain_text("ROW-")
    app.settle()
    seen = app.page.url.split("/explore/")[1], app.details.inner_text()
    app.visit(seen[0])
    expect(app.rows).to_have_count(COLUMNS // 2)
    expect(app.page.get_by_label("Planned", exact=True)).to_be_checked()
    expect(app.layer("mast")).not_to_be_checked()
    expect(app.details).to_contain_text("ROW-")
    app.settle()
    assert (app.page.url.split("/explore/")[1], app.details.inner_text()) == seen


def test_the_keyboard_alone_is_enough(shown: Shown) -> None:
    """Skip link, table, row, details, back; then the map: Enter chooses, arrows move."""
    app = shown(row_at(17))
    page = app.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(app.rows).to_have_count(COLUMNS)
    first = app.rows.first.get_by_role("button")
    first.focus()
    page.keyboard.press("Enter")
    expect(app.details).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    app.canvas.focus()
    page.keyboard.press("Enter")
    expect(app.details).to_contain_text("ROW-")
    page.keyboard.press("Escape")
    expect(app.canvas).to_be_focused()
    before = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => location.href !== before", arg=before)
    assert app.complaints == []


def test_the_search_box_finds_and_opens(shown: Shown) -> None:
    """A ref typed, arrow down, Enter: the asset opens and the map goes there."""
    app = shown()
    page = app.page
    page.locator("#search-box").focus()
    page.keyboard.type("row-3")
    expect(page.locator("#search-results [role=option]").first).to_contain_text("ROW-3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(app.details).to_contain_text("Lamppost ROW-3")
    page.wait_for_url(re.compile(r"#map=17(\.0\d*)?/"))  # the flight there ends in the address
    page.fill("#search-box", "row lane")
    expect(page.locator("#search-results [role=option]")).to_have_count(COLUMNS)
    page.fill("#search-box", "zzzzqq")
    expect(page.locator("#search-results [role=option]")).to_have_text(["Nothing found"])
    assert app.complaints == []


@pytest.mark.parametrize("state", ["start", "details", "table", "export", "search", "narrow"])
def test_axe_finds_nothing(shown: Shown, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of best practice in any state of the page."""
    asset = f"&asset=lamppost/{column_id(0)}" if state == "details" else ""
    app = shown(row_at(18, f"{asset}&table=1" if state == "table" else asset))
    page = app.page
    if state == "details":
        app.details.get_by_text("History").click()
        expect(app.details.locator(".history li")).to_have_count(1)
    if state == "table":
        expect(app.rows).to_have_count(COLUMNS)
    if state == "export":
        page.click("#open-export")
    if state == "search":
        page.fill("#search-box", STREETS[0])
        expect(page.locator("#found-0")).to_be_visible()
    if state == "narrow":
        page.set_viewport_size({"width": 360, "height": 740})
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()


def test_a_phone_reaches_everything(page: Page, service: MapService, screenshots: Path) -> None:
    """At 360 pixels nothing scrolls sideways; layers, table and details open over the map."""
    page.set_viewport_size({"width": 360, "height": 740})
    app = MapApp(page, service.address).open(row_at(18))
    expect(app.layer("lamppost")).to_be_hidden()
    page.click("#toggle-side")
    expect(app.layer("lamppost")).to_be_visible()
    page.click("#toggle-side")
    app.click_middle()
    expect(app.details).to_contain_text("ROW-0")
    page.screenshot(path=screenshots / "service-narrow-details.png")
    app.press("Close")
    page.click("#toggle-table")
    expect(app.rows.first).to_be_visible()
    page.click("#open-export")
    expect(page.get_by_role("button", name="CSV")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert app.complaints == []


def test_hidden_assets_show_only_to_who_may_see_them(page: Page, service: MapService) -> None:
    """The public's map has no trace of an asset for estates; the officer's token shows it."""
    place = spot(1)
    ref = "HIDDEN-1"
    service.add("lamppost", shapely.Point(place), ref=ref, sensitivity="estates")
    app = MapApp(page, service.address).open(at(*place, 18) + "&table=1")
    expect(app.page.locator("#table-count")).to_have_text("No assets in view.")
    app.click_middle()
    expect(app.details).to_be_hidden()
    app.sign_in(service.token)
    expect(app.rows).to_have_count(1)
    app.settle()
    app.click_middle()
    expect(app.details).to_contain_text(ref)
    app.press("Close")
    app.press("Stop editing")
    expect(app.rows).to_have_count(0)
    app.settle()
    app.click_middle()
    app.settle()
    expect(app.details).to_be_hidden()
    assert quote(service.token) not in page.url
    assert app.complaints == []
