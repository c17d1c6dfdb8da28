"""Data products as their holders and the public meet them: opened by keys, metered, described."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import BEGIN, microseconds, sense
from sqlalchemy import select, update

from canopy.access.rules import Role
from canopy.api.iot.products.deps import Opened
from canopy.api.iot.products.routes import _csv
from canopy.db.engine import Database
from canopy.iot.care.downsampling import downsample
from canopy.iot.products import contents, queries
from canopy.iot.products.metering import Meter, month_of
from canopy.iot.products.publishing import product_of
from canopy.iot.products.statements import statement
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.tables import Datastream, HistoricalLocation, Location, Thing

on_a_file = pytest.mark.parametrize("new_database", ["gpkg"], indirect=True)
"""Of what is the same on both databases."""
SPAN = {
    "from": (BEGIN - timedelta(days=1)).isoformat(),
    "to": (BEGIN + timedelta(days=2)).isoformat(),
}
TARIFF = {"per_month_gbp": "10", "per_1000_rows_gbp": "2.50", "vat_percent": "20", "free_rows": 3}


def _summed_up(database: Database) -> None:
    readings = Readings(database, 5.0)
    downsample(database, readings)
    readings.dispose()


@pytest.fixture
def numbers(database: Database) -> dict[str, int]:
    """A sensed town, summed up."""
    found = sense(database)
    _summed_up(database)
    return found


@pytest.fixture
def keeper(database: Database) -> dict[str, str]:
    """The header of somebody who may publish."""
    return bearer(token_for(database, Role.estates))


def draft(*streams: int, **more: Any) -> dict[str, Any]:
    """A product as it is sent, free and by the hour."""
    return {
        "name": "air", "title": "Air by the hour", "description": "Of the town.",
        "streams": list(streams), "aggregation": "hour", **more,
    }  # fmt: skip


def sold(*streams: int, **more: Any) -> dict[str, Any]:
    """A priced product as it is sent."""
    value = {"licence": "priced", "added_value": "Summed up by hour", "tariff": TARIFF}
    return draft(*streams, **value, **more)


def published(client: TestClient, keeper: dict[str, str], body: dict[str, Any]) -> None:
    """Publish it."""
    answer = client.post("/iot/products", json=body, headers=keeper)
    assert answer.status_code == 200, answer.text


def key_to(client: TestClient, keeper: dict[str, str], name: str = "acme") -> dict[str, str]:
    """The header of a new key to the product ``air``."""
    body = {"name": name, "holder": "Acme Ltd"}
    answer = client.post("/iot/products/air/keys", json=body, headers=keeper)
    assert answer.status_code == 200, answer.text
    return bearer(answer.json()["secret"])


def test_an_open_product_is_read_by_all_in_three_forms(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """JSON by pages, CSV and Parquet hold the same rows: 0 to 4, one an hour."""
    published(client, keeper, draft(numbers["open"]))
    whole = client.get("/iot/products/air/rows", params=SPAN).json()
    mean = whole["columns"].index("mean")
    assert [row[mean] for row in whole["rows"]] == [0.0, 1.0, 2.0, 3.0, 4.0]
    paged: list[Any] = []
    more: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get("/iot/products/air/rows", params={**SPAN, **more}).json()
        paged += page["rows"]
        if page["next"] is None:
            break
        more["after"] = page["next"]
    assert paged == whole["rows"]
    lines = client.get("/iot/products/air/rows.csv", params=SPAN).text.splitlines()
    assert (lines[0], len(lines)) == (",".join(whole["columns"]), 6)
    file = client.get("/iot/products/air/rows.parquet", params=SPAN).content
    table = pq.read_table(io.BytesIO(file))
    assert table.column("mean").to_pylist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert b"licence" in table.schema.metadata


def test_a_raw_product_has_single_readings(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """Of open streams, with their times, to the end of the span and no further."""
    published(client, keeper, draft(numbers["open"], aggregation="raw"))
    span = {"from": BEGIN.isoformat(), "to": (BEGIN + timedelta(hours=3)).isoformat()}
    found = client.get("/iot/products/air/rows", params=span).json()
    result, at = found["columns"].index("result"), found["columns"].index("phenomenon_time")
    assert [row[result] for row in found["rows"]] == [0.0, 1.0, 2.0]
    assert found["rows"][0][at] == f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}"


@on_a_file
def test_a_priced_product_opens_to_its_key_alone(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """Not without, by a token of the catalogue or another product's key, or once withdrawn."""
    published(client, keeper, sold(numbers["open"]))
    published(client, keeper, {**sold(numbers["state"]), "name": "other"})
    path, key = "/iot/products/air/rows", key_to(client, keeper)
    assert client.get(path, params=SPAN, headers=key).status_code == 200
    other = client.post(
        "/iot/products/other/keys", json={"name": "x1", "holder": "X"}, headers=keeper
    ).json()["secret"]
    for headers in ({}, keeper, bearer(other), {"Authorization": "Basic eA=="}):
        assert client.get(path, params=SPAN, headers=headers).status_code == 401
    assert client.post("/iot/product-keys/acme/withdraw", headers=keeper).status_code == 200
    assert client.get(path, params=SPAN, headers=key).status_code == 401
    told = client.get("/iot/product-keys", headers=keeper).text
    assert key["Authorization"].removeprefix("Bearer ") not in told


