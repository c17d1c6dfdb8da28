"""Events of ChirpStack v4, in JSON, on `application/{id}/device/{devEui}/event/{event}`.

Source: ChirpStack documentation, "Integrations: events" (v4). Times have nanoseconds; they are
those of the network server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

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
from canopy.iot.payloads.reading import Decoded, Event, EventKind, Message
from canopy.iot.payloads.times import instant
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded, shown
from canopy.iot.payloads.values import identifier, obj, position, text

_TOPIC = re.compile(r"(?:.+/)?application/([^/]+)/device/([^/]+)/event/([a-z]+)")


@answering
def decode(message: Message, limits: Limits = LIMITS) -> Decoded:
    """One event. Its kind is the last level of the topic."""
    body = bounded(message, limits)
    topic = _TOPIC.fullmatch(message.topic)
    if topic is None:
        raise Unreadable(
            "unknown-topic", f"{shown(message.topic)} is no topic of ChirpStack events"
        )
    read = _EVENTS.get(topic[3])
    if read is None:
        raise Unreadable("unknown-topic", f"ChirpStack has no event {shown(topic[3])}")
    event = obj(parse(body, limits), "the event")
    uplink = _common(event, topic[2], limits)
    found = Collector(limits)
    read(found, event, uplink, limits)
    return found.decoded()


def _common(event: dict[str, Any], topic_eui: str, limits: Limits) -> Uplink:
    device = obj(event.get("deviceInfo"), "deviceInfo")
    dev_eui = text(device.get("devEui"), "devEui", limits.name_chars).lower()
    if dev_eui != topic_eui.lower():
        raise Unreadable("contradiction", "topic and deviceInfo name different devices")
    key = event.get("deduplicationId")
    return Uplink(
        source=dev_eui,
        at=instant(event.get("time"), "time"),
        source_key="" if key is None else identifier(key, "deduplicationId", limits),
        hints=("network-time",),
    )


def _up(found: Collector, event: dict[str, Any], uplink: Uplink, limits: Limits) -> None:
    decoded = event.get("object")
    place, hints = decoded_position(decoded)
    uplink = msgspec.structs.replace(
        uplink, position=place, hints=uplink.hints + hints,
        source_key=_counted(event, limits) or uplink.source_key,
    )  # fmt: skip
    if decoded:
        add_values(found, uplink, obj(decoded, "object"), limits)
    elif event.get("data"):
        add_frame(found, uplink, event["data"], limits)
    add_link(found, uplink, event.get("rxInfo", []), limits)


def _counted(event: dict[str, Any], limits: Limits) -> str:
    """The frame's number in its session, which tells what is missing; empty where not given.

    Protobuf's JSON leaves 0 out: the first frame of a session then goes by its deduplicationId.
    """
    if event.get("fCnt") is None or event.get("devAddr") is None:
        return ""
    address = text(event["devAddr"], "devAddr", limits.name_chars)
    return f"{address}:{counter(event['fCnt'], 'fCnt')}"


def _status(found: Collector, event: dict[str, Any], uplink: Uplink, limits: Limits) -> None:
    if "margin" in event:
        with found.part("margin"):
            found.add(uplink.reading("status.margin", event["margin"], limits, "dB"))
    if event.get("externalPowerSource") is True:
        found.add(uplink.reading("status.external_power", True, limits))
    elif "batteryLevel" in event and event.get("batteryLevelUnavailable") is not True:
        with found.part("batteryLevel"):
            found.add(uplink.reading("status.battery", event["batteryLevel"], limits, "%"))


def _location(found: Collector, event: dict[str, Any], uplink: Uplink, limits: Limits) -> None:
    place = obj(event.get("location"), "location")
    at = position(
        place.get("longitude", 0), place.get("latitude", 0), place.get("altitude")
    )  # protobuf's JSON leaves zeros out
    uplink = msgspec.structs.replace(uplink, position=at)
    found.add(uplink.reading("location.longitude", at.longitude, limits, "deg"))
    found.add(uplink.reading("location.latitude", at.latitude, limits, "deg"))


def _told(kind: EventKind, *fields: str) -> Callable[..., None]:
    def tell(found: Collector, event: dict[str, Any], uplink: Uplink, limits: Limits) -> None:
        detail = "; ".join(
            f"{field} {event[field]}"[: limits.name_chars]
            for field in fields
            if isinstance(event.get(field), str | int)
        )
        if detail:
            text(detail, "the event", limits.text_chars)
        found.tell(Event(kind=kind, source=uplink.source, at=uplink.at, detail=detail))

    return tell


_EVENTS: dict[str, Callable[[Collector, dict[str, Any], Uplink, Limits], None]] = {
    "up": _up,
    "status": _status,
    "location": _location,
    "join": _told("join", "devAddr"),
    "ack": _told("acknowledged", "queueItemId", "acknowledged", "fCntDown"),
    "txack": _told("transmitted", "queueItemId", "gatewayId", "fCntDown"),
    "log": _told("log", "level", "code", "description"),
}
