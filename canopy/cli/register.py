"""``canopy register``: agreements as they are kept, and what must be done about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from canopy.assets.queries import ChangeNote, now_utc
from canopy.cli import (
    register_alerts,
    register_benchmarks,
    register_changes,
    register_documents,
    register_entries,
    register_files,
)
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.concessions.alerts.alert import Alert
from canopy.concessions.alerts.feed import calendar
from canopy.concessions.alerts.finding import alerts
from canopy.concessions.register import queries, writing
from canopy.concessions.register.asset_checks import assets_told
from canopy.concessions.register.holding import queries as holding
from canopy.concessions.register.leads import lead_times
from canopy.concessions.register.queries import PastAgreement, Wanted
from canopy.concessions.register.records import writing as records
from canopy.concessions.register.records.tables import AgreementModification
from canopy.concessions.register.writing import Held
from canopy.concessions.rounding import pounds
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import load
from canopy.errors import Refused

_DAY = ["%Y-%m-%d"]
TermsArgument = Annotated[Path, typer.Argument(help="TOML file with the terms.")]
RefArgument = Annotated[str, typer.Argument(help="The agreement's reference.")]
ReasonOption = Annotated[str, typer.Option(help="Why, kept with the revision.")]
SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", formats=_DAY, help="First day that it stands so; today if not given."),
]
UnknownOption = Annotated[
    bool,
    typer.Option(
        "--allow-unknown-assets", help="Take assets that the catalogue does not have (yet)."
    ),
]
VersionOption = Annotated[
    int, typer.Option("--version", min=1, help="The version that you read, as `show` tells it.")
]


def commands() -> typer.Typer:
    """The subcommands of ``canopy register``."""
    group = typer.Typer(help="The register of agreements, and its alerts.", no_args_is_help=True)
    group.command("add")(add)
    group.command("change")(change)
    group.command("status")(set_status)
    group.command("event")(record_event)
    group.command("list")(show_list)
    group.command("show")(show)
    group.command("alerts")(show_alerts)
    register_files.add_to(group)
    register_alerts.add_to(group)
    register_entries.add_to(group)
    register_documents.add_to(group)
    register_changes.add_to(group)
    register_benchmarks.add_to(group)
    return group


def add(
    terms: TermsArgument,
    status: Annotated[Status, typer.Option(help="draft, active or continuing.")] = Status.active,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            formats=_DAY,
            help="First day that it stands so; the start of the term if not given.",
        ),
    ] = None,
    reason: ReasonOption = "",
    allow_unknown_assets: UnknownOption = False,
    db: DbOption = None,
) -> None:
    """Put an agreement in the register."""
    agreement = load(terms)
    with database_for(settings_for(db)) as database, database.writing() as session:
        status_on = agreement.term.start if since is None else since.date()
        if not allow_unknown_assets:
            writing.require_known_assets(session, agreement)
        found = writing.add(session, agreement, status, status_on, _note(reason), now_utc())
        told = assets_told(session, agreement)
    _print_told(told)
    console.print(
        f"{agreement.ref} is in the register: {found.status} since {found.status_on}, version 1.",
        markup=False,
        soft_wrap=True,
    )


def change(
    terms: TermsArgument,
    version: VersionOption,
    reason: ReasonOption = "",
    allow_unknown_assets: UnknownOption = False,
    db: DbOption = None,
) -> None:
    """Give an agreement new terms; the file's reference says which."""
    agreement = load(terms)
    with database_for(settings_for(db)) as database, database.writing() as session:
        if not allow_unknown_assets:
            writing.require_known_assets(session, agreement)
        found = writing.change(session, agreement, version, _note(reason), now_utc())
        about_assets = assets_told(session, agreement)
    _print_told(about_assets)
    told = "has these terms already" if found.version == version else "is changed"
    console.print(f"{agreement.ref} {told}; version {found.version}.", markup=False, soft_wrap=True)


def _print_told(told: list[str]) -> None:
    for each in told:
        console.print(f"told: {each}", markup=False, soft_wrap=True)


def set_status(
    ref: RefArgument,
    status: Annotated[Status, typer.Argument(help="How it stands from now on.")],
    version: VersionOption,
    since: SinceOption = None,
    reason: ReasonOption = "",
    db: DbOption = None,
) -> None:
    """Record that an agreement is active, continues after its term, has ended or is withdrawn."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        found = writing.set_status(
            session, ref, version, status, _day(since), _note(reason), now_utc()
        )
    console.print(
        f"{ref} is {found.status} since {found.status_on}; version {found.version}.",
        markup=False,
        soft_wrap=True,
    )


def record_event(
    ref: RefArgument,
    kind: Annotated[str, typer.Argument(help="meeting, letter, notice, inspection, …")],
    note: Annotated[str, typer.Argument(help="What happened.")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="Its day; today if not given.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Record something that happened under an agreement. It is never edited."""
    author = local_principal().name
    with database_for(settings_for(db)) as database, database.writing() as session:
        number = writing.record_event(session, ref, _day(on), kind, note, author, now_utc())
    console.print(f"Event {number} of {ref} is recorded.", markup=False, soft_wrap=True)


