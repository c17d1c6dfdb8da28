"""Street lighting over HTTP: what was taken in, found and proposed, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from addresses import bearer, token_for
from catalogue import ADMIN, all_assets, edit
from fastapi.testclient import TestClient
from registers import import_register, write_register

from canopy.access.rules import Role
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.iot.lighting import taking
from canopy.iot.lighting.files import FaultRow, UnitRow
from canopy.iot.lighting.tables import ConditionProposal
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all

EVIDENCE = {"datastream": 1, "readings": 24, "deg": 5.0}
TILT = StreamEntry(
    asset="LC-1",
    source="tilt-1",
    stream="tilt",
    observed_property="Tilt",
    definition="urn:tilt",
    unit="deg",
)


@pytest.fixture
def officer(client: TestClient, database: Database, tmp_path: Path) -> TestClient:
    """A client of the role estates; four lampposts, three units, a fault and a proposal."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    rows = [
        UnitRow(f"N-{at}", ref, lamp_w=35.2 * at)
        for at, ref in enumerate(("LC-1", "lc 002", "ZZ-9"), 1)
    ]
    taking.take_inventory(database, "lumen", rows, ADMIN, now_utc())
    begun = datetime(2026, 11, 1, 18, tzinfo=UTC)
    fault = FaultRow("N-1", "LF", "lamp-failure", "dark", begun, None)
    taking.take_faults(database, "lumen", [fault])
    assert register_all(database, [(1, TILT)], ADMIN, now_utc()).streams == [1]
    asset_id = all_assets(database)[0]["asset_id"]
    with database.writing() as session:
        session.add(
            ConditionProposal(
                asset_id=asset_id, condition=4, reason="tilt changed", evidence=EVIDENCE,
                state="open", proposed_at=now_utc(), note="",
            )
        )  # fmt: skip
    client.headers.update(bearer(token_for(database, Role.estates)))
    return client


def test_units_are_paged_and_mismatches_told_both_ways(
    officer: TestClient, database: Database
) -> None:
    """With the reason of each, and units that share a lamppost with what else is on it."""
    page = officer.get("/iot/lighting/units", params={"limit": 2}).json()
    assert [each["match"] for each in page["units"]] == ["number", "number"]
    rest = officer.get("/iot/lighting/units", params={"after": page["next"]}).json()
    assert ([each["ref"] for each in rest["units"]], rest["next"]) == (["N-3"], None)
    only = officer.get("/iot/lighting/units", params={"match": "unmatched"}).json()
    assert [each["ref"] for each in only["units"]] == ["N-3"]
    both = officer.get("/iot/lighting/mismatches", params={"limit": 1}).json()
    assert [each["reason"] for each in both["units"]] == [
        "no lamppost has the number ZZ-9, and no position is given"
    ]
    assert [each["ref"] for each in both["lampposts"]] == ["LC-3"]
    after = {"after_lamppost": both["next_lamppost"]}
    more = officer.get("/iot/lighting/mismatches", params=after).json()
    assert [each["ref"] for each in more["lampposts"]] == ["LC-4"]
    assert both["shared"] == []
    taking.take_inventory(database, "old", [UnitRow("A-1", "LC-1")], ADMIN, now_utc())
    first = officer.get("/iot/lighting/mismatches", params={"limit": 1}).json()
    rest = officer.get(
        "/iot/lighting/mismatches", params={"after_shared": first["next_shared"]}
    ).json()
    told = [(each["unit_ref"], each["others"]) for each in first["shared"] + rest["shared"]]
    assert told == [("N-1", ["old A-1"]), ("A-1", ["lumen N-1"])]


def test_what_a_system_says_differently_is_told(officer: TestClient) -> None:
    """Rounding is no difference."""
    page = officer.get("/iot/lighting/differences").json()
    (one,) = page["differences"]
    assert (one["unit_ref"], one["lamppost"], one["field"]) == ("N-2", "lighting:LC-2", "lamp_w")
    assert (one["in_system"], one["in_catalogue"], page["next"]) == ("70.4", "35", None)


def test_faults_and_findings_are_told(officer: TestClient) -> None:
    """A fault with its asset; findings of a window of a week at most."""
    (fault,) = officer.get("/iot/lighting/faults").json()["faults"]
    assert (fault["kind"], fault["asset_id"] is not None) == ("lamp-failure", True)
    found = officer.get("/iot/lighting/findings").json()
    assert (found["lamps"], found["findings"]) == (0, [])
    assert officer.get("/iot/lighting/findings", params={"days": 8}).status_code == 400


