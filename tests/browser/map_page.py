"""A driver for the map page: what a person does with it, and what it shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Locator, Page, Route

INSIDE = ("data:", "blob:")


@dataclass
class MapPage:
    """An open map. `requests` left the file, `complaints` came to the console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: Path) -> MapPage:
        """Open a map file with the network blocked, and wait until it can be used."""
        address = path.resolve().as_uri()

        def guard(route: Route) -> None:
            url = route.request.url
            if url == address or url.startswith(INSIDE):
                route.continue_()
            else:
                self.requests.append(url)
                route.abort()

        self.page.route("**/*", guard)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]")
        return self

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    @property
    def popup(self) -> Locator:
        """The details of the asset that was chosen."""
        return self.page.locator(".leaflet-popup .details")

    @property
    def options(self) -> Locator:
        """What the search box offers."""
        return self.page.locator("#search-results [role=option]")

    @property
    def rows(self) -> Locator:
        """The rows of the table."""
        return self.page.locator("#map-table tbody tr")

    def attribute(self, label: str) -> str:
        """The text beside a heading in the details."""
        row = self.popup.locator("tr").filter(has=self.page.get_by_role("rowheader", name=label))
        return row.locator("td").inner_text()

    def look_at(self, lon: float, lat: float, zoom: float) -> None:
        """Move the map without animation."""
        self.page.evaluate(
            "([lat, lng, zoom]) => map_canopy.setView([lat, lng], zoom, {animate: false})",
            [lat, lon, zoom],
        )

    def wait_beyond(self, expression: str, value: float, within_s: float = 10.0) -> None:
        """Wait until a number of the page is more than `value`.

        Asked again and again from here: the page's policy forbids a polled expression.
        """
        deadline = time.monotonic() + within_s
        while self.page.evaluate(expression) <= value:
            assert time.monotonic() < deadline, f"{expression} stayed at or below {value}"
            self.page.wait_for_timeout(50)

    def click_map(self, lon: float, lat: float) -> None:
        """Click where a position is on the screen."""
        box = self.page.locator("#map_canopy").bounding_box()
        assert box
        point = self.page.evaluate(
            "([lat, lng]) => { const p = map_canopy.latLngToContainerPoint([lat, lng]);"
            " return [p.x, p.y]; }",
            [lat, lon],
        )
        self.page.mouse.click(box["x"] + point[0], box["y"] + point[1])
        self.settle()

    def settle(self) -> None:
        """Wait until the map, which moves to make room for a popup, stands still."""
        last = None
        while (now := self.page.evaluate("[map_canopy.getCenter(), map_canopy.getZoom()]")) != last:
            last = now
            self.page.wait_for_timeout(150)

    def next_here(self) -> None:
        """Press the popup's Next, and wait out the fade of a popup that it closed."""
        self.popup.get_by_role("button", name="Next").click()
        self.page.wait_for_timeout(400)

    def search(self, text: str) -> None:
        """Type into the search box as a keyboard does."""
        self.page.locator("#search-box").focus()
        self.page.keyboard.type(text)

    def layer(self, kind: str) -> Locator:
        """The switch of a layer."""
        return self.page.locator(f"#layer-{kind}")

    def dark_pixels(self) -> int:
        """How many pixels of the drawing are not blank: falls when something is hidden."""
        count: int = self.page.evaluate(
            """() => {
              const canvas = document.querySelector("#map_canopy canvas.leaflet-zoom-animated");
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              let dark = 0;
              for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] > 0 && Math.min(data[i], data[i + 1], data[i + 2]) < 160) dark++;
              }
              return dark;
            }"""
        )
        return count

    def focused_id(self) -> str:
        """The id of the element that has the keyboard."""
        found: str = self.page.evaluate("document.activeElement.id")
        return found
