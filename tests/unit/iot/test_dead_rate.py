"""Dead letters over all topics raise an alarm by how many come in a span."""

from __future__ import annotations

from datetime import UTC, datetime

from canopy.iot.ingest.rates import DeadRate
from canopy.iot.payloads.reading import Message
from canopy.iot.store.rows import DeadRow, HappeningRow

_MESSAGE = Message(body=b"", topic="t", arrived_at=datetime(2026, 4, 1, tzinfo=UTC))


def _told(rate: DeadRate, count: int, kind: str = "bad-value") -> list[HappeningRow]:
    """What is told while each of so many devices sends one message that cannot be read."""
    row = DeadRow(_MESSAGE, "mqtt", kind, "the new firmware's")
    told = (rate.count(f"device/{number}", [row, row]) for number in range(count))
    return [each for each in told if each is not None]


def test_one_message_of_each_of_many_topics_raises_one_alarm_with_its_kinds() -> None:
    """No topic has a run; the next alarm comes when the span is over."""
    now_s = [0.0]
    rate = DeadRate(5, 600.0, lambda: now_s[0])
    assert _told(rate, 2, "unknown-topic") == []
    (told,) = _told(rate, 3)
    assert (told.kind, told.subject, told.times) == ("dead-letters", "all topics", 5)
    assert "5 messages of 3 topics" in told.detail
    assert told.detail.endswith("within 10 minutes: bad-value 3, unknown-topic 2")
    assert _told(rate, 20) == []
    now_s[0] = 601.0
    assert len(_told(rate, 20)) == 1


def test_few_over_a_long_time_raise_none() -> None:
    """Nor any, where that is switched off."""
    now_s = [0.0]
    rate = DeadRate(5, 600.0, lambda: now_s[0])
    assert _told(rate, 4) == []
    now_s[0] = 601.0
    assert _told(rate, 4) == []
    assert _told(DeadRate(0, 600.0, lambda: 0.0), 100) == []
