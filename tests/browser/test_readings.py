"""Readings in a real browser, live: the layer of the map, and the page of a Thing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from databases import MAKERS
from made_towns import CENTRE_M
from map_app import MapApp
from map_app_fixtures import at, require_built
from map_service import MapService, add_records, record, serving
from playwright.sync_api import Page, expect

from canopy.access.rules import Principal, Role
from canopy.db.engine import Database
from canopy.iot.care.downsampling import downsample
from canopy.iot.lighting.files import UnitRow
from canopy.iot.lighting.taking import take_inventory
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all
from canopy.iot.viewing.queries import microseconds

pytestmark = pytest.mark.browser
POSTS = 9
NOW = datetime.now(UTC)
ESTATES = Principal(Role.estates, "test")


def post_at(number: int) -> tuple[float, float]:
    """Lampposts in rows of three, 60 m apart [m]."""
    return CENTRE_M[0] + 60.0 * (number % 3), CENTRE_M[1] + 60.0 * (number // 3)


@pytest.fixture(scope="module")
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MapService]:
    """Lampposts with a thermometer each; the first has a battery too, the last went silent."""
    require_built()
    databases = request.getfixturevalue(MAKERS["gpkg"])
    database = databases.new()
    add_records(database, [
        (f"00000000-0000-4000-8000-00000000000{number}",
         record("lamppost", shapely.Point(*post_at(number)), ref=f"P-{number}"))
        for number in range(POSTS)
    ])  # fmt: skip
    common = {"data_class": "open", "interval_s": 1_800}
    entries = [
        StreamEntry(
            asset=f"P-{number}", stream="temperature", source=f"air-{number}", unit="Cel",
            thing=f"Air station {number + 1}", observed_property="Air temperature",
            definition="http://qudt.org/vocab/quantitykind/Temperature", **common,
        )
        for number in range(POSTS)
    ]  # fmt: skip
    entries.append(StreamEntry(
        asset="P-0", stream="battery", source="air-0", unit="%", thing="Air station 1",
        observed_property="Battery charge", definition="urn:battery", **common,
    ))  # fmt: skip
    register_all(database, list(enumerate(entries, 1)), ESTATES, NOW)
    lit = [UnitRow("N-1", "P-0", lamp_w=70.0), UnitRow("N-2", "ZZ-9"), UnitRow("N-3", "P-0")]
    take_inventory(database, "lumen", lit, ESTATES, NOW)
    _read_the_past(database)
    with serving(
        database, tmp_path_factory.mktemp("serve"), CANOPY_IOT_LIVE_EVERY_S="0.3"
    ) as running:
        yield running
    databases.drop(database)


def _read_the_past(database: Database) -> None:
    """Forty days, half-hourly, warmer by day; a gap of nine hours; the last is silent since."""
    rows: list[ObservationRow] = []
    for step in range(40 * 48):
        moment = NOW - timedelta(minutes=5 + 30 * step)
        warmth = 8.0 + 5.0 * math.sin(moment.hour / 24 * math.tau - 2.0)
        for number in range(POSTS):
            is_gap = number == 0 and 8 <= step < 26
            is_silent = number == POSTS - 1 and step < 40
            if not (is_gap or is_silent or (number not in (0, POSTS - 1) and step > 60)):
                rows.append(_row(number + 1, moment, warmth + number * 0.8))
        rows.append(_row(POSTS + 1, moment, 26.0 + step / 48))
    store = store_of(database, 5.0)
    store.write(Batch(observations=rows))
    store.close()
    readings = Readings(database, 5.0)
    downsample(database, readings)
    readings.dispose()


def _row(stream: int, moment: datetime, number: float) -> ObservationRow:
    at_us = microseconds(moment)
    return ObservationRow(stream, at_us, "", None, round(number, 2), None, 0, None, None, None)


def read(service: MapService, stream: int, number: float) -> None:
    """A reading of now, beside the running service."""
    store = store_of(service.database, 5.0)
    store.write(Batch(observations=[_row(stream, datetime.now(UTC), number)]))
    store.close()


def require_accessible(page: Page, width: int) -> None:
    """At a width, axe finds nothing and nothing runs out of the page."""
    page.set_viewport_size({"width": width, "height": 900})
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_map_shows_newest_values_as_they_come(
    service: MapService, page: Page, screenshots: Path
) -> None:
    """A layer with legend, table and panel; a reading changes it without a load, and moves no
    focus; what is too old is told; the address keeps it; paused, nothing changes."""
    page.set_viewport_size({"width": 1280, "height": 800})
    app = MapApp(page, service.address).open(at(*post_at(4), 17.4))
    app.press("Readings")
    panel = page.locator("#readings")
    expect(panel).to_contain_text("9 values, 1 too old.")
    expect(panel.locator("#readings-property option")).to_have_count(2)
    expect(panel.locator(".swatches")).to_contain_text("Too old")
    expect(page).to_have_url(re.compile("readings=1"))
    app.settle()
    app.click_from_middle(0, 0)
    thing = page.locator("#thing")
    expect(thing).to_contain_text("Air station 5")
    expect(thing.locator("svg.sparkline")).to_have_count(1)
    page.mouse.move(5, 5)
    page.screenshot(path=screenshots / "readings-map.png")
    before = app.focused_id()
    asked = len(app.asked)
    read(service, 5, 31.5)
    expect(thing).to_contain_text("31.5")
    assert app.focused_id() == before
    assert not [each for each in app.asked[asked:] if "/iot/latest" in each]
    app.press("Pause live values")
    expect(panel).to_contain_text("Live values are paused.")
    app.press("Show as a table")
    rows = page.locator("dialog tbody tr")
    expect(rows).to_have_count(9)
    expect(rows.nth(8)).to_contain_text("Too old")
    require_accessible(page, 1280)
    page.keyboard.press("Escape")
    require_accessible(page, 360)
    page.reload()
    expect(page.locator("#thing")).to_contain_text("Air station 5")
    assert app.complaints == []
    assert app.elsewhere == []


def test_a_thing_has_its_newest_values_past_gaps_and_battery(
    service: MapService, page: Page, screenshots: Path
) -> None:
    """From the list to a Thing; its chart by span, read by keyboard and as a table; live values
    can be paused; axe finds nothing."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{service.address}/things")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(9)
    page.get_by_role("button", name="Silent").click()
    expect(rows.first).to_contain_text("1 silent")
    page.get_by_label("What needs care").select_option("battery")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(1)
    require_accessible(page, 360)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{service.address}/things/1")
    expect(page.locator("h2")).to_have_text("Air station 1")
    expect(page.locator("dl")).to_contain_text("Falling: 26 %, low in")
    expect(page.get_by_text("1 longer than 1 hour.")).to_be_visible()
    slider = page.get_by_label("Read the chart")
    last = slider.get_attribute("aria-valuetext")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") != last
    for name, level in (("Month", "hourly means"), ("Year", "daily means"), ("Week", "15 minutes")):
        page.get_by_label(name).check()
        expect(page.locator("h4").first).to_contain_text(level)
    read(service, 1, 30.25)
    expect(page.locator("tbody").first).to_contain_text("30.25")
    page.get_by_role("button", name="Pause live values").click()
    expect(page.get_by_text("Live values are paused.", exact=True)).to_be_visible()
    page.screenshot(path=screenshots / "thing.png", full_page=True)
    page.get_by_text("The chart as a table").click()
    require_accessible(page, 1280)
    require_accessible(page, 360)
    page.screenshot(path=screenshots / "thing-360.png", full_page=True)
    _require_street_lighting(service, page, screenshots)
    assert complaints == []


def _require_street_lighting(service: MapService, page: Page, screenshots: Path) -> None:
    """Signed in, lampposts with what is known of their lamps, gateways and mismatches; what is
    asked for stands in the address, and all can be saved."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Street lighting").click()
    expect(page.get_by_role("alert")).to_contain_text("token")
    page.get_by_role("button", name="Sign in").click()
    page.fill("#token", service.token)
    page.locator("dialog").get_by_role("button", name="Sign in").click()
    lamps = page.get_by_role("region", name="Lampposts", exact=True).locator("tbody tr")
    expect(lamps).to_have_count(9)
    expect(lamps.first).to_contain_text("No readings of the lamp")
    bare = page.get_by_role("region", name="Units without a lamppost")
    expect(bare).to_contain_text("lumen N-2")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save lampposts as CSV").click()
    assert saved.value.path().read_text().count("\n") == 10
    page.screenshot(path=screenshots / "street-lighting.png", full_page=True)
    page.get_by_label("Which lampposts").select_option("mismatch")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(lamps).to_have_count(1)
    expect(page).to_have_url(re.compile("only=mismatch"))
    require_accessible(page, 1280)
    require_accessible(page, 360)
