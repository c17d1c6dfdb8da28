"""The map app over a running service: the first map, and a pan to the next drawn frame.

    python benchmarks/bench_map_app.py --postgis URL [--runs 5] [--states "" "#map=14/52.1/-1.48"]
    python benchmarks/bench_map_app.py --address http://127.0.0.1:8000

With a PostGIS server the catalogue of bench_api.py is served; else what runs at the address.

`first map`: from the start of navigation until a frame is drawn in which every tile of the
view is, in headless Chromium (CANOPY_CHROMIUM, else /usr/bin/chromium) of 1280 by 800
pixels, at each state of the address; the empty one is what the app opens with. The caches are
warm: one visit went before, in the same browser profile. `pan`: the map is dragged by half
its width in one move of the pointer; from that move until the next frame in which every tile
of the new view is drawn. Three pans a visit, away and further, so that each needs tiles that
the page has not got. Medians over the visits; chromium draws in software where there is no
graphics card, as in a container.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, Request, sync_playwright
from serving import catalogue
from serving.servers import canopy

CHROMIUM = os.environ.get("CANOPY_CHROMIUM", "/usr/bin/chromium")
FIRST_BAR_MS = 2_000
PAN_BAR_MS = 300
PANS = 3
PAN_PX = 480
SETTLED_MS = 400
STATES = ["", "#map=12.5/52.1/-1.48", "#map=14/52.1/-1.48"]
"""What the app opens with, counts, and assets, in the county of bench_api.py."""

DRAWN = """() => performance.getEntriesByName("canopy-drawn")[0]?.startTime ?? null"""
WATCH = """() => {
  const canvas = document.querySelector("#map canvas");
  window.panned = new Promise((resolve) => {
    let moved = null;
    const seen = new PerformanceObserver((list) => {
      if (moved === null) return;
      const drawn = list.getEntriesByName("canopy-drawn").find((mark) => mark.startTime > moved);
      if (drawn === undefined) return;
      seen.disconnect();
      resolve(drawn.startTime - moved);
    });
    seen.observe({ type: "mark" });
    window.addEventListener("mousemove", (event) => {
      if (event.buttons === 1) moved = event.timeStamp;
    }, { capture: true, once: false });
  });
}"""


@dataclass
class Figures:
    """Milliseconds of every visit and every pan, and the requests of the last visit."""

    first: list[float] = field(default_factory=list)
    pan: list[float] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def measure(context: BrowserContext, address: str, runs: int) -> Figures:
    """One visit to warm the caches, then `runs` in pages of their own."""
    found = Figures()
    for run in range(runs + 1):
        page, requests = context.new_page(), []
        start = time.perf_counter()

        def asked(request: Request, told: list[str] = requests, start: float = start) -> None:
            told.append(f"{1_000 * (time.perf_counter() - start):6.0f} ms  {request.url}")

        page.on("request", asked)
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        drawn = float(page.evaluate(DRAWN))
        asked_for = [*requests]
        pans = [pan(page) for _ in range(PANS)]
        page.close()
        if run > 0:
            found.first.append(drawn)
            found.pan += pans
            found.requests = asked_for
    return found


def pan(page: Page) -> float:
    """Drag the map to the left in one move; how long until it is drawn there [ms]."""
    page.wait_for_timeout(SETTLED_MS)
    box = page.locator("#map canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 60, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 5, y)  # from here on it is a drag
    page.wait_for_timeout(SETTLED_MS)
    page.evaluate(WATCH)
    page.mouse.move(x - 5 - PAN_PX, y)
    waited = float(page.evaluate("window.panned"))
    page.wait_for_timeout(SETTLED_MS)  # held: no inertia follows
    page.mouse.up()
    return waited


def main() -> None:
    """Print a line of JSON for each state; fails where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    parser.add_argument("--address", help="a running service, instead of one of our own")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--states", nargs="*", default=STATES)
    parser.add_argument("--requests", action="store_true", help="also print what was asked for")
    given = parser.parse_args()
    if given.address:
        sys.exit(0 if _is_met(given.address, given) else 1)
    if not given.postgis:
        parser.error("name a PostGIS server, or the address of a running service")
    url = catalogue.on_postgis(given.postgis, "bench_api", given.rows)
    with canopy(url) as server:
        is_met = _is_met(f"http://127.0.0.1:{server.port}", given)
    sys.exit(0 if is_met else 1)


def _is_met(address: str, given: argparse.Namespace) -> bool:
    is_met = True
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=["--no-sandbox"],
            viewport={"width": 1280, "height": 800},
        )
        for state in given.states:
            found = measure(context, f"{address}/explore/{state}", given.runs)
            first, panned = statistics.median(found.first), statistics.median(found.pan)
            is_met = is_met and first <= FIRST_BAR_MS and panned <= PAN_BAR_MS
            told = {
                "state": state, "processors": os.cpu_count(),
                "first_map_ms": round(first), "first_bar_ms": FIRST_BAR_MS,
                "pan_ms": round(panned), "pan_bar_ms": PAN_BAR_MS,
                "first_all_ms": [round(each) for each in found.first],
                "pan_all_ms": [round(each) for each in found.pan],
            }  # fmt: skip
            print(json.dumps(told))
            if given.requests:
                for request in found.requests:
                    print("  ", request)
        context.close()
    return is_met


if __name__ == "__main__":
    main()
