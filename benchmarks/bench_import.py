"""A register of a million rows through the importer, beside geopandas in the same run.

    python benchmarks/bench_import.py --rows 1000000 --runs 3 [--postgis URL]

Every run is a whole process into a fresh catalogue: every row validated, revisions and
indexes included. The peer reads the same file with `geopandas.read_file`, makes points and
writes them with `to_postgis`: it validates nothing, keeps no history and makes one index.
It is run twice: as it comes, and with pyogrio's faster `use_arrow=True`.
Prints wall seconds (median of the runs) and peak memory (the largest of the runs; that of
all processes of the command together on Linux), and the ratios to the peer.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parents[1]
_PEER = """
import sys
import geopandas as gpd
from sqlalchemy import create_engine
frame = gpd.read_file(sys.argv[1], **({"use_arrow": True} if "arrow" in sys.argv else {}))
points = gpd.points_from_xy(
    frame[sys.argv[3]].astype(float), frame[sys.argv[4]].astype(float), crs=27700
)
gpd.GeoDataFrame(frame, geometry=points).to_postgis(
    "lamps", create_engine(sys.argv[2]), if_exists="replace", index=False
)
"""


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """(wall seconds, peak megabytes) of a command run to its end."""
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment},
                               stdout=subprocess.DEVNULL)  # fmt: skip
    together = Together(process.pid)
    together.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    together.ended.set()
    together.join()
    if process.returncode:
        raise SystemExit(f"failed with {process.returncode}: {' '.join(command)}")
    peak = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return time.monotonic() - started, max(peak, together.peak_mb)


class Together(threading.Thread):
    """Watches the resident memory of a process and its children, ten times a second (Linux)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.ended = threading.Event()
        self.peak_mb = 0.0

    def run(self) -> None:
        while not self.ended.wait(0.1):
            self.peak_mb = max(self.peak_mb, sum(map(_resident_mb, self._family(self._pid))))

    def _family(self, pid: int) -> list[int]:
        try:
            listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        except OSError:  # it has ended, or this is no Linux
            return []
        return [pid, *(each for child in listed.split() for each in self._family(int(child)))]


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 1024**2


def imported(register: Path, url: str) -> tuple[float, float]:
    """One import of the register into the database that `url` names."""
    command = [sys.executable, "-m", "canopy", "import", str(register),
               "--kind", "lamppost", "--source", "county"]  # fmt: skip
    return measured(command, {"CANOPY_DB_URL": url, "CANOPY_DB_STATEMENT_TIMEOUT_S": "3600"})


class FreshPostgis:
    """A database of its own on the server, dropped and made anew for each run."""

    def __init__(self, server: str, database: str = "canopy_bench") -> None:
        self._server = make_url(server)
        self._database = database
        self.url = self._server.set(database=database).render_as_string(hide_password=False)

    def renew(self) -> None:
        """An empty database with PostGIS."""
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {self._database} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {self._database}"))
        engine.dispose()
        fresh = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with fresh.connect() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
        fresh.dispose()


def show(name: str, runs: list[tuple[float, float]]) -> float:
    """Print the medians of some runs; the median of the seconds."""
    seconds = statistics.median(run[0] for run in runs)
    peak = max(run[1] for run in runs)
    each = ", ".join(f"{run[0]:.1f}" for run in runs)
    print(f"{name:<28} {seconds:8.1f} s   peak {peak:6.0f} MB   ({each})")
    return seconds


def repeat(runs: int, once: Callable[[], tuple[float, float]]) -> list[tuple[float, float]]:
    return [once() for _ in range(runs)]


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        register = Path(folder, "county.csv")
        measured(
            [sys.executable, "fixtures/make.py", "--scale", "county", "--out", str(register),
             "--rows", str(chosen.rows)], {},
        )  # fmt: skip
        size_mb = register.stat().st_size / 1e6
        print(f"{chosen.rows:,} rows, {size_mb:.0f} MB, medians of {chosen.runs} runs,", end=" ")
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")

        def to_geopackage() -> tuple[float, float]:
            for old in Path(folder).glob("fresh.gpkg*"):
                old.unlink()
            return imported(register, f"gpkg://{Path(folder, 'fresh.gpkg')}")

        show("import to GeoPackage", repeat(chosen.runs, to_geopackage))
        if chosen.postgis:
            _with_postgis(register, chosen.runs, FreshPostgis(chosen.postgis))
    print(f"(this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)")


def _with_postgis(register: Path, runs: int, server: FreshPostgis) -> None:
    ours: list[tuple[float, float]] = []
    peers: dict[str, list[tuple[float, float]]] = {"plain": [], "arrow": []}
    header = register.open(encoding="utf-8").readline().rstrip("\n").split(",")
    x, y = (next(c for c in header if word in c.casefold()) for word in ("easting", "northing"))
    for _ in range(runs):
        server.renew()
        ours.append(imported(register, server.url))
        for how, measurements in peers.items():
            server.renew()
            command = [sys.executable, "-c", _PEER, str(register), server.url, x, y, how]
            measurements.append(measured(command, {}))
    mine = show("import to PostGIS", ours)
    for how, measurements in peers.items():
        theirs = show(f"geopandas, {how}", measurements)
        print(f"{'ratio to it':<28} {mine / theirs:8.2f}")


if __name__ == "__main__":
    main()
