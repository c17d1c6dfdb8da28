"""The two commands of the README, as a newcomer meets them: the town, its map, served."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from map_app_fixtures import require_built
from map_page import MapPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Town:
    """The sample town, imported, and the service that shows it."""

    folder: Path
    catalogue: Path
    address: str

    @property
    def map_file(self) -> Path:
        return self.catalogue.with_suffix(".map.html")


def _run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the service stopped"
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail("the service did not answer")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The sample town through the importer, and `canopy serve` over it."""
    folder = tmp_path_factory.mktemp("town")
    catalogue = folder / "town.gpkg"
    url = f"gpkg://{catalogue}"
    _run("fixtures/make.py", "--out", str(folder / "files"))
    title = {
        "CANOPY_DB_URL": url,
        "CANOPY_CATALOGUE_TITLE": "Ashcombe Borough Council",
        "CANOPY_CONCESSION_INPUTS": str(folder / "files" / "concession-inputs"),
    }
    _run("-m", "canopy", "demo", "--dir", str(folder / "files"), **title)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "canopy", "serve", "--port", str(port)],
        cwd=ROOT, env={**os.environ, **title}, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait(address, server)
        yield Town(folder / "files", catalogue, address)
    finally:
        server.terminate()
        assert server.wait(20) == 0


def test_every_file_of_the_manifest_ends_as_it_says(town: Town) -> None:
    """The catalogue holds, per source, the assets that the generator's manifest promises."""
    manifest = json.loads((town.folder / "manifest.json").read_text())
    promised = sum(entry["assets"] for entry in manifest["assets"])
    asked = urllib.request.Request(town.address, headers={"Accept": "text/html"})
    with urllib.request.urlopen(asked) as answer:
        page = answer.read().decode()
    shown = [
        int(part.split("</td>")[0].replace(",", "")) for part in page.split('<td class="n">')[1:]
    ]
    assert sum(shown) == promised


def test_served_map_is_the_self_contained_file(town: Town) -> None:
    """/map serves the rendered file, with an ETag that saves the second download."""
    with urllib.request.urlopen(f"{town.address}map") as answer:
        etag = answer.headers["ETag"]
        assert answer.read() == town.map_file.read_bytes()
    again = urllib.request.Request(f"{town.address}map", headers={"If-None-Match": etag})
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(again)
    with unchanged.value as answer:
        assert answer.code == 304


def test_town_map_opens_without_any_request(town: Town, page: Page, screenshots: Path) -> None:
    """The town's map works with the network blocked, and is the README's picture."""
    opened = MapPage(page).open(town.map_file)
    opened.look_at(-1.5065, 52.1225, 15.6)
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "sample-town.png")
    assert opened.requests == []
    assert opened.complaints == []


def test_front_page_leads_to_the_map(town: Town, page: Page) -> None:
    """A visitor of the service finds the map by its one button."""
    page.goto(town.address)
    page.get_by_role("link", name="Open the combined infrastructure map").click()
    page.wait_for_selector("html[data-ready]")
    assert page.title() != ""


def test_front_page_leads_to_the_live_map(town: Town, page: Page, screenshots: Path) -> None:
    """A visitor finds the live map by its button; the town there is the guide's picture."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(town.address)
    page.get_by_role("link", name="Explore the live map").click()
    page.wait_for_selector("html[data-ready]")
    page.goto(f"{town.address}explore/#map=15.6/52.1225/-1.5065&table=1")
    page.reload()
    page.locator("#table tbody tr button").nth(2).click()
    page.wait_for_selector("#details h2")
    page.wait_for_timeout(1_000)
    page.screenshot(path=screenshots / "map-app.png")
    assert page.locator("#details h2").inner_text() != "No details"


def test_the_live_map_colours_assets_by_income(town: Town, page: Page, screenshots: Path) -> None:
    """By band, by the end of the term and by void; the same as a table; axe finds nothing."""
    require_built()
    told = _run(
        "-m", "canopy", "token", "create", "ann", "--role", "estates",
        "--db", f"gpkg://{town.catalogue}",
    )  # fmt: skip
    page.goto(f"{town.address}explore/")
    page.wait_for_selector("html[data-ready]", timeout=30_000)
    page.click("#toggle-income")
    page.fill("#token", told.split()[-1])
    page.keyboard.press("Enter")
    expect(page.locator("#income")).to_contain_text("52 assets are let")
    expect(page.locator("#income")).to_contain_text("£10,000 to £24,999")
    page.get_by_label("Let or void").check()
    expect(page.locator("#income")).to_contain_text("on offer in view")
    page.get_by_label("Years until the term ends").check()
    expect(page.locator("#income")).to_contain_text("Within three years")
    page.screenshot(path=screenshots / "income.png")
    page.get_by_role("button", name="Show as a table").click()
    table = page.locator("dialog table")
    expect(table.locator("tbody tr")).to_have_count(52)
    expect(table).to_contain_text("DIG-2024-01")
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_nothing_in_the_pages_about_sensors(
    town: Town, page: Page, screenshots: Path
) -> None:
    """The list, a device's page and its sign: reached by links, with a code to scan."""
    page.goto(f"{town.address}transparency")
    shown = [_axe_report(page)]
    page.get_by_role("link", name="Air station 1", exact=True).click()
    expect(page.get_by_role("img", name="QR code of")).to_be_visible()
    shown.append(_axe_report(page))
    page.get_by_role("link", name="A sign to print").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A sensor is at work here")
    page.screenshot(path=screenshots / "sign.png", full_page=True)
    shown.append(_axe_report(page))
    assert [each for each in shown if each] == []


def _axe_report(page: Page) -> str:
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    return str(results.generate_report()) if results.violations_count else ""


def test_axe_finds_nothing_in_the_exempt_report(
    town: Town, page: Page, tmp_path: Path, screenshots: Path
) -> None:
    """With all that a report can have: maps, charts, sheets of sites, tables, warnings."""
    plan, out = town.folder / "plan", tmp_path / "exempt.html"
    db = ("--db", f"gpkg://{town.catalogue}")
    _run("-m", "canopy", "plan", "scenario", "put", str(plan / "scenario.toml"), *db)
    files = (
        f"--{name}={plan / name}.toml" for name in ("words", "prospects", "benefits", "social")
    )
    _run("-m", "canopy", "plan", "report", "ashcombe-plan", "--audience", "exempt", "--out",
         str(out), *files, *db)  # fmt: skip
    page.goto(out.as_uri())
    expect(page.get_by_role("img", name="Chosen sites Map, north up")).to_be_visible()
    page.screenshot(path=screenshots / "report.png", full_page=True)
    assert _axe_report(page) == ""
