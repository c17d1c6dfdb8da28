"""Assets of the catalogue as candidate sites: on which, how high, and for whose eyes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from coverage_town import ASKED, NewService, ended
from fastapi.testclient import TestClient

from canopy.access.rules import Principal, Role
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.db.engine import Database
from canopy.errors import BadFilter, Refused
from canopy.plan.coverage.asset_sites import Catalogue
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.running import Outcome, run

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = "/coverage/runs"
Headers = dict[str, dict[str, str]]

LAMPS = (
    "ref,easting,northing,height_m,sensitivity\n"
    "tall,528000,184150,10,\nlow,528050,184150,5,\nunknown,528100,184150,,\n"
    "hidden,528150,184150,8,estates\nfar,560000,184150,8,\n"
)
ROOFS = "ref,easting,northing,height_m\nhall,528020,184200,18\nshed,528060,184200,\n"


@pytest.fixture
def assets(database: Database, tmp_path: Path) -> Database:
    """A catalogue with five lampposts, one of them far off and one for estates alone, and two
    roofs, of which one has no height."""
    for kind, text in (("lamppost", LAMPS), ("rooftop", ROOFS)):
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        run_import(
            database,
            ImportRequest(
                path=path, source=f"town-{kind}", author="test", kind=kind, crs="EPSG:27700",
                licence="OGL v3",
            ),
        )  # fmt: skip
    return database


def outcome_of(
    inputs: Path, database: Database, role: Role = Role.public, **assets: Any
) -> Outcome:
    asked = {**ASKED, "sites": [], "assets": {"kinds": ["lamppost"], **assets}}
    catalogue = Catalogue(database, Principal(role, str(role)))
    return run(from_json(asked, inputs), NOW, catalogue=catalogue)


def heights(outcome: Outcome) -> list[float]:
    return sorted(site.antenna_height_m for site in outcome.gathered.problem.sites)


def test_candidates_stand_at_the_top_of_their_columns(inputs: Path, assets: Database) -> None:
    """Where a column states no height the small cell's is assumed, and that is said; each
    site names its asset; the catalogue is an input with a hash and its licence."""
    outcome = outcome_of(inputs, assets)
    assert heights(outcome) == [5.0, 8.0, 10.0]
    sites = outcome.gathered.problem.sites
    assumed = [site.antenna_height_m for site in sites if "antenna_height_m" in site.assumed]
    assert assumed == [8.0]
    assert all(site.asset_id == site.site_id for site in sites)
    assert {site.eirp_dbm for site in sites} == {40.0}
    assert not outcome.result.indicative
    told = " ".join(outcome.explanation)
    assert "3 assets (kinds lamppost" in told
    assert "as public sees them" in told
    named = next(each for each in outcome.provenance.inputs if "catalogue" in each.name)
    assert (named.name, named.licence) == ("catalogue: lamppost as public sees them", "OGL v3")


def test_the_hash_of_candidates_is_that_of_what_was_used(inputs: Path, assets: Database) -> None:
    """Another height, another hash; the same assets, the same one."""

    def hashed(**changed: Any) -> str:
        inputs_of = outcome_of(inputs, assets, **changed).provenance.inputs
        return next(each.sha256 for each in inputs_of if "catalogue" in each.name)

    assert hashed() == hashed()
    assert hashed() != hashed(height_m=6.0)


def test_what_an_audience_may_not_see_is_no_candidate(inputs: Path, assets: Database) -> None:
    """The column for estates is there for estates alone, whatever the filter says."""
    assert len(outcome_of(inputs, assets, Role.estates).gathered.problem.sites) == 4
    with pytest.raises(Refused, match="no lamppost near the area that public may see"):
        outcome_of(inputs, assets, filter="ref = 'hidden'")


@pytest.mark.parametrize(
    ("written", "found"), [("height_m >= 6", [10.0]), ("ref IN ('low', 'tall')", [5.0, 10.0])]
)
def test_a_filter_chooses_among_them(
    inputs: Path, assets: Database, written: str, found: list[float]
) -> None:
    """CQL2, as everywhere else."""
    assert heights(outcome_of(inputs, assets, filter=written)) == found


def test_antennas_on_roofs_stand_above_them(inputs: Path, assets: Database) -> None:
    """18 m and 4 over the roof; a roof of unknown height is left out, and that is said."""
    outcome = outcome_of(inputs, assets, kinds=["rooftop"], above_roof_m=4.0, site_class="macro")
    assert heights(outcome) == [22.0]
    assert "1 without the height of their roof are left out" in " ".join(outcome.explanation)
    assert outcome.gathered.problem.sites[0].eirp_dbm == 61.0


def test_a_filter_that_is_none_is_refused(inputs: Path, assets: Database) -> None:
    """And so is a run that has no catalogue to read."""
    with pytest.raises(BadFilter):
        outcome_of(inputs, assets, filter="height_m >=")
    asked = {**ASKED, "sites": [], "assets": {"kinds": ["lamppost"]}}
    with pytest.raises(Refused, match="need a catalogue"):
        run(from_json(asked, inputs), NOW)


def test_a_service_shows_no_more_than_the_runs_audience_sees(
    serve: NewService, assets: Database, headers: Headers
) -> None:
    """An admin's run for planners has the columns that planners see; its own has them all.
    Each cell names its asset."""
    client: TestClient = serve()
    many = {}
    for audience in ("planner", "admin"):
        asked = {**ASKED, "sites": [], "assets": {"kinds": ["lamppost"]}, "audience": audience}
        answer = client.post(RUNS, json=asked, headers=headers["admin"])
        assert answer.status_code == 202, answer.text
        done = ended(client, answer.json(), headers["admin"])
        assert (done["state"], done["error"]) == ("done", None)
        cells = client.get(f"{RUNS}/{done['run_id']}/cells", headers=headers["admin"]).json()
        many[audience] = len(cells["features"])
        assert all(each["properties"]["asset_id"] for each in cells["features"])
    assert many == {"planner": 3, "admin": 4}


def test_a_service_refuses_a_filter_at_once(
    idle: TestClient, assets: Database, headers: Headers
) -> None:
    """Before there is a job that would fail of it."""
    asked = {**ASKED, "sites": [], "assets": {"kinds": ["lamppost"], "filter": "height_m >="}}
    answer = idle.post(RUNS, json=asked, headers=headers["planner"])
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (400, "bad-filter")


def test_a_place_hears_candidates_while_the_catalogue_is_as_it_was(
    serve: NewService, headers: Headers, assets: Database, tmp_path: Path
) -> None:
    """Their levels are computed anew; once a column has another height they are stale."""
    client, header = serve(), headers["estates"]
    asked = {**ASKED, "sites": [], "assets": {"kinds": ["lamppost"]}}
    run = ended(client, client.post(RUNS, json=asked, headers=header).json(), header)
    assert (run["state"], run["error"]) == ("done", None)

    def servers() -> Any:
        place = {"lon": -0.1545, "lat": 51.5418}
        told = client.get(f"{RUNS}/{run['run_id']}/at", params=place, headers=header).json()
        return told["servers"]

    before = servers()
    assert (before["state"], before["in_reach"]) == ("current", 4)
    assert before["differs_db"] == pytest.approx(0.0, abs=1e-3)
    path = tmp_path / "lamppost.csv"
    path.write_text(LAMPS.replace("184150,5,", "184150,6,"))
    run_import(
        assets,
        ImportRequest(
            path=path, source="town-lamppost", author="test", kind="lamppost", crs="EPSG:27700",
            licence="OGL v3",
        ),
    )  # fmt: skip
    after = servers()
    assert (after["state"], after["servers"]) == ("stale", [])
    assert "catalogue: lamppost" in after["reason"]
