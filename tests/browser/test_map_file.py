"""The map file in a real browser, with the network blocked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from made_towns import BNG, CENTRE_M, asset, batch_of, stamp, town, wards
from map_page import MapPage
from playwright.sync_api import Page, expect

from canopy.assets.batches import AssetBatch
from canopy.geo import transformer
from canopy.render.folium_map import MapArea, write_map

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>{{ 7*7 }}'
Opener = Callable[..., MapPage]


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = transformer(BNG, "EPSG:4326").xy(np.array([x]), np.array([y]))
    return float(lon[0]), float(lat[0])


@pytest.fixture(scope="module")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of a made-up town of some 3,500 assets."""
    path = tmp_path_factory.mktemp("map") / "town.html"
    write_map(town(3_000), path, storage_crs=BNG, stamp=stamp(), areas=wards())
    return path


@pytest.fixture
def town_map(page: Page, town_file: Path) -> MapPage:
    """The town's map, open."""
    return MapPage(page).open(town_file)


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Opener:
    """Write a map of some assets and open it."""

    def open_map(*rows: dict[str, object], **options: object) -> MapPage:
        path = tmp_path / "map.html"
        batches: list[AssetBatch] = [batch_of(*rows)] if rows else []
        settings = {"storage_crs": BNG, "stamp": stamp()} | options
        write_map(batches, path, **settings)  # type: ignore[arg-type] # options are valid
        return MapPage(page).open(path)

    return open_map


def test_the_map_opens_without_a_request_or_a_complaint(
    town_map: MapPage, screenshots: Path
) -> None:
    """Every request but the file itself is blocked, and there is none."""
    town_map.page.screenshot(path=screenshots / "map.png")
    assert town_map.requests == []
    assert town_map.complaints == []


def test_nothing_is_requested_while_the_map_is_used(town_map: MapPage) -> None:
    """Zooming, searching, the table and printing stay inside the file too."""
    town_map.look_at(*lonlat(CENTRE_M[0] + 900, CENTRE_M[1] + 900), 18)
    town_map.search("LAM000123")
    town_map.page.keyboard.press("Enter")
    town_map.page.click("#toggle-table")
    town_map.page.emulate_media(media="print")
    assert town_map.requests == []
    assert town_map.complaints == []


def test_a_request_would_be_refused(town_map: MapPage) -> None:
    """The page's own policy stops what the test's guard would otherwise count."""
    failed = town_map.page.evaluate(
        "fetch('https://example.org/').then(() => 'went out', () => 'refused')"
    )
    assert failed == "refused"
    assert town_map.requests == []


def test_clicking_a_symbol_shows_its_attributes(opened: Opener, screenshots: Path) -> None:
    """A click opens a popup with known values, units, and what is not known."""
    row = {"height_m": 8.0, "street": "Mill Road", "attributes": {"heritage": True, "lamp_w": 35}}
    other = asset("lamppost", shapely.Point(CENTRE_M[0] + 80, CENTRE_M[1]), 2, postcode="AV1 1AB")
    opened_map = opened(asset("lamppost", shapely.Point(CENTRE_M), 1, **row), other)
    opened_map.click_map(*lonlat(*CENTRE_M))
    expect(opened_map.popup).to_contain_text("Lamppost LAM000001")
    opened_map.page.screenshot(path=screenshots / "popup.png")
    assert opened_map.attribute("Height") == "8\u00a0m"
    assert opened_map.attribute("Lamp") == "35\u00a0W"
    assert opened_map.attribute("Heritage") == "Yes"
    assert "Postcode" in opened_map.attribute("Not known")


def test_lines_and_areas_can_be_clicked(opened: Opener) -> None:
    """A duct near the pointer comes before the park under both."""
    x, y = CENTRE_M
    opened_map = opened(
        asset("open_space", shapely.box(x, y, x + 400, y + 400), 1, name="Common"),
        asset("duct", shapely.LineString([(x, y + 200), (x + 400, y + 200)]), 2),
    )
    opened_map.click_map(*lonlat(x + 100, y + 201))
    expect(opened_map.popup).to_contain_text("Duct DUC000002")
    expect(opened_map.popup).to_contain_text("1 of 2 here")
    opened_map.next_here()
    expect(opened_map.popup).to_contain_text("Open space OPE000001")


def test_assets_in_one_place_are_all_reached(opened: Opener) -> None:
    """Two assets on one spot show a number, and the popup leads to both."""
    spot = shapely.Point(CENTRE_M)
    opened_map = opened(asset("lamppost", spot, 1), asset("cctv", spot, 2))
    opened_map.click_map(*lonlat(*CENTRE_M))
    expect(opened_map.popup).to_contain_text("CCTV column CCT000002")
    opened_map.next_here()
    expect(opened_map.popup).to_contain_text("Lamppost LAM000001")


