"""The map app in a real browser, over a stand-in for the API that it talks to."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from made_towns import CENTRE_M, asset, batch_of
from map_app import MapApp
from map_app_fixtures import Opener, at
from playwright.sync_api import Page, expect
from stand_in import StandIn

pytestmark = pytest.mark.browser


def test_the_app_opens_without_a_complaint_or_a_request_elsewhere(
    town_app: MapApp, screenshots: Path
) -> None:
    """Nothing is fetched from another host, and the console stays empty."""
    town_app.page.screenshot(path=screenshots / "app.png")
    assert town_app.service.elsewhere == []
    assert town_app.complaints == []


def test_clicking_an_asset_shows_what_is_known_of_it(opened: Opener, screenshots: Path) -> None:
    """A click opens the details with units, and lists what is not known."""
    row = {"height_m": 8.0, "street": "Mill Road", "attributes": {"lamp_w": 35}}
    app = opened(asset("lamppost", shapely.Point(CENTRE_M), 1, **row))
    app.click_middle()
    expect(app.details).to_contain_text("Lamppost LAM000001")
    app.page.screenshot(path=screenshots / "app-details.png")
    expect(app.fact("Height")).to_have_text("8\u00a0m")
    expect(app.fact("Lamp")).to_have_text("35\u00a0W")
    expect(app.details).to_contain_text("Not known (")
    assert app.complaints == []


def test_lines_and_areas_are_chosen_too(opened: Opener) -> None:
    """A duct under the pointer comes before the park under both, and both are reached."""
    x, y = CENTRE_M
    app = opened(
        asset("open_space", shapely.box(x - 200, y - 200, x + 200, y + 200), 1, name="Common"),
        asset("duct", shapely.LineString([(x - 200, y), (x + 200, y)]), 2),
    )
    app.click_middle()
    expect(app.details).to_contain_text("Duct DUC000002")
    expect(app.details).to_contain_text("1 of 2 here")
    app.press("Next")
    expect(app.details).to_contain_text("Open space OPE000001")


def test_low_zooms_show_counts_that_open(opened: Opener) -> None:
    """Below the detail zoom there are circles; a click zooms in, and counts follow the layers."""
    x, y = CENTRE_M
    middle = (x // 625 + 0.5) * 625, (y // 625 + 0.5) * 625
    crowd = [asset("lamppost", shapely.Point(middle[0] + 5 * i, middle[1]), i) for i in range(30)]
    app = opened(*crowd, asset("mast", shapely.Point(middle), 99), zoom=10)
    app.page.goto(app.page.url.split("#")[0] + at(*middle, 10))
    app.settle()
    box = app.canvas.bounding_box()
    assert box
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(app.page.locator(".tip")).to_have_text("31 assets")
    app.click_middle()
    app.page.wait_for_url("**#map=12.00/**")
    expect(app.details).to_be_hidden()


def test_a_layer_can_be_hidden(opened: Opener) -> None:
    """A hidden layer answers no click, and its state is in the address."""
    app = opened(asset("lamppost", shapely.Point(CENTRE_M), 1))
    app.layer("lamppost").uncheck()
    app.settle()
    app.click_middle()
    expect(app.details).to_be_hidden()
    assert "kinds=" in app.page.url
    assert "lamppost" not in app.page.url
    app.layer("lamppost").check()
    app.settle()
    app.click_middle()
    expect(app.details).to_contain_text("LAM000001")


def test_a_filter_narrows_map_and_table(opened: Opener, screenshots: Path) -> None:
    """Status and height filters hold for what is drawn, for the table and in the address."""
    x, y = CENTRE_M
    app = opened(
        asset("lamppost", shapely.Point(x, y), 1, height_m=5.0),
        asset("lamppost", shapely.Point(x + 60, y), 2, height_m=10.0),
        asset("lamppost", shapely.Point(x + 90, y), 3, height_m=10.0, status="planned"),
        more="&table=1",
    )
    expect(app.rows).to_have_count(3)
    app.page.get_by_label("Operational").check()
    app.page.fill("#height-min", "8")
    expect(app.rows).to_have_count(1)
    expect(app.rows).to_contain_text("LAM000002")
    app.settle()
    app.page.screenshot(path=screenshots / "app-filter.png")
    assert "status=operational&height_min=8" in app.page.url
    app.click_middle()
    expect(app.details).to_be_hidden()
    app.press("Clear filters")
    expect(app.rows).to_have_count(3)
    assert app.complaints == []


def test_a_filter_that_matches_too_much_says_what_is_drawn(
    page: Page, real_service: TestClient
) -> None:
    """Nothing is left out silently."""
    x, y = CENTRE_M
    crowd = [
        asset("lamppost", shapely.Point(x + i % 80, y + i // 80), i) for i in range(5_001)
    ]  # fmt: skip
    app = MapApp(page, StandIn([batch_of(*crowd)], real_service)).open(
        at(x, y, 14) + "&status=operational"
    )
    expect(page.locator(".message")).to_contain_text("More than 5,000 assets match here")
    assert app.complaints == []


def test_an_address_shows_what_was_seen(opened: Opener) -> None:
    """Filter, table and chosen asset come back from the address alone."""
    lamp = asset("lamppost", shapely.Point(CENTRE_M), 1, status="planned")
    app = opened(
        lamp, more=f"&kinds=lamppost&status=planned&asset=lamppost/{lamp['asset_id']}&table=1"
    )
    expect(app.details).to_contain_text("LAM000001")
    expect(app.rows).to_have_count(1)
    expect(app.page.get_by_label("Planned")).to_be_checked()
    expect(app.layer("mast")).not_to_be_checked()


def test_search_with_the_keyboard_alone(town_app: MapApp) -> None:
    """Type, arrow down, Enter: the asset opens and the map goes there."""
    town_app.page.locator("#search-box").focus()
    town_app.page.keyboard.type("lam000123")
    expect(town_app.page.locator("#search-results [role=option]").first).to_contain_text(
        "LAM000123"
    )
    town_app.page.keyboard.press("ArrowDown")
    town_app.page.keyboard.press("Enter")
    expect(town_app.details).to_contain_text("Lamppost LAM000123")
    expect(town_app.details).to_be_focused()
    town_app.page.keyboard.press("Escape")
    expect(town_app.details).to_be_hidden()
    assert town_app.focused_id() == "search-box"


def test_a_search_without_result_says_so(town_app: MapApp) -> None:
    """The answer is words, not an empty list."""
    town_app.page.fill("#search-box", "zzzz")
    expect(town_app.page.locator("#search-results [role=option]")).to_have_text(["Nothing found"])


def test_the_skip_link_opens_the_table_and_it_goes_on(town_app: MapApp, screenshots: Path) -> None:
    """The first stop of the keyboard is the table; the next hundred rows are added to it."""
    town_app.page.keyboard.press("Tab")
    town_app.page.keyboard.press("Enter")
    expect(town_app.rows).to_have_count(100)
    town_app.page.screenshot(path=screenshots / "app-table.png")
    town_app.press("Next 100")
    expect(town_app.rows).to_have_count(200)
    assert town_app.complaints == []


def test_the_table_sorts_both_ways(opened: Opener) -> None:
    """A heading sorts by the service, says so, and unknown comes last both ways."""
    heights = {1: 8.0, 2: None, 3: 5.0, 4: 10.0}
    rows = [
        asset("lamppost", shapely.Point(CENTRE_M[0] + 9 * number, CENTRE_M[1]), number, height_m=h)
        for number, h in heights.items()
    ]
    app = opened(*rows, more="&table=1")
    head = app.page.get_by_role("button", name="Height", exact=True)
    head.click()
    expect(app.page.locator("th[aria-sort=ascending]")).to_have_text("Height")
    known = ["5\u00a0m", "8\u00a0m", "10\u00a0m"]
    expect(app.page.locator("#table td:last-child")).to_have_text([*known, "Not known"])
    head.click()
    expect(app.page.locator("th[aria-sort=descending]")).to_have_text("Height")
    expect(app.page.locator("#table td:last-child")).to_have_text([*reversed(known), "Not known"])


def test_a_row_opens_the_details(town_app: MapApp) -> None:
    """From the keyboard: the row's button, the panel, and back."""
    town_app.page.click("#toggle-table")
    first = town_app.rows.first.get_by_role("button")
    first.focus()
    town_app.page.keyboard.press("Enter")
    expect(town_app.details).to_be_focused()
    town_app.page.keyboard.press("Escape")
    expect(first).to_be_focused()


