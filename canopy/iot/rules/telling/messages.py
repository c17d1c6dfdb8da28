"""What is told of a change of an alarm: one document, for every channel."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from canopy.iot.rules.rule import Tell
from canopy.iot.store.alarms import Alarm, AlarmChange
from canopy.mail import Letter

TOPICS = "canopy/alarms/"
"""Below it each alarm is published, retained: ``canopy/alarms/RULE/SUBJECT``."""
_NO_TOPIC = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_OF_A_SUBJECT = 150


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an alarm. `at` is when it happened, by the readings; `noted_at`, by our clock.

    value: what raised or cleared it; none where the stream is about persons.
    """

    type: str = "canopy.alarm"
    alarm: int
    rule: str
    title: str
    severity: str
    state: str
    subject: str
    thing: str
    stream: str
    thing_id: int | None
    datastream_id: int | None
    asset_id: str | None
    value: float | None
    unit: str | None
    since: datetime
    at: datetime
    noted_at: datetime
    by: str
    note: str
    flutters: bool


def document_of(alarm: Alarm, change: AlarmChange) -> Document:
    """What is told of a change."""
    return Document(
        alarm=alarm.id, rule=alarm.rule_name, title=alarm.title, severity=alarm.severity,
        state=change.state, subject=alarm.subject, thing=alarm.thing, stream=alarm.stream,
        thing_id=alarm.thing_id, datastream_id=alarm.datastream_id, asset_id=alarm.asset_id,
        value=change.value, unit=alarm.unit, since=alarm.since,
        at=change.at, noted_at=change.noted_at, by=change.author, note=change.note,
        flutters=alarm.flutters,
    )  # fmt: skip


def recipients(tell: Tell, alarm: Alarm, state: str) -> list[tuple[str, str]]:
    """(channel, recipient) of everybody who is told of this state.

    Nobody is of a stream of personal risk: that something began and ended at a moment is a
    reading too. Who may look at alarms sees it there.
    """
    if state not in tell.on or alarm.is_personal:
        return []
    found = [("mail", each) for each in dict.fromkeys(tell.mail)]
    found += [("webhook", each) for each in dict.fromkeys(tell.webhooks)]
    return [*found, ("mqtt", topic_of(alarm))] if tell.mqtt else found


def topic_of(alarm: Alarm) -> str:
    """Where an alarm is published: what could be a wildcard or a level becomes a hyphen."""
    subject = _NO_TOPIC.sub("-", alarm.subject)[:_MOST_OF_A_SUBJECT]
    return f"{TOPICS}{alarm.rule_name}/{subject}"


def letter_of(to: str, told: Sequence[Document], catalogue: str, page: str | None) -> Letter:
    """One letter of some changes, at least one."""
    first = told[0]
    subject = f"{first.severity.capitalize()}: {first.title}, {first.state}"
    if first.thing:
        subject += f", {first.thing}"
    if len(told) > 1:
        subject = f"{len(told)} changes of alarms, the first: {subject}"
    lines = [_sentence(each) for each in told]
    end = f"Things and their alarms: {page}" if page else ""
    text = "\n\n".join([*lines, *filter(None, [end]), f"Sent by {catalogue}."])
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    link = f'<p><a href="{html.escape(page)}">Things and their alarms</a></p>' if page else ""
    return Letter(
        to, subject, text,
        f"<ul>{items}</ul>{link}<p>Sent by {html.escape(catalogue)}.</p>",
    )  # fmt: skip


def _sentence(told: Document) -> str:
    about = ", ".join(filter(None, [told.thing, told.stream])) or told.subject
    said = f"{told.title} ({told.severity}, alarm {told.alarm}): {told.state} at {_local(told.at)}"
    said += f" for {about}"
    if told.value is not None:
        said += f", at {told.value:g} {told.unit or ''}".rstrip()
    if told.state == "raised":
        said += f"; it had held since {_local(told.since)}"
    if told.state == "acknowledged":
        said += f" by {told.by}"
    if told.flutters:
        said += "; it flutters, so it is cleared only after half an hour of calm"
    return f"{said}. {told.note}".rstrip() if told.note else f"{said}."


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo('Europe/London')):%d %B %Y %H:%M:%S %Z}"