def test_a_crowd_becomes_a_number_that_opens(opened: Opener) -> None:
    """Clicking a cluster zooms in until its assets part."""
    x, y = CENTRE_M
    crowd = [asset("lamppost", shapely.Point(x + 12 * i, y), i) for i in range(30)]
    far = asset("mast", shapely.Point(x + 9_000, y + 9_000), 99)
    opened_map = opened(*crowd, far)
    before = opened_map.page.evaluate("map_canopy.getZoom()")
    opened_map.click_map(*lonlat(x + 174, y))
    opened_map.wait_beyond("map_canopy.getZoom()", before + 2)
    expect(opened_map.popup).to_have_count(0)


def test_a_generalised_position_says_so(opened: Opener) -> None:
    """The popup names the square's size; the square itself can be clicked anywhere."""
    x, y = CENTRE_M
    opened_map = opened(
        asset("cctv", shapely.Point(x + 250, y + 250), 1, position_generalised_m=500.0)
    )
    opened_map.click_map(*lonlat(x + 20, y + 480))
    expect(opened_map.popup).to_contain_text("somewhere in the hatched square of 500 m by 500 m")


def test_hostile_attribute_text_is_shown_as_text(opened: Opener) -> None:
    """Markup in every text field reaches popup, search, table and map as plain text."""
    point = shapely.Point(CENTRE_M)
    values = {"name": HOSTILE, "street": HOSTILE, "attributes": {"comment": HOSTILE}}
    area = MapArea(HOSTILE, HOSTILE, point.buffer(500))
    hostile = stamp(catalogue=HOSTILE, filter_text=HOSTILE, attribution=(HOSTILE,))
    opened_map = opened(
        asset("lamppost", point, 1, ref=HOSTILE, **values), areas=[area], stamp=hostile
    )
    opened_map.page.click("#toggle-table")
    opened_map.search("onerror")
    opened_map.page.keyboard.press("Enter")
    expect(opened_map.popup).to_contain_text(HOSTILE)
    expect(opened_map.rows.first).to_contain_text(HOSTILE)
    assert opened_map.page.locator("img, body script:not(:is([id], body > script))").count() == 0
    assert opened_map.page.evaluate("window.hit") is None
    assert opened_map.complaints == []


def test_a_layer_can_be_hidden(town_map: MapPage) -> None:
    """Unticking lampposts empties much of the map; ticking them brings it back."""
    before = town_map.dark_pixels()
    town_map.layer("lamppost").uncheck()
    hidden = town_map.dark_pixels()
    town_map.layer("lamppost").check()
    assert hidden < 0.8 * before
    assert town_map.dark_pixels() == before


def test_every_asset_in_view_is_counted(town_map: MapPage) -> None:
    """The layer list tells how many assets of each kind the view holds, of how many."""
    row = town_map.page.locator("#layers li").filter(has=town_map.layer("lamppost"))
    expect(row).to_contain_text("3,000")
    town_map.look_at(*lonlat(CENTRE_M[0] + 2_000, CENTRE_M[1] + 2_000), 17)
    expect(row.locator(".count")).to_have_text(re.compile(r"^\d+ of 3,000$"))


def test_search_by_reference_with_the_keyboard(town_map: MapPage) -> None:
    """Type, arrow down, Enter: the asset opens, and Escape returns to the box."""
    town_map.search("lam000123")
    expect(town_map.options.first).to_contain_text("Lamppost LAM000123")
    town_map.page.keyboard.press("ArrowDown")
    expect(town_map.page.locator("#search-box")).to_have_attribute(
        "aria-activedescendant", "found-0"
    )
    town_map.page.keyboard.press("Enter")
    expect(town_map.popup).to_be_focused()
    expect(town_map.popup).to_contain_text("LAM000123")
    town_map.page.keyboard.press("Escape")
    expect(town_map.popup).to_have_count(0)
    assert town_map.focused_id() == "search-box"


@pytest.mark.parametrize("text", ["nw65xj", "NW6 5XJ", "012345678", "kiln lane", "ÉCOLE"])
def test_search_reads_postcodes_numbers_streets_and_names(opened: Opener, text: str) -> None:
    """Spaces, case and accents do not matter."""
    values = {
        "postcode": "NW6 5XJ",
        "uprn": "000012345678",
        "street": "Kiln Lane",
        "name": "École house",
    }
    opened_map = opened(asset("building", shapely.Point(CENTRE_M).buffer(20), 1, **values))
    opened_map.search(text)
    expect(opened_map.options.first).to_contain_text("Building BUI000001")


