"""``canopy register route``, ``notices``, ``modify``, ``reverse`` and ``changes``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.concessions.governance.changes import Advice, Change, Ground, Subject
from canopy.concessions.governance.notices import Needed
from canopy.concessions.register.records import writing as records
from canopy.concessions.register.records.needed import notices_of
from canopy.concessions.register.records.writing import Decision
from canopy.errors import Refused

_DAY = ["%Y-%m-%d"]
RefArgument = Annotated[str, typer.Argument(help="The agreement's reference.")]
_MOST_PENCE = 10**15


def add_to(group: typer.Typer) -> None:
    """Add the commands about procurement and changes."""
    group.command("route")(decide_route)
    group.command("modify")(modify)
    group.command("reverse")(reverse)
    group.command("changes")(changes)
    group.command("notices")(notices)


def decide_route(
    ref: RefArgument,
    option: Annotated[list[str], typer.Option(help="Considered; may be repeated.")],
    chosen: Annotated[str, typer.Option(help="One of the options.")],
    reason: Annotated[str, typer.Option(help="Why, and why inside procurement law or not.")],
    procured: Annotated[datetime, typer.Option(formats=_DAY, help="First day of the procurement.")],
    subject: Annotated[Subject, typer.Option(help="What was procured.")],
    initial: Annotated[str, typer.Option(help="Initial value [GBP].")],
    inside_law: Annotated[
        bool, typer.Option("--inside-law/--outside-law", help="Whether procurement law applies.")
    ],
    db: DbOption = None,
) -> None:
    """Record how an agreement came to market."""
    pence = int(_pounds(initial, "initial") * 100)
    decision = Decision(
        tuple(option), chosen, reason, inside_law, procured.date(), subject, pence
    )  # fmt: skip
    with database_for(settings_for(db)) as database, database.writing() as session:
        records.decide_route(session, ref, decision, local_principal().name, now_utc())
    console.print(f"The route to market of {ref} is on record.", markup=False, soft_wrap=True)


def modify(
    ref: RefArgument,
    on: Annotated[datetime, typer.Option("--on", formats=_DAY, help="Day of the change.")],
    ground: Annotated[Ground, typer.Option(help="What the council relies on.")],
    value: Annotated[str, typer.Option(help="What it adds [GBP]; negative takes away.")] = "0",
    months: Annotated[int, typer.Option(min=-1_200, max=1_200, help="Added to the term.")] = 0,
    alters_nature: Annotated[bool, typer.Option(help="Alters the overall nature.")] = False,
    notice: Annotated[str | None, typer.Option(help="Number of the published notice.")] = None,
    note: Annotated[str, typer.Option(help="What was changed.")] = "",
    db: DbOption = None,
) -> None:
    """Record a change of a contract. It is never edited, only reversed."""
    change = Change(on.date(), _pounds(value, "value"), ground, months, alters_nature)
    author = local_principal().name
    with database_for(settings_for(db)) as database, database.writing() as session:
        records.add_modification(session, ref, change, note, author, now_utc(), notice)
        number = len(records.modifications(session, ref))
    console.print(f"Modification {number} of {ref} is on record.", markup=False, soft_wrap=True)


def reverse(
    ref: RefArgument,
    number: Annotated[int, typer.Argument(min=1, help="Its number, as `changes` tells it.")],
    reason: Annotated[str, typer.Option(help="Why it was not as recorded.")],
    db: DbOption = None,
) -> None:
    """Reverse a change that was recorded wrongly, by an entry of the opposite value."""
    author = local_principal().name
    with database_for(settings_for(db)) as database, database.writing() as session:
        records.reverse_modification(session, ref, number, reason, author, now_utc())
    console.print(f"Modification {number} of {ref} is reversed.", markup=False, soft_wrap=True)


def changes(ref: RefArgument, db: DbOption = None) -> None:
    """Advise whether each change stands without buying anew, with the text of every rule."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        found = records.advice(session, ref)
    for line in [each for advice in found for each in _told(advice)]:
        console.print(line, markup=False, soft_wrap=True)
    if not found:
        console.print("No change is on record.")


def notices(
    ref: RefArgument,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="The day; today if not given.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Tell which notices the route to market needs, and which were published.

    Exit code 1 where one is overdue.
    """
    day = now_utc().date() if on is None else on.date()
    with database_for(settings_for(db)) as database, database.reading() as session:
        found = notices_of(session, ref, day)
    for each in found:
        console.print(_notice(each), markup=False, soft_wrap=True)
    if not found:
        console.print("No notice is needed: it is outside procurement law, or below its threshold.")
    if any(each.state == "overdue" for each in found):
        raise typer.Exit(1)


def _notice(needed: Needed) -> str:
    what = f"{needed.number} {needed.name}" + (f", {needed.place}" if needed.place else "")
    if needed.published is not None:
        how = f"published on {needed.published.on} as {needed.published.at}"
    elif needed.due is None:
        how = "where it applies"
    else:
        how = f"{needed.state}, due {needed.due}"
    return f"{what}: {how} ({needed.because}) [{needed.reference}]"


def _told(advice: Advice) -> list[str]:
    change, stands = advice.change, "stands" if advice.holds else "does not stand"
    lines = [
        f"{change.number}. {change.on} {change.ground} £{change.value_gbp:,.2f}: {stands} "
        f"({advice.regime})"
    ]
    for test in advice.tests:
        told = "yes" if test.holds else "no"
        if test.compared is not None:
            told += f", {test.compared}"
        lines.append(f"  {test.says}: {told} [{test.reference}]")
    if advice.below_gbp is not None:
        below = f"the contract stays below the threshold of £{advice.below_gbp:,}"
        return [*lines, f"  needs: no notice, for {below}"]
    if advice.notice is None:
        return lines
    published = f"published as {change.notice_id}" if change.notice_id else "none on record"
    return [*lines, f"  needs: {advice.notice}: {published}"]


def _pounds(text: str, name: str) -> Decimal:
    """An amount to the penny. Raises Refused, naming the option."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise Refused(f"--{name}: {text[:50]!r} is no amount such as 1200.50") from error
    if not amount.is_finite() or abs(amount) * 100 > _MOST_PENCE or amount != round(amount, 2):
        raise Refused(f"--{name}: {text[:50]!r} is not in whole pence, or too large")
    return amount
