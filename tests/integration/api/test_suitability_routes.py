"""Suitability over HTTP: who reads it, page by page, and each score explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from addresses import bearer, token_for
from catalogue import edit
from fastapi.testclient import TestClient
from suitable_town import fill
from test_register_routes import LEASE
from test_register_routes import ROOT as AGREEMENTS

from canopy.access.rules import Role
from canopy.db.engine import Database

ROOT = "/plan/suitability"
Headers = dict[str, str]


@pytest.fixture
def database(gpkg_database: Database) -> Database:
    """Storage is not what is tested here; `tests/integration/plan` has both databases."""
    return gpkg_database


@pytest.fixture
def client(serve: Any, database: Database, tmp_path: Path) -> TestClient:
    started: TestClient = serve(plan_rules=fill(database, tmp_path))
    return started


@pytest.fixture
def planner(database: Database) -> Headers:
    return bearer(token_for(database, Role.planner))


@pytest.fixture
def estates(database: Database) -> Headers:
    return bearer(token_for(database, Role.estates))


def refs(answer: Any) -> list[str]:
    return [each["ref"] for each in answer.json()["assets"]]


def test_only_planners_and_above_read_the_plan(client: TestClient, database: Database) -> None:
    """The public and operators are told what role it takes."""
    operator = bearer(token_for(database, Role.operator))
    answers = [
        client.get(f"/plan/{path}", headers=headers).status_code
        for path in (
            "suitability",
            "suitability/rules",
            f"suitability/assets/{UUID(int=1)}",
            "survey",
        )
        for headers in ({}, operator)
    ]
    answers.append(client.post(f"{ROOT}/prospects", json={}, headers=operator).status_code)
    assert answers == [403] * 9


def test_scores_come_best_first_as_the_role_sees_them(
    client: TestClient, planner: Headers, estates: Headers
) -> None:
    """What is for estates alone is neither listed nor explained to a planner."""
    assert refs(client.get(ROOT, headers=planner)) == ["L1", "L2", "C1", "L3", "L4", "L5"]
    told = client.get(ROOT, headers=estates)
    assert refs(told) == ["L1", "L6", "L2", "C1", "L3", "L4", "L5"]
    hidden = told.json()["assets"][1]["asset_id"]
    assert client.get(f"{ROOT}/assets/{hidden}", headers=planner).status_code == 404
    assert client.get(f"{ROOT}/assets/{hidden}", headers=estates).status_code == 200


def test_pages_follow_their_links_to_the_end(client: TestClient, planner: Headers) -> None:
    """Each asset once; filters go with the link."""
    seen, address = [], f"{ROOT}?limit=2&kind=lamppost&suitability=possible"
    while address:
        answer = client.get(address, headers=planner)
        seen += refs(answer)
        address = next((each["href"] for each in answer.json()["links"]), "")
    assert seen == ["L1", "L2", "L3"]


def test_a_page_of_a_catalogue_that_changed_is_refused(
    client: TestClient, planner: Headers, database: Database
) -> None:
    """Ranks have moved: to go on would miss some and repeat others."""
    link = client.get(f"{ROOT}?limit=2", headers=planner).json()["links"][0]["href"]
    assert parse_qs(urlsplit(link).query)["limit"] == ["2"]
    edit(database, "L3", height_m=6.0)
    answer = client.get(link, headers=planner)
    assert answer.status_code == 400
    assert "begin again" in answer.json()["detail"]


def test_an_explanation_has_every_rule_with_its_source(
    client: TestClient, planner: Headers
) -> None:
    """Value, unit, points, weight and words, adding up to the score."""
    first = client.get(ROOT, headers=planner).json()["assets"][0]
    told = client.get(f"{ROOT}/assets/{first['asset_id']}", headers=planner).json()
    assert [each["name"] for each in told["rules"]] == ["stands", "not_let", "height", "backhaul"]
    assert sum(each["contribution"] for each in told["rules"]) == told["score"]["score"] == 95.0
    backhaul = told["rules"][-1]
    assert (backhaul["value"], backhaul["unit"], backhaul["points"]) == ("25", "m", 87.5)
    assert backhaul["source"] == "the test"


def test_an_exclusive_agreement_takes_an_asset_out(
    client: TestClient, planner: Headers, estates: Headers
) -> None:
    """Once the register has agreements it tells of all assets which are let."""
    terms = {**LEASE, "assets": [{"ref": "L1", "exclusive": True}]}
    wanted = {"terms": terms, "status": "active", "since": "2026-04-01"}
    answer = client.post(AGREEMENTS, json=wanted, headers=estates)
    assert answer.status_code == 201, answer.text
    told = {each["ref"]: each for each in client.get(ROOT, headers=planner).json()["assets"]}
    assert (told["L1"]["suitability"], told["L1"]["broken"]) == ("unsuitable", ["not_let"])
    assert (told["L2"]["suitability"], told["L2"]["unknown"]) == ("suitable", [])


def test_scores_are_a_map_and_a_table_too(client: TestClient, planner: Headers) -> None:
    """GeoJSON in longitude and latitude, CSV with two columns for each rule."""
    features = client.get(f"{ROOT}?f=geojson", headers=planner).json()["features"]
    lon, lat = features[0]["geometry"]["coordinates"]
    assert -9 < lon < 3
    assert 49 < lat < 61
    heads, first = client.get(f"{ROOT}?f=csv", headers=planner).text.splitlines()[:2]
    assert "height: height_m [m],height: points" in heads
    assert first.endswith("10,100.0,25,87.5")


def test_the_survey_names_what_moves_the_ranking(client: TestClient, planner: Headers) -> None:
    """The height of L4, and that the register has no agreements."""
    told = client.get("/plan/survey", headers=planner).json()
    assert [(each["asset"]["ref"], each["fact"]) for each in told["gaps"]] == [
        ("C1", "status"), ("L4", "height_m"),
    ]  # fmt: skip
    by_fact = {each["fact"]: each["found_by"] for each in told["facts"]}
    assert "agreements in the register" in by_fact["held"]


def test_prospects_are_counted_by_class(client: TestClient, planner: Headers) -> None:
    """Three possible lampposts at £100, all let in the end."""
    curve = {"shape": "s-curve", "middle": 1.0, "steepness": 100.0, "source": "test"}
    wanted = {
        "prices": "2026/27", "price_source": "test", "years": 3, "price_gbp": {"possible": 100},
        "groups": [{"name": "posts", "kind": "lamppost", "suitability": "possible",
                    "take_up": curve, "source": "test"}],
    }  # fmt: skip
    answer = client.post(f"{ROOT}/prospects", json=wanted, headers=planner)
    assert answer.status_code == 200, answer.text
    assert answer.json()["groups"][0]["income_pence"][-1] == 30_000
    assert "posts: 3 lampposts are possible." in answer.json()["sources"]
    wanted["groups"][0]["suitability"] = "green"  # type: ignore[index]
    assert client.post(f"{ROOT}/prospects", json=wanted, headers=planner).status_code == 422


def test_what_is_not_there_is_refused(client: TestClient, planner: Headers) -> None:
    """A wrong parameter is told, never passed over."""
    queries = ("technology=5g", "limit=0", "kind=tree", "after=x", "suitability=green", "f=pdf")
    answers = {
        query: client.get(f"{ROOT}?{query}", headers=planner).status_code for query in queries
    }
    assert answers == {**dict.fromkeys(queries, 400), "technology=5g": 404}


def test_rules_are_told_with_their_schema(client: TestClient, planner: Headers) -> None:
    """What scores are made by is open to who reads scores."""
    told = client.get(f"{ROOT}/rules", headers=planner).json()
    assert told["technologies"][0]["factors"][0]["weight"] == 60
    assert client.get(f"{ROOT}/schema").json()["title"] == "Rules of suitability"
