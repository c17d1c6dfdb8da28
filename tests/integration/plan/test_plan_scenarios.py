"""Scenarios kept by version, computed from what is stored, and laid side by side."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from catalogue import edit
from suitable_town import LEASE, fill

from canopy.assets.queries import ChangeNote
from canopy.concessions.register import writing as register
from canopy.concessions.register.valuing import Schedules
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import from_document
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.plan.coverage.tables import CoverageFigure, CoverageRun
from canopy.plan.scenarios.comparing import as_csv, compared
from canopy.plan.scenarios.computing import Inputs, Result, changed_since, compute, store
from canopy.plan.scenarios.scenario import Scenario, scenario_of
from canopy.plan.scenarios.storing import Kept, Note, clone, every, find, put
from canopy.plan.suitability.rules_file import read_rules

NOW = datetime(2026, 11, 28, tzinfo=UTC)
NOTE = Note("planner", "test", NOW)
RUN = "01a22281-7f8b-747a-aeb0-08b9f87f191e"


def scenario(**given: Any) -> Scenario:
    written = {"name": "two", "title": "Two posts", "technology": "small_cell",
               "assets": {"most": 2}, **given}  # fmt: skip
    return scenario_of(written, "test")


@pytest.fixture
def rules(database: Database, tmp_path: Path) -> Path:
    return fill(database, tmp_path)


def kept(database: Database, wanted: Scenario) -> Kept:
    with database.writing() as session:
        return put(session, wanted, NOTE)


def result(database: Database, rules: Path, name: str, version: int | None = None) -> Result:
    inputs = Inputs(database, read_rules(rules), Schedules(None), date(2026, 11, 28))
    with database.reading() as session:
        return compute(session, find(session, name, version), inputs)


def values(of: Result) -> dict[str, float | None]:
    return {each.name: each.value for each in of.figures}


def covered(database: Database, *, audience: str = "planner", finished: bool = True) -> None:
    """A run in which 3 % of residents have no coverage outdoors."""
    with database.writing() as session:
        run = CoverageRun(
            run_id=RUN, name="after", technology="lte-1800", audience=audience, request={},
            grid={}, bounds_lonlat=[0, 0, 1, 1], created_by="test", created_at=NOW,
            finished_at=NOW if finished else None, is_indicative=True, manifest_sha256="ab" * 32,
            geom=shapely.box(430_000, 280_000, 431_000, 281_000),
        )  # fmt: skip
        session.add(run)
        session.flush()
        for number, (area, status, share) in enumerate(
            [("all", "total", 0.03), ("all", "full", 0.97), ("W1", "total", 0.5)]
        ):
            session.add(
                CoverageFigure(
                    run_id=run.id, number=number, area_id=area, area_name=area,
                    technology="lte-1800", place="outdoor", operator="all", status=status,
                    area_m2=1.0, demand_unknown_m2=0.0, residents_share=share,
                )
            )  # fmt: skip


def test_each_version_stays(database: Database) -> None:
    """The same again is no new version; a clone says what it is of."""
    first = kept(database, scenario())
    again = kept(database, scenario())
    second = kept(database, scenario(title="Two good posts"))
    assert (first.label, again.label, second.label) == ("two@1", "two@1", "two@2")
    with database.writing() as session:
        copy = clone(session, "two", "three", "Three", NOTE)
        assert (copy.label, copy.cloned_from) == ("three@1", "two@2")
        with pytest.raises(Refused, match="three already"):
            clone(session, "two", "three", None, NOTE)
    with database.reading() as session:
        assert find(session, "two", 1).scenario.title == "Two posts"
        assert [each.label for each in every(session)] == ["do-minimum@0", "three@1", "two@2"]
        with pytest.raises(NotFound, match="no version 9"):
            find(session, "two", 9)


def test_doing_the_minimum_is_always_there(database: Database, rules: Path) -> None:
    """Before anybody wrote it down, and with today's coverage once somebody did."""
    assert values(result(database, rules, "do-minimum"))["sites"] == 0
    covered(database)
    kept(database, scenario(name="do-minimum", assets={"most": 0}, coverage_run=RUN))
    told = values(result(database, rules, "do-minimum"))
    assert (told["sites"], told["outdoor_residents_total_share"]) == (0, 0.03)


