"""Readings of five entity types of the Smart Data Models.

Source: smart-data-models, dataModel.Streetlighting, .Environment and .Transportation. The schemas
name no unit for most attributes; then only `unitCode` gives one.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.fiware.entities import Attribute, Entity, checked_type, entities, entity
from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.leaves import leaves
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.reading import Decoded, Hint, Message, Reading
from canopy.iot.payloads.times import instant_with_hints, interval
from canopy.iot.payloads.units import UNECE
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded
from canopy.iot.payloads.values import number_hints, obj, result, text

TYPES = frozenset(
    {
        "AirQualityObserved", "NoiseLevelObserved", "Streetlight", "StreetlightControlCabinet",
        "TrafficFlowObserved",
    }
)  # fmt: skip
STATES = {
    "airQualityLevel", "coLevel", "CO_Level", "no2Level", "powerState", "status", "workingMode",
}  # fmt: skip
"""Text that is a reading. All other text describes the entity."""
DESCRIBING = {
    "lanternHeight", "laneId", "maximumPowerAvailable", "meterReadingPeriod", "powerRating",
}  # fmt: skip
"""Numbers that describe the entity and are no readings."""
UNITS: dict[str, str] = {
    "relativeHumidity": "1", "precipitation": "L/m2", "illuminanceLevel": "1", "LAS": "dB",
    "LAeq": "dB", "LAeq_d": "dB", "LAmax": "dB",
}  # fmt: skip
"""Units that the schemas themselves say; levels are A-weighted."""
_MOMENTS = ("dateObserved", "observationDateTime", "TimeInstant")
_AGENT_TOPIC = re.compile(r"/?(?:json/)?([^/]+)/([^/]+)/attrs")
Times = tuple[datetime | None, datetime | None, tuple[Hint, ...]]


@answering
def decode(message: Message, zone: ZoneInfo | None = None, limits: Limits = LIMITS) -> Decoded:
    """Entities, or what a device sends to an IoT agent on `/json/{api key}/{device}/attrs`.

    `zone` is what times without an offset are in.
    """
    document = parse(bounded(message, limits), limits)
    found = Collector(limits)
    agent = _AGENT_TOPIC.fullmatch(message.topic)
    if agent is not None and isinstance(document, dict) and "type" not in document:
        _measures(found, document, text(agent[2], "the device", limits.name_chars), zone, limits)
        return found.decoded()
    for part, each in entities(document):
        if part:
            with found.part(part):
                _entity(found, entity(each, limits), zone, part, limits)
        else:
            _entity(found, entity(each, limits), zone, part, limits)
    return found.decoded()


def _entity(
    found: Collector, given: Entity, zone: ZoneInfo | None, part: str, limits: Limits
) -> None:
    checked_type(given, TYPES)
    times = _times(given.attributes, zone)
    for name, attribute in given.attributes.items():
        if not _is_reading(name, attribute.value):
            continue
        with found.part(f"{part}.{name}" if part else name):
            found.add(_reading(given, name, attribute, times, zone, limits))


def _is_reading(name: str, value: object) -> bool:
    if isinstance(value, bool | int | float):
        return name not in DESCRIBING
    return isinstance(value, str) and name in STATES


def _reading(
    given: Entity, name: str, attribute: Attribute, times: Times, zone: ZoneInfo | None,
    limits: Limits,
) -> Reading:  # fmt: skip
    at, until, hints = times
    if attribute.observed_at is not None:
        at, hints = instant_with_hints(attribute.observed_at, "observedAt", zone)
        until = None
    value = result(attribute.value, name[:40], limits)
    is_number = isinstance(value, float)
    code = attribute.unit_code
    unit = UNECE.get(code) if code else UNITS.get(name)
    return Reading(
        source=given.id,
        stream=text(name, "the name of an attribute", limits.name_chars),
        at=at,
        until=until,
        result=value,
        unit=unit if is_number else None,
        given_unit=code if is_number and unit is None else "",
        position=given.position,
        hints=hints + number_hints(attribute.value),
    )


def _times(attributes: dict[str, Attribute], zone: ZoneInfo | None) -> Times:
    """Begin and end where both are said: `dateObserved` beside them often lacks the offset."""
    begin, end = attributes.get("dateObservedFrom"), attributes.get("dateObservedTo")
    if begin is not None and end is not None:
        at, hints = instant_with_hints(begin.value, "dateObservedFrom", zone)
        until, more = instant_with_hints(end.value, "dateObservedTo", zone)
        if until < at:
            raise Unreadable("bad-time", "dateObservedTo is before dateObservedFrom")
        return at, until, tuple(dict.fromkeys((*hints, *more)))
    for name in _MOMENTS:
        if name in attributes:
            return interval(attributes[name].value, name, zone)
    return None, None, ()


def _measures(
    found: Collector, document: object, device: str, zone: ZoneInfo | None, limits: Limits
) -> None:
    measures = dict(obj(document, "the measures"))
    moment = measures.pop("TimeInstant", None)
    at, hints = (None, ()) if moment is None else instant_with_hints(moment, "TimeInstant", zone)
    for name, value in leaves(measures):
        if value is None:
            continue
        with found.part(name):
            found.add(
                Reading(
                    source=device,
                    stream=text(name, "the name of a measure", limits.name_chars),
                    at=at,
                    result=result(value, name[:40], limits),
                    hints=hints + number_hints(value),
                )
            )
