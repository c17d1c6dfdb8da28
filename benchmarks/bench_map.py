"""The combined map as one file: its size, and how soon a person can use it.

    python benchmarks/bench_map.py [--assets 50000] [--runs 5] [--map FILE]

A made-up town of mostly lampposts with some 20 known values each, random identifiers and
UPRNs included. `ready`: from the start of navigation until everything is drawn and listens.
`first interaction`: until a search typed after that has opened an asset's popup. Both are
medians over fresh browser contexts in headless Chromium (CANOPY_CHROMIUM, else
/usr/bin/chromium). `redraw`: after a change of zoom, the slowest of all zooms. Writing is
timed in this process; its peak memory includes the assets themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from made_towns import BNG, stamp, town, wards

from canopy.render.folium_map import write_map

SIZE_M = 12_000.0
SOUGHT = "LAM000777"
REDRAW = """() => {
  let slowest = 0;
  for (let zoom = 11; zoom <= 19; zoom++) {
    const start = performance.now();
    map_canopy.setZoom(zoom, { animate: false });
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}"""


def write_town(path: Path, assets: int) -> dict[str, float]:
    """Write a town of `assets` assets; returns seconds, megabytes and peak memory."""
    batches = town(assets - 548, size_m=SIZE_M)
    start = time.perf_counter()
    report = write_map(batches, path, storage_crs=BNG, stamp=stamp(), areas=wards(SIZE_M))
    return {
        "assets": report.assets,
        "write_s": round(time.perf_counter() - start, 2),
        "file_mb": round(report.size_bytes / 1e6, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def use_once(browser: Browser, path: Path) -> tuple[float, float, float]:
    """Open the map and find an asset: ready, first interaction, slowest redraw [ms]."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(path.resolve().as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready]")
    page.locator("#search-box").focus()
    page.keyboard.type(SOUGHT)
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup .details")
    used_ms = float(page.evaluate("performance.now()"))
    ready_ms = float(page.evaluate("performance.getEntriesByName('canopy-ready')[0].startTime"))
    redraw_ms = float(page.evaluate(REDRAW))
    context.close()
    return ready_ms, used_ms, redraw_ms


def measure(path: Path, runs: int) -> dict[str, float]:
    """Medians over `runs` fresh contexts."""
    chromium = os.environ.get("CANOPY_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        uses = [use_once(browser, path) for _ in range(runs)]
        browser.close()
    ready, used, redraw = (statistics.median(each) for each in zip(*uses, strict=True))
    return {
        "ready_ms": round(ready),
        "first_interaction_ms": round(used),
        "slowest_redraw_ms": round(redraw),
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--map", type=Path, help="where to keep the map")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = given.map or Path(folder) / "map.html"
        figures = write_town(path, given.assets)
        print(json.dumps(figures | measure(path, given.runs)))


if __name__ == "__main__":
    main()