@on_a_file
def test_a_key_expires(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """By itself; only its hash is stored."""
    published(client, keeper, sold(numbers["open"]))
    key = key_to(client, keeper)
    with database.writing() as session:
        stored = queries.key_named(session, "acme")
        assert stored is not None
        assert stored.secret_sha256 not in key["Authorization"]
        stored.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert client.get("/iot/products/air/rows", params=SPAN, headers=key).status_code == 401


@on_a_file
def test_raw_open_data_stays_free_where_the_product_says(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """A priced product names the address of each stream's raw data, which answers without a key."""
    published(client, keeper, sold(numbers["open"]))
    told = client.get("/iot/products/air").json()
    assert (told["added_value"], told["tariff"]["vat_percent"]) == ("Summed up by hour", "20")
    (address,) = told["free_raw_data"]
    assert len(client.get(address).json()["value"]) == 5
    refused = client.post(
        "/iot/products", headers=keeper,
        json={**sold(numbers["open"], aggregation="raw"), "name": "raw-air"},
    )  # fmt: skip
    assert (refused.status_code, "free at their own" in refused.json()["detail"]) == (422, True)


@on_a_file
@pytest.mark.parametrize("stream", ["personal", "council"])
def test_nothing_derived_from_what_is_not_open_is_sold(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int], stream: str
) -> None:
    """Publishing is refused with the stream's name."""
    body = sold(numbers["open"], numbers[stream])
    answer = client.post("/iot/products", json=body, headers=keeper)
    assert answer.status_code == 422
    assert f"lamp/{stream} ({numbers[stream]})" in answer.json()["detail"]


@on_a_file
def test_a_product_ends_to_be_sold_when_a_stream_becomes_personal(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """The gate is asked at each reading, not when it was published alone."""
    published(client, keeper, sold(numbers["open"]))
    published(client, keeper, {**draft(numbers["open"]), "name": "free-air"})
    key = key_to(client, keeper)
    with database.writing() as session:
        session.execute(
            update(Datastream)
            .where(Datastream.id == numbers["open"])
            .values(data_class="personal-risk")
        )
    refused = client.get("/iot/products/air/rows", params=SPAN, headers=key)
    assert (refused.status_code, "no price" in refused.json()["detail"]) == (422, True)
    assert client.get("/iot/products/free-air/rows", params=SPAN).json()["rows"] == []


def _homes(database: Database, streams: int) -> list[int]:
    """Meters of personal risk on as many Things, with 12 readings each in one hour."""
    with database.writing() as session:
        lamp = session.scalars(select(Datastream).where(Datastream.stream == "personal")).one()
        place = session.scalars(
            select(HistoricalLocation).where(HistoricalLocation.thing_id == lamp.thing_id)
        ).one()
        there = session.get_one(Location, place.location_id)
        now = datetime.now(UTC)
        common = {"created_at": now, "changed_at": now, "description": ""}
        homes = Location(name="homes", encoding_type=there.encoding_type, geom=there.geom, **common)
        session.add(homes)
        session.flush()
        found = []
        for home in range(streams):
            thing = Thing(name=f"home {home}", source=f"home-{home}", **common)
            session.add(thing)
            session.flush()
            session.add(HistoricalLocation(thing_id=thing.id, location_id=homes.id, at=now))
            stream = Datastream(
                name="kWh", thing_id=thing.id, sensor_id=lamp.sensor_id, source=f"home-{home}",
                observed_property_id=lamp.observed_property_id, stream="kwh", unit_ucum="kW.h",
                observation_type=lamp.observation_type, data_class="personal-risk",
                is_withdrawn=False, **common,
            )  # fmt: skip
            session.add(stream)
            session.flush()
            found.append(stream.id)
    store = store_of(database, 5.0)
    store.write(Batch(observations=[
        ObservationRow(
            stream, microseconds(BEGIN + timedelta(minutes=5 * at)), "", None,
            float(home), None, 0, None, None, None,
        )
        for home, stream in enumerate(found) for at in range(12)
    ]))  # fmt: skip
    store.close()
    _summed_up(database)
    return found


@pytest.mark.parametrize(("homes", "rows"), [(5, 1), (4, 0)])
def test_homes_are_summed_up_together_or_withheld(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int],
    homes: int, rows: int,
) -> None:  # fmt: skip
    """Five homes' hour is one row without extremes, stream or place; four homes' is none."""
    streams = _homes(database, 5)
    area = [-1.2, 52.9, -1.14, 53.0]  # which is asked of a place that no row tells
    published(client, keeper, draft(*streams, area=area))
    with database.writing() as session:
        gone = Datastream.id.in_(streams[homes:])
        session.execute(update(Datastream).where(gone).values(is_withdrawn=True))
    found = client.get("/iot/products/air/rows", params=SPAN).json()
    assert len(found["rows"]) == rows
    told = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
    assert [(each["mean"], each["readings"], each["things"]) for each in told] == [
        (2.0, 60, 5)
    ] * rows  # fmt: skip
    hidden = ("datastream", "thing", "low", "high", "longitude", "latitude")
    assert all(each[name] is None for each in told for name in hidden)


@on_a_file
def test_products_of_personal_risk_cannot_be_subtracted(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """Over the same homes again, or over others, but not over all of them but one."""
    homes = _homes(database, 11)
    published(client, keeper, draft(*homes[:6]))
    published(client, keeper, {**draft(*homes[:6], aggregation="day"), "name": "daily"})
    published(client, keeper, {**draft(*homes[6:]), "name": "others"})
    for streams, area in ((homes[:5], None), (homes[:6], [-2.0, 52.0, -1.0, 53.0])):
        body = {**draft(*streams), "name": "less", "area": area}
        refused = client.post("/iot/products", json=body, headers=keeper)
        assert (refused.status_code, "difference" in refused.json()["detail"]) == (422, True)


@on_a_file
def test_an_area_cuts_a_product(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """Only what stands in it, as far as the public sees where: the mast is nowhere."""
    streams = (numbers["open"], numbers["count"], numbers["wind"])
    published(client, keeper, draft(*streams, area=(-1.2, 52.9, -1.14, 53.0)))
    published(client, keeper, {**draft(*streams), "name": "all"})
    held = [client.get(f"/iot/products/{n}").json()["datastreams"] for n in ("air", "all")]
    assert held == [1, 2]


@on_a_file
def test_a_product_that_can_have_no_row_is_refused(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """For its area, or for too few homes; where some of it can have none, that is told."""
    body = draft(numbers["open"], area=(1.0, 52.9, 1.2, 53.0))
    at_sea = client.post("/iot/products", json=body, headers=keeper)
    assert (at_sea.status_code, "outside its area" in at_sea.json()["detail"]) == (422, True)
    homes = _homes(database, 4)
    few = client.post("/iot/products", json=draft(*homes), headers=keeper)
    assert "could have no row. home-0/kwh" in few.json()["detail"]
    assert "5 alike Things are needed, not 4" in few.json()["detail"]
    assert client.get("/iot/products").json()["products"] == []
    body = draft(numbers["open"], *homes)
    told = client.post("/iot/products", json=body, headers=keeper).json()["warnings"]
    assert [each.partition(" ")[0] for each in told] == [f"home-{home}/kwh" for home in range(4)]


@on_a_file
def test_catalogues_are_told_of_it(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """DCAT and Frictionless name the licence, the files, the columns and the raw data."""
    published(client, keeper, draft(numbers["open"], area=[-1.2, 52.9, -1.1, 53.0]))
    dcat = client.get("/iot/products/air/dcat.jsonld").json()
    assert dcat["@type"] == "dcat:Dataset"
    assert dcat["dct:license"]["@id"].endswith("open-government-licence/version/3/")
    files = [each["dcat:downloadURL"]["@id"] for each in dcat["dcat:distribution"]]
    assert [each.rpartition("/")[2] for each in files] == ["rows.csv", "rows.parquet", "rows"]
    assert dcat["dct:spatial"]["dcat:bbox"]["@value"].startswith("POLYGON((-1.2 52.9")
    package = client.get("/iot/products/air/datapackage.json").json()
    (resource,) = package["resources"]
    lines = client.get(resource["path"], params=SPAN).text.splitlines()
    assert [each["name"] for each in resource["schema"]["fields"]] == lines[0].split(",")
    assert package["sources"][0]["path"] == client.get("/iot/products/air").json()[
        "free_raw_data"
    ][0]  # fmt: skip


def test_usage_is_metered_and_its_statement_agrees(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """Three requests of five rows: three rows are free, twelve cost 3p; and the same again."""
    published(client, keeper, sold(numbers["open"]))
    key = key_to(client, keeper)
    sent = 0
    for form in ("rows", "rows.csv", "rows.parquet"):
        answer = client.get(f"/iot/products/air/{form}", params=SPAN, headers=key)
        sent += len(answer.content)
    path = f"/iot/product-statements/{month_of(datetime.now(UTC))}"
    told = client.get(path, headers=keeper).json()
    (line,) = told["lines"]
    assert (line["requests"], line["rows"], line["bytes"]) == ("3", "15", str(sent))
    assert (line["charged_rows"], line["rows_gbp"], line["net_gbp"]) == ("12", "0.03", "10.03")
    assert (line["vat_gbp"], line["gross_gbp"], told["total_gross_gbp"]) == (
        "2.01",
        "12.04",
        "12.04",
    )
    assert (told["is_reconciled"], told["is_final"]) == (True, False)
    assert client.get(path, headers=keeper).json()["sha256"] == told["sha256"]
    lines = client.get(f"{path}?format=csv", headers=keeper).text.splitlines()
    assert lines[0].split(",") == list(line)
    assert client.get(path).status_code == 403


@on_a_file
def test_a_download_that_breaks_off_is_counted(
    client: TestClient, database: Database, keeper: dict[str, str], numbers: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What had left by then: two parts of two rows, of five rows."""
    published(client, keeper, sold(numbers["open"]))
    key_to(client, keeper)
    monkeypatch.setattr(contents, "PART_ROWS", 2)
    with database.reading() as session:
        product, key = product_of(session, "air"), queries.key_named(session, "acme")
        assert key is not None
        session.expunge_all()
    member = contents.Member(numbers["open"], numbers["lamp"], "T", "Cel", "open", None)
    now = datetime.now(UTC)
    span = (BEGIN, BEGIN + timedelta(days=1))
    readings = Readings(database, 5.0)
    opened = Opened(product, [member], Meter(database, key.id, lambda: now), span)
    sending = _csv(readings, opened)
    taken = [next(sending) for _ in range(3)]
    sending.close()
    readings.dispose()
    with database.reading() as session:
        (line,) = statement(session, month_of(now), now).lines
    assert (line["rows"], line["bytes"]) == ("4", str(sum(map(len, taken))))


@on_a_file
def test_a_withdrawn_product_is_gone_and_its_statement_stays(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """Its keys open nothing, its name is not used again."""
    published(client, keeper, sold(numbers["open"]))
    key = key_to(client, keeper)
    client.get("/iot/products/air/rows", params=SPAN, headers=key)
    assert client.post("/iot/products/air/withdraw", headers=keeper).status_code == 200
    assert client.get("/iot/products/air").status_code == 404
    assert client.get("/iot/products/air/rows", params=SPAN, headers=key).status_code == 404
    again = client.post("/iot/products", json=sold(numbers["open"]), headers=keeper)
    assert again.status_code == 422
    path = f"/iot/product-statements/{month_of(datetime.now(UTC))}"
    assert client.get(path, headers=keeper).json()["lines"][0]["rows"] == "5"


@on_a_file
@pytest.mark.parametrize("role", [None, Role.operator, Role.planner])
def test_keepers_alone_publish(
    client: TestClient, database: Database, numbers: dict[str, int], role: Role | None
) -> None:
    """And give keys, and see statements."""
    headers = bearer(token_for(database, role)) if role else {}
    answer = client.post("/iot/products", json=draft(numbers["open"]), headers=headers)
    assert answer.status_code == 403
    assert client.get("/iot/product-keys", headers=headers).status_code == 403


@on_a_file
def test_times_without_an_offset_are_refused(
    client: TestClient, keeper: dict[str, str], numbers: dict[str, int]
) -> None:
    """And a span that is too long, or ends before it begins."""
    published(client, keeper, draft(numbers["open"]))
    for begin, end in (
        ("2026-01-01T00:00:00", "2026-01-02T00:00:00"),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ):
        answer = client.get("/iot/products/air/rows", params={"from": begin, "to": end})
        assert answer.status_code in (422, 413)
