"""What is odd about a rule that can be kept: it selects nothing, or nobody can be told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.errors import BadMapping
from canopy.iot.rules.conditions import Ingestion
from canopy.iot.rules.rule import Rule
from canopy.iot.rules.selecting import Candidate, Selected, candidates, select
from canopy.iot.rules.telling.hooks import read_hooks
from canopy.settings import Settings

_LISTED = "its alarms are only listed"


class Channels(NamedTuple):
    """What a deployment can tell by. `problem`: why its webhooks are not known."""

    has_mail: bool
    webhooks: Collection[str]
    problem: str = ""


def channels_of(settings: Settings) -> Channels:
    """What settings have to tell by."""
    has_mail = settings.mail_host is not None
    try:
        return Channels(has_mail, frozenset(read_hooks(settings.alarm_webhooks)))
    except BadMapping as error:
        return Channels(has_mail, frozenset(), error.detail)


class Warner:
    """Looks at rules by the datastreams of a moment."""

    def __init__(self, session: Session, database: Database, settings: Settings) -> None:
        self._session, self._database = session, database
        self._channels = channels_of(settings)
        self._among: Sequence[Candidate] | None = None

    def warnings(self, rule: Rule) -> list[str]:
        """What is odd about a rule, each with its field."""
        if isinstance(rule.when, Ingestion):
            return list(untold(rule, self._channels))
        if self._among is None:
            self._among = candidates(self._session, self._database)
        selected = select(self._session, self._database, rule, self._among)
        return [*untold(rule, self._channels), *unselected(rule, selected)]


def untold(rule: Rule, channels: Channels) -> Iterator[str]:
    """Why some or all of whom a rule names are told nothing."""
    tell = rule.tell
    if not has_receiver(rule):
        yield f"tell: names nobody, and {_LISTED}"
        return
    if "raised" not in tell.on:
        yield "tell.on: nobody is told when an alarm is raised"
    if tell.mail and not channels.has_mail:
        yield "tell.mail: no mail is sent, since CANOPY_MAIL_HOST is not set"
    for name in tell.webhooks:
        if name not in channels.webhooks:
            why = channels.problem or "it is not in the file that CANOPY_ALARM_WEBHOOKS names"
            yield f"tell.webhooks: {name} is told nothing: {why}"


def has_receiver(rule: Rule) -> bool:
    """Whether a rule names anybody who is told of anything."""
    tell = rule.tell
    return bool(tell.on and (tell.mail or tell.webhooks or tell.mqtt))


def unselected(rule: Rule, selected: Selected) -> Iterator[str]:
    """Why a rule has nothing to judge, or must keep what it finds to itself."""
    subjects = selected.subjects.values()
    if selected.problem or not subjects:
        why = selected.problem or "no datastream fits now"
        unit = f", {selected.other_unit:,} but for their unit" if selected.other_unit else ""
        yield f"select: {why}{unit}"
        return
    personal = sum(each.is_personal for each in subjects)
    if personal and has_receiver(rule):
        which = "all" if personal == len(subjects) else f"{personal:,} of"
        yield (
            f"tell: {which} {len(subjects):,} that it selects are of personal risk: nobody is told "
            f"of them, and {_LISTED}"
        )
