"""Newest values, the past, gaps and batteries over HTTP, for those who may see them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import BEGIN, NOW, microseconds, sense
from sqlalchemy import select, update

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.care.downsampling import downsample
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.tables import Datastream, HistoricalLocation


def latest(client: TestClient, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    """Names of the datastreams of a page of newest values."""
    answer = client.get(f"/iot/latest?{query}", headers=headers or {})
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["datastreams"]]


def read(database: Database, *rows: tuple[int, object, float]) -> None:
    """Store readings: datastream, time, number."""
    store = store_of(database, 5.0)
    made = [
        ObservationRow(stream, microseconds(at), "", None, number, None, 0, None, None, None)  # type: ignore[arg-type]
        for stream, at, number in rows
    ]
    store.write(Batch(observations=made))
    store.close()


def reports_every(database: Database, stream: int, interval_s: int) -> None:
    """Say how often a datastream reports."""
    with database.writing() as session:
        session.execute(
            update(Datastream).where(Datastream.id == stream).values(interval_s=interval_s)
        )


def test_newest_values_are_those_that_one_may_see(client: TestClient, database: Database) -> None:
    """The public gets open streams, the camera's at its cell's middle and without its words."""
    numbers = sense(database)
    shown = client.get("/iot/latest").json()["datastreams"]
    by_number = {each["datastream"]: each for each in shown}
    assert set(by_number) == {numbers[name] for name in ("open", "state", "count", "wind")}
    assert by_number[numbers["open"]]["latest"]["result"] == 4.0
    assert by_number[numbers["state"]]["latest"]["result"] is False
    camera, mast = by_number[numbers["count"]], by_number[numbers["wind"]]
    assert (camera["thing_name"], camera["asset_id"]) == (f"Thing {numbers['camera']}", None)
    assert camera["kind"] == "cctv"
    assert (mast["kind"], mast["longitude"]) == (None, None)
    operator = bearer(token_for(database, Role.operator))
    exact = client.get("/iot/latest?kind=cctv", headers=operator).json()["datastreams"]
    assert exact[0]["longitude"] != camera["longitude"]
    assert exact[0]["name"] == "count of camera"


def test_newest_values_by_what_is_asked(client: TestClient, database: Database) -> None:
    """By kind, Thing, property and area; the hidden mast is found by no kind."""
    numbers = sense(database)
    lamp = ["open of lamp", "state of lamp"]
    assert latest(client, "kind=lamppost") == lamp
    assert latest(client, f"thing={numbers['lamp']}") == lamp
    assert latest(client, "kind=mast") == []
    assert len(latest(client, "observed_property=Temperature")) == 4
    assert latest(client, "observed_property=Noise") == []
    place = client.get(f"/iot/latest?thing={numbers['lamp']}").json()["datastreams"][0]
    x, y = place["longitude"], place["latitude"]
    assert latest(client, f"bbox={x - 0.001},{y - 0.001},{x + 0.001},{y + 0.001}") == lamp
    assert latest(client, f"bbox={x - 0.2},{y + 0.1},{x - 0.1},{y + 0.2}") == []
    wrong = client.get("/iot/latest?bbox=1,2,3")
    assert (wrong.status_code, "west,south" in wrong.json()["detail"]) == (400, True)


def test_a_coarse_place_is_in_no_smaller_area(client: TestClient, database: Database) -> None:
    """An area about where the camera stands finds it for who sees it exactly, and them alone."""
    numbers = sense(database)
    operator = bearer(token_for(database, Role.operator))
    path = f"/iot/latest?thing={numbers['camera']}"
    x, y = (
        client.get(path, headers=operator).json()["datastreams"][0][each]
        for each in ("longitude", "latitude")
    )
    box = f"bbox={x - 1e-4},{y - 1e-4},{x + 1e-4},{y + 1e-4}"
    assert latest(client, box, operator) == ["count of camera"]
    assert latest(client, box) == []


def test_a_coarse_place_is_not_told_by_what_shares_it(
    client: TestClient, database: Database
) -> None:
    """A lamp's Thing where the camera stands is found by the cell's middle, and by nothing else."""
    numbers = sense(database)
    with database.writing() as session:
        camera = session.scalars(
            select(HistoricalLocation).where(HistoricalLocation.thing_id == numbers["camera"])
        ).one()
        session.add(HistoricalLocation(
            thing_id=numbers["lamp"], location_id=camera.location_id, at=NOW
        ))  # fmt: skip
    shown = client.get(f"/iot/latest?thing={numbers['lamp']}").json()["datastreams"][0]
    x, y = shown["longitude"], shown["latitude"]
    about_the_middle = f"bbox={x - 1e-6},{y - 1e-6},{x + 1e-6},{y + 1e-6}"
    assert latest(client, about_the_middle) == [
        "open of lamp", "state of lamp", f"Datastream {numbers['count']}",
    ]  # fmt: skip
    beside = f"bbox={x + 1e-6},{y + 1e-6},{x + 0.1},{y + 0.1}"
    assert latest(client, beside) == []
    silent = client.get(f"/iot/overview?{about_the_middle}").json()
    assert silent["total"] == 2
    assert client.get(f"/iot/overview?{beside}").json()["total"] == 0


def test_pages_follow_each_other(client: TestClient, database: Database) -> None:
    """`next` leads through all, each once."""
    sense(database)
    first = client.get("/iot/latest?limit=3").json()
    second = client.get(f"/iot/latest?limit=3&after={first['next']}").json()
    assert [len(first["datastreams"]), len(second["datastreams"])] == [3, 1]
    assert second["next"] is None


def test_history_is_raw_for_a_day_and_summed_up_beyond(
    client: TestClient, database: Database
) -> None:
    """Least, mean, greatest and coverage of each hour, also where nothing was summed up yet."""
    numbers = sense(database)
    stream = numbers["open"]
    reports_every(database, stream, 3_600)
    read(database, (stream, BEGIN + timedelta(minutes=30), 10.0))
    path = f"/iot/datastreams/{stream}/history"
    span = {"start": BEGIN.isoformat(), "end": (BEGIN + timedelta(hours=5)).isoformat()}
    raw = client.get(path, params=span).json()
    assert (raw["level"], [each["result"] for each in raw["readings"]]) == (
        "raw", [0.0, 10.0, 1.0, 2.0, 3.0, 4.0],
    )  # fmt: skip
    hours = client.get(path, params={**span, "level": "hour"}).json()
    first = hours["points"][0]
    assert [first[each] for each in ("count", "min", "mean", "max", "coverage")] == [
        2, 0.0, 5.0, 10.0, 1.0,
    ]  # fmt: skip
    day = client.get(path, params={"start": (BEGIN - timedelta(days=100)).isoformat()}).json()
    assert (day["level"], sum(each["count"] for each in day["points"])) == ("day", 6)


def test_history_as_csv_goes_on_where_it_was_cut(client: TestClient, database: Database) -> None:
    """A link leads to the rest; both together are all of it."""
    stream = sense(database)["open"]
    query = f"start={BEGIN.isoformat().replace('+00:00', 'Z')}&level=raw&f=csv&limit=3"
    path = f"/iot/datastreams/{stream}/history?{query}"
    first = client.get(path)
    assert first.headers["content-type"].startswith("text/csv")
    second = client.get(first.links["next"]["url"])
    rows = [row for part in (first, second) for row in csv.DictReader(io.StringIO(part.text))]
    assert [row["result"] for row in rows] == ["0.0", "1.0", "2.0", "3.0", "4.0"]
    assert "next" not in second.links


@pytest.mark.parametrize("path", ["history", "gaps"])
def test_what_is_withheld_has_no_past(client: TestClient, database: Database, path: str) -> None:
    """A datastream that one may not see is not there."""
    numbers = sense(database)
    assert client.get(f"/iot/datastreams/{numbers['personal']}/{path}").status_code == 404
    assert client.get(f"/iot/datastreams/{numbers['open']}/{path}").status_code == 200
    bad = client.get(f"/iot/datastreams/{numbers['open']}/{path}?start=2001-01-01T00:00:00Z")
    assert (bad.status_code, "days" in bad.json()["detail"]) == (400, True)


def test_gaps_are_told_with_the_one_that_lasts(client: TestClient, database: Database) -> None:
    """Between readings, before the span began, and since the last."""
    numbers = sense(database)
    stream = numbers["open"]
    reports_every(database, stream, 3_600)
    read(database, (stream, BEGIN + timedelta(hours=10), 1.0))
    start = (BEGIN + timedelta(hours=6)).isoformat()
    found = client.get(f"/iot/datastreams/{stream}/gaps", params={"start": start}).json()
    assert found["longer_than_s"] == 7_200
    ended, lasts = found["gaps"]
    assert ended["seconds"] == 6 * 3_600
    assert lasts["until"] is None
    silent = client.get("/iot/silent").json()
    assert (silent["total"], silent["datastreams"][0]["datastream"]) == (1, stream)


def test_things_are_sorted_by_silence_and_batteries(client: TestClient, database: Database) -> None:
    """The list has what is to be seen to; a battery that sinks is falling before it is low."""
    numbers = sense(database, readings=0)
    stream = numbers["open"]
    with database.writing() as session:
        session.execute(
            update(Datastream).where(Datastream.id == stream)
            .values(stream="battery", unit_ucum="%", unit_symbol="%", interval_s=600)
        )  # fmt: skip
    days = [(stream, NOW - timedelta(days=day, minutes=1), 25.0 + day) for day in range(15)]
    read(database, *days)
    assert client.get("/iot/batteries").json()["batteries"][0]["state"] == "fine"
    readings = Readings(database, 5.0)
    downsample(database, readings)
    readings.dispose()
    (one,) = client.get("/iot/batteries?needy=true").json()["batteries"]
    assert one["state"] == "falling"
    assert one["per_day"] == pytest.approx(-1.0, abs=0.2)
    things = client.get("/iot/overview?sort=battery").json()["things"]
    assert (things[0]["thing"], things[0]["battery"]["state"]) == (numbers["lamp"], "falling")
    assert client.get("/iot/overview?only=silent").json()["total"] == 0
    whole = client.get(f"/iot/overview/{numbers['lamp']}").json()
    assert (whole["overview"]["name"], len(whole["datastreams"])) == ("lamp by no. 5", 2)
    assert client.get("/iot/overview/99").status_code == 404
