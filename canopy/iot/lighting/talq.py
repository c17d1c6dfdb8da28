"""Devices and log reports of the TALQ Smart City Protocol 2.x, as JSON.

What is read is what the consortium publishes under the BSD licence: `Device` with `functions`,
each attribute an object of `type` and `value`; of BasicFunction `assetId`, `displayName` and
`location`, of CommunicationFunction `parentAddress`; and `LogReport` with AttributeLogData and
EventLogData. Vendors' own attributes and calendars are not read, and no lamp's power or regime
comes out of it: lamp types are a resource of their own.

Source: github.com/TALQ-consortium/TALQ_specification, oas/talq-data-model-2-2-0.json. Newer models
were not held against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from canopy.errors import BadSource, LimitExceeded
from canopy.iot.lighting.files import BurnRow, Failed, FaultEnd, FaultRow, UnitRow

MAX_BYTES = 200_000_000
MAX_ENTRIES = 1_000_000
EVENTS: dict[str, str] = {
    "lampFailure": "lamp-failure",
    "lampUnexpectedOn": "on-wrongly",
    "communicationFailure": "no-contact",
    "supplyLoss": "supply",
    "supplyVoltageTooHigh": "supply",
    "supplyVoltageTooLow": "supply",
    "controlGearCommFailure": "control-gear",
    "controlGearComFailure": "control-gear",
    "relayFailure": "control-gear",
    "cyclingFailure": "cycling",
    "orientationChanged": "column",
    "impactDetected": "column",
}
"""Kinds of TALQ's event types that are faults; what is not here is `other`, or no fault."""
_NO_FAULT = frozenset(
    "lightStateChange targetLightCommandChange programChange calendarChange stateChange "
    "targetCommandChange deviceReset softwareUpdating hardwareUpdated locationUpdated "
    "photocellOutputOn sensorOutputOn newCmsAttached".split()
)


def device_rows(path: Path) -> Iterator[UnitRow | Failed]:
    """The devices of a file that light something. Raises BadSource and LimitExceeded."""
    for number, each in enumerate(_listed(path, "address"), 1):
        functions = each.get("functions")
        if not isinstance(functions, list):
            yield Failed(number, "functions", "is no list")
            continue
        known = [one for one in functions if isinstance(one, dict)]
        if not any(str(one.get("type", "")).startswith("Lamp") for one in known):
            continue  # a gateway, a sensor, a meter of a cabinet
        basic = next((one for one in known if one.get("type") == "BasicFunction"), {})
        contact = next((one for one in known if one.get("type") == "CommunicationFunction"), {})
        place = _value(basic, "location")
        longitude, latitude = _degrees(place)
        yield UnitRow(
            ref=str(each["address"])[:200],
            column_ref=_words(_value(basic, "assetId") or _value(basic, "displayName")),
            gateway=_words(_value(contact, "parentAddress")).partition("/")[0],
            longitude=longitude,
            latitude=latitude,
        )


def fault_rows(path: Path) -> Iterator[FaultRow | FaultEnd | Failed]:
    """The events of log reports that are faults, each from its start to its end; ends whose start
    is in no entry before are of faults of earlier files."""
    begun: dict[tuple[str, str], tuple[datetime, str]] = {}
    for number, data in _entries(path, "EventLogData"):
        event = str(data.get("eventType", ""))[:200]
        if not event or event in _NO_FAULT:
            continue
        unit = _unit(data)
        at = _time(data.get("timestamp"))
        if at is None or not unit:
            told = "is no time with an offset from UTC, as TALQ writes it" if unit else "is missing"
            yield Failed(number, "timestamp" if unit else "srcAddress", told)
            continue
        if data.get("startEndFlag") is False and (unit, event) in begun:
            since, detail = begun.pop((unit, event))
            yield FaultRow(unit, event, EVENTS.get(event, "other"), detail, since, at)
        elif data.get("startEndFlag") is False:
            yield FaultEnd(unit, event, at, number)
        else:
            begun.setdefault((unit, event), (at, _detail(data)))
    for (unit, event), (since, detail) in begun.items():
        yield FaultRow(unit, event, EVENTS.get(event, "other"), detail, since, None)


def burn_rows(path: Path) -> Iterator[BurnRow | Failed]:
    """Counters of `operatingHours` out of log reports: the last of each day and lamp."""
    last: dict[tuple[str, object], tuple[datetime, float]] = {}
    for number, data in _entries(path, "AttributeLogData"):
        if data.get("attributeName") != "operatingHours":
            continue
        wrapped = data.get("attributeValue")
        value = wrapped.get("value") if isinstance(wrapped, dict) else None
        stamp = wrapped.get("timestamp") if isinstance(wrapped, dict) else None
        at, unit = _time(stamp or data.get("timestamp")), _unit(data)
        if at is None or not unit or isinstance(value, bool) or not isinstance(value, int | float):
            yield Failed(number, "attributeValue", "has no number, time with offset or source")
            continue
        key = (unit, at.date())
        if key not in last or last[key][0] < at:
            last[key] = (at, float(value))
    for (unit, _), (at, hours) in last.items():
        yield BurnRow(unit, None, at.date(), hours)


def _entries(path: Path, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    count = 0
    for report in _listed(path, "entries"):
        entries = report["entries"]
        if not isinstance(entries, list):
            raise BadSource(f"{path.name}: `entries` of a log report is no list.")
        for each in entries:
            count += 1
            if count > MAX_ENTRIES:
                raise LimitExceeded(f"{path.name} has over {MAX_ENTRIES:,} entries")
            data = each.get("data") if isinstance(each, dict) else None
            if isinstance(data, dict) and data.get("type") == kind:
                yield count, data


def _listed(path: Path, needed: str) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
        document = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadSource(f"{path.name} is no JSON: {error}.") from error
    listed = document if isinstance(document, list) else [document]
    if not all(isinstance(each, dict) and needed in each for each in listed):
        raise BadSource(f"{path.name} is no list of TALQ objects with `{needed}`.")
    return listed


def _value(function: dict[str, Any], name: str) -> Any:
    wrapped = function.get(name)
    return wrapped.get("value") if isinstance(wrapped, dict) else None


def _degrees(place: object) -> tuple[float | None, float | None]:
    if not isinstance(place, dict):
        return None, None
    longitude, latitude = _in(place.get("longitude"), 180), _in(place.get("latitude"), 90)
    return (None, None) if longitude is None or latitude is None else (longitude, latitude)


def _in(value: object, most: float) -> float | None:
    """A number of degrees that can be."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        return None
    return float(value)


def _words(value: object) -> str:
    return value[:200] if isinstance(value, str) and value.isprintable() else ""


def _unit(data: dict[str, Any]) -> str:
    """The device's address out of ``{deviceAddress}/{functionId}``."""
    return _words(data.get("srcAddress")).partition("/")[0]


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None


def _detail(data: dict[str, Any]) -> str:
    told = data.get("info")
    first = told[0] if isinstance(told, list) and told else None
    return _words(first.get("description")) if isinstance(first, dict) else ""
