"""A real Chromium for the tests that need one.

`chromium` starts the program that CANOPY_CHROMIUM names, else /usr/bin/chromium. Without it
these tests are skipped, or fail where it was promised by CANOPY_REQUIRE_SERVICES=1.
Screenshots go to the folder that CANOPY_SCREENSHOTS names, else to a temporary one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from map_app_fixtures import opened, real_service, stand_in, town_app  # noqa: F401  (fixtures)
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str | None:
    """The Chromium to use, None where there is none."""
    path = os.environ.get("CANOPY_CHROMIUM", "/usr/bin/chromium")
    return path if Path(path).exists() else None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running headless Chromium."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CANOPY_REQUIRE_SERVICES") == "1":
            pytest.fail("Chromium was promised, but CANOPY_CHROMIUM is not there", pytrace=False)
        pytest.skip("no Chromium: install one or name it in CANOPY_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page of 1440 by 900 pixels in a context of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for pictures."""
    named = os.environ.get("CANOPY_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
