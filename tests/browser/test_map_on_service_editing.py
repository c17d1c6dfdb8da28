"""Editing on the map over the real service, on GeoPackage and on PostGIS.

Every save is a revision of the asset, under the version that was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from databases import MAKERS
from made_towns import BNG
from map_app import MapApp
from map_app_fixtures import at, require_built
from map_service import MapService, add_records, fill_wards, record, serving, spot
from playwright.sync_api import Browser, Page, expect

from canopy.geo import WGS84, transformer

pytestmark = pytest.mark.browser

Officer = Callable[..., MapApp]
METRES_A_PIXEL = 40_075_016.7 * 0.6057 / (512 * 2**18)
"""At zoom 18 and 52.7° north."""


SERVED = (
    pytest.param("gpkg"),
    pytest.param("postgis", marks=(pytest.mark.postgis, pytest.mark.long)),
)
"""The API is held to one answer on both databases elsewhere; here it takes minutes."""


@pytest.fixture(scope="module", params=SERVED)
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MapService]:
    """A service over two wards' worth of nothing: each test adds what it edits."""
    require_built()
    databases = request.getfixturevalue(MAKERS[request.param])
    database = databases.new()
    fill_wards(database)
    first = record("mast", shapely.Point(spot(0)), ref="FIRST")
    add_records(database, [("00000000-0000-4000-8000-0000000000ff", first)])
    with serving(database, tmp_path_factory.mktemp("serve")) as running:
        yield running
    databases.drop(database)


@pytest.fixture
def officer(page: Page, service: MapService) -> Officer:
    """Open the map over an asset, choose it, and sign in."""
    page.set_viewport_size({"width": 1100, "height": 760})

    def opened(kind: str, asset_id: str, place: tuple[float, float]) -> MapApp:
        app = MapApp(page, service.address)
        return signed_in(app, service, kind, asset_id, place)

    return opened


def signed_in(
    app: MapApp, service: MapService, kind: str, asset_id: str, place: tuple[float, float]
) -> MapApp:
    """The app at an asset, ready to edit it."""
    app.open(f"{at(*place, 18)}&asset={kind}/{asset_id}")
    expect(app.details).to_be_visible()
    app.sign_in(service.token)
    expect(app.page.get_by_role("button", name="Edit details")).to_be_visible()
    return app


def actions(service: MapService, asset_id: str) -> list[tuple[str, str | None]]:
    """What was done to an asset, and who did it, oldest first."""
    return [(each["action"], each.get("author")) for each in service.history(asset_id)]


def position_of(service: MapService, kind: str, asset_id: str) -> shapely.Point:
    """Where an asset stands [m]."""
    lon, lat = service.item(kind, asset_id)["geometry"]["coordinates"]
    x, y = transformer(WGS84, BNG).xy(np.array([lon]), np.array([lat]))
    return shapely.Point(x[0], y[0])


def test_a_form_has_the_kinds_fields_with_units_and_help(
    officer: Officer, service: MapService, screenshots: Path
) -> None:
    """Common fields and the lamppost's own, as the queryables describe them; none derived."""
    place = spot(1)
    lamp = service.add("lamppost", shapely.Point(place), ref="FORM", height_m=8.0)
    app = officer("lamppost", lamp, place)
    app.press("Edit details")
    page = app.page
    expect(page.get_by_label("Height [m]", exact=True)).to_have_value("8")
    expect(page.get_by_label("Lamp [W]", exact=True)).to_have_value("")
    expect(page.locator("#field-material option")).to_contain_text(["Steel"], use_inner_text=False)
    expect(page.locator("#field-material-help")).to_contain_text("Material of the column")
    expect(page.locator("#field-height_m-help")).to_have_text("Height above ground. 0 to 400")
    for name in ("asset_id", "version", "ward", "updated_at", "geometry"):
        expect(page.locator(f"#field-{name}")).to_have_count(0)
    page.screenshot(path=screenshots / "service-form.png")
    assert app.complaints == []


def test_an_edit_is_a_revision_and_undo_is_another(officer: Officer, service: MapService) -> None:
    """The changed field alone is in the history, with the officer's name, there and back."""
    place = spot(2)
    lamp = service.add("lamppost", shapely.Point(place), ref="EDIT", height_m=8.0, street="Mill")
    app = officer("lamppost", lamp, place)
    app.press("Edit details")
    app.page.get_by_label("Height [m]", exact=True).fill("10")
    app.page.get_by_label("Lamp [W]", exact=True).fill("35")
    app.press("Save")
    expect(app.fact("Height")).to_have_text("10\u00a0m")
    expect(app.fact("Lamp")).to_have_text("35\u00a0W")
    app.page.click("#undo")
    expect(app.fact("Height")).to_have_text("8\u00a0m")
    expect(app.fact("Lamp")).to_have_count(0)
    expect(app.page.locator("#undo")).to_be_disabled()
    told = service.history(lamp)
    assert actions(service, lamp)[1:] == [("updated", "officer"), ("updated", "officer")]
    assert told[1]["before"] == {"height_m": 8.0}
    assert told[1]["after"] == {"height_m": 10.0, "attributes.lamp_w": 35.0}
    app.details.get_by_text("History").click()
    expect(app.details).to_contain_text("Height: 8\u00a0m → 10\u00a0m")
    assert app.complaints == []


