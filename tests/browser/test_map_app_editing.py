"""Editing on the map: every save is a request under If-Match, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from made_towns import CENTRE_M, asset
from map_app import MapApp
from map_app_fixtures import Opener
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LAMP = asset("lamppost", shapely.Point(CENTRE_M), 1, height_m=8.0, street="Mill Road")
LAMP_ID = str(LAMP["asset_id"])


def writes(app: MapApp) -> list[str]:
    """The methods of the requests that changed something, in order."""
    return [each.split()[0] for each in app.service.asked if not each.startswith("GET")]


@pytest.fixture
def lamp(opened: Opener) -> MapApp:
    """One lamppost, chosen, with editing on."""
    app = opened(LAMP, more=f"&asset=lamppost/{LAMP_ID}")
    expect(app.details).to_be_visible()
    app.sign_in()
    expect(app.page.get_by_role("button", name="Edit details")).to_be_visible()
    return app


def test_nothing_can_be_edited_without_a_token(opened: Opener) -> None:
    """The panel of an asset offers no edit before a token was given."""
    app = opened(LAMP, more=f"&asset=lamppost/{LAMP_ID}")
    expect(app.details).to_be_visible()
    expect(app.page.get_by_role("button", name="Edit details")).to_have_count(0)
    expect(app.page.locator("#edit-bar")).to_be_hidden()


def test_a_token_is_kept_nowhere(lamp: MapApp) -> None:
    """Neither storage nor cookies nor the address hold it, and a reload ends editing."""
    kept = lamp.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    assert "canopy_stand-in" not in kept
    lamp.page.reload()
    lamp.page.wait_for_selector("html[data-ready]")
    expect(lamp.page.locator("#edit-bar")).to_be_hidden()


def test_a_field_is_changed_and_taken_back(lamp: MapApp, screenshots: Path) -> None:
    """Only the changed field is sent; undo writes the former value as another version."""
    lamp.press("Edit details")
    expect(lamp.page.get_by_label("Height [m]", exact=True)).to_have_value("8")
    lamp.page.screenshot(path=screenshots / "app-form.png")
    lamp.page.get_by_label("Height [m]", exact=True).fill("10")
    lamp.press("Save")
    expect(lamp.fact("Height")).to_have_text("10\u00a0m")
    assert lamp.service.assets[LAMP_ID].properties["street"] == "Mill Road"
    lamp.page.click("#undo")
    expect(lamp.fact("Height")).to_have_text("8\u00a0m")
    assert lamp.service.assets[LAMP_ID].version == 3
    assert writes(lamp) == ["PATCH", "PATCH"]
    assert lamp.complaints == []


def test_an_emptied_field_becomes_unknown(lamp: MapApp) -> None:
    """An empty entry is sent as null, not as zero or empty text."""
    lamp.press("Edit details")
    lamp.page.get_by_label("Height [m]", exact=True).fill("")
    lamp.press("Save")
    expect(lamp.page.locator("dialog")).to_have_count(0)
    expect(lamp.fact("Height")).to_have_count(0)
    assert "height_m" not in lamp.service.assets[LAMP_ID].properties


def test_a_refused_value_is_named_in_the_form(lamp: MapApp) -> None:
    """A 422 keeps the form open, says why, and marks the field."""
    lamp.press("Edit details")
    lamp.page.get_by_label("Height [m]", exact=True).fill("25")
    lamp.press("Save")
    expect(lamp.page.get_by_role("alert")).to_contain_text("25 m is above 20 m")
    expect(lamp.page.get_by_label("Height [m]", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )
    assert lamp.service.assets[LAMP_ID].properties["height_m"] == 8.0


def test_a_value_out_of_range_is_not_sent(lamp: MapApp) -> None:
    """The schema's range is checked before a request goes out."""
    lamp.press("Edit details")
    lamp.page.get_by_label("Height [m]", exact=True).fill("900")
    lamp.press("Save")
    expect(lamp.page.get_by_role("alert")).to_contain_text("Height")
    assert writes(lamp) == []


def test_who_saves_second_is_told_and_loses_nothing(lamp: MapApp) -> None:
    """After a 412 the form shows the other's value and keeps one's own; saving again works."""
    lamp.press("Edit details")
    stored = lamp.service.assets[LAMP_ID]
    stored.properties = stored.properties | {"street": "King Street"}
    stored.version += 1
    lamp.page.get_by_label("Height [m]", exact=True).fill("10")
    lamp.press("Save")
    expect(lamp.page.get_by_role("alert")).to_contain_text("Someone else saved this asset first")
    expect(lamp.page.get_by_label("Street", exact=True)).to_have_value("King Street")
    expect(lamp.page.get_by_label("Height [m]", exact=True)).to_have_value("10")
    lamp.press("Save")
    expect(lamp.fact("Height")).to_have_text("10\u00a0m")
    assert lamp.service.assets[LAMP_ID].properties["street"] == "King Street"