def test_lampposts_are_listed_with_what_is_known_of_them(
    officer: TestClient, database: Database
) -> None:
    """Status, faults and mismatches of each, a page at a time; all as CSV; one alone; and of a
    gateway that is silent no lamp has failed."""
    assets = {each["ref"]: str(each["asset_id"]) for each in all_assets(database)}
    for ref in ("LC-1", "LC-2", "LC-4"):
        entry = StreamEntry(
            asset=ref, source=f"node-{ref}", stream="powerState", observed_property="State",
            definition="urn:state", result="text", gateway="B-1" if ref != "LC-4" else "B-2",
        )  # fmt: skip
        (number,) = register_all(database, [(1, entry)], ADMIN, now_utc()).streams
        if ref == "LC-4":
            rows = [
                ObservationRow(
                    number, round((now_utc().timestamp() - hour * 3_600) * 1e6), "", None, None,
                    "on", 0, None, None, None,
                )
                for hour in range(24)
            ]  # fmt: skip
            store = store_of(database, 5.0)
            store.write(Batch(observations=rows))
            store.close()
    path, found = "/iot/lighting/lamps", {}
    query: dict[str, str | int] = {"limit": 2}
    for _ in range(2):
        page = officer.get(path, params=query).json()
        found |= {each["lamppost"]: each for each in page["lamps"]}
        query["after"] = page["next"]
    assert {name: each["status"] for name, each in found.items()} == {
        "lighting:LC-1": "gateway-silent", "lighting:LC-2": "gateway-silent",
        "lighting:LC-4": "regime-unknown",
    }  # fmt: skip
    assert found["lighting:LC-1"]["faults"] == ["lamp-failure since 2026-11-01 (lumen LF)"]
    told = found["lighting:LC-2"]["mismatches"]
    assert told == ["lamp_w 70.4 in lumen, 35 in the catalogue"]
    for only, expected in (("reported", ["lighting:LC-1"]), ("wrong", [])):
        lamps = officer.get(path, params={"only": only}).json()["lamps"]
        assert [each["lamppost"] for each in lamps] == expected
    (one,) = officer.get(path, params={"asset": assets["LC-4"]}).json()["lamps"]
    assert one["lamppost"] == "lighting:LC-4"
    lines = officer.get("/iot/lighting/lamps.csv").text.splitlines()
    assert len(lines) == 4
    gateways = officer.get("/iot/lighting/gateways").json()
    assert [(e["gateway"], e["lamps"], e["is_silent"]) for e in gateways["gateways"]] == [
        ("B-1", 2, True)
    ]
    edit(database, "LC-1", sensitivity="admin")
    lamps = officer.get(path).json()["lamps"]
    assert "lighting:LC-1" not in {each["lamppost"] for each in lamps}


def test_a_proposal_is_taken_over_once(officer: TestClient, database: Database) -> None:
    """The asset has the grade then."""
    (one,) = officer.get("/iot/lighting/proposals").json()["proposals"]
    assert one["evidence"] == EVIDENCE
    path = f"/iot/lighting/proposals/{one['id']}/decision"
    assert officer.post(path, json={"decision": "perhaps"}).status_code == 400
    done = officer.post(path, json={"decision": "accepted"}).json()
    assert (done["state"], done["decided_by"]) == ("accepted", "test-estates")
    assert all_assets(database)[0]["attributes"]["condition"] == 4  # type: ignore[index]
    assert officer.post(path, json={"decision": "refused"}).status_code == 422
    missing = officer.post("/iot/lighting/proposals/99/decision", json={"decision": "refused"})
    assert missing.status_code == 404


def test_a_lamppost_that_is_hidden_is_not_told_of(officer: TestClient, database: Database) -> None:
    """Not by its units, nor its proposals, nor among those without a unit."""
    for ref in ("LC-1", "LC-3"):
        edit(database, ref, sensitivity="admin")
    units = officer.get("/iot/lighting/units").json()["units"]
    assert [each["asset_id"] is None for each in units] == [True, False, True]
    assert officer.get("/iot/lighting/proposals").json()["proposals"] == []
    bare = officer.get("/iot/lighting/mismatches").json()["lampposts"]
    assert [each["ref"] for each in bare] == ["LC-4"]
