"""The sample town's plan from its files to both editions of its report.

The scenario chooses its sites; coverage is computed as it is and with two operators on each chosen
site; both are stored, the scenario computed, and its report written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from canopy.access.rules import Principal, Role
from canopy.assets.queries import now_utc
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_list import sites_to_csv
from canopy.db.engine import Database
from canopy.errors import BadSource
from canopy.plan.coverage.asking import Limits
from canopy.plan.coverage.at_once import Wanted, computed
from canopy.plan.published.folder import publish
from canopy.plan.published.shown import MAKING
from canopy.plan.report.composing import compose
from canopy.plan.report.gathering import Files, chosen_sites, gathered
from canopy.plan.report.material import Site
from canopy.plan.scenarios.computing import Inputs, Result, changed_since, compute, store
from canopy.plan.scenarios.scenario import Scenario, do_minimum, read_scenario
from canopy.plan.scenarios.storing import Kept, Note, put
from canopy.render.report.html import page

TECHNOLOGY = "lte-1800"
SMALL_CELL_EIRP_DBM, SMALL_CELL_HEIGHT_M = 40.0, 8.0
"""As the table of technologies takes a small cell where nothing is stated."""
OPERATORS = ("ee", "three")
RESOLUTION_M = 50.0


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What was made: the stored result, and where its editions lie."""

    result: Result
    sites: int
    folder: Path
    exempt: Path
    notes: tuple[str, ...]


def demonstrate(
    inputs: Inputs,
    town: Path,
    runs: Path,
    folder: Path,
    council: str,
    principal: Principal,
    limits: Limits,
    say: Callable[[str], None] = lambda _text: None,
) -> Demonstrated:
    """Make the plan of the town whose files are in `town`.

    runs: folder of coverage runs. folder: of the public edition; the exempt one is a file beside
    it. Raises BadSource where the town has no plan.
    """
    files = _files(town)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MAKING).touch()
    try:
        return _demonstrated(inputs, town, runs, folder, council, principal, limits, say, files)
    finally:
        (folder / MAKING).unlink(missing_ok=True)


def _demonstrated(
    inputs: Inputs, town: Path, runs: Path, folder: Path, council: str, principal: Principal,
    limits: Limits, say: Callable[[str], None], files: Files,
) -> Demonstrated:  # fmt: skip
    database = inputs.database
    scenario = read_scenario(town / "plan" / "scenario.toml")
    say("choosing sites")
    with database.reading() as session:
        first = compute(session, Kept(scenario, None, 0), inputs)
        sites = chosen_sites(session, first, inputs)
    say("computing coverage as it is")
    today = (town / "plan" / "today.csv").read_text(encoding="utf-8")
    now = _run(database, town, runs, "Today", [today], Role.public, principal, limits)
    say("computing coverage with the chosen sites")
    chosen = _site_list(town, sites)
    after = _run(database, town, runs, "With the plan", [today, chosen], Role.estates, principal,
                 limits)  # fmt: skip
    say("computing the scenario")
    _put(database, replace(do_minimum(), coverage_run=UUID(now)), principal)
    kept = _put(database, replace(scenario, coverage_run=UUID(after)), principal)
    with database.reading() as session:
        result = compute(session, kept, inputs)
        is_new = changed_since(session, result) != []
    if is_new:
        with database.writing() as session:
            store(session, result, principal.name, now_utc())
    say("writing the public edition")
    with database.reading() as session:
        material = gathered(session, scenario.name, None, inputs, "public", council, files)
    notes = publish(material, folder)
    say("writing the exempt edition")
    exempt = folder.with_name(f"{folder.name}-exempt.html")
    with database.reading() as session:
        material = gathered(session, scenario.name, None, inputs, "exempt", council, files)
    exempt.write_text(page(compose(material)), encoding="utf-8")
    return Demonstrated(result, len(sites), folder, exempt, tuple(notes))


def _files(town: Path) -> Files:
    plan = town / "plan"
    if not (plan / "scenario.toml").is_file():
        raise BadSource(f"{plan} has no scenario.toml; make the sample town with fixtures/make.py.")
    return Files(
        benefits=plan / "benefits.toml", social=plan / "social.toml", words=plan / "words.toml",
        prospects=plan / "prospects.toml",
    )  # fmt: skip


def _put(database: Database, scenario: Scenario, principal: Principal) -> Kept:
    with database.writing() as session:
        return put(session, scenario, Note(principal.name, "plan demo", now_utc()))


def _site_list(town: Path, sites: Sequence[Site]) -> str:
    """The chosen sites, each with both operators."""
    made = tuple(
        RadioSite(
            site_id=f"{each.line.source}-{each.line.ref}-{operator}", operator=operator,
            technology=TECHNOLOGY, easting_m=each.line.x_m, northing_m=each.line.y_m,
            antenna_height_m=SMALL_CELL_HEIGHT_M, frequency_mhz=1842.5, bandwidth_mhz=20.0,
            eirp_dbm=SMALL_CELL_EIRP_DBM, source="plan",
        )
        for each in sites
        if each.line.x_m is not None and each.line.y_m is not None
        for operator in OPERATORS
    )  # fmt: skip
    path = town / "plan" / ".chosen.csv"
    sites_to_csv(made, path)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return text


def _run(
    database: Database,
    town: Path,
    runs: Path,
    name: str,
    lists: Sequence[str],
    audience: Role,
    principal: Principal,
    limits: Limits,
) -> str:
    """A run over the town; lists of sites are named by what they hold."""
    folder = town / "plan" / "sites"
    folder.mkdir(exist_ok=True)
    named = []
    for text in lists:
        path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
        path.write_text(text, encoding="utf-8", newline="")
        named.append(f"plan/sites/{path.name}")
    request = {
        "name": name, "technology": TECHNOLOGY, "area": "wards.geojson", "area_id": "WD24CD",
        "area_name": "WD24NM", "sites": named, "resolution_m": RESOLUTION_M,
        "terrain": ["terrain.zip"],
        "people": {"zones": "lsoa.geojson", "counts": "population.csv", "zone_id": "LSOA21CD",
                   "counts_id": "LSOA21CD", "count": "Persons_All-Ages"},
        "demand": {
            "premises": {"file": "premises.csv", "x": "X_COORDINATE", "y": "Y_COORDINATE",
                         "crs": "EPSG:27700"},
            "roads": {"file": "roads.gpkg"},
        },
    }  # fmt: skip
    wanted = Wanted(request, town.absolute(), runs.absolute(), audience)
    return computed(database, wanted, principal, now_utc(), limits)
