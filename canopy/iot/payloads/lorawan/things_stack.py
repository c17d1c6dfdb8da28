"""The Things Stack: uplinks and other messages of version 3, and uplinks of version 2.

Sources: The Things Stack documentation, "Data formats" (v3); The Things Network MQTT API
reference (v2, ended in 2021, but still in stored files). Both may come on one subscription; which
one it is, the fields tell.
"""

from __future__ import annotations

from typing import Any

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.lorawan.measured import (
    Uplink,
    add_frame,
    add_link,
    add_values,
    counter,
    decoded_position,
)
from canopy.iot.payloads.reading import Decoded, Event, Hint, Message, Position
from canopy.iot.payloads.times import instant
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded
from canopy.iot.payloads.values import obj, position_or_hint, text

_DOWNLINKS = (
    "downlink_queued", "downlink_sent", "downlink_ack", "downlink_nack", "downlink_failed",
    "downlink_queue_invalidated",
)  # fmt: skip
_LOCATION_SOURCES = ("frm-payload", "gps", "lora-cloud-device-management-v1", "user")
"""From the device's own receiver to what was typed in."""


@answering
def decode(message: Message, limits: Limits = LIMITS) -> Decoded:
    """One message of either version."""
    document = obj(parse(bounded(message, limits), limits), "the message")
    found = Collector(limits)
    if "end_device_ids" in document:
        _version_3(found, document, limits)
    elif "dev_id" in document:
        _version_2(found, document, limits)
    else:
        raise Unreadable("no-source", "neither end_device_ids nor dev_id is there")
    return found.decoded()


def _version_3(found: Collector, document: dict[str, Any], limits: Limits) -> None:
    device = obj(document["end_device_ids"], "end_device_ids")
    application = obj(device.get("application_ids", {}), "application_ids").get("application_id")
    source = _source(application, device.get("device_id"), limits)
    if "uplink_message" in document:
        uplink = obj(document["uplink_message"], "uplink_message")
        _uplink(found, document, uplink, source, limits)
        return
    at = instant(document.get("received_at"), "received_at")
    if "join_accept" in document:
        found.tell(Event(kind="join", source=source, at=at))
    elif "location_solved" in document:
        solved = obj(document["location_solved"], "location_solved")
        _solved(found, solved, source, document, limits)
    elif any(each in document for each in _DOWNLINKS):
        kind = next(each for each in _DOWNLINKS if each in document)
        found.tell(Event(kind="downlink", source=source, at=at, detail=kind))
    else:
        raise Unreadable("not-understood", "the message is neither uplink, join nor downlink")


def _uplink(
    found: Collector, document: dict[str, Any], message: dict[str, Any], source: str, limits: Limits
) -> None:
    decoded = message.get("decoded_payload")
    place, hints = decoded_position(decoded)
    if place is None:
        place = _registered(message.get("locations"))
    simulated: tuple[Hint, ...] = ("simulated",) if document.get("simulated") is True else ()
    uplink = Uplink(
        source=source,
        at=instant(message.get("received_at", document.get("received_at")), "received_at"),
        source_key=_key(document, message, limits),
        position=place,
        hints=("network-time", *hints, *simulated),
    )
    if decoded:
        add_values(found, uplink, obj(decoded, "decoded_payload"), limits)
    elif message.get("frm_payload"):
        add_frame(found, uplink, message["frm_payload"], limits)
    add_link(found, uplink, message.get("rx_metadata", []), limits)


def _key(document: dict[str, Any], message: dict[str, Any], limits: Limits) -> str:
    """Session, else the address that it gave the device, and the frame's number in it."""
    session = message.get("session_key_id")
    if session is None:
        session = document["end_device_ids"].get("dev_addr")
    if session is None:
        return "" if message.get("f_cnt") is None else counter(message["f_cnt"], "f_cnt")
    name = text(session, "session_key_id", limits.name_chars)
    return f"{name}:{counter(message.get('f_cnt'), 'f_cnt')}"


def _version_2(found: Collector, document: dict[str, Any], limits: Limits) -> None:
    decoded = document.get("payload_fields")
    metadata = obj(document.get("metadata", {}), "metadata")
    place, hints = decoded_position(decoded)
    uplink = Uplink(
        source=_source(document.get("app_id"), document["dev_id"], limits),
        at=instant(metadata.get("time"), "metadata.time"),
        source_key=counter(document.get("counter"), "counter"),
        position=place,
        hints=("network-time", *hints),
    )
    if decoded:
        add_values(found, uplink, obj(decoded, "payload_fields"), limits)
    elif document.get("payload_raw"):
        add_frame(found, uplink, document["payload_raw"], limits)
    add_link(found, uplink, metadata.get("gateways", []), limits)


def _solved(
    found: Collector, solved: dict[str, Any], source: str, document: dict[str, Any], limits: Limits
) -> None:
    location = obj(solved.get("location"), "location")
    place, hints = position_or_hint(
        location.get("longitude"), location.get("latitude"), location.get("altitude")
    )
    if place is None:
        raise Unreadable("bad-value", "the solved location is none")
    uplink = Uplink(
        source=source,
        at=instant(document.get("received_at"), "received_at"),
        source_key="",
        position=place,
        hints=("network-time", *hints),
    )
    found.add(uplink.reading("location.longitude", place.longitude, limits, "deg"))
    found.add(uplink.reading("location.latitude", place.latitude, limits, "deg"))


def _source(application: object, device: object, limits: Limits) -> str:
    """Device ids are unique within an application only."""
    name = text(device, "device id", limits.name_chars)
    if application is None:
        return name
    return f"{text(application, 'application id', limits.name_chars)}/{name}"


def _registered(locations: object) -> Position | None:
    if not isinstance(locations, dict):
        return None
    for source in _LOCATION_SOURCES:
        each = locations.get(source)
        if isinstance(each, dict):
            place, _ = position_or_hint(
                each.get("longitude"), each.get("latitude"), each.get("altitude")
            )
            if place is not None:
                return place
    return None
