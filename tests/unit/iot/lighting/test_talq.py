"""TALQ 2.x devices and log reports, as the consortium's data model has them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from canopy.errors import BadSource
from canopy.iot.lighting.files import BurnRow, Failed, FaultEnd, FaultRow, UnitRow
from canopy.iot.lighting.talq import burn_rows, device_rows, fault_rows

DEVICE = "0b22d6c4-5357-4053-8d54-700c418315f6"
GATEWAY = "6df4b4cd-da48-4448-bfd7-bba3f5216bf2"


def written(folder: Path, document: object) -> Path:
    path = folder / "talq.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def text(value: str) -> dict[str, str]:
    return {"type": "AttributeString", "value": value}


def event(name: str, at: str, flag: bool | None = None) -> dict[str, object]:
    data: dict[str, object] = {
        "type": "EventLogData", "srcAddress": f"{DEVICE}/lamp-01", "timestamp": at,
        "eventType": name, "info": [{"description": "as told", "lang": "en"}],
    }  # fmt: skip
    return {"cmsRefId": "1", "data": data if flag is None else {**data, "startEndFlag": flag}}


def hours(value: object, at: str) -> dict[str, object]:
    return {"data": {
        "type": "AttributeLogData", "srcAddress": f"{DEVICE}/lamp-01",
        "attributeName": "operatingHours",
        "attributeValue": {"type": "AttributeFloat", "value": value, "timestamp": at},
    }}  # fmt: skip


def test_a_device_that_lights_is_a_unit(tmp_path: Path) -> None:
    """With the asset's identifier, its place and its gateway; a gateway itself is none."""
    lamp = {
        "address": DEVICE, "name": "Node", "class": "LampNode",
        "functions": [
            {"id": "basic", "type": "BasicFunction", "assetId": text("LC-0012"), "location": {
                "type": "AttributeLocation", "value": {"latitude": 51.5, "longitude": -0.1},
            }},
            {"id": "c", "type": "CommunicationFunction", "parentAddress": text(f"{GATEWAY}/c")},
            {"id": "lamp-01", "type": "LampActuatorFunction"},
        ],
    }  # fmt: skip
    gateway = {
        "address": GATEWAY, "name": "G", "class": "GatewayClass",
        "functions": [{"id": "g", "type": "GatewayFunction"}],
    }  # fmt: skip
    assert list(device_rows(written(tmp_path, [lamp, gateway]))) == [
        UnitRow(DEVICE, "LC-0012", gateway=GATEWAY, longitude=-0.1, latitude=51.5)
    ]


def test_an_event_that_ended_is_a_fault_with_an_end(tmp_path: Path) -> None:
    """One that did not is open; a change of light is no fault, a naive time fails."""
    report = {"address": "logger", "entries": [
        event("lampFailure", "2026-11-01T18:00:00Z", True),
        event("lightStateChange", "2026-11-01T18:00:00Z"),
        event("lampFailure", "2026-11-02T09:00:00+00:00", False),
        event("communicationFailure", "2026-11-03T09:00:00Z", True),
        event("cyclingFailure", "2026-11-03T09:00:00", True),
        event("supplyLoss", "2026-11-03T09:00:00Z", False),
    ]}  # fmt: skip
    found = list(fault_rows(written(tmp_path, report)))
    faults = {each.code: each for each in found if isinstance(each, FaultRow)}
    assert set(faults) == {"lampFailure", "communicationFailure"}
    assert faults["lampFailure"].ended_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert faults["communicationFailure"].ended_at is None
    assert [each for each in found if isinstance(each, Failed)] == [
        Failed(5, "timestamp", "is no time with an offset from UTC, as TALQ writes it")
    ]
    assert FaultEnd(DEVICE, "supplyLoss", datetime(2026, 11, 3, 9, tzinfo=UTC), 6) in found


def test_operating_hours_are_a_counter_by_day(tmp_path: Path) -> None:
    """The last of each day; what is no number fails."""
    report = [{"address": "logger", "entries": [
        hours(100.5, "2026-11-01T06:00:00Z"), hours(101.0, "2026-11-01T20:00:00Z"),
        hours("many", "2026-11-01T21:00:00Z"), hours(110.0, "2026-11-02T20:00:00Z"),
    ]}]  # fmt: skip
    found = list(burn_rows(written(tmp_path, report)))
    assert [each for each in found if isinstance(each, BurnRow)] == [
        BurnRow(DEVICE, None, date(2026, 11, 1), 101.0),
        BurnRow(DEVICE, None, date(2026, 11, 2), 110.0),
    ]
    assert len(found) == 3


@pytest.mark.parametrize("document", [7, [7], {"name": "no address"}])
def test_what_is_no_talq_is_refused(tmp_path: Path, document: object) -> None:
    """Rather than read as no lamps."""
    path = written(tmp_path, document)
    with pytest.raises(BadSource, match="no list of TALQ objects"):
        list(device_rows(path))
