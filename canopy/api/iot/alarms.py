"""Alarms over HTTP, for those who keep the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from canopy.api.iot.deps import MOST, KeeperOf, TendingOf
from canopy.assets.queries import now_utc
from canopy.iot.rules import alarms
from canopy.iot.rules.watching.queries import AlarmFilter

router = APIRouter(tags=["iot"])
NumberOf = Annotated[int, Path(ge=1, le=2**53)]
State = Literal["pending", "raised", "acknowledged", "cleared"]
_Words = Query(min_length=1, max_length=200)


class AlarmOut(BaseModel):
    """An alarm. Times are of the readings, in UTC; `changed_at` is of our clock.

    `subject` is ``stream:NUMBER``, ``thing:NUMBER`` or ``happening:KIND/SUBJECT``; `value` is
    what it was raised by, in `unit` (UCUM), and for rates in `unit` by the rule's time.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    rule_name: str
    title: str
    severity: Literal["info", "warning", "critical"]
    state: State
    subject: str
    thing: str
    stream: str
    thing_id: int | None
    datastream_id: int | None
    asset_id: str | None
    value: float | None
    unit: str | None
    since: datetime
    raised_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    cleared_at: datetime | None
    note: str
    flutters: bool
    changed_at: datetime


class AlarmsOut(BaseModel):
    """A page of alarms, the newest first; `next` is the `before` of the next one."""

    alarms: list[AlarmOut]
    next: int | None


class AlarmChangeOut(BaseModel):
    """A state that an alarm came to: when it happened, when it was noted, by whom."""

    model_config = ConfigDict(from_attributes=True)

    state: State
    at: datetime
    noted_at: datetime
    author: str
    note: str
    value: float | None


class AlarmMessageOut(BaseModel):
    """Who is told of a change. It waits until `due_at`, was taken, or was given up."""

    model_config = ConfigDict(from_attributes=True)

    channel: Literal["mail", "webhook", "mqtt"]
    recipient: str
    attempts: int
    due_at: datetime | None
    sent_at: datetime | None
    given_up_at: datetime | None
    problem: str


class WholeAlarmOut(AlarmOut):
    """An alarm with what it came to and who was told."""

    changes: list[AlarmChangeOut]
    messages: list[AlarmMessageOut]


class AcknowledgementIn(BaseModel):
    """What is done about an alarm."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(max_length=alarms.MOST_NOTE_CHARACTERS)] = ""


@router.get("/iot/alarms")
def list_alarms(
    on: TendingOf,
    state: Annotated[list[State] | None, Query(max_length=4)] = None,
    rule: Annotated[str | None, _Words] = None,
    severity: Literal["info", "warning", "critical"] | None = None,
    thing: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    asset: Annotated[str | None, _Words] = None,
    since: AwareDatetime | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> AlarmsOut:
    """Alarms, the newest first; `since`: those that changed from a moment on.

    Without `state` those that are not cleared.
    """
    states = tuple(state or ("pending", "raised", "acknowledged"))
    wanted = AlarmFilter(states, rule, severity, thing, asset, since)
    rows = alarms.alarms(on.readings, wanted, before, limit + 1)
    found = [AlarmOut.model_validate(row) for row in rows[:limit]]
    return AlarmsOut(alarms=found, next=found[-1].id if len(rows) > limit else None)


@router.get("/iot/alarms/{number}")
def show_alarm(on: TendingOf, number: NumberOf) -> WholeAlarmOut:
    """An alarm with what it came to and who was told."""
    found = alarms.whole(on.readings, number)
    return WholeAlarmOut(
        **AlarmOut.model_validate(found.alarm).model_dump(),
        changes=[AlarmChangeOut.model_validate(each) for each in found.changes],
        messages=[AlarmMessageOut.model_validate(each) for each in found.messages],
    )


@router.post("/iot/alarms/{number}/acknowledge")
def acknowledge_alarm(
    on: TendingOf, principal: KeeperOf, number: NumberOf, body: AcknowledgementIn
) -> AlarmOut:
    """Note that somebody sees to an alarm that is raised, and have it told."""
    done = alarms.acknowledge(
        on.database, on.readings, number, principal.name, body.note, now_utc()
    )
    return AlarmOut.model_validate(done)
