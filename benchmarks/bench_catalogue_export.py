"""A whole catalogue to a file, as users do it: `canopy export`, process start included.

    python benchmarks/bench_catalogue_export.py --rows 1000000 --runs 3 [--postgis URL]

A county's lampposts are imported once, and a tenth of them into another catalogue; every
run is a whole process, as admin. `grown` is the peak memory above that of the export of
the tenth: flat memory means that it hardly follows the rows. Medians of the runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from bench_import import FreshPostgis, imported, measured

FORMATS = {"GeoPackage": ".gpkg", "GeoParquet": ".parquet"}


def main() -> None:
    """Parse, import, export, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{chosen.rows:,} assets, medians of {chosen.runs} runs, {os.cpu_count()} cores")
        names = ("tenth.gpkg", "all.gpkg")
        places = {"GeoPackage": [f"gpkg://{Path(folder, name)}" for name in names]}
        if chosen.postgis:
            servers = [FreshPostgis(chosen.postgis, name) for name in ("bench_tenth", "bench_all")]
            for server in servers:
                server.renew()
            places["PostGIS"] = [server.url for server in servers]
        for rows, at in ((chosen.rows // 10, 0), (chosen.rows, 1)):
            register = county(Path(folder, "county.csv"), rows)
            for urls in places.values():
                imported(register, urls[at])
        for database, (tenth, whole) in places.items():
            for name, suffix in FORMATS.items():
                out = Path(folder, f"out{suffix}")
                few = exported(out, tenth)
                many = [exported(out, whole) for _ in range(chosen.runs)]
                seconds = statistics.median(run[0] for run in many)
                peak = max(run[1] for run in many)
                print(
                    f"{database} to {name:<12} {seconds:7.1f} s   peak {peak:5.0f} MB   "
                    f"grown {peak - few[1]:5.0f} MB"
                )


def county(path: Path, rows: int) -> Path:
    """A register of this many lampposts."""
    make = ["fixtures/make.py", "--scale", "county", "--out", str(path), "--rows", str(rows)]
    measured([sys.executable, *make], {})
    return path


def exported(out: Path, url: str) -> tuple[float, float]:
    """(wall seconds, peak megabytes) of one export of everything."""
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "canopy", "export", "--out", str(out), "--audience", "admin"]
    return measured(command, {"CANOPY_DB_URL": url, "CANOPY_DB_STATEMENT_TIMEOUT_S": "3600"})


if __name__ == "__main__":
    main()
