"""``canopy iot alarm``: what rules raised, and who sees to it."""

from __future__ import annotations

from typing import Annotated

import typer

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, local_principal
from canopy.cli.iot_tending import tending
from canopy.iot.rules import alarms
from canopy.iot.rules.telling.queries import outbox
from canopy.iot.rules.watching.queries import AlarmFilter
from canopy.iot.store.alarms import Alarm, AlarmMessage

NumberArgument = Annotated[int, typer.Argument(min=1, help="Its number.")]
LimitOption = Annotated[int, typer.Option(min=1, max=10_000, help="How many.")]
BeforeOption = Annotated[int | None, typer.Option(min=1, help="From before this number on.")]


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Alarms of rules.", no_args_is_help=True)
    group.command("list")(list_alarms)
    group.command("show")(show)
    group.command("acknowledge")(acknowledge)
    group.command("outbox")(list_outbox)
    return group


def list_alarms(
    state: Annotated[
        list[str] | None,
        typer.Option(help="pending, raised, acknowledged or cleared; the first three else."),
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    limit: LimitOption = 100,
    before: BeforeOption = None,
    db: DbOption = None,
) -> None:
    """List alarms, the newest first."""
    wanted = AlarmFilter(tuple(state or ("pending", "raised", "acknowledged")), rule)
    with tending(db) as on:
        found = alarms.alarms(on.readings, wanted, before, limit)
    for each in found:
        value = "" if each.value is None else f", {each.value:g} {each.unit or ''}".rstrip()
        seen = f", seen to by {each.acknowledged_by}" if each.acknowledged_by else ""
        _say(
            f"{each.id} {each.state} since {each.since:%Y-%m-%d %H:%M:%S}: {each.title} "
            f"({each.severity}), {_about(each)}{value}{seen}"
        )
    if not found:
        _say("There are no such alarms.")
    if len(found) == limit:
        _say(f"There may be more: --before {found[-1].id}")


def show(number: NumberArgument, db: DbOption = None) -> None:
    """Tell all of an alarm: what it came to, and who was told."""
    with tending(db) as on:
        found = alarms.whole(on.readings, number)
    alarm = found.alarm
    _say(
        f"{alarm.title} ({alarm.severity}, rule {alarm.rule_name}): {alarm.state}, {_about(alarm)}"
    )
    for change in found.changes:
        value = "" if change.value is None else f", {change.value:g} {alarm.unit or ''}".rstrip()
        note = f": {change.note}" if change.note else ""
        _say(f"{change.at:%Y-%m-%d %H:%M:%S} {change.state} by {change.author}{value}{note}")
    for message in found.messages:
        _say(f"{message.channel} to {message.recipient}: {_sent(message)}")


def acknowledge(
    number: NumberArgument,
    note: Annotated[str, typer.Option(help="What is done about it.")] = "",
    db: DbOption = None,
) -> None:
    """Note that you see to an alarm that is raised, and have that told."""
    with tending(db) as on:
        done = alarms.acknowledge(
            on.database, on.readings, number, local_principal().name, note, now_utc()
        )
    _say(f"Alarm {number}: seen to by {done.acknowledged_by}.")


def list_outbox(
    sent: Annotated[bool, typer.Option("--sent", help="Those that were taken too.")] = False,
    limit: LimitOption = 100,
    before: BeforeOption = None,
    db: DbOption = None,
) -> None:
    """List messages that wait or were given up, the newest first."""
    with tending(db) as on, on.readings.reading() as session:
        found = outbox(session, before, limit, with_done=sent)
    for each in found:
        _say(
            f"{each.id} of alarm {each.alarm_id}, {each.channel} to {each.recipient}: "
            f"{_sent(each)} ({each.attempts} attempts)"
        )
    if not found:
        _say("Nothing waits.")


def _about(alarm: Alarm) -> str:
    return ", ".join(filter(None, [alarm.thing, alarm.stream])) or alarm.subject


def _sent(message: AlarmMessage) -> str:
    if message.sent_at is not None:
        return f"sent {message.sent_at:%Y-%m-%d %H:%M:%S}"
    if message.given_up_at is not None:
        return f"given up {message.given_up_at:%Y-%m-%d %H:%M:%S}: {message.problem}"
    return f"waits; {message.problem}" if message.problem else "waits"


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