def test_a_refused_value_is_named_and_nothing_is_lost(
    officer: Officer, service: MapService
) -> None:
    """The service's 422 is shown in the form, which stays open with what was entered."""
    place = spot(3)
    lamp = service.add("lamppost", shapely.Point(place), ref="REFUSED", street="Mill Road")
    app = officer("lamppost", lamp, place)
    app.press("Edit details")
    app.page.get_by_label("UPRN", exact=True).fill("12 High Street")
    app.page.get_by_label("Street", exact=True).fill("King Street")
    app.press("Save")
    expect(app.page.get_by_role("alert")).to_contain_text("uprn")
    expect(app.page.get_by_label("UPRN", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(app.page.get_by_label("Street", exact=True)).to_have_value("King Street")
    assert len(service.history(lamp)) == 1


def test_a_point_is_moved_drawn_there_and_taken_back(officer: Officer, service: MapService) -> None:
    """100 pixels at zoom 18 are 18 m; the new place answers to a click, the old does not."""
    place = spot(4)
    lamp = service.add("lamppost", shapely.Point(place), ref="MOVED")
    app = officer("lamppost", lamp, place)
    app.press("Move")
    app.click_from_middle(100, 0)
    app.press("Save position")
    expect(app.page.locator("#drawing-bar")).to_have_count(0)
    expect(app.page.locator("#undo")).to_be_enabled()
    moved = position_of(service, "lamppost", lamp)
    assert moved.distance(shapely.Point(place)) == pytest.approx(100 * METRES_A_PIXEL, rel=0.02)
    app.press("Close")
    app.settle()
    app.click_middle()
    expect(app.details).to_be_hidden()
    app.page.click("#undo")
    expect(app.page.locator("#undo")).to_be_disabled()
    app.settle()
    app.click_middle()
    expect(app.details).to_contain_text("MOVED")
    assert position_of(service, "lamppost", lamp).distance(shapely.Point(place)) < 0.01
    assert len(service.history(lamp)) == 3
    assert app.complaints == []


def test_an_area_is_reshaped(officer: Officer, service: MapService, screenshots: Path) -> None:
    """A corner is dragged; the area grows by it, and the history says the position changed."""
    x, y = spot(5)
    park = service.add("open_space", shapely.box(x - 20, y - 20, x + 20, y + 20), name="Common")
    app = officer("open_space", park, (x, y))
    app.press("Reshape")
    right, down = app.middle
    reach, turn = 20 / METRES_A_PIXEL, 0.0111  # the grid's north against true north [rad]
    corner = right + reach * (1 - turn), down - reach * (1 + turn)
    app.page.screenshot(path=screenshots / "service-reshape.png")
    app.page.mouse.move(*corner)
    app.page.mouse.down()
    app.page.mouse.move(corner[0] + 40, corner[1] - 40, steps=4)
    app.page.mouse.up()
    app.press("Save position")
    expect(app.page.locator("#drawing-bar")).to_have_count(0)
    told = service.history(park)
    assert [each["action"] for each in told] == ["created", "updated"]
    area_m2 = shapely.from_wkt(told[1]["after"]["geom"]).area
    assert area_m2 > 1_600 * 1.1
    app.details.get_by_text("History").click()
    expect(app.details).to_contain_text("Position changed")


def test_an_asset_is_added_with_the_keyboard_and_taken_back(
    officer: Officer, service: MapService
) -> None:
    """Enter places it, the form is filled, the service gives it a ward; undo withdraws it."""
    place = spot(6)
    lamp = service.add("lamppost", shapely.Point(place), ref="BESIDE")
    app = officer("lamppost", lamp, place)
    app.press("Close")
    app.page.select_option("#add-kind", "mast")
    app.page.click("#add")
    expect(app.canvas).to_be_focused()
    app.page.keyboard.press("Enter")
    app.press("Next: details")
    app.page.get_by_label("Reference", exact=True).fill("M-NEW")
    app.page.get_by_label("Height [m]", exact=True).fill("21.5")
    app.press("Save")
    expect(app.details).to_contain_text("Mast M-NEW")
    made = service.ids("/collections/mast/items?f=json&ref=M-NEW")
    assert len(made) == 1
    assert actions(service, made[0]) == [("created", "officer")]
    assert position_of(service, "mast", made[0]).distance(shapely.Point(place)) < 0.3
    app.page.click("#undo")
    expect(app.details).to_be_hidden()
    expect(app.page.locator("#undo")).to_be_disabled()
    assert service.ids("/collections/mast/items?f=json&ref=M-NEW") == []
    assert actions(service, made[0])[1:] == [("withdrawn", "officer")]
    assert app.complaints == []


def test_an_asset_is_withdrawn_and_brought_back(officer: Officer, service: MapService) -> None:
    """It leaves the map after a question; undo brings it back with all it had."""
    place = spot(7)
    lamp = service.add("lamppost", shapely.Point(place), ref="GONE", height_m=6.0)
    app = officer("lamppost", lamp, place)
    app.press("Withdraw")
    app.page.locator("dialog").get_by_role("button", name="Withdraw", exact=True).click()
    expect(app.details).to_be_hidden()
    expect(app.page.locator(".message")).to_contain_text("was withdrawn")
    assert service.ids("/collections/lamppost/items?f=json&ref=GONE") == []
    app.settle()
    app.click_middle()
    expect(app.details).to_be_hidden()
    app.page.click("#undo")
    expect(app.page.locator("#undo")).to_be_disabled()
    assert service.ids("/collections/lamppost/items?f=json&ref=GONE") == [lamp]
    assert service.item("lamppost", lamp)["properties"]["height_m"] == 6.0
    app.settle()
    app.click_middle()
    expect(app.details).to_contain_text("GONE")
    assert len(service.history(lamp)) == 3
    assert app.complaints == []


def test_the_second_of_two_officers_is_told_and_loses_nothing(
    officer: Officer, service: MapService, chromium: Browser
) -> None:
    """Two browsers, one asset: the later save shows the other's value and keeps its own."""
    place = spot(8)
    lamp = service.add("lamppost", shapely.Point(place), ref="SHARED", height_m=8.0, street="Mill")
    first = officer("lamppost", lamp, place)
    context = chromium.new_context(viewport={"width": 1100, "height": 760})
    second = signed_in(
        MapApp(context.new_page(), service.address), service, "lamppost", lamp, place
    )
    first.press("Edit details")
    second.press("Edit details")
    first.page.get_by_label("Street", exact=True).fill("King Street")
    first.press("Save")
    expect(first.fact("Street")).to_have_text("King Street")
    second.page.get_by_label("Height [m]", exact=True).fill("12")
    second.press("Save")
    expect(second.page.get_by_role("alert")).to_contain_text("Someone else saved this asset first")
    expect(second.page.get_by_label("Street", exact=True)).to_have_value("King Street")
    expect(second.page.get_by_label("Height [m]", exact=True)).to_have_value("12")
    assert len(service.history(lamp)) == 2
    second.press("Save")
    expect(second.fact("Height")).to_have_text("12\u00a0m")
    expect(second.fact("Street")).to_have_text("King Street")
    changed = [sorted(each["after"]) for each in service.history(lamp)[1:]]
    assert changed == [["street"], ["height_m"]]
    context.close()


def test_a_stale_move_is_told_and_not_made(officer: Officer, service: MapService) -> None:
    """Who moves what another saved meanwhile is told, and the asset stays where it is."""
    place = spot(9)
    lamp = service.add("lamppost", shapely.Point(place), ref="STALE", height_m=8.0)
    app = officer("lamppost", lamp, place)
    app.press("Move")
    app.click_from_middle(60, 0)
    service.change(lamp, height_m=9.0)
    app.press("Save position")
    expect(app.page.locator(".message.error")).to_contain_text("Someone else saved")
    expect(app.fact("Height")).to_have_text("9\u00a0m")
    assert position_of(service, "lamppost", lamp).distance(shapely.Point(place)) < 0.01


def test_a_token_that_may_not_write_is_told_why(page: Page, service: MapService) -> None:
    """A planner's token opens no edit that would then be refused without a word."""
    place = spot(10)
    lamp = service.add("lamppost", shapely.Point(place), ref="PLANNER", height_m=8.0)
    app = MapApp(page, service.address).open(f"{at(*place, 18)}&asset=lamppost/{lamp}")
    app.sign_in(service.planner)
    expect(app.page.locator("dialog [role=alert]")).to_contain_text("estates or admin")
    expect(app.page.locator("#edit-bar")).to_be_hidden()
