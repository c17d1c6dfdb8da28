"""A driver for coverage on the map app: what a planner does with it, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from map_app import MapApp
from playwright.sync_api import Locator, expect
from rasterio.io import MemoryFile


@dataclass
class CoverageApp(MapApp):
    """The open app, whose part "Coverage" is used."""

    def sign_in_to_coverage(self, token: str) -> None:
        """Give a token to the part "Coverage"."""
        self.page.click("#toggle-coverage")
        self.page.fill("#token", token)
        self.page.get_by_role("button", name="Show coverage").click()

    def show(self, token: str) -> None:
        """Sign in, and wait for the run that the address names."""
        self.sign_in_to_coverage(token)
        expect(self.page.locator("#coverage-layer")).to_be_visible()
        self.drawn()

    def drawn(self) -> None:
        """Wait until no more tiles of coverage are asked for, and they are on the screen."""
        last = -1
        while (now := len(self.tiles)) != last:
            last = now
            self.page.wait_for_load_state("networkidle")
            self.page.wait_for_timeout(600)

    @property
    def tiles(self) -> list[str]:
        """Requests for tiles of runs."""
        return [each for each in self.asked if "/coverage/runs/" in each and "/tiles/" in each]

    @property
    def panel(self) -> Locator:
        """The section of the side panel."""
        return self.page.locator("#coverage")

    @property
    def place(self) -> Locator:
        """What is told of a place."""
        return self.page.locator("#place")

    @property
    def below(self) -> Locator:
        """The room for paths and tables."""
        return self.page.locator("#coverage-below")

    def slide(self, name: str, key: str, times: int = 1) -> None:
        """Move a slider with the keyboard."""
        self.page.focus(f"#coverage-{name}")
        for _ in range(times):
            self.page.keyboard.press(key)
        self.page.wait_for_timeout(600)

    def pixels(self, colour: str) -> int:
        """How many pixels of the map have just this colour, ``#rrggbb``."""
        box = self.canvas.bounding_box()
        assert box
        clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
        shot = self.page.screenshot(clip=clip)  # type: ignore[arg-type]
        with MemoryFile(shot) as file, file.open() as source:
            red, green, blue = source.read()[:3]
        wanted = bytes.fromhex(colour[1:])
        return int(
            np.count_nonzero((red == wanted[0]) & (green == wanted[1]) & (blue == wanted[2]))
        )
