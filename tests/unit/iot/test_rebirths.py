"""A Sparkplug node is asked for its birth when something of it was missed, and not too often."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from canopy.iot.ingest.rebirths import Rebirths
from canopy.iot.payloads.reading import Decoded, Event, Outcome, Undecodable
from canopy.iot.payloads.sparkplug.message import payload
from canopy.iot.payloads.sparkplug.rebirth import command, needed

UNKNOWN = Undecodable(kind="no-birth", reason="")
GAP = Decoded(events=(Event(kind="sequence-gap", source="g/n"),))
TOPIC = "spBv1.0/g/NDATA/n"
COMMAND = "spBv1.0/g/NCMD/n"


@pytest.mark.parametrize(
    ("topic", "outcome", "asked"),
    [
        (TOPIC, UNKNOWN, COMMAND),
        ("spBv1.0/g/DDATA/n/d", GAP, COMMAND),
        (TOPIC, Decoded(refused=(UNKNOWN,)), COMMAND),
        (TOPIC, Decoded(events=(Event(kind="death", source="g/n"),)), None),
        (TOPIC, Undecodable(kind="malformed", reason=""), None),
        ("spBv1.0/g/NDATA", UNKNOWN, None),
        ("v1.1/Observations", UNKNOWN, None),
    ],
)
def test_a_birth_is_needed_after_a_gap_or_an_unknown_alias(
    topic: str, outcome: Outcome, asked: str | None
) -> None:
    """Always of the node: births of its devices follow its own."""
    assert needed(topic, outcome) == asked


def test_the_command_says_rebirth_is_true() -> None:
    """As a decoder of Sparkplug B reads it."""
    at = datetime(2026, 11, 28, 12, tzinfo=UTC)
    read = payload(command(at), 10)
    (metric,) = read.metrics
    told = (metric.name, metric.datatype, metric.field, metric.value)
    assert (read.timestamp_ms, told) == (
        at.timestamp() * 1_000, ("Node Control/Rebirth", 11, 14, True),
    )  # fmt: skip


def test_a_node_is_asked_once_a_minute_and_ten_nodes_a_second() -> None:
    """The others at their next messages."""
    now_s = [1_000.0]
    asked: list[tuple[str, str]] = []
    rebirths = Rebirths(lambda topic, gateway, _: asked.append((gateway, topic)), lambda: now_s[0])
    for _ in range(5):
        rebirths.look(TOPIC, "yard", UNKNOWN)
    assert asked == [("yard", COMMAND)]
    now_s[0] += 61
    for number in range(30):
        rebirths.look(f"spBv1.0/g/NDATA/n{number}", "", GAP)
    assert len(asked) == 11
    now_s[0] += 1
    rebirths.look("spBv1.0/g/NDATA/n29", "", GAP)
    assert asked[-1] == ("", "spBv1.0/g/NCMD/n29")
