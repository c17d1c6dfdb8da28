"""A driver for the map app: what a person does with it, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Locator, Page, Request


@dataclass
class MapApp:
    """The open app. `complaints` came to the console, `asked` went out to any host."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, state: str = "") -> MapApp:
        """Open the app at a state of its address, and wait until the map is drawn."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asks)
        return self.visit(state)

    def visit(self, state: str) -> MapApp:
        """Load the app anew at a state of its address."""
        self.page.goto("about:blank")  # a change of the state alone loads nothing
        self.page.goto(f"{self.origin}/explore/{state}")
        self.page.wait_for_selector("html[data-ready]")
        return self

    @property
    def elsewhere(self) -> list[str]:
        """Requests to another host than the service."""
        own = (self.origin, "data:", "blob:", "about:")
        return [each for each in self.asked if not each.split(" ", 1)[1].startswith(own)]

    def _asks(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url}")

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
        self.page.mouse.click(*self.middle)

    def click_from_middle(self, right_px: float, down_px: float) -> None:
        """Click some pixels from the middle of the map."""
        x, y = self.middle
        self.page.mouse.click(x + right_px, y + down_px)

    @property
    def middle(self) -> tuple[float, float]:
        """Where the middle of the map is on the page [px]."""
        box = self.canvas.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    @contextmanager
    def moving(self) -> Iterator[None]:
        """What is done inside moves the map: wait until the address has followed."""
        before = self.page.url
        yield
        self.page.wait_for_function("before => location.href !== before", arg=before)
        self.settle()

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

    def sign_in(self, token: str) -> None:
        """Start editing."""
        self.page.click("#toggle-edit")
        self.page.fill("#token", token)
        self.page.get_by_role("button", name="Start editing").click()

    def press(self, name: str) -> None:
        """Press a button by its whole name."""
        self.page.get_by_role("button", name=name, exact=True).click()
