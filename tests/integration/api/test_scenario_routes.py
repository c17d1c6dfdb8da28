"""Scenarios over HTTP: put, computed by a job, compared, and held against each other on a map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from addresses import bearer, token_for
from catalogue import edit
from fastapi.testclient import TestClient
from suitable_town import RULES, fill

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.jobs.runner import JobRunner
from canopy.plan.tasks import TASKS

ROOT = "/plan/scenarios"
BODY: dict[str, Any] = {
    "title": "Two posts", "technology": "small_cell", "assets": {"most": 2},
    "targets": [{"name": "enough", "figure": "sites", "at_least": 5, "by": 2029, "source": "s"}],
    "siting": {"objective": {"npv": 1}, "spacing_m": 40,
               "income": {"gbp_per_year": 500, "source": "test"}},
}  # fmt: skip
COST = """
[technologies.small_cell.cost]
fixed_gbp = { lamppost = 1000, cctv = 500 }
duct_gbp_per_m = 10
trench_gbp_per_m = 10
source = "the test"
standing = "assumption"
"""
Headers = dict[str, str]


@pytest.fixture
def client(serve: Any, gpkg_database: Database, tmp_path: Path) -> TestClient:
    rules = fill(gpkg_database, tmp_path)
    rules.write_text(RULES + COST, encoding="utf-8")
    started: TestClient = serve(plan_rules=rules, coverage_jobs=0)
    return started


@pytest.fixture
def database(gpkg_database: Database) -> Database:
    return gpkg_database


@pytest.fixture
def planner(database: Database) -> Headers:
    return bearer(token_for(database, Role.planner))


def test_a_scenario_is_put_computed_and_compared(
    client: TestClient, database: Database, planner: Headers
) -> None:
    """From its fields to the difference from doing the minimum; what changed since is named."""
    put = client.put(f"{ROOT}/two", json=BODY, headers=planner)
    assert (put.status_code, put.json()["version"]) == (200, 1), put.text
    assert client.put(f"{ROOT}/two", json=BODY, headers=planner).json()["version"] == 1
    assert client.get(f"{ROOT}/two/result", headers=planner).status_code == 404
    asked = client.post(f"{ROOT}/two/runs", headers=planner)
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert JobRunner(database, TASKS).run_one()
    done = client.get(asked.headers["location"], headers=planner).json()
    assert (done["state"], done["error"], done["result"]["sites"]) == ("done", None, 2)
    result = client.get(f"{ROOT}/two/result", headers=planner).json()
    assert result["changed"] == []
    assert result["targets"][0]["told"] == "missed by 3"
    assert 0.5 < result["choosing"]["share_of_best"] <= 1
    edit(database, "L1", height_m=6.0)
    changed = client.get(f"{ROOT}/two/result", headers=planner).json()["changed"]
    assert [each.partition(":")[0] for each in changed] == ["assets sha256"]
    sites = client.get(f"{ROOT}/two/result?f=csv", headers=planner).text.splitlines()
    assert len(sites) == 3
    beside = client.get("/plan/comparison?scenario=two", headers=planner).json()
    assert beside["scenarios"] == ["do-minimum@0", "two@1"]
    assert beside["figures"][0]["changes"] == [0, 2]
    shown = client.get("/plan/difference?after=two@1", headers=planner).json()
    assert [each["properties"]["change"] for each in shown["features"]] == ["added"] * 3
    assert shown["wards"][0]["change"] == 2


def test_a_scenario_beyond_ones_role_is_not_there(
    client: TestClient, database: Database, planner: Headers
) -> None:
    """Estates put one for themselves: planners neither see nor copy it, nor take its name."""
    estates = bearer(token_for(database, Role.estates))
    body = {**BODY, "audience": "estates"}
    assert client.put(f"{ROOT}/two", json=body, headers=planner).status_code == 403
    assert client.put(f"{ROOT}/two", json=body, headers=estates).status_code == 200
    listed = client.get(ROOT, headers=planner).json()["scenarios"]
    assert [each["name"] for each in listed] == ["do-minimum"]
    copy = {"name": "three"}
    answers = [
        client.get(f"{ROOT}/two", headers=planner),
        client.get(f"{ROOT}/two/result", headers=planner),
        client.post(f"{ROOT}/two/runs", headers=planner),
        client.post(f"{ROOT}/two/clone", json=copy, headers=planner),
        client.get("/plan/comparison?scenario=two", headers=planner),
        client.get("/plan/difference?after=two", headers=planner),
    ]
    assert [each.status_code for each in answers] == [404] * 6
    assert client.put(f"{ROOT}/two", json=BODY, headers=planner).status_code == 422
    operator = bearer(token_for(database, Role.operator))
    assert client.get(ROOT, headers=operator).status_code == 403
    assert client.post(f"{ROOT}/two/clone", json=copy, headers=estates).status_code == 201


def test_a_field_that_is_wrong_is_named(client: TestClient, planner: Headers) -> None:
    """As the file's would be."""
    body = {**BODY, "siting": {"objective": {"beauty": 1}}}
    answer = client.put(f"{ROOT}/two", json=body, headers=planner)
    assert answer.status_code == 422
    assert "siting.objective" in answer.text
