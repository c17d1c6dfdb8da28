"""Observations of OGC SensorThings API 1.1 (OGC 18-088), single and as `dataArray`.

Published on `v1.1/Observations` or `v1.1/Datastreams(id)/Observations` (section 14), or sent to
the same addresses over HTTP. A Datastream is linked by its id, in the body or in the topic: its
number, as it is `@iot.id` over HTTP, or over MQTT the gateway's own key of it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.reading import Decoded, Hint, Message, Position, Reading
from canopy.iot.payloads.times import instant, interval
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded, shown
from canopy.iot.payloads.values import (
    array,
    geojson_point,
    identifier,
    number_hints,
    obj,
    result,
)

_TOPIC = re.compile(
    r"(?:.*/)?v1\.[01]/(?:Datastreams\(([^()]{1,256})\)/)?(?:Observations|CreateObservations)"
)
COUNTERS = ("counter", "sequence", "seq", "fCnt", "f_cnt")
"""Names under which `parameters` of an Observation hold the number of its message."""
_BAD_QUALITY = {"bad", "missing"}


@answering
def decode(message: Message, limits: Limits = LIMITS) -> Decoded:
    """An Observation, a list of them, or groups of a `dataArray` (section 13.3)."""
    document = parse(bounded(message, limits), limits)
    in_topic = _datastream_of_topic(message.topic)
    if isinstance(document, dict) and "value" in document and "result" not in document:
        document = document["value"]
    entries = document if isinstance(document, list) else [document]
    if not entries:
        raise Unreadable("wrong-shape", "the list holds no Observation")
    found = Collector(limits)
    alone = not isinstance(document, list)
    for at, each in enumerate(entries):
        if alone:
            _entry(found, each, in_topic, "", limits)
        else:
            with found.part(f"[{at}]"):
                _entry(found, each, in_topic, f"[{at}]", limits)
    return msgspec.structs.replace(found.decoded(), links_datastreams=True)


def _datastream_of_topic(topic: str) -> str | None:
    if not topic:
        return None
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise Unreadable("unknown-topic", f"{shown(topic)} is no topic of Observations")
    return match[1].strip("'") if match[1] is not None else None


def _entry(
    found: Collector, entry: object, in_topic: str | None, part: str, limits: Limits
) -> None:
    observation = obj(entry, "an Observation")
    stream = _datastream(observation, in_topic, limits)
    if "dataArray" not in observation:
        found.add(_reading(observation, stream, limits))
        return
    components = array(observation.get("components"), "components")
    if not all(isinstance(each, str) for each in components) or len(components) > 32:
        raise Unreadable("wrong-shape", "components are at most 32 names")
    if len(set(components)) != len(components):
        raise Unreadable("duplicate-key", "a component is there twice")
    for at, row in enumerate(array(observation["dataArray"], "dataArray")):
        with found.part(f"{part}.dataArray[{at}]"):
            values = array(row, "a row")
            if len(values) != len(components):
                raise Unreadable(
                    "wrong-shape", f"{len(values)} values for {len(components)} components"
                )
            found.add(_reading(dict(zip(components, values, strict=True)), stream, limits))


def _datastream(observation: dict[str, Any], in_topic: str | None, limits: Limits) -> str:
    linked = observation.get("Datastream", observation.get("MultiDatastream"))
    in_body = None if linked is None else _id(obj(linked, "Datastream"), "Datastream", limits)
    if in_body is None and in_topic is None:
        raise Unreadable("no-source", "neither body nor topic links a Datastream")
    if in_body is not None and in_topic not in (None, in_body):
        raise Unreadable("contradiction", "body and topic link different Datastreams")
    return in_body if in_body is not None else in_topic or ""


def _id(entity: dict[str, Any], what: str, limits: Limits) -> str:
    """`@iot.id`, or `id`, as the test suite of OGC writes it."""
    value = entity.get("@iot.id", entity.get("id"))
    return identifier(value, f"the id of the {what}", limits)


def _reading(observation: dict[str, Any], stream: str, limits: Limits) -> Reading:
    if observation.get("result") is None:
        raise Unreadable("bad-value", "the Observation has no result")
    value = observation["result"]
    start, until, hints = _times(observation)
    key = _counted(observation)
    if key is None:
        key = observation.get("@iot.id", observation.get("id"))
    return Reading(
        source="",
        stream=stream,
        at=start,
        until=until,
        result="" if value == "" else result(value, "the result", limits),
        source_key="" if key is None else identifier(key, "the id", limits),
        position=_position(observation),
        hints=hints + _quality(observation) + number_hints(value),
    )


def _counted(observation: dict[str, Any]) -> object:
    """The number that a device gave its message, where `parameters` hold one; None else."""
    parameters = observation.get("parameters")
    if not isinstance(parameters, dict):
        return None
    given = [parameters[name] for name in COUNTERS if isinstance(parameters.get(name), int)]
    return next((each for each in given if not isinstance(each, bool) and each >= 0), None)


def _times(
    observation: dict[str, Any],
) -> tuple[datetime | None, datetime | None, tuple[Hint, ...]]:
    """Phenomenon time. It is the server's where not given, section 8.2.7: left to who stores it."""
    for what in ("resultTime", "validTime"):
        if observation.get(what) is not None:
            (instant if what == "resultTime" else interval)(observation[what], what)
    if observation.get("phenomenonTime") is None:
        return None, None, ()
    return interval(observation["phenomenonTime"], "phenomenonTime")


def _quality(observation: dict[str, Any]) -> tuple[Hint, ...]:
    quality = observation.get("resultQuality")
    bad = isinstance(quality, str) and quality[:20].lower() in _BAD_QUALITY
    return ("bad-quality",) if bad else ()


def _position(observation: dict[str, Any]) -> Position | None:
    feature = observation.get("FeatureOfInterest")
    return geojson_point(feature.get("feature")) if isinstance(feature, dict) else None
