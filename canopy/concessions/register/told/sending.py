"""Telling people of alerts: once when it is new, once more when its day to act has come.

What was told is remembered when the mail server has taken the message, one person at a time:
a server that is down loses nothing, and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from sqlalchemy.orm import Session

from canopy.concessions.alerts.alert import Alert, AlertKind
from canopy.concessions.alerts.digest import digest
from canopy.concessions.alerts.feed import uid_of
from canopy.concessions.register.told import queries as alert_queries
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.mail import Letter, MailNotSent, MailServer, checked_address, connected, send


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told; of some kinds of alerts alone where `kinds` holds any."""

    address: str
    kinds: frozenset[str] = frozenset()

    def wants(self, alert: Alert) -> bool:
        return not self.kinds or alert.kind in self.kinds


def readers(text: str) -> list[Reader]:
    """Those of a setting: ``anna@example.org, legal@example.org=break-notice+expiry``.

    Raises Refused for an address that is none, one that is there twice, and an unknown kind.
    """
    found = [_reader(each.strip()) for each in text.split(",") if each.strip()]
    addresses = [each.address for each in found]
    twice = next((each for each in addresses if addresses.count(each) > 1), None)
    if twice is not None:
        raise Refused(f"{twice} is there twice; join its kinds by +.")
    return found


def _reader(text: str) -> Reader:
    address, equals, named = text.partition("=")
    kinds = frozenset(named.split("+")) if equals else frozenset()
    unknown = sorted(kinds - set(get_args(AlertKind)))
    if unknown:
        raise Refused(
            f"{address} asks for {unknown[0]!r}, which is no kind of alert; "
            f"there are {', '.join(get_args(AlertKind))}."
        )
    return Reader(checked_address(address), kinds)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one person's digest: sent, or why not; nothing where there was no news."""

    recipient: str
    alerts: int
    problem: str | None = None


def not_yet_told(
    session: Session, recipient: str, alerts: Sequence[Alert], on: date
) -> list[Alert]:
    """Those that are new to somebody, or whose day to act has come since they were told."""
    told = alert_queries.told_to(session, recipient)
    return [each for each in alerts if _is_news(each, told.get(uid_of(each)), on)]


def _is_news(alert: Alert, told_at: datetime | None, on: date) -> bool:
    return told_at is None or told_at.date() < alert.act_by <= on


def tell(
    database: Database,
    server: MailServer,
    recipients: Sequence[Reader],
    alerts: Sequence[Alert],
    on: date,
    at: datetime,
    title: str,
    page: str | None,
    everything: bool = False,
) -> list[Outcome]:
    """Send each recipient what is news to them; nothing where there is none.

    everything: also what they were told before. A recipient whom the server refuses does not
    stop the others. Raises Refused for an address that is none before anything is sent, and
    MailNotSent where the server cannot be used at all.
    """
    for reader in recipients:
        checked_address(reader.address)
    news: dict[str, list[Alert]] = {}
    with database.reading() as session:
        for reader in recipients:
            wanted = [each for each in alerts if reader.wants(each)]
            news[reader.address] = (
                wanted if everything else not_yet_told(session, reader.address, wanted, on)
            )
    if not any(news.values()):
        return [Outcome(each, 0) for each in news]
    with connected(server) as talk:
        outcomes = []
        for recipient, found in news.items():
            if not found:
                outcomes.append(Outcome(recipient, 0))
                continue
            made = digest(found, on, title, page)
            try:
                send(talk, server, Letter(recipient, made.subject, made.text, made.html))
            except MailNotSent as error:
                outcomes.append(Outcome(recipient, len(found), error.detail))
                continue
            with database.writing() as session:
                alert_queries.remember_told(session, recipient, map(uid_of, found), at)
            outcomes.append(Outcome(recipient, len(found)))
    return outcomes
