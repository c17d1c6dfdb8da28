"""Rules and readings as tests make them."""

from __future__ import annotations

from canopy.iot.rules.judging import Reading, hear_all
from canopy.iot.rules.machine import Change
from canopy.iot.rules.memory import Memory
from canopy.iot.rules.rule import Rule, rule_of

BEGIN_US = 1_790_000_000_000_000
MINUTE_US = 60_000_000


def rule(when: dict[str, object] | None = None, **fields: object) -> Rule:
    """Above 40 for 10 minutes, cleared at 35 or below, unless it is said."""
    asked = {
        "kind": "threshold", "above": 40, "clears_at": 35, "for_min": 10,
    } if when is None else when  # fmt: skip
    selected = {} if asked["kind"] == "ingestion" else {"property": "PM10"}
    document = {"name": "a", "title": "A", "select": selected, "when": asked}
    return rule_of({**document, **fields})


def reading(minute: float, value: float | None, **fields: object) -> Reading:
    """A number some minutes after the beginning, there at once."""
    at_us = BEGIN_US + round(minute * MINUTE_US)
    whole = {
        "at_us": at_us, "key": "", "result": value, "flags": 0, "longitude": None,
        "latitude": None, "arrived_us": at_us, **fields,
    }  # fmt: skip
    return Reading(**whole)  # type: ignore[arg-type]


def heard(of: Rule, *batches: list[Reading], fence: object = None) -> tuple[Memory, list[Change]]:
    """What comes of batches of readings, one after the other."""
    memory, changes = Memory(), []
    for batch in batches:
        memory, more = hear_all(of, memory, batch, fence)  # type: ignore[arg-type]
        changes += more
    return memory, changes


def told(changes: list[Change]) -> list[tuple[str, float]]:
    """What became of it, and in which minute."""
    return [(each.became, (each.at_us - BEGIN_US) / MINUTE_US) for each in changes]
