"""A whole plan, from a catalogue to both editions of its report.

    python benchmarks/bench_plan.py [--data FOLDER] [--runs 3] [--keep FOLDER]

The sample town: `canopy plan demo` as a whole process on a catalogue without any run, so that sites
are chosen, two coverage runs computed, and the public edition (HTML, and PDF where a program for it
is there) and the exempt one written. The first time includes compiling the kernels; the median is
of the times after it. With --data, or CANOPY_REAL_DATA, also Camden's lampposts and LTE cells:
30 of them chosen, coverage at 50 m over OS Terrain 50 without them and with them, and the report.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from canopy.access.rules import Principal, Role
from canopy.assets.queries import now_utc
from canopy.concessions.register.valuing import Schedules
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_list import sites_to_csv
from canopy.db.engine import open_database
from canopy.plan.coverage.asking import Limits
from canopy.plan.coverage.at_once import Wanted, computed
from canopy.plan.published.folder import publish
from canopy.plan.report.gathering import chosen_sites, gathered
from canopy.plan.scenarios.computing import Inputs, compute
from canopy.plan.scenarios.scenario import scenario_of
from canopy.plan.scenarios.storing import Kept, Note, put
from canopy.plan.suitability.rules_file import read_rules
from canopy.settings import load_settings

ROOT = Path(__file__).parents[1]
TOWN_BAR_S, CAMDEN_BAR_S = 30.0, 180.0
RESOLUTION_M = 50


def canopy(*arguments: str, **environment: str) -> float:
    """Seconds of a command."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "canopy", *arguments], check=True, cwd=ROOT,
        env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def town(folder: Path, runs: int) -> bool:
    """Whether the sample town's plan is made in time."""
    files = folder / "town"
    make = [sys.executable, "fixtures/make.py", "--out", str(files)]
    subprocess.run(make, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    imported = folder / "imported.gpkg"
    canopy("demo", "--dir", str(files), "--db", f"gpkg://{imported}")
    seconds = []
    for at in range(runs + 1):
        catalogue = folder / f"town-{at}.gpkg"
        shutil.copyfile(imported, catalogue)
        runs_at = {"CANOPY_COVERAGE_RUNS": str(folder / f"runs-{at}")}
        seconds.append(
            canopy("plan", "demo", "--dir", str(files), "--db", f"gpkg://{catalogue}", **runs_at)
        )
    middle = statistics.median(seconds[1:])
    print(f"sample town: first {seconds[0]:.1f} s, then {middle:.1f} s; bar {TOWN_BAR_S:.0f} s")
    return middle <= TOWN_BAR_S


def camden(folder: Path, data: Path, keep: Path | None = None) -> bool:
    """Whether Camden's plan is made in time, its lampposts imported before.

    keep: new folder for its public edition.
    """
    files = {
        "wards.geojson": data / "boundaries" / "camden_wards.geojson",
        "lsoa.geojson": data / "boundaries" / "camden_lsoa.geojson",
        "population.csv": data / "boundaries" / "camden_lsoa_population_2020.csv",
        "cells.csv": data / "radio" / "opencellid_camden_area.csv",
        **{each.name: each for each in (data / "terrain").glob("*.zip")},
    }
    inputs = folder / "camden"
    inputs.mkdir()
    for name, path in files.items():
        shutil.copyfile(path, inputs / name)
    db = ("--db", f"gpkg://{folder / 'camden.gpkg'}")
    canopy("init", *db)
    canopy("area", "import", str(inputs / "wards.geojson"), "--kind", "ward", "--source", "wards",
           *db)  # fmt: skip
    lights = data / "assets" / "camden_street_lighting_2018.csv"
    canopy("import", str(lights), "--source", "lighting", "--kind", "lamppost", "--accept-valid",
           *db)  # fmt: skip
    began = time.perf_counter()
    told = _camden_plan(folder, inputs, db[1])
    seconds = time.perf_counter() - began
    if keep is not None:
        shutil.copytree(folder / "camden-plan", keep)
    print(f"Camden: {seconds:.1f} s, {told}; bar {CAMDEN_BAR_S:.0f} s")
    return seconds <= CAMDEN_BAR_S


def _camden_plan(folder: Path, inputs: Path, url: str) -> str:
    settings = load_settings(db_url=url)
    database = open_database(settings)
    principal, now = Principal(Role.admin, "bench"), now_utc()
    limits = Limits(10_000_000, 2_000.0, 10)
    with_them = Inputs(database, read_rules(settings.plan_rules), Schedules(None), now.date())
    document = {
        "name": "camden", "title": "Thirty small cells for Camden", "technology": "small_cell",
        "audience": "estates",
        "assets": {"most": 30, "classes": ["suitable", "possible", "unknown"]},
        "phases": [{"name": "first", "year": 2027, "sites": 30}],
    }  # fmt: skip
    with database.reading() as session:
        kept = Kept(scenario_of(document, "bench"), None, 0)
        sites = chosen_sites(session, compute(session, kept, with_them), with_them)
    sites_to_csv(
        tuple(
            RadioSite(
                site_id=f"{each.number}", operator="ee", technology="lte-1800",
                easting_m=each.line.x_m or 0.0, northing_m=each.line.y_m or 0.0,
                antenna_height_m=8.0, frequency_mhz=1842.5, bandwidth_mhz=20.0, eirp_dbm=40.0,
                source="plan",
            )
            for each in sites
        ),
        inputs / "chosen.csv",
    )  # fmt: skip
    names = {}
    for name, lists in (("now", ["cells.csv"]), ("after", ["cells.csv", "chosen.csv"])):
        request = {
            "name": name, "technology": "lte-1800", "area": "wards.geojson", "area_id": "WD13CD",
            "area_name": "WD13NM", "sites": lists, "resolution_m": RESOLUTION_M, "reach_m": 2_000,
            "terrain": sorted(each.name for each in inputs.glob("*.zip")),
            "people": {"zones": "lsoa.geojson", "counts": "population.csv", "zone_id": "LSOA11CD",
                       "counts_id": "LSOA11CD", "count": "Persons_All-Ages"},
        }  # fmt: skip
        wanted = Wanted(request, inputs, folder / "camden-runs", Role.estates)
        names[name] = computed(database, wanted, principal, now, limits)
    note = Note("bench", "bench", now)
    minimum = {"name": "do-minimum", "title": "Nothing", "technology": "small_cell",
               "assets": {"most": 0}, "audience": "estates"}  # fmt: skip
    with database.writing() as session:
        put(session, scenario_of({**minimum, "coverage_run": names["now"]}, "bench"), note)
        put(session, scenario_of({**document, "coverage_run": names["after"]}, "bench"), note)
    with database.reading() as session:
        material = gathered(session, "camden", None, with_them, "public", "Camden")
    notes = publish(material, folder / "camden-plan")
    database.dispose()
    return f"{len(sites)} sites; {'; '.join(notes) or 'HTML and PDF'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("CANOPY_REAL_DATA"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="new folder for Camden's public edition")
    given = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="canopy-plan-") as made:
        met = [town(Path(made), max(1, given.runs))]
        if given.data:
            data = Path(given.data)
            data = data / "data" if (data / "data").is_dir() else data
            met.append(camden(Path(made), data, given.keep))
        else:
            print("Camden was not run: --data names no folder")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
