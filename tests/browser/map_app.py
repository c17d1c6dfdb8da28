"""A driver for the map app: what a person does with it, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Locator, Page
from stand_in import ORIGIN, TOKEN, StandIn


@dataclass
class MapApp:
    """The open app. `complaints` came to the console."""

    page: Page
    service: StandIn
    complaints: list[str] = field(default_factory=list)

    def open(self, state: str = "") -> MapApp:
        """Open the app at a state of its address, and wait until the map is drawn."""
        self.page.route("**/*", self.service.handle)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{ORIGIN}/explore/{state}")
        self.page.wait_for_selector("html[data-ready]")
        return self

    def _heard(self, message: ConsoleMessage) -> None:
        is_of_driver = "GL Driver Message" in message.text  # a screenshot reads pixels back
        if message.type in ("error", "warning") and not is_of_driver:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    @property
    def details(self) -> Locator:
        """The panel of the chosen asset."""
        return self.page.locator("#details")

    @property
    def rows(self) -> Locator:
        """The rows of the table."""
        return self.page.locator("#table tbody tr")

    @property
    def canvas(self) -> Locator:
        """The map itself."""
        return self.page.locator("#map canvas")

    def layer(self, kind: str) -> Locator:
        """The switch of a layer."""
        return self.page.locator(f"#layer-{kind}")

    def fact(self, label: str) -> Locator:
        """The text beside a heading in the details."""
        row = self.details.locator("tr").filter(
            has=self.page.get_by_role("rowheader", name=label, exact=True)
        )
        return row.locator("td")

    def click_middle(self) -> None:
        """Click the middle of the map."""
        box = self.canvas.bounding_box()
        assert box
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def settle(self) -> None:
        """Wait until the address, which follows the map, stands still."""
        last = None
        while (now := self.page.url) != last:
            last = now
            self.page.wait_for_timeout(350)

    def focused_id(self) -> str:
        """The id of the element that has the keyboard."""
        found: str = self.page.evaluate("document.activeElement.id")
        return found

    def sign_in(self, token: str = TOKEN) -> None:
        """Start editing."""
        self.page.click("#toggle-edit")
        self.page.fill("#token", token)
        self.page.get_by_role("button", name="Start editing").click()

    def press(self, name: str) -> None:
        """Press a button by its whole name."""
        self.page.get_by_role("button", name=name, exact=True).click()
