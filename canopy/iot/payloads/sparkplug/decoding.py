"""Messages of edge nodes to readings and events.

Topics are `spBv1.0/{group}/{type}/{node}[/{device}]`. Metrics of a birth are readings too: they
are the values at that moment. Timestamps are milliseconds since 1970, UTC (section 6.4.5).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.reading import Decoded, Event, Hint, Message, Reading
from canopy.iot.payloads.sparkplug.datatypes import typed
from canopy.iot.payloads.sparkplug.message import Metric, Payload, payload
from canopy.iot.payloads.sparkplug.state import Born, Node, SparkplugState
from canopy.iot.payloads.times import unix_instant
from canopy.iot.payloads.units import ENGINEERING
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded, shown
from canopy.iot.payloads.values import text

NAMESPACE = "spBv1.0"
SEQUENCE = 256
QUALITY_GOOD, QUALITY_STALE = 192, 500
BIRTH_SEQUENCE_METRIC = "bdSeq"
_CONTROL = "Node Control/", "Device Control/"


class _Topic(msgspec.Struct, frozen=True):
    node: str
    kind: str
    device: str

    @property
    def source(self) -> str:
        return f"{self.node}/{self.device}" if self.device else self.node


@answering
def decode(message: Message, state: SparkplugState, limits: Limits = LIMITS) -> Decoded:
    """One message, with what `state` remembers; a birth, death or sequence changes `state`."""
    body = bounded(message, limits)
    found = Collector(limits)
    if message.topic.startswith((f"{NAMESPACE}/STATE/", "STATE/")):
        host = text(message.topic.partition("STATE/")[2], "the host", limits.name_chars)
        found.tell(Event(kind="host-state", source=host))
        return found.decoded()
    topic = _topic(message.topic, limits)
    if topic.kind.endswith("CMD"):
        found.tell(Event(kind="command", source=topic.source))
        return found.decoded()
    sent = payload(body, limits.readings)
    if topic.kind.endswith("DEATH"):
        _death(found, topic, sent, state)
    elif topic.kind.endswith("BIRTH"):
        _birth(found, topic, sent, state, limits)
    else:
        _data(found, topic, sent, state, limits)
    return found.decoded()


def _topic(topic: str, limits: Limits) -> _Topic:
    levels = topic.split("/", 5)
    if len(levels) not in (4, 5) or levels[0] != NAMESPACE or not all(levels):
        raise Unreadable("unknown-topic", f"{shown(topic)} is no topic of Sparkplug B")
    kind = levels[2]
    if kind not in ("NBIRTH", "NDATA", "NDEATH", "NCMD", "DBIRTH", "DDATA", "DDEATH", "DCMD"):
        raise Unreadable("unknown-topic", f"Sparkplug B has no message {shown(kind)}")
    if (kind[0] == "D") != (len(levels) == 5):
        raise Unreadable("unknown-topic", f"{kind} has a device where it should not, or none")
    text(topic, "the topic", limits.name_chars)
    return _Topic(f"{levels[1]}/{levels[3]}", kind, levels[4] if len(levels) == 5 else "")


def _death(found: Collector, topic: _Topic, sent: Payload, state: SparkplugState) -> None:
    """The will of a node has no sequence; the death of a device counts as a message."""
    node = state.node(topic.node)
    if topic.device and node is not None:
        _follow(found, topic, sent, node)
        node.forget(topic.device)
    elif not topic.device:
        state.died(topic.node)
    found.tell(Event(kind="death", source=topic.source, at=_sent_at(sent)))


def _birth(
    found: Collector, topic: _Topic, sent: Payload, state: SparkplugState, limits: Limits
) -> None:
    if topic.device:
        node = state.node(topic.node)
        if node is None:
            raise Unreadable("no-birth", f"{shown(topic.source)} is born before its node")
        _follow(found, topic, sent, node)
        node.forget(topic.device)
    else:
        node = state.born(topic.node)
        node.next_seq = ((sent.seq or 0) + 1) % SEQUENCE
    found.tell(Event(kind="birth", source=topic.source, at=_sent_at(sent)))
    for at, metric in enumerate(sent.metrics):
        with found.part(metric.name or f"metric {at}"):
            _declare(metric, topic, node, state, limits)
            _add(found, metric, topic, sent, node, limits)


def _declare(
    metric: Metric, topic: _Topic, node: Node, state: SparkplugState, limits: Limits
) -> None:
    name = text(metric.name, "the name of a metric", limits.name_chars)
    if metric.datatype is None:
        raise Unreadable("wrong-shape", "the birth of a metric says no datatype")
    unit = metric.unit[: limits.name_chars]
    state.declare(node, Born(topic.device, name, metric.datatype, unit), metric.alias)


def _data(
    found: Collector, topic: _Topic, sent: Payload, state: SparkplugState, limits: Limits
) -> None:
    node = state.node(topic.node)
    if node is None:
        raise Unreadable("no-birth", f"no birth of {shown(topic.node)} was seen; ask for one")
    _follow(found, topic, sent, node)
    for at, metric in enumerate(sent.metrics):
        with found.part(metric.name or f"metric {at}"):
            _add(found, metric, topic, sent, node, limits)


def _follow(found: Collector, topic: _Topic, sent: Payload, node: Node) -> None:
    """Sequence numbers run from 0 to 255 and again from 0, over a node and its devices."""
    if sent.seq is None or sent.seq >= SEQUENCE:
        raise Unreadable("wrong-shape", "the message has no sequence number from 0 to 255")
    if node.next_seq is not None and sent.seq != node.next_seq:
        detail = f"expected {node.next_seq}, got {sent.seq}"
        found.tell(Event(kind="sequence-gap", source=topic.node, at=_sent_at(sent), detail=detail))
    node.next_seq = (sent.seq + 1) % SEQUENCE


def _add(
    found: Collector, metric: Metric, topic: _Topic, sent: Payload, node: Node, limits: Limits
) -> None:
    born = _born(metric, topic, node)
    if metric.is_null or born.name == BIRTH_SEQUENCE_METRIC or born.name.startswith(_CONTROL):
        return
    result, hints = typed(metric, born.datatype, limits)
    is_number = isinstance(result, float)
    unit = ENGINEERING.get(born.unit) if is_number else None
    found.add(
        Reading(
            source=topic.source,
            stream=born.name,
            at=_measured_at(metric, sent),
            result=result,
            unit=unit,
            given_unit=born.unit if is_number and unit is None else "",
            hints=hints + _hints(metric),
        )
    )


def _born(metric: Metric, topic: _Topic, node: Node) -> Born:
    """A metric of data has a name, or the alias that its birth gave; types are often left out."""
    if metric.alias is not None and metric.name is None:
        born = node.by_alias.get(metric.alias)
        what = f"alias {metric.alias}"
    else:
        born = node.by_name.get((topic.device, metric.name or ""))
        what = shown(metric.name)
    if born is None or born.device != topic.device:
        raise Unreadable("no-birth", f"the birth of {shown(topic.source)} has no {what}")
    if metric.datatype not in (None, born.datatype):
        raise Unreadable("contradiction", f"{what} was born with another datatype")
    return born


def _measured_at(metric: Metric, sent: Payload) -> datetime | None:
    at_ms = metric.timestamp_ms if metric.timestamp_ms is not None else sent.timestamp_ms
    return None if at_ms is None else unix_instant(at_ms, "ms", "the timestamp")


def _sent_at(sent: Payload) -> datetime | None:
    return None if sent.timestamp_ms is None else unix_instant(sent.timestamp_ms, "ms", "timestamp")


def _hints(metric: Metric) -> tuple[Hint, ...]:
    hints: list[Hint] = ["historical"] if metric.is_historical else []
    if metric.quality == QUALITY_STALE:
        hints.append("stale")
    elif metric.quality not in (None, QUALITY_GOOD):
        hints.append("bad-quality")
    return tuple(hints)