def test_the_map_is_used_with_the_keyboard_alone(opened: Opener) -> None:
    """Enter opens the asset in the middle; arrows move the map."""
    app = opened(asset("mast", shapely.Point(CENTRE_M), 1))
    app.canvas.focus()
    app.page.keyboard.press("Enter")
    expect(app.details).to_contain_text("Mast MAS000001")
    app.page.keyboard.press("Escape")
    expect(app.canvas).to_be_focused()
    before = app.page.url
    app.page.keyboard.press("ArrowRight")
    app.page.wait_for_function("before => location.href !== before", arg=before)


def test_history_says_who_changed_what(opened: Opener) -> None:
    """The history is fetched when it is opened."""
    lamp = asset("lamppost", shapely.Point(CENTRE_M), 1)
    app = opened(lamp, more=f"&asset=lamppost/{lamp['asset_id']}")
    app.details.get_by_text("History").click()
    expect(app.details).to_contain_text("Street lighting register")


def test_measuring_by_clicks_and_by_keyboard(opened: Opener) -> None:
    """Two corners give a length, three an area: 0.36 m a pixel at zoom 17 and 52.7° north."""
    app = opened(asset("mast", shapely.Point(CENTRE_M), 1))
    app.page.click("#toggle-measure")
    app.click_middle()
    box = app.canvas.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    app.page.mouse.click(x + 200, y)
    expect(app.page.locator("#measured")).to_have_text("72.3 m")
    app.page.mouse.click(x + 200, y + 200)
    expect(app.page.locator("#measured")).to_contain_text("area inside 2,61")
    app.press("Done")
    app.click_middle()
    expect(app.details).to_contain_text("Mast")


