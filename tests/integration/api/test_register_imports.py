"""A register is imported over HTTP as it is by the command."""

from __future__ import annotations

from typing import Any

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from httpx2 import Response
from ogc_catalogue import add, point, record
from test_register_routes import ROOT

from canopy.access.rules import Role
from canopy.db.engine import Database

MAPPING = """
[columns]
ref = "Ref"
title = "Title"
start = "Start"
last_day = "End"
rent = "Rent"
assets = "Assets"
[formats]
start = "dd/mm/yyyy"
last_day = "dd/mm/yyyy"
[constants]
kind = "lease"
council = "Camford Council"
operator = "Example Mast Ltd"
frequency = "yearly"
timing = "advance"
vat = "exempt"
valuation_basis = "code-no-network"
"""
FILE = (
    b"Ref,Title,Start,End,Rent,Assets\n"
    b"L-1,Roof,01/04/2026,31/03/2036,1200,ROOF-1\n"
    b"L-2,Pole,01/04/2026,31/03/2036,300,POLE-9\n"
)


@pytest.fixture
def estates(client: TestClient, database: Database) -> dict[str, str]:
    add(database, [record("rooftop", point(10.0, 10.0), ref="ROOF-1")])
    return bearer(token_for(database, Role.estates))


def send(
    client: TestClient, headers: dict[str, str], content: bytes = FILE, **asked: Any
) -> Response:
    params = {"filename": "register.csv", "mapping": MAPPING, "reason": "estates' list", **asked}
    return client.post("/register/imports", params=params, content=content, headers=headers)


def refs(client: TestClient, headers: dict[str, str]) -> list[str]:
    return [each["ref"] for each in client.get(ROOT, headers=headers).json()["agreements"]]


def test_register_is_imported_and_unknown_assets_are_told(
    client: TestClient, estates: dict[str, str]
) -> None:
    """A dry run writes nothing; the same file again changes nothing."""
    assert send(client, estates, dry_run=True).json()["state"] == "dry-run"
    assert refs(client, estates) == []
    report = send(client, estates).json()
    assert (report["state"], report["created"]) == ("done", 2)
    assert {"ref": "L-2", "what": "the catalogue has no asset POLE-9"} in report["stated"]
    assert refs(client, estates) == ["L-1", "L-2"]
    assert send(client, estates).json()["unchanged"] == 2
    (past,) = client.get(f"{ROOT}/L-1/history", headers=estates).json()["entries"]
    assert past["reason"] == "estates' list"


def test_unknown_assets_are_refused_where_that_is_asked(
    client: TestClient, estates: dict[str, str]
) -> None:
    """The whole file; or the row alone where good ones are to be taken."""
    refused = send(client, estates, require_assets=True).json()
    assert (refused["state"], refused["rejects"][0]["row"]) == ("refused", 3)
    assert refs(client, estates) == []
    kept = send(client, estates, require_assets=True, accept_valid=True).json()
    assert (kept["state"], kept["created"], kept["rejected"]) == ("done", 1, 1)


def test_file_that_cannot_be_read_is_refused(
    client: TestClient, estates: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is named; so is a file that is too large."""
    answer = client.post(
        "/register/imports", params={"filename": "r.csv"}, content=b"A,B\n1,2\n", headers=estates
    )
    assert (answer.status_code, "every agreement needs" in answer.json()["detail"]) == (422, True)
    assert send(client, estates, content=b"no json", filename="r.json").status_code == 422
    monkeypatch.setattr("canopy.api.register_imports.MOST_BYTES", 10)
    assert send(client, estates).status_code == 413


def test_others_import_nothing(client: TestClient, database: Database) -> None:
    for role in (Role.operator, Role.planner, Role.gateway):
        assert send(client, bearer(token_for(database, role))).status_code == 403
    assert send(client, {}).status_code in (401, 403)
