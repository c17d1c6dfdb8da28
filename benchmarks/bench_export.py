"""Writing assets to files: seconds and peak memory of each format, each in its own process.

    python benchmarks/bench_export.py [--rows 1000000] [FORMAT ...]

GeoPackage and GeoParquet are held to their bars: 30 s a million assets and flat memory (the
database's part of the 90 s of a whole export is not measured here).

Lampposts with 20 known columns each, in batches of 10,000, made before they are timed and
handed over one by one; EPSG:27700 in and out. `grown` is the peak memory above that of
the same export of a tenth of the assets: flat memory means that it hardly follows the rows.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely

from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.exporters import FORMATS, ExportStamp, write

BATCH_ROWS = 10_000
STAMP = ExportStamp(
    audience="admin",
    title="Benchmark",
    attribution=("Synthetic",),
    licence="CC0-1.0",
    generated_at=datetime(2026, 1, 1, tzinfo=UTC),
)


BAR_S = 30.0
WITH_A_BAR = ("gpkg", "geoparquet")
MOST_GROWN_MB = 150
"""What allocators, caches and the capped spatial index may add [MB]; the assets as Python
objects would be thousands."""


class Lampposts:
    """`rows` lampposts in batches, and the seconds spent in making them."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.made_in_s = 0.0

    def __iter__(self) -> Iterator[AssetBatch]:
        for first in range(0, self._rows, BATCH_ROWS):
            start = time.perf_counter()
            batch = _batch(first, min(BATCH_ROWS, self._rows - first))
            self.made_in_s += time.perf_counter() - start
            yield batch


def _batch(first: int, count: int) -> AssetBatch:
    rng = np.random.default_rng(first)
    numbers = range(first, first + count)
    columns: dict[str, list[object]] = {name: [None] * count for name in COMMON_COLUMNS}
    made = datetime(2026, 1, 1, 12, tzinfo=UTC)
    columns |= {
        "asset_id": [str(uuid.UUID(int=number * 7919)) for number in numbers],
        "kind": ["lamppost"] * count,
        "authority": ["anytown"] * count,
        "source": ["anytown-lighting"] * count,
        "ref": [f"LC{number:07}" for number in numbers],
        "status": ["operational"] * count,
        "height_m": rng.choice([5.0, 6.0, 8.0, 10.0], count).tolist(),
        "owner": ["Anytown Council"] * count,
        "street": [f"Street {number % 5000}" for number in numbers],
        "postcode": ["AN1 1AA"] * count,
        "usrn": [f"{20_000_000 + number % 5000}" for number in numbers],
        "ward": [f"Ward {number % 20}" for number in numbers],
        "observed_on": [date(2024, 5, 6)] * count,
        "licence": ["OGL-UK-3.0"] * count,
        "version": [1] * count,
        "created_at": [made] * count,
        "updated_at": [made] * count,
    }
    attributes: list[dict[str, object]] = [
        {"material": "steel", "lamp_w": 35.0, "lamp_tech": "LED"} for _ in numbers
    ]
    points = shapely.points(rng.uniform(400_000, 500_000, count), rng.uniform(1e5, 2e5, count))
    return AssetBatch(columns, attributes, points)


def measure(fmt: str, rows: int) -> dict[str, float]:
    """One export in this process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"assets{FORMATS[fmt].suffix}"
        lampposts = Lampposts(rows)
        start = time.perf_counter()
        crs = "EPSG:4326" if FORMATS[fmt].only_wgs84 else "EPSG:27700"
        report = write(lampposts, path, fmt, storage_crs="EPSG:27700", crs=crs, stamp=STAMP)
        seconds = time.perf_counter() - start - lampposts.made_in_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak_mb": peak_mb, "file_mb": report.size_bytes / 1e6}


def _in_own_process(fmt: str, rows: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", "--rows", str(rows), fmt]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("formats", nargs="*", metavar="FORMAT")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.formats[0], given.rows)))
        return
    print(f"{given.rows:,} assets")
    missed = []
    for fmt in given.formats or list(FORMATS):
        few, many = _in_own_process(fmt, given.rows // 10), _in_own_process(fmt, given.rows)
        grown = many["peak_mb"] - few["peak_mb"]
        print(
            f"{fmt:12} {many['seconds']:6.1f} s   peak {many['peak_mb']:5.0f} MB   "
            f"grown {grown:5.0f} MB   file {many['file_mb']:6.0f} MB"
        )
        if fmt in WITH_A_BAR and (many["seconds"] > BAR_S or grown > MOST_GROWN_MB):
            missed.append(fmt)
    if missed:
        sys.exit(f"Missed {BAR_S:g} s or {MOST_GROWN_MB} MB: {', '.join(missed)}")


if __name__ == "__main__":
    main()
