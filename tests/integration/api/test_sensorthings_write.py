"""Readings that are sent over HTTP are stored once, or it is said why not."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import ROOT, sense
from sqlalchemy import select

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.errors import BadMapping
from canopy.iot.ingest.receiving import Receiver
from canopy.iot.ingest.sorting import Bounds
from canopy.iot.payloads.reading import Decoded, Message, Reading
from canopy.iot.store.opening import Readings
from canopy.iot.store.tables import DeadLetter, HeldObservation, Observation
from canopy.iot.things.tables import Datastream
from canopy.iot.webhooks import read_webhooks

AT = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
SECRET = "a-secret-of-the-hook"


def count(database: Database, table: type) -> int:
    """Rows of a table of readings."""
    readings = Readings(database, 5.0)
    with readings.reading() as session:
        found = len(session.scalars(select(table)).all())
    readings.dispose()
    return found


def sent(result: object = 21.5, **more: object) -> dict[str, object]:
    """An Observation."""
    return {"phenomenonTime": AT, "result": result, **more}


@pytest.mark.parametrize("role", [Role.gateway, Role.estates, Role.admin])
def test_an_observation_that_was_sent_is_there(
    client: TestClient, database: Database, role: Role
) -> None:
    """201, where it is, and a second time the same."""
    numbers = sense(database, readings=1)
    headers = bearer(token_for(database, role))
    path = f"{ROOT}/Datastreams({numbers['open']})/Observations"
    answer = client.post(path, json=sent(**{"@iot.id": "n/1"}), headers=headers)
    assert answer.status_code == 201, answer.text
    found = client.get(answer.headers["location"]).json()
    assert (found["result"], found["@iot.id"]) == (21.5, answer.json()["@iot.id"])
    before = count(database, Observation)
    again = client.post(path, json=sent(**{"@iot.id": "n/1"}), headers=headers)
    assert again.headers["location"] == answer.headers["location"]
    assert count(database, Observation) == before
    other = client.post(path, json=sent(22.5, **{"@iot.id": "n/1"}), headers=headers)
    assert (other.status_code, "another result" in other.json()["detail"]) == (422, True)
    assert (count(database, Observation), count(database, DeadLetter)) == (before, 1)
    assert client.get(answer.headers["location"]).json()["result"] == 21.5


@pytest.mark.parametrize("role", [None, Role.operator, Role.planner])
def test_who_may_not_send_is_refused(
    client: TestClient, database: Database, role: Role | None
) -> None:
    """403, and nothing is stored."""
    numbers = sense(database, readings=0)
    headers = bearer(token_for(database, role)) if role else {}
    path = f"{ROOT}/Datastreams({numbers['open']})/Observations"
    assert client.post(path, json=sent(), headers=headers).status_code == 403
    assert count(database, Observation) == 0


def test_what_cannot_be_stored_is_said_and_kept(client: TestClient, database: Database) -> None:
    """A text for a number is 422 and a dead letter; an unknown Datastream 404 and quarantine."""
    numbers = sense(database, readings=0)
    headers = bearer(token_for(database, Role.admin))
    path = f"{ROOT}/Datastreams({numbers['open']})/Observations"
    wrong = client.post(path, json=sent("warm"), headers=headers)
    assert (wrong.status_code, wrong.json()["type"].rpartition("#")[2]) == (
        422, "unreadable-reading",
    )  # fmt: skip
    assert "the datastream takes a number" in wrong.json()["detail"]
    nowhere = client.post(f"{ROOT}/Datastreams(999)/Observations", json=sent(), headers=headers)
    assert nowhere.status_code == 404
    assert "quarantine" in nowhere.json()["detail"]
    broken = client.post(path, content=b"{", headers=headers)
    assert broken.status_code == 422
    assert count(database, DeadLetter) == 2
    assert count(database, HeldObservation) == 1
    large = client.post(path, content=b" " * 300_000, headers=headers)
    assert large.status_code == 413


def test_a_gateway_does_not_write_anothers_stream(client: TestClient, database: Database) -> None:
    """The stream of one gateway takes nothing of another; an officer may write it."""
    numbers = sense(database, readings=0)
    with database.writing() as session:
        session.get_one(Datastream, numbers["open"]).gateway = "yard"
    path = f"{ROOT}/Datastreams({numbers['open']})/Observations"
    other = bearer(token_for(database, Role.gateway, "other"))
    own = bearer(token_for(database, Role.gateway, "yard"))
    officer = bearer(token_for(database, Role.estates))
    answers = [client.post(path, json=sent(n, **{"@iot.id": f"n{n}"}), headers=each).status_code
               for n, each in enumerate((other, own, officer))]  # fmt: skip
    assert answers == [404, 201, 201]


def test_data_arrays_are_answered_row_by_row(client: TestClient, database: Database) -> None:
    """`CreateObservations` gives a link or ``error`` for each row, in order."""
    numbers = sense(database, readings=0)
    headers = bearer(token_for(database, Role.gateway))
    body = [
        {
            "Datastream": {"@iot.id": numbers["open"]},
            "components": ["phenomenonTime", "result"],
            "dataArray": [[AT, 1], ["no time", 2], [AT, None]],
        },
        {
            "Datastream": {"@iot.id": numbers["council"]},
            "components": ["phenomenonTime", "result"],
            "dataArray": [[AT, 3]],
        },
    ]
    answer = client.post(f"{ROOT}/CreateObservations", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    first, second, third, fourth = answer.json()
    assert (second, third) == ("error", "error")
    assert client.get(first).json()["result"] == 1.0
    admin = bearer(token_for(database, Role.admin))
    assert client.get(fourth, headers=admin).json()["result"] == 3.0
    assert client.get(fourth).status_code == 404


def test_a_reading_that_the_database_refuses_is_not_said_to_be_stored(database: Database) -> None:
    """One that holds no text is told apart from those beside it, which are stored."""
    numbers = sense(database, readings=0)
    now = datetime.now(UTC)
    readings = tuple(
        Reading(source="", stream=str(numbers["open"]), at=now, result=1.0, source_key=key)
        for key in ("good", "\ud800", "better")
    )
    receiver = Receiver(database, Bounds(), 5.0)
    message = Message(body=b"{}", arrived_at=now)
    placed = receiver.receive(message, Decoded(readings=readings), None, by_number=True)
    receiver.close()
    assert [each.kind for each in placed] == ["", "unstorable", ""]
    assert (count(database, Observation), count(database, DeadLetter)) == (2, 1)


def hooks(tmp_path: Path) -> Path:
    """A file of two webhooks."""
    path = tmp_path / "webhooks.toml"
    path.write_text(
        f'[[webhook]]\nname = "plain"\nsecret = "{SECRET}"\n'
        f'[[webhook]]\nname = "signed"\nsecret = "{SECRET}"\ncheck = "signature"\n'
    )
    return path


UPLINK = {
    "deviceInfo": {"applicationId": "app", "devEui": "0102030405060708", "deviceName": "d"},
    "time": AT, "fCnt": 7, "fPort": 1, "dr": 0, "confirmed": False, "data": "",
    "devAddr": "00000000", "object": {"temperature": 20.5},
}  # fmt: skip
TTN = {
    "end_device_ids": {
        "device_id": "d", "application_ids": {"application_id": "a"},
        "dev_eui": "0102030405060708",
    },
    "received_at": AT,
    "uplink_message": {
        "f_port": 1, "f_cnt": 7, "frm_payload": "", "received_at": AT,
        "decoded_payload": {"temperature": 20.5},
    },
}  # fmt: skip


@pytest.mark.parametrize(("sender", "body"), [("chirpstack", UPLINK), ("things-stack", TTN)])
def test_webhooks_store_what_a_network_server_sends(
    serve: object, database: Database, tmp_path: Path, sender: str, body: dict[str, object]
) -> None:
    """By secret or by signature; readings of devices that nobody knows wait in quarantine."""
    client: TestClient = serve(iot_webhooks=hooks(tmp_path))  # type: ignore[operator]
    written = json.dumps(body).encode()
    plain = client.post(f"/iot/webhooks/plain/{sender}", content=written, headers=bearer(SECRET))
    assert (plain.status_code, plain.json()["dead"]) == (200, 0), plain.text
    assert plain.json()["held"] >= 1
    assert count(database, HeldObservation) == plain.json()["held"]
    signature = hmac.new(SECRET.encode(), written, hashlib.sha256).hexdigest()
    signed = client.post(
        f"/iot/webhooks/signed/{sender}", content=written,
        headers={"X-Canopy-Signature": f"sha256={signature}"},
    )  # fmt: skip
    assert signed.status_code == 200


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("plain", {}), ("plain", bearer("another-secret-altogether")), ("signed", bearer(SECRET)),
        ("nobody", bearer("0" * 32)), ("signed", {"X-Canopy-Signature": "sha256=00"}),
    ],
)  # fmt: skip
def test_a_webhook_without_its_secret_is_refused(
    serve: object, database: Database, tmp_path: Path, name: str, headers: dict[str, str]
) -> None:
    """401, alike for a name that is not there, and nothing is kept."""
    client: TestClient = serve(iot_webhooks=hooks(tmp_path))  # type: ignore[operator]
    answer = client.post(f"/iot/webhooks/{name}/chirpstack", json=UPLINK, headers=headers)
    assert answer.status_code == 401
    assert (count(database, HeldObservation), count(database, DeadLetter)) == (0, 0)


def test_a_short_secret_is_refused_with_its_place(tmp_path: Path) -> None:
    """The file's message names the field."""
    path = tmp_path / "webhooks.toml"
    path.write_text('[[webhook]]\nname = "plain"\nsecret = "short"\n')
    with pytest.raises(BadMapping, match=r"\$\.webhook\[0\]\.secret"):
        read_webhooks(path)
