"""Editing on the map: every save is a request under If-Match, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from made_towns import CENTRE_M, asset
from map_app_fixtures import Opener, StandInApp
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LAMP = asset("lamppost", shapely.Point(CENTRE_M), 1, height_m=8.0, street="Mill Road")
LAMP_ID = str(LAMP["asset_id"])


def writes(app: StandInApp) -> list[str]:
    """The methods of the requests that changed something, in order."""
    methods = [each.split()[0] for each in app.service.asked]
    return [each for each in methods if each not in ("GET", "OPTIONS")]


@pytest.fixture
def lamp(opened: Opener) -> StandInApp:
    """One lamppost, chosen, with editing on."""
    app = opened(LAMP, more=f"&asset=lamppost/{LAMP_ID}")
    expect(app.details).to_be_visible()
    app.start_editing()
    expect(app.page.get_by_role("button", name="Edit details")).to_be_visible()
    return app


def test_nothing_can_be_edited_without_a_token(opened: Opener) -> None:
    """The panel of an asset offers no edit before a token was given."""
    app = opened(LAMP, more=f"&asset=lamppost/{LAMP_ID}")
    expect(app.details).to_be_visible()
    expect(app.page.get_by_role("button", name="Edit details")).to_have_count(0)
    expect(app.page.locator("#edit-bar")).to_be_hidden()


def test_a_token_is_kept_nowhere(lamp: StandInApp) -> None:
    """Neither storage nor cookies nor the address hold it, and a reload ends editing."""
    kept = lamp.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    assert "canopy_stand-in" not in kept
    lamp.page.reload()
    lamp.page.wait_for_selector("html[data-ready]")
    expect(lamp.page.locator("#edit-bar")).to_be_hidden()


def test_a_field_is_changed_and_taken_back(lamp: StandInApp, screenshots: Path) -> None:
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


def test_an_emptied_field_becomes_unknown(lamp: StandInApp) -> None:
    """An empty entry is sent as null, not as zero or empty text."""
    lamp.press("Edit details")
    lamp.page.get_by_label("Height [m]", exact=True).fill("")
    lamp.press("Save")
    expect(lamp.page.locator("dialog")).to_have_count(0)
    expect(lamp.fact("Height")).to_have_count(0)
    assert "height_m" not in lamp.service.assets[LAMP_ID].properties


def test_a_refused_value_is_named_in_the_form(lamp: StandInApp) -> None:
    """A 422 keeps the form open, says why, and marks the field."""
    lamp.press("Edit details")
    lamp.page.get_by_label("Height [m]", exact=True).fill("25")
    lamp.press("Save")
    expect(lamp.page.get_by_role("alert")).to_contain_text("25 m is above 20 m")
    expect(lamp.page.get_by_label("Height [m]", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )
    assert lamp.service.assets[LAMP_ID].properties["height_m"] == 8.0


def test_a_value_out_of_range_is_not_sent(lamp: StandInApp) -> None:
    """The schema's range is checked before a request goes out."""
    lamp.press("Edit details")
    lamp.page.get_by_label("Height [m]", exact=True).fill("900")
    lamp.press("Save")
    expect(lamp.page.get_by_role("alert")).to_contain_text("Height")
    assert writes(lamp) == []


def test_who_saves_second_is_told_and_loses_nothing(lamp: StandInApp) -> None:
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


def test_a_line_is_drawn_by_clicks(opened: Opener) -> None:
    """Each click is a corner; a step can be undone before the line is saved."""
    app = opened(LAMP)
    app.start_editing()
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


def test_a_withdrawn_asset_comes_back_by_undo(lamp: StandInApp) -> None:
    """Withdrawing asks first; undo writes the asset again."""
    lamp.press("Withdraw")
    lamp.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(lamp.details).to_be_hidden()
    assert LAMP_ID not in lamp.service.assets
    lamp.page.click("#undo")
    expect(lamp.page.locator("#undo")).to_be_disabled()
    assert lamp.service.assets[LAMP_ID].properties["street"] == "Mill Road"
