"""Messages are sent, and tried again when they were not taken, from a table that outlives us.

A message is claimed for a while before it is sent. A process that ends between the sending and
the note of it has it sent once more: webhooks carry one id for that, topics are retained.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from canopy.errors import LimitExceeded, Refused
from canopy.iot.rules.telling import queries
from canopy.iot.rules.telling.messages import Document, letter_of
from canopy.iot.store.alarms import AlarmMessage
from canopy.iot.store.opening import Readings
from canopy.log import logger
from canopy.mail import MailNotSent, MailServer, connected, send
from canopy.webhook import Webhook, WebhookNotSent, post

CLAIM = timedelta(minutes=10)
"""How long nobody else tries what one process has claimed."""
MOST_AT_ONCE = 50
MOST_ATTEMPTS = 30
"""Then a message is given up, a day after it was tried first."""
_WAITS_S = (30.0, 3_600.0)

log = logger("iot")
Publish = Callable[[Sequence[tuple[str, bytes]]], set[int]]
"""Publishes (topic, body) pairs, retained; which of them the broker took. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Senders:
    """By what is sent. What is not set is told so, and tried again: it may be set by then."""

    mail: MailServer | None = None
    publish: Publish | None = None
    hooks: Mapping[str, Webhook] = field(default_factory=dict)
    catalogue: str = "Canopy"
    page: str | None = None


def deliver(
    readings: Readings,
    senders: Senders,
    clock: Callable[[], datetime],
    jitter: Callable[[], float] = random.random,
) -> tuple[int, int]:
    """Send some of what is due; how many were taken, and how many not.

    Raises StorageUnavailable.
    """
    now = clock()
    with readings.writing() as session:
        claimed = list(queries.claim(session, now, now + CLAIM, MOST_AT_ONCE))
    if not claimed:
        return 0, 0
    problems = {
        **_by_mail(senders, [each for each in claimed if each.channel == "mail"]),
        **_by_mqtt(senders, [each for each in claimed if each.channel == "mqtt"]),
        **_by_webhook(senders, [each for each in claimed if each.channel == "webhook"]),
    }
    _note(readings, claimed, problems, clock(), jitter)
    return len(claimed) - len(problems), len(problems)


def wait_s(attempts: int, jitter: float) -> float:
    """How long until a message is tried again [s]: twice as long each time, an hour at most.

    attempts: so far, 1 or more. jitter: 0 to 1; of half the wait.
    """
    least_s, most_s = _WAITS_S
    whole_s: float = min(most_s, least_s * 2.0 ** min(attempts - 1, 20))
    return whole_s * (0.5 + 0.5 * jitter)


def _note(
    readings: Readings,
    claimed: Sequence[AlarmMessage],
    problems: Mapping[int, str],
    now: datetime,
    jitter: Callable[[], float],
) -> None:
    with readings.writing() as session:
        queries.note_sent(session, [each.id for each in claimed if each.id not in problems], now)
        for each in claimed:
            if each.id not in problems:
                continue
            is_over = each.attempts >= MOST_ATTEMPTS
            due = None if is_over else now + timedelta(seconds=wait_s(each.attempts, jitter()))
            queries.note_failed(session, each.id, problems[each.id][:500], due, now)
            if is_over:
                log.error("alarm_message_given_up", message=each.id, channel=each.channel)


def _by_mail(senders: Senders, messages: Sequence[AlarmMessage]) -> dict[int, str]:
    """Why which were not taken. Each recipient is written one letter."""
    if not messages:
        return {}
    if senders.mail is None:
        return dict.fromkeys((each.id for each in messages), "no mail server: CANOPY_MAIL_HOST")
    left = {each.id: "the conversation with the mail server ended" for each in messages}
    with ExitStack() as stack:
        try:
            talk = stack.enter_context(connected(senders.mail))
            for to in dict.fromkeys(each.recipient for each in messages):
                mine = [each for each in messages if each.recipient == to]
                told = [msgspec.json.decode(each.body, type=Document) for each in mine]
                letter = letter_of(to, told, senders.catalogue, senders.page)
                try:
                    send(talk, senders.mail, letter)
                except (MailNotSent, Refused) as error:
                    left.update((each.id, error.detail) for each in mine)
                else:
                    for each in mine:
                        del left[each.id]
        except MailNotSent as error:
            return dict.fromkeys(left, error.detail)
    return left


def _by_mqtt(senders: Senders, messages: Sequence[AlarmMessage]) -> dict[int, str]:
    if not messages:
        return {}
    if senders.publish is None:
        return dict.fromkeys((each.id for each in messages), "no broker is set")
    try:
        taken = senders.publish([(each.recipient, each.body.encode()) for each in messages])
    except OSError as error:
        return dict.fromkeys((each.id for each in messages), f"the broker: {error}")
    return {
        each.id: "the broker did not take it"
        for place, each in enumerate(messages)
        if place not in taken
    }


def _by_webhook(senders: Senders, messages: Sequence[AlarmMessage]) -> dict[int, str]:
    problems: dict[int, str] = {}
    silent: dict[str, str] = {}
    for each in messages:
        hook = senders.hooks.get(each.recipient)
        if each.recipient in silent:  # each would wait as long for nothing
            problems[each.id] = silent[each.recipient]
        elif hook is None:
            problems[each.id] = "no webhook of that name in the file CANOPY_ALARM_WEBHOOKS names"
        else:
            try:
                post(hook, f"alarm-{each.change_id}-{each.id}", each.body.encode())
            except WebhookNotSent as error:
                problems[each.id] = silent[each.recipient] = error.detail
            except (LimitExceeded, Refused) as error:
                problems[each.id] = error.detail
    return problems