def test_a_search_without_result_says_so(town_map: MapPage) -> None:
    """The answer is words, not an empty list."""
    town_map.search("zzzz")
    expect(town_map.options).to_have_text(["Nothing found among the assets of this map"])


def test_a_search_can_be_shown_as_a_table(town_map: MapPage) -> None:
    """The last option leads to every match, wherever the map is."""
    town_map.search("mill road")
    town_map.page.keyboard.press("ArrowUp")
    town_map.page.keyboard.press("Enter")
    expect(town_map.page.locator("#table-query")).to_contain_text("mill road")
    expect(town_map.rows.first).to_contain_text("Mill Road")


def test_the_table_holds_what_the_view_holds(town_map: MapPage, screenshots: Path) -> None:
    """The count is that of the view, and without the tick that of the whole map."""
    town_map.page.click("#toggle-table")
    count = town_map.page.locator("#table-count")
    expect(count).to_contain_text("1–100 of")
    town_map.page.screenshot(path=screenshots / "table.png")
    town_map.page.uncheck("#table-in-view")
    expect(count).to_have_text("1–100 of 3,548 assets")
    town_map.layer("lamppost").uncheck()
    expect(count).to_have_text("1–100 of 548 assets")


def test_the_table_sorts_and_turns_pages(opened: Opener) -> None:
    """Numbers in references sort as numbers, unknown last both ways."""
    point = shapely.Point(CENTRE_M)
    refs = ["A10", "A9", None, *[f"B{i}" for i in range(120)]]
    opened_map = opened(*[asset("mast", point, i, ref=ref) for i, ref in enumerate(refs)])
    opened_map.page.click("#toggle-table")
    expect(opened_map.rows.nth(0)).to_contain_text("A9")
    expect(opened_map.rows.nth(1)).to_contain_text("A10")
    opened_map.page.click("#page-last")
    expect(opened_map.rows.last).to_have_text("MastOperational")
    opened_map.page.get_by_role("button", name="Reference", exact=True).click()
    expect(opened_map.rows.nth(0)).to_contain_text("B119")
    expect(opened_map.page.locator("th[aria-sort=descending]")).to_contain_text("Reference")
    opened_map.page.click("#page-last")
    expect(opened_map.rows.last).to_have_text("MastOperational")


def test_an_asset_without_position_is_reached_by_the_table(opened: Opener) -> None:
    """Its details open in a dialog that says why it is not on the map."""
    near = asset("mast", shapely.Point(CENTRE_M), 1)
    opened_map = opened(asset("mast", None, 2, ref="HIDDEN"), near)
    opened_map.page.click("#toggle-table")
    opened_map.page.uncheck("#table-in-view")
    opened_map.page.get_by_role("button", name="Show Mast HIDDEN").click()
    dialog = opened_map.page.get_by_role("dialog")
    expect(dialog).to_contain_text("No position is shown")
    opened_map.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_map_is_used_with_the_keyboard_alone(opened: Opener) -> None:
    """Arrows move the map; Enter opens the asset in the middle."""
    opened_map = opened(asset("mast", shapely.Point(CENTRE_M), 1))
    opened_map.page.locator("#map_canopy").focus()
    opened_map.page.keyboard.press("Enter")
    expect(opened_map.popup).to_contain_text("Mast MAS000001")
    opened_map.page.keyboard.press("Escape")
    expect(opened_map.popup).to_have_count(0)
    expect(opened_map.page.locator("#map_canopy")).to_be_focused()
    before = opened_map.page.evaluate("map_canopy.getCenter().lng")
    opened_map.page.keyboard.press("ArrowRight")
    opened_map.wait_beyond("map_canopy.getCenter().lng", before)


def test_the_skip_link_leads_to_the_table(town_map: MapPage) -> None:
    """The first Tab stop opens the table and puts the keyboard there."""
    town_map.page.keyboard.press("Tab")
    town_map.page.keyboard.press("Enter")
    assert town_map.focused_id() == "table-panel"


