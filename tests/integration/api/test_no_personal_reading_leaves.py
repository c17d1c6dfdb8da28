"""Every route that answers is walked: no single reading of personal risk comes out of any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from addresses import bearer, token_for
from catalogue import ADMIN
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sensed import BEGIN, ROOT, microseconds, sense
from sqlalchemy import select

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.care.downsampling import downsample
from canopy.iot.lighting import taking
from canopy.iot.lighting.files import UnitRow
from canopy.iot.lighting.tables import ConditionProposal, LightingUnit
from canopy.iot.payloads.reading import Message
from canopy.iot.products.queries import add_product
from canopy.iot.products.rules import OGL
from canopy.iot.products.tables import DataProduct
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, DeadRow, HeldRow, ObservationRow
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all

on_a_file = pytest.mark.parametrize("new_database", ["gpkg"], indirect=True)
"""Of what is the same on both databases."""
SECRET = 7391.25
"""The only reading that the personal stream has beside those of `sense`."""
_FROM, _TO = (f"{BEGIN + timedelta(days=each):%Y-%m-%dT%H:%M:%SZ}" for each in (0, 2))
ENDLESS = {"/iot/live"}
"""A stream of events does not end; it tells what its streams' audience sees."""
_SETS = ("Datastreams", "Observations", "Things", "Locations", "Sensors", "ObservedProperties")
_WAYS = (
    "", "?$resultFormat=CSV", "?$resultFormat=GeoJSON", "?$resultFormat=dataArray",
    "?$expand=Datastreams($expand=Observations)", "?$expand=Observations",
    "?$expand=Datastream", "?$filter=result gt 7000", "?$orderby=result desc&$count=true",
    "?$expand=Observations($top=1;$orderby=phenomenonTime desc)",
)  # fmt: skip


def _read_in_secret(database: Database, stream: int) -> str:
    key = microseconds(BEGIN)
    row = ObservationRow(stream, key, "secret", None, SECRET, None, 0, None, None, None)
    waits = HeldRow("lamp", "personal", key, "", "other", None, SECRET, None, 0, None, None, None,
                    None, "other-gateway")  # fmt: skip
    message = Message(body=b"{", arrived_at=BEGIN, topic="lamp/personal")
    dead = DeadRow(message, "mqtt", "out-of-range", f"{SECRET} is beyond it", "lamp/personal")
    store = store_of(database, 5.0)
    store.write(Batch([row], [message], [waits], [message], [dead]))
    store.close()
    readings = Readings(database, 5.0)
    downsample(database, readings)
    readings.dispose()
    return f"{stream}~{BEGIN:%Y-%m-%dT%H:%M:%S}Z~secret"


def _publish(database: Database, stream: int) -> None:
    """A product of that stream alone, as if it had been published with more."""
    product = DataProduct(
        name="personal", title="Homes", description="Summed up.", added_value="", area=None,
        aggregation="hour", licence=OGL, tariff=None, created_by="test",
        created_at=datetime.now(UTC),
    )  # fmt: skip
    with database.writing() as session:
        add_product(session, product, {stream})


def _light(database: Database, data_class: str) -> None:
    """A lamp's node on the lamppost, and a grade that its tilt suggested before it was classed."""
    entries = [
        StreamEntry(
            asset="lamppost-1", source="home", stream=stream, observed_property=stream,
            definition="urn:lamp", unit=unit, data_class=data_class, purpose="to know",
            lawful_basis="consent", retention_days=30, owner="Homes",
        )
        for stream, unit in (("activeEnergy", "kW.h"), ("tilt", "deg"))
    ]  # fmt: skip
    now = datetime.now(UTC)
    done = register_all(database, list(enumerate(entries, 1)), ADMIN, now)
    taking.take_inventory(
        database, "lumen", [UnitRow("N-1", "lamppost-1", lamp_w=65.0, regime="35/18")], ADMIN, now
    )
    rows = [
        ObservationRow(stream, microseconds(at), "", None, value, None, 0, None, None, None)
        for stream in done.streams
        for at, value in ((now - timedelta(hours=70), 0.0), (now - timedelta(hours=1), SECRET))
    ]
    store = store_of(database, 5.0)
    store.write(Batch(observations=rows))
    store.close()
    with database.writing() as session:
        unit = session.scalars(select(LightingUnit)).one()
        session.add(
            ConditionProposal(
                asset_id=unit.asset_id, condition=5, reason=f"tilt changed by {SECRET}",
                evidence={"datastream": done.streams[1], "readings": 5}, state="open",
                proposed_at=now, note="",
            )
        )  # fmt: skip


