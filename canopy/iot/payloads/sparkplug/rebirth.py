"""Asking an edge node to be born again, when its births or messages were missed.

Source: Eclipse Sparkplug 3.0, sections 5.5 and 6.4.16 (NCMD), and "Node Control/Rebirth" in
section 6.4.20.
"""

from __future__ import annotations

from datetime import datetime

from canopy.iot.payloads.reading import Decoded, Outcome, Undecodable

NAMESPACE = "spBv1.0/"
_BOOLEAN = 11
_METRIC = "Node Control/Rebirth"


def needed(topic: str, outcome: Outcome) -> str | None:
    """The topic of the command, where a message showed that something before it was missed."""
    if not topic.startswith(NAMESPACE) or not _was_missed(outcome):
        return None
    levels = topic.split("/")
    if len(levels) < 4 or not all(levels[1:4]):
        return None
    return f"{NAMESPACE}{levels[1]}/NCMD/{levels[3]}"


def _was_missed(outcome: Outcome) -> bool:
    if isinstance(outcome, Undecodable):
        return outcome.kind == "no-birth"
    return _has_gap(outcome) or any(part.kind == "no-birth" for part in outcome.refused)


def _has_gap(outcome: Decoded) -> bool:
    return any(event.kind == "sequence-gap" for event in outcome.events)


def command(at: datetime) -> bytes:
    """The payload of the command, said at a moment."""
    at_ms = int(at.timestamp() * 1_000)
    name = _METRIC.encode()
    metric = _bytes(1, name) + _varint(3, at_ms) + _varint(4, _BOOLEAN) + _varint(14, 1)
    return _varint(1, at_ms) + _bytes(2, metric)


def _varint(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _number(field << 3 | 2) + _number(len(value)) + value


def _number(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