def test_print_shows_title_stamp_scale_and_legend(town_map: MapPage, screenshots: Path) -> None:
    """In print the sheet has what a committee needs, and no control."""
    town_map.page.emulate_media(media="print")
    town_map.page.wait_for_selector("html.print-layout")
    town_map.page.screenshot(path=screenshots / "print.png")
    for wanted in ("h1", ".titles .audience", "#layers", ".north", ".leaflet-control-scale"):
        expect(town_map.page.locator(wanted)).to_be_visible()
    for unwanted in (".search", ".actions", ".map-buttons", "#table-panel"):
        expect(town_map.page.locator(unwanted)).to_be_hidden()
    expect(town_map.page.locator("#print-scale-text")).to_contain_text("Scale 1:")
    expect(town_map.page.locator("footer")).to_contain_text("Audience: public")


def test_print_uses_the_chosen_scale_and_paper(town_map: MapPage) -> None:
    """1:5,000 on A3 is 1:5,000: 100 CSS pixels (26.5 mm) are 132 m on the ground."""
    town_map.page.click("#toggle-print")
    town_map.page.select_option("#print-paper", "A3 landscape")
    town_map.page.select_option("#print-scale", "5000")
    town_map.page.emulate_media(media="print")
    expect(town_map.page.locator("#print-scale-text")).to_contain_text("Scale 1:5,000")
    metres = town_map.page.evaluate(
        "(() => { const s = map_canopy.getSize().divideBy(2); const at = (dx) =>"
        " map_canopy.containerPointToLatLng([s.x + dx, s.y]);"
        " return map_canopy.distance(at(0), at(100)); })()"
    )
    assert metres == pytest.approx(5_000 * 100 * 0.0254 / 96, rel=0.005)  # sphere for ellipsoid
    assert "size: A3 landscape" in town_map.page.locator("#page-size").inner_text()


def test_after_printing_the_screen_is_as_before(town_map: MapPage) -> None:
    """View and layout return."""
    view = "[map_canopy.getZoom(), map_canopy.getCenter().lat, map_canopy.getSize().x]"
    before = town_map.page.evaluate(view)
    town_map.page.emulate_media(media="print")
    town_map.page.wait_for_selector("html.print-layout")
    town_map.page.emulate_media(media="screen")
    town_map.page.wait_for_selector("html:not(.print-layout)")
    assert town_map.page.evaluate(view) == pytest.approx(before, abs=1e-9)


@pytest.mark.parametrize("paper", ["A4 landscape", "A4 portrait", "A3 landscape", "A3 portrait"])
def test_print_is_one_sheet(town_map: MapPage, tmp_path: Path, paper: str) -> None:
    """Each paper takes the map on a single page."""
    town_map.page.click("#toggle-print")
    town_map.page.select_option("#print-paper", paper)
    sheet = tmp_path / "map.pdf"
    town_map.page.pdf(path=sheet, prefer_css_page_size=True)
    assert sheet.read_bytes().count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("state", ["start", "popup", "table", "print-panel", "search"])
def test_axe_finds_nothing(town_map: MapPage, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of best practice in any state of the page."""
    actions = {
        "start": [],
        "popup": ["LAM000123", "Enter"],
        "table": ["#toggle-table"],
        "print-panel": ["#toggle-print"],
        "search": ["mill road"],
    }
    for action in actions[state]:
        if action.startswith("#"):
            town_map.page.click(action)
        elif action == "Enter":
            town_map.page.keyboard.press(action)
        else:
            town_map.search(action)
    town_map.page.wait_for_timeout(400)  # the popup fades in
    results = Axe().run(town_map.page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()


def test_a_narrow_screen_keeps_everything_reachable(town_map: MapPage, screenshots: Path) -> None:
    """At 320 pixels, the width of WCAG's reflow, nothing needs sideways scrolling."""
    town_map.page.set_viewport_size({"width": 320, "height": 640})
    town_map.page.reload()
    town_map.page.wait_for_selector("html[data-ready]")
    town_map.page.screenshot(path=screenshots / "narrow.png")
    assert town_map.page.evaluate("document.documentElement.scrollWidth") <= 320
    town_map.page.click("#toggle-panel")
    expect(town_map.layer("lamppost")).to_be_visible()


def test_an_old_browser_is_told_why(page: Page, town_file: Path) -> None:
    """Without DecompressionStream the page says what is wrong."""
    page.add_init_script("delete window.DecompressionStream")
    page.goto(town_file.as_uri())
    expect(page.locator("#loading")).to_contain_text("This browser is too old")


def test_an_empty_map_says_so(opened: Opener) -> None:
    """No asset: the wards are shown and the table says there is nothing."""
    opened_map = opened(areas=wards())
    opened_map.page.click("#toggle-table")
    expect(opened_map.page.locator("#table-count")).to_contain_text("No assets")
    assert opened_map.complaints == []
