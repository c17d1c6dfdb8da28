"""The map app in a real browser, over a stand-in for the API that it talks to."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from made_towns import CENTRE_M, asset, batch_of
from map_app_fixtures import Opener, StandInApp, at
from playwright.sync_api import Page, expect
from stand_in import StandIn

pytestmark = pytest.mark.browser


def test_the_app_opens_without_a_complaint_or_a_request_elsewhere(
    town_app: StandInApp, screenshots: Path
) -> None:
    """Nothing is fetched from another host, and the console stays empty."""
    town_app.page.screenshot(path=screenshots / "app.png")
    assert town_app.service.elsewhere == []
    assert town_app.complaints == []


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


def test_a_filter_that_matches_too_much_says_what_is_drawn(
    page: Page, real_service: TestClient
) -> None:
    """Nothing is left out silently."""
    x, y = CENTRE_M
    crowd = [
        asset("lamppost", shapely.Point(x + i % 80, y + i // 80), i) for i in range(5_001)
    ]  # fmt: skip
    app = StandInApp.over(page, StandIn([batch_of(*crowd)], real_service)).open(
        at(x, y, 14) + "&status=operational"
    )
    expect(page.locator(".message")).to_contain_text("More than 5,000 assets match here")
    assert app.complaints == []


def test_search_with_the_keyboard_alone(town_app: StandInApp) -> None:
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


def test_a_search_without_result_says_so(town_app: StandInApp) -> None:
    """The answer is words, not an empty list."""
    town_app.page.fill("#search-box", "zzzz")
    expect(town_app.page.locator("#search-results [role=option]")).to_have_text(["Nothing found"])


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


@pytest.mark.parametrize("state", ["form", "search"])
def test_axe_finds_nothing(town_app: StandInApp, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of best practice with the form or a result open."""
    page = town_app.page
    page.fill("#search-box", "LAM000123")
    expect(page.locator("#found-0")).to_be_visible()
    if state == "form":
        page.locator("#found-0").click()
        expect(town_app.details).to_be_visible()
        town_app.start_editing()
        town_app.press("Edit details")
        expect(page.locator("dialog.form")).to_be_visible()
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()


def test_the_content_policy_stops_what_is_not_ours(town_app: StandInApp) -> None:
    """The page's own policy refuses another host."""
    failed = town_app.page.evaluate(
        "fetch('https://example.org/').then(() => 'went out', () => 'refused')"
    )
    assert failed == "refused"
    assert town_app.service.elsewhere == []