def show_list(
    kind: Annotated[str | None, typer.Option(help="lease, licence, wayleave, …")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="May be repeated.")] = None,
    party: Annotated[str | None, typer.Option(help="Whole name of somebody it binds.")] = None,
    asset: Annotated[str | None, typer.Option(help="Reference of an asset it is about.")] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="A day in its term.")
    ] = None,
    handover: Annotated[
        bool | None,
        typer.Option(
            "--handover-clause/--no-handover-clause",
            help="With or without the clause that users are handed over to one with coverage.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most that are listed.")] = 100,
    db: DbOption = None,
) -> None:
    """List agreements by reference; withdrawn ones only by `--status withdrawn`."""
    day = None if on is None else on.date()
    wanted = Wanted(kind, tuple(status or ()), party, asset, day, handover=handover)
    days = [Column(name, no_wrap=True) for name in ("since", "start", "end")]
    table = Table(Column("ref", no_wrap=True), "kind", "status", *days, "hand-off", "title")
    with database_for(settings_for(db)) as database, database.reading() as session:
        rows = queries.listed(session, wanted, limit + 1)
        for row in rows[:limit]:
            table.add_row(
                row.ref, row.kind, row.status, f"{row.status_on}", f"{row.starts_on}",
                f"{row.ends_on}", "yes" if row.terms.get("handover_clause") else "", row.title,
            )  # fmt: skip
        overlaps = []
        if asset is not None:
            overlaps = [
                *queries.overlaps_on(session, asset), *holding.on_asset(session, asset)
            ]  # fmt: skip
    print_table(table)
    for each in overlaps:
        console.print(
            f"{each.first} and {each.second} both hold {each.asset} {each.days}.",
            markup=False,
            soft_wrap=True,
        )
    if len(rows) > limit:
        console.print(f"More than {limit:,}: raise --limit, or narrow the list.")


def show(ref: RefArgument, db: DbOption = None) -> None:
    """Tell what the register has of an agreement: parties, assets, events and every change.

    Changes of the contract have the numbers that `reverse` takes; versions are of its record.
    """
    with database_for(settings_for(db)) as database, database.reading() as session:
        found = writing.find(session, ref)
        lines = [
            *_facts(found),
            *(
                f"{each.happened_on} {each.kind}: {each.note} ({each.author})"
                for each in queries.events(session, ref)
            ),
            *_changes(records.modifications(session, ref)),
            *(line for each in queries.history(session, ref) for line in _past(each)),
        ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _facts(found: Held) -> list[str]:
    agreement = found.agreement
    return [
        f"{agreement.ref}, {agreement.title}: {agreement.kind}, {found.status} since "
        f"{found.status_on}, version {found.version}",
        f"term {agreement.term.start} to {agreement.term.end}, with every extension to "
        f"{agreement.latest_end}",
        *(f"{party.role}: {party.name}" for party in agreement.parties),
        *(f"asset {asset.ref}{' (exclusive)' * asset.exclusive}" for asset in agreement.assets),
    ]


def _changes(rows: Sequence[AgreementModification]) -> Iterator[str]:
    numbers = records.numbers_of(rows)
    for row in rows:
        what = f"{row.ground} £{pounds(row.value_pence):,.2f}"
        if row.reverses is not None:
            what = f"reverses change {numbers[row.reverses]}"
        note = f": {row.note}" if row.note else ""
        yield f"change {numbers[row.id]} of {row.changed_on}, {what}{note} ({row.author})"


def _past(past: PastAgreement) -> list[str]:
    why = f": {past.reason}" if past.reason else ""
    fields = "" if past.action == "added" else f" ({', '.join(sorted(past.delta.fields))})"
    return [
        f"version {past.version}, {past.action} {past.at:%Y-%m-%d %H:%M:%S} UTC by "
        f"{past.author}{why}{fields}"
    ]


def show_alerts(
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="The day; today if not given.")
    ] = None,
    ics: Annotated[
        Path | None, typer.Option("--ics", help="Write an iCalendar file of them too.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Tell what must be done about agreements, by the day to act, the earliest first.

    How early each kind is told is a setting.
    """
    settings = settings_for(db)
    with database_for(settings) as database, database.reading() as session:
        registered = writing.registered(session, _day(on))
    found = alerts(registered, _day(on), lead_times(settings))
    if found:
        print_table(_alert_table(found))
    else:
        console.print("There is nothing to do.")
    if ics is not None:
        try:
            ics.write_bytes(calendar(found, datetime.now(UTC)).encode())
        except OSError as error:
            raise Refused(f"{ics} cannot be written: {error.strerror}") from error
        console.print(f"Wrote {ics}.", markup=False, soft_wrap=True)


def _alert_table(found: list[Alert]) -> Table:
    table = Table("act by", "day", "agreement", "what", "")
    for alert in found:
        table.add_row(f"{alert.act_by}", f"{alert.day}", alert.agreement, alert.kind, alert.text)
    return table


def _note(reason: str) -> ChangeNote:
    return ChangeNote(local_principal().name, reason, "edit")


def _day(moment: datetime | None) -> date:
    return now_utc().date() if moment is None else moment.date()