@pytest.mark.parametrize("form", ["GeoJSON", "CSV"])
def test_export_holds_what_is_filtered(town_app: MapApp, form: str) -> None:
    """Every page of the result is in the file."""
    town_app.page.click("#open-export")
    town_app.page.get_by_label("Only what is in view").uncheck()
    with town_app.page.expect_download() as download:
        town_app.press(form)
    text = Path(download.value.path()).read_text(encoding="utf-8")
    count = text.count('"type":"Feature",') if form == "GeoJSON" else len(text.splitlines()) - 1
    assert count == len(town_app.service.assets)


@pytest.mark.parametrize(
    "state", ["start", "details", "table", "export", "form", "search", "narrow"]
)
def test_axe_finds_nothing(town_app: MapApp, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of best practice in any state of the page."""
    page = town_app.page
    if state in ("details", "form"):
        page.fill("#search-box", "LAM000123")
        page.locator("#found-0").click()
        expect(town_app.details).to_be_visible()
    if state == "form":
        town_app.sign_in()
        town_app.press("Edit details")
        expect(page.locator("dialog.form")).to_be_visible()
    if state == "table":
        page.click("#toggle-table")
        expect(town_app.rows).to_have_count(100)
    if state == "export":
        page.click("#open-export")
    if state == "search":
        page.fill("#search-box", "mill")
        expect(page.locator("#found-0")).to_be_visible()
    if state == "narrow":
        page.set_viewport_size({"width": 360, "height": 700})
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()


def test_a_narrow_screen_keeps_everything_reachable(town_app: MapApp, screenshots: Path) -> None:
    """At 360 pixels nothing scrolls sideways; layers and table open over the map."""
    page = town_app.page
    page.set_viewport_size({"width": 360, "height": 700})
    page.wait_for_timeout(400)
    page.screenshot(path=screenshots / "app-narrow.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(town_app.layer("lamppost")).to_be_hidden()
    page.click("#toggle-side")
    expect(town_app.layer("lamppost")).to_be_visible()
    page.click("#toggle-side")
    page.click("#toggle-table")
    expect(town_app.rows.first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_content_policy_stops_what_is_not_ours(town_app: MapApp) -> None:
    """The page's own policy refuses another host."""
    failed = town_app.page.evaluate(
        "fetch('https://example.org/').then(() => 'went out', () => 'refused')"
    )
    assert failed == "refused"
    assert town_app.service.elsewhere == []
