"""A street with a lease, chosen posts, and what a report is told of them in files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from databases import GeoPackages
from suitable_town import LEASE, fill

from canopy.assets.queries import ChangeNote
from canopy.concessions.register import writing as register
from canopy.concessions.register.valuing import Schedules
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import from_document
from canopy.db.engine import Database
from canopy.plan.report.gathering import Files, gathered
from canopy.plan.report.material import Material
from canopy.plan.scenarios.computing import Inputs
from canopy.plan.scenarios.scenario import scenario_of
from canopy.plan.scenarios.storing import Note, put
from canopy.plan.suitability.rules_file import read_rules
from canopy.render.report.document import Audience

NOW = datetime(2026, 11, 28, tzinfo=UTC)
PRICES = """
name = "steady"
source = "the test"
afterwards = 0.02
[change_by_year]
2024 = 0.02
"""
WORDS = """
[[recommendation]]
text = "Approve the first phase"
[[recommendation]]
text = "Take no offer below £987 a year"
exempt = 3
[[risk]]
text = "Objection by Mr Secretive"
likelihood = 5
impact = 4
mitigation = "Talk"
exempt = 2
[[use]]
text = "social tariffs"
percent_of_income = 25
from_year = 2026
source = "budget"
[[assumption]]
text = "Two operators a site"
value = "2"
"""
PROSPECTS = """
prices = "2026/27"
price_source = "test"
years = 10
[price_gbp]
suitable = 4321
possible = 4321
[[groups]]
name = "posts"
kind = "lamppost"
suitability = "suitable"
source = "test"
take_up = { shape = "s-curve", middle = 2, steepness = 1, source = "test" }
"""


@pytest.fixture
def catalogue(geopackages: GeoPackages, tmp_path: Path) -> Database:
    """A street with a lease of its first lamppost, and a scenario of two posts in two phases."""
    database = geopackages.new()
    fill(database, tmp_path)
    for name, text in (("words", WORDS), ("prospects", PROSPECTS), ("scenario", PRICES)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "prices").mkdir()
    (tmp_path / "scenario.toml").rename(tmp_path / "prices" / "scenario.toml")
    scenario = scenario_of(
        {"name": "two", "title": "Two posts", "technology": "small_cell", "audience": "estates",
         "agreement": "EST/2026/7", "assets": {"most": 2},
         "phases": [{"name": "first", "year": 2026, "sites": 1},
                    {"name": "rest", "year": 2027, "sites": 1}]}, "test",
    )  # fmt: skip
    let = from_document({**LEASE, "assets": [{"ref": "L1"}]})
    with database.writing() as session:
        note = ChangeNote("estates", "signed", "edit")
        register.add(session, let, Status.active, date(2026, 4, 1), note, NOW)
        put(session, scenario, Note("planner", "test", NOW))
    return database


def material(database: Database, folder: Path, audience: Audience) -> Material:
    inputs = Inputs(database, read_rules(folder / "rules.toml"), Schedules(folder / "prices"),
                    date(2026, 11, 28))  # fmt: skip
    files = Files(words=folder / "words.toml", prospects=folder / "prospects.toml")
    with database.reading() as session:
        return gathered(session, "two", None, inputs, audience, "Camford", files)
