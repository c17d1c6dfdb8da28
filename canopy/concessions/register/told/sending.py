"""Telling people of alerts: once when it is new, once more when its day to act has come.

What was told is remembered when the mail server has taken the message, one person at a time:
a server that is down loses nothing, and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from canopy.concessions.alerts.alert import Alert
from canopy.concessions.alerts.digest import digest
from canopy.concessions.alerts.feed import uid_of
from canopy.concessions.register.told import queries as alert_queries
from canopy.concessions.register.told.addressing import Addressed
from canopy.db.engine import Database
from canopy.mail import Letter, MailNotSent, MailServer, checked_address, connected, send


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
    addressed: Addressed,
    on: date,
    at: datetime,
    title: str,
    page: str | None,
    everything: bool = False,
    managers: Mapping[str, str] = MappingProxyType({}),
) -> list[Outcome]:
    """Send each recipient what is news to them; nothing where there is none.

    managers: names by agreement, for the message. everything: also what they were told before.
    A recipient whom the server refuses does not stop the others. Raises Refused for an address
    that is none before anything is sent, and MailNotSent where the server cannot be used at all.
    """
    for address in addressed.letters:
        checked_address(address)
    with database.reading() as session:
        news = {
            address: list(wanted) if everything else not_yet_told(session, address, wanted, on)
            for address, wanted in addressed.letters.items()
        }
    if not any(news.values()):
        return [Outcome(each, 0) for each in news]
    with connected(server) as talk:
        outcomes = []
        for recipient, found in news.items():
            if not found:
                outcomes.append(Outcome(recipient, 0))
                continue
            made = digest(found, on, title, page, managers)
            try:
                send(talk, server, Letter(recipient, made.subject, made.text, made.html))
            except MailNotSent as error:
                outcomes.append(Outcome(recipient, len(found), error.detail))
                continue
            with database.writing() as session:
                alert_queries.remember_told(session, recipient, map(uid_of, found), at)
            outcomes.append(Outcome(recipient, len(found)))
    return outcomes