def test_figures_come_from_catalogue_and_coverage(database: Database, rules: Path) -> None:
    """The best two posts that planners see, and the run's shares; a target missed by one in a
    hundred."""
    covered(database)
    wanted = {"name": "spots", "figure": "outdoor_residents_total_share", "at_most": 0.02,
              "by": 2029, "source": "strategy"}  # fmt: skip
    kept(database, scenario(coverage_run=RUN, targets=[wanted]))
    told = result(database, rules, "two")
    assert [each["ref"] for each in told.chosen] == ["L1", "L2"]
    assert values(told)["outdoor_residents_full_share"] == 0.97
    (target,) = told.targets
    assert (target.met, target.missed_by) == (False, 0.01)
    note = next(each.note for each in told.figures if each.name.startswith("outdoor"))
    assert note == "Indicative: sites of the run are estimated."
    assert told.provenance["coverage_run"]["manifest_sha256"] == "ab" * 32


def test_a_run_that_its_audience_may_not_see_is_not_there(database: Database, rules: Path) -> None:
    """A scenario for planners tells nothing of a run for estates."""
    covered(database, audience="estates")
    kept(database, scenario(coverage_run=RUN))
    with pytest.raises(NotFound):
        result(database, rules, "two")


def test_money_of_one_agreement_is_for_estates(database: Database, rules: Path) -> None:
    """A scenario for planners may not tell it."""
    kept(database, scenario(agreement="EST/2026/7"))
    with pytest.raises(Refused, match="for estates"):
        result(database, rules, "two")


def test_terms_of_an_agreement_are_valued_for_estates(database: Database, rules: Path) -> None:
    """Twelve years of £2,551.77; without an index its real worth is not known, and that is said."""
    note = ChangeNote("estates", "signed", "edit")
    with database.writing() as session:
        register.add(session, from_document(LEASE), Status.active, date(2026, 4, 1), note, NOW)
    kept(database, scenario(agreement=LEASE["ref"], audience="estates"))
    told = result(database, rules, "two")
    assert values(told)["income_gbp"] == pytest.approx(12 * 2_551.77)
    assert told.provenance["agreement"]["version"] == 1
    worth = next(each for each in told.figures if each.name == "npv_real_gbp")
    assert worth.value is not None or worth.note


def test_what_changed_since_is_named(database: Database, rules: Path) -> None:
    """Stored with a hash of all it rests on; another height, another hash."""
    kept(database, scenario())
    first = result(database, rules, "two")
    with database.writing() as session:
        assert changed_since(session, first) is None
        store(session, first, "planner", NOW)
        assert changed_since(session, first) == []
    edit(database, "L1", height_m=6.0)
    second = result(database, rules, "two")
    assert second.inputs_sha256 != first.inputs_sha256
    with database.reading() as session:
        changed = changed_since(session, second)
    assert changed is not None
    assert [each.partition(":")[0] for each in changed] == ["assets sha256"]


def test_scenarios_lie_side_by_side(database: Database, rules: Path) -> None:
    """Each figure with its change from the first; what one does not have is not known."""
    covered(database)
    kept(database, scenario(coverage_run=RUN))
    results = [result(database, rules, name) for name in ("do-minimum", "two")]
    rows = {row.name: row for row in compared(results)}
    assert (rows["sites"].values, rows["sites"].changes) == ((0, 2), (0, 2))
    assert rows["outdoor_residents_total_share"].values == (None, 0.03)
    assert rows["outdoor_residents_total_share"].changes == (None, None)
    table = as_csv(results).splitlines()
    assert table[0] == "figure,unit,do-minimum@0,two@1,two@1 less do-minimum@0"
    assert table[1] == "sites,sites,0,2,2"