def _paths(app: FastAPI, numbers: dict[str, int]) -> Iterator[str]:
    for path in sorted(_templates(app) - ENDLESS):
        names = re.findall(r"{(\w+)[^}]*}", path)
        ends = {"1", str(numbers["personal"]), str(numbers["lamp"])} if names else {""}
        ends |= {"personal"} if "name" in names else set()
        for end in sorted(ends):
            filled = re.sub(r"{[^}]*}", end, path)
            yield from (f"{filled}{way}" for way in _asked(path))


def _asked(path: str) -> tuple[str, ...]:
    if "rows" in path:
        return (f"?from={_FROM}&to={_TO}",)
    if path.endswith("history"):
        span = f"?start={_FROM}&end={_TO}"
        return (span, f"{span}&level=raw", f"{span}&level=hour", f"{span}&level=raw&f=csv")
    return ("",)


def _templates(app: FastAPI) -> set[str]:
    """Of every route that is read, those too that the description leaves out."""
    found = [*app.routes]
    for each in app.routes:
        found += getattr(each, "original_router", app.router).routes
    paths = {each.path for each in found if "GET" in (getattr(each, "methods", None) or ())}
    return paths | {path for path, ways in app.openapi()["paths"].items() if "get" in ways}


def _sensorthings(numbers: dict[str, int], observation: str) -> Iterator[str]:
    stream, thing = numbers["personal"], numbers["lamp"]
    roots = [
        *_SETS, f"Datastreams({stream})", f"Datastreams({stream})/Observations",
        f"Observations('{observation}')", f"Things({thing})/Datastreams",
    ]  # fmt: skip
    yield from (f"{ROOT}/{root}{way}" for root in roots for way in _WAYS)


@on_a_file
@pytest.mark.parametrize("role", [None, Role.admin])
def test_no_route_gives_a_single_reading_of_personal_risk(
    client: TestClient, database: Database, role: Role | None
) -> None:
    """Raw, newest, summed up, in any format: to the public, and to whoever sees the most."""
    numbers = sense(database, readings=1)
    observation = _read_in_secret(database, numbers["personal"])
    _publish(database, numbers["personal"])
    _light(database, "personal-risk")
    headers = bearer(token_for(database, role)) if role else {}
    app = client.app
    assert isinstance(app, FastAPI)
    walked = [*_paths(app, numbers), *_sensorthings(numbers, observation)]
    assert len(walked) > 250
    found = [path for path in walked if str(SECRET) in client.get(path, headers=headers).text]
    assert found == []


@on_a_file
def test_the_walk_would_see_a_reading(client: TestClient, database: Database) -> None:
    """An open stream's reading is found by the same walk: it looks where readings are."""
    numbers = sense(database, readings=1)
    observation = _read_in_secret(database, numbers["open"])
    swapped = {**numbers, "personal": numbers["open"]}
    app = client.app
    assert isinstance(app, FastAPI)
    _publish(database, numbers["open"])
    _light(database, "open")
    headers = bearer(token_for(database, Role.estates))
    walked = [*_paths(app, swapped), *_sensorthings(swapped, observation)]
    found = [
        path for path in walked
        if str(SECRET) in client.get(path, headers=headers if "lighting" in path else {}).text
    ]  # fmt: skip
    assert len(found) > 10
    stems = {path.partition("?")[0] for path in found}
    assert stems >= {
        "/iot/latest", f"/iot/datastreams/{numbers['open']}/history",
        "/iot/products/personal/rows", "/iot/products/personal/rows.csv",
        "/iot/lighting/findings", "/iot/lighting/lamps", "/iot/lighting/lamps.csv",
        "/iot/lighting/proposals",
    }  # fmt: skip
