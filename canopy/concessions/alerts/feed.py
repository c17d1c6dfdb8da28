"""Alerts as an iCalendar feed that calendar programs subscribe to.

Source: RFC 5545, sections 3.1 (lines of 75 octets), 3.3.11 (text), 3.6.1 (events of whole days).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from canopy.concessions.alerts.alert import Alert
from canopy.concessions.calendar.months import ONE_DAY

_LINE_OCTETS = 75
_CONTROLS = dict.fromkeys([*range(32), 127])
_ESCAPES = _CONTROLS | str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
"""Control characters have no place in a text, and are left out."""


def calendar(alerts: Iterable[Alert], at: datetime) -> str:
    """The text of the feed, made at a moment: one event of a whole day for each alert.

    It stands on the day to act by. The same event has the same UID in every feed, so that a
    calendar program moves it rather than showing it twice.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Canopy//Register of agreements//EN",
        "CALSCALE:GREGORIAN",
        *(line for alert in alerts for line in _event(alert, at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(alert: Alert, at: datetime) -> Iterator[str]:
    told = f"{alert.text} ({alert.title}; {alert.kind}, {alert.place}, {alert.day})"
    yield "BEGIN:VEVENT"
    yield f"UID:{uid_of(alert)}"
    yield f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{alert.act_by:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{alert.act_by + ONE_DAY:%Y%m%d}"
    yield f"SUMMARY:{_text(f'{alert.agreement}: {alert.text}')}"
    yield f"DESCRIPTION:{_text(told)}"
    yield f"CATEGORIES:{alert.kind}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def uid_of(alert: Alert) -> str:
    """By the part of the terms and the day: not by the lead times, nor by the words."""
    named = "\n".join((alert.kind, alert.agreement, alert.place, alert.day.isoformat()))
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@canopy"


def _text(words: str) -> str:
    return words.translate(_ESCAPES)


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, no character cut in two; later ones begin with a space."""
    piece, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _LINE_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece += character
        octets += size
    yield piece
