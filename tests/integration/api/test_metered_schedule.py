"""Energy that is billed by readings which the catalogue stores itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from metered import SOURCE, STREAM, add_meter, read
from test_register_routes import LEASE, ROOT

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.flags import FLAGS

BEGINS, ENDS = datetime(2026, 3, 31, 23, tzinfo=UTC), datetime(2026, 6, 30, 23, tzinfo=UTC)
CHARGE: dict[str, Any] = {
    "name": "power", "type": "metered-power", "meter": "M1", "expected_kwh_per_year": "8760",
    "payment": {"frequency": "quarterly", "timing": "arrears"},
    "bands": [{"name": "all", "price": "0.20"}],
    "datastream": {"source": SOURCE, "stream": STREAM, "tells": "register"},
}  # fmt: skip


@pytest.fixture
def estates(database: Database) -> dict[str, str]:
    return bearer(token_for(database, Role.estates))


@pytest.fixture
def metered(client: TestClient, estates: dict[str, str]) -> str:
    """The path of an agreement whose energy a stored meter tells."""
    terms = {**LEASE, "ref": "M-1", "charges": [CHARGE]}
    assert client.post(ROOT, json={"terms": terms}, headers=estates).status_code == 201
    return "/concessions/agreements/M-1"


def schedule(client: TestClient, path: str, estates: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"{path}/schedule", headers=estates).json()
    return told


def test_schedule_follows_what_the_meter_sends(
    client: TestClient, database: Database, estates: dict[str, str], metered: str
) -> None:
    """£200 for 1,000 kWh of a quarter: expected before, then read; a later reading counts too."""
    assert (
        "no datastream active_energy of cabinet-7" in schedule(client, metered, estates)["reason"]
    )
    stream = add_meter(database)
    before = schedule(client, metered, estates)
    assert (before["reason"], before["lines"][0]["assumed"]) == (None, True)
    assert before["lines"][0]["net_pence"] == 43_680  # 91 days of 24 kWh
    assert "0 of 48 periods have readings" in before["metering"][0]
    read(database, stream, [(BEGINS, 500.0), (ENDS, 1500.0)])
    after = schedule(client, metered, estates)
    first, second = after["lines"][:2]
    assert (first["net_pence"], first["assumed"], second["assumed"]) == (20_000, False, True)
    assert "1 of 48 periods have readings" in after["metering"][0]
    assert after["metering"][-1] == "meter M1: stored readings of active_energy of cabinet-7"
    read(database, stream, [(datetime(2026, 5, 1, tzinfo=UTC), 900.0)], FLAGS["bad-quality"])
    doubted = schedule(client, metered, estates)
    assert doubted["lines"][0]["net_pence"] == 20_000
    assert "1000.000 kWh are of estimated readings" in doubted["metering"][1]
    ledger = "Date,Agreement,Amount\n2026-07-01,M-1,200\n"
    asked = {"filename": "ledger.csv", "ref": "M-1", "on": "2026-07-31"}
    paid = client.post(
        "/register/reconciliation", params=asked, content=ledger.encode(), headers=estates
    ).json()
    assert [each["standing"] for each in paid["invoices"]] == ["paid"], paid
    value = client.get(f"{metered}/value", headers=estates).json()
    assert "meter M1: stored readings of active_energy of cabinet-7" in value["sources"]


def test_datastream_that_is_no_meter_is_told(
    client: TestClient, database: Database, estates: dict[str, str], metered: str
) -> None:
    """The agreement is left out of the portfolio with the reason, and stops nothing."""
    add_meter(database, unit="Cel")
    told = schedule(client, metered, estates)
    assert (told["lines"], "Cel, which is none of energy" in told["reason"]) == ([], True)
    assert client.get("/concessions/portfolio", headers=estates).status_code == 200
