"""Savings from sensing over HTTP: reckoned here, shown with all that they rest on."""

from __future__ import annotations

from typing import Any

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import sense
from sqlalchemy import update

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.savings.tables import Saving
from canopy.iot.things.tables import Datastream

on_a_file = pytest.mark.parametrize("new_database", ["gpkg"], indirect=True)
"""Of what is the same on both databases."""
VISITS = {
    "visits_avoided": {"value": "12", "source": "Round log 2025/26"},
    "cost_per_visit_gbp": {"value": "85.50", "source": "Contract LC-7, schedule 2"},
}


@pytest.fixture
def keeper(database: Database) -> dict[str, str]:
    """The header of somebody who may add savings."""
    return bearer(token_for(database, Role.estates))


def visits(stream: int, **more: Any) -> dict[str, Any]:
    """A year's saving as it is sent."""
    return {
        "datastream": stream, "formula": "visits-avoided", "inputs": VISITS,
        "first_on": "2025-04-01", "last_on": "2026-03-31", **more,
    }  # fmt: skip


def test_a_saving_tells_what_it_rests_on(
    client: TestClient, database: Database, keeper: dict[str, str]
) -> None:
    """Formula, inputs with sources, period, pounds; for keepers alone."""
    stream = sense(database)["open"]
    made = client.post("/iot/savings", json=visits(stream), headers=keeper)
    assert (made.status_code, made.json()["result_gbp"]) == (200, "1026.00")
    (line,) = client.get("/iot/savings", headers=keeper).json()["savings"]
    assert line == made.json()
    assert (line["inputs"], line["reckoned_as"]) == (VISITS, "visits_avoided × cost_per_visit_gbp")
    assert client.get("/iot/savings").status_code == 403


@on_a_file
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"first_on": "2026-03-31", "last_on": "2026-04-02"}, "one day would count twice"),
        ({"formula": "guess"}, "none of visits-avoided"),
        ({"inputs": {"visits_avoided": VISITS["visits_avoided"]}}, "takes visits_avoided, cost"),
        ({"inputs": {**VISITS, "visits_avoided": {"value": 1, "source": ""}}}, "comes from"),
        ({"last_on": "2999-01-01"}, "not in the future"),
        ({"datastream": 99}, "no datastream 99"),
    ],
)
def test_what_cannot_be_a_saving_is_refused(
    client: TestClient, database: Database, keeper: dict[str, str], more: dict[str, Any], said: str
) -> None:
    """With the field, and the way out."""
    stream = sense(database)["open"]
    client.post("/iot/savings", json=visits(stream), headers=keeper)
    answer = client.post("/iot/savings", json=visits(stream, **more), headers=keeper)
    assert answer.status_code in (404, 422)
    assert said in answer.json()["detail"]


@on_a_file
def test_nothing_of_personal_risk_saves_pounds(
    client: TestClient, database: Database, keeper: dict[str, str]
) -> None:
    """Refused with the reason; a line whose datastream became such is shown no more."""
    numbers = sense(database)
    refused = client.post("/iot/savings", json=visits(numbers["personal"]), headers=keeper)
    assert refused.status_code == 422
    assert "nothing derived from it may carry a price" in refused.json()["detail"]
    assert client.post("/iot/savings", json=visits(numbers["open"]), headers=keeper).is_success
    with database.writing() as session:
        stream = session.get(Datastream, numbers["open"])
        assert stream is not None
        stream.data_class = "personal-risk"
    assert client.get("/iot/savings", headers=keeper).json()["savings"] == []


@on_a_file
def test_a_saving_without_a_source_or_withdrawn_is_not_shown(
    client: TestClient, database: Database, keeper: dict[str, str]
) -> None:
    """Also where another program took the source away."""
    numbers = sense(database)
    for stream in ("open", "council"):
        client.post("/iot/savings", json=visits(numbers[stream]), headers=keeper)
    with database.writing() as session:
        unsourced = {**VISITS, "visits_avoided": {"value": "12"}}
        session.execute(update(Saving).where(Saving.id == 1).values(inputs=unsourced))
    assert client.post("/iot/savings/2/withdraw", headers=keeper).status_code == 200
    assert client.get("/iot/savings", headers=keeper).json() == {"savings": [], "next": None}
