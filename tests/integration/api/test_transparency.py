"""The public pages about what is sensed: for everybody, without login, without script."""

from __future__ import annotations

import re

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import sense
from sqlalchemy import update

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.things.tables import Datastream

on_a_file = pytest.mark.parametrize("new_database", ["gpkg"], indirect=True)
"""Of what is the same on both databases."""
MASK = "no. 5"
"""What the names of the Things give away of their places."""


@on_a_file
def test_a_page_tells_what_why_who_how_long_and_what_is_open(
    client: TestClient, database: Database
) -> None:
    """Purpose, owner, basis in words, retention, and the address of the open data."""
    numbers = sense(database)
    with database.writing() as session:
        session.execute(
            update(Datastream)
            .where(Datastream.id == numbers["personal"])
            .values(
                purpose="to heat <homes>", owner="Housing team", lawful_basis="public-task",
                retention_days=1_095,
            )
        )  # fmt: skip
    answer = client.get(f"/transparency/{numbers['lamp']}")
    page = answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for said in (
        "to heat &lt;homes&gt;", "Housing team", "Art. 6(1)(e)", "1,095 days", "never sold",
        f"/sensorthings/v1.1/Datastreams({numbers['open']})/Observations?$resultFormat=CSV",
    ):  # fmt: skip
        assert said in page
    assert f"Datastreams({numbers['personal']})" not in page
    assert f"Datastreams({numbers['council']})" not in page


@on_a_file
def test_the_pages_run_nothing(client: TestClient, database: Database) -> None:
    """No script, one heading, a language, and a policy that loads nothing."""
    numbers = sense(database)
    for path in ("/transparency", f"/transparency/{numbers['lamp']}/sign"):
        answer = client.get(path)
        assert "<script" not in answer.text
        assert answer.text.count("<h1>") == 1
        assert '<html lang="en">' in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@on_a_file
def test_the_code_leads_to_the_page(serve: object, database: Database) -> None:
    """Its address is the public one of the settings, where that is set."""
    numbers = sense(database)
    client: TestClient = serve(public_url="https://canopy.example/")  # type: ignore[operator]
    answer = client.get(f"/transparency/{numbers['lamp']}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    told = f"https://canopy.example/transparency/{numbers['lamp']}"
    assert f"<title>QR code of {told}</title>" in answer.text
    sign = client.get(f"/transparency/{numbers['lamp']}/sign").text
    assert told in sign
    assert "could tell of people" in sign


@pytest.mark.parametrize("role", [None, Role.admin])
def test_places_are_as_the_public_sees_them(
    client: TestClient, database: Database, role: Role | None
) -> None:
    """Whoever asks: a camera has a square and no name, a hidden asset no page."""
    numbers = sense(database)
    headers = bearer(token_for(database, role)) if role else {}
    page = client.get(f"/transparency/{numbers['camera']}", headers=headers).text
    assert "middle of a square" in page
    assert MASK not in page
    assert MASK in client.get(f"/transparency/{numbers['lamp']}").text
    assert client.get(f"/transparency/{numbers['mast']}", headers=headers).status_code == 404
    listed = client.get("/transparency", headers=headers).text
    assert re.findall(r'href="/transparency/(\d+)"', listed) == [
        str(numbers["lamp"]), str(numbers["camera"]),
    ]  # fmt: skip


@on_a_file
def test_a_stream_without_a_known_class_is_not_shown(
    client: TestClient, database: Database
) -> None:
    """Deny by default: nothing of it, and no page where a Thing has no other."""
    numbers = sense(database)
    with database.writing() as session:
        session.execute(
            update(Datastream).where(Datastream.thing_id == numbers["lamp"]).values(data_class="")
        )
    assert client.get(f"/transparency/{numbers['lamp']}").status_code == 404
    assert client.get(f"/sensorthings/v1.1/Datastreams({numbers['open']})").status_code == 404