def test_a_point_is_moved_by_a_click(lamp: MapApp) -> None:
    """A click moves it, 100 pixels are 36 m at zoom 17, and undo brings it back."""
    lamp.press("Move")
    box = lamp.canvas.bounding_box()
    assert box
    lamp.page.mouse.click(box["x"] + box["width"] / 2 + 100, box["y"] + box["height"] / 2)
    lamp.press("Save position")
    expect(lamp.page.locator("#drawing-bar")).to_have_count(0)
    moved = lamp.service.assets[LAMP_ID].shape
    assert moved is not None
    lamp.page.click("#undo")
    expect(lamp.page.locator("#undo")).to_be_disabled()
    back = lamp.service.assets[LAMP_ID].shape
    assert moved.distance(shapely.Point(CENTRE_M)) > 20
    assert back.distance(shapely.Point(CENTRE_M)) < 0.05


def test_a_corner_is_dragged(opened: Opener) -> None:
    """Dragging a corner of an area moves that corner alone, and the map stays."""
    x, y = CENTRE_M
    park = asset("open_space", shapely.box(x - 30, y - 30, x + 30, y + 30), 1)
    app = opened(park, zoom=18, more=f"&asset=open_space/{park['asset_id']}")
    expect(app.details).to_be_visible()
    app.sign_in()
    app.press("Reshape")
    before = app.page.url
    corner = app.page.evaluate("0") or _corner_px(app)
    app.page.mouse.move(*corner)
    app.page.mouse.down()
    app.page.mouse.move(corner[0] + 40, corner[1] - 40, steps=4)
    app.page.mouse.up()
    app.press("Save position")
    expect(app.page.locator("#drawing-bar")).to_have_count(0)
    shape = app.service.assets[str(park["asset_id"])].shape
    kept = shapely.box(x - 30, y - 30, x + 30, y + 30)
    assert shape.area > kept.area * 1.1
    assert app.page.url == before


def _corner_px(app: MapApp) -> tuple[float, float]:
    """Where the north-east corner of the park is on the screen: 30 m from the middle."""
    box = app.canvas.bounding_box()
    assert box
    metres_a_pixel = 40_075_016.7 * 0.60567 / (512 * 2**18)
    reach = 30 / metres_a_pixel
    turn = 0.0111  # the grid's north against true north there [rad]
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + reach * (1 - turn), middle[1] - reach * (1 + turn)


def test_an_asset_is_added_by_the_keyboard_and_taken_back(opened: Opener) -> None:
    """Enter on the map places it, the form is filled, and undo withdraws it."""
    app = opened(LAMP)
    app.sign_in()
    app.page.select_option("#add-kind", "mast")
    app.page.click("#add")
    expect(app.canvas).to_be_focused()
    app.page.keyboard.press("Enter")
    app.press("Next: details")
    app.page.get_by_label("Reference", exact=True).fill("M-1")
    app.press("Save")
    expect(app.details).to_contain_text("Mast M-1")
    made = [each for each in app.service.assets.values() if each.kind == "mast"]
    assert [each.properties["ref"] for each in made] == ["M-1"]
    assert made[0].shape.distance(shapely.Point(CENTRE_M)) < 1
    app.page.click("#undo")
    expect(app.details).to_be_hidden()
    assert writes(app) == ["POST", "DELETE"]
    assert app.complaints == []


def test_a_line_is_drawn_by_clicks(opened: Opener) -> None:
    """Each click is a corner; a step can be undone before the line is saved."""
    app = opened(LAMP)
    app.sign_in()
    app.page.select_option("#add-kind", "duct")
    app.page.click("#add")
    box = app.canvas.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for across in (0, 100, 200):
        app.page.mouse.click(x + across, y + across / 2)
    app.press("Undo step")
    expect(app.page.locator("#drawing-bar")).to_contain_text("2 corners, 40.4 m")
    app.press("Next: details")
    app.press("Save")
    expect(app.details).to_contain_text("Duct")
    made = [each for each in app.service.assets.values() if each.kind == "duct"]
    assert [shapely.get_num_coordinates(each.shape) for each in made] == [2]


def test_a_withdrawn_asset_comes_back_by_undo(lamp: MapApp) -> None:
    """Withdrawing asks first; undo writes the asset again."""
    lamp.press("Withdraw")
    lamp.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(lamp.details).to_be_hidden()
    assert LAMP_ID not in lamp.service.assets
    lamp.page.click("#undo")
    expect(lamp.page.locator("#undo")).to_be_disabled()
    assert lamp.service.assets[LAMP_ID].properties["street"] == "Mill Road"
