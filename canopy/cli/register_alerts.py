"""``canopy register digest`` and ``feed-key``: alerts by mail and in calendars."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.concessions.alerts.digest import digest
from canopy.concessions.alerts.finding import alerts
from canopy.concessions.register import writing
from canopy.concessions.register.leads import lead_times
from canopy.concessions.register.told import feed_keys
from canopy.concessions.register.told import queries as alert_queries
from canopy.concessions.register.told.addressing import Addressed, addressed, readers
from canopy.concessions.register.told.feed_keys import DEFAULT_DAYS
from canopy.concessions.register.told.sending import Outcome, tell
from canopy.errors import Refused
from canopy.mail import MailServer
from canopy.settings import Settings

_DAY = ["%Y-%m-%d"]


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``canopy register``."""
    group.command("digest")(send_digest)
    keys = typer.Typer(help="Keys of the calendar feed of alerts.", no_args_is_help=True)
    keys.command("create")(create_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    group.add_typer(keys, name="feed-key")


def send_digest(
    to: Annotated[
        list[str] | None,
        typer.Option(help="As in CANOPY_DIGEST_TO, which it stands for; may be repeated."),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="The day; today if not given.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what they were told of before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the message with all alerts; send nothing.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Send what is new to do about agreements by mail: nobody is told twice.

    The manager of an agreement is told, where `governance` on record has an address; those of
    CANOPY_DIGEST_TO are told of the other agreements, and of the kinds that they ask for.
    An alert is told when it is new, and once more when its day to act has come. What a mail
    server did not take is told the next time; the exit code is 1 then.
    """
    settings = settings_for(db)
    recipients = readers(",".join(to) if to else settings.digest_to)
    now = now_utc()
    day = now.date() if on is None else on.date()
    told_at = datetime.combine(day, now.timetz())  # with --on too, nobody is told twice
    page = _page(settings)
    with database_for(settings) as database:
        with database.reading() as session:
            registered = writing.registered(session, day)
            managers = alert_queries.managers(session)
        found = alerts(registered, day, lead_times(settings))
        names = {ref: each.name for ref, each in managers.items()}
        whose = addressed(recipients, found, managers)
        if dry_run:
            made = digest(found, day, settings.catalogue_title, page, names)
            console.print(f"{made.subject}\n\n{made.text}", markup=False, soft_wrap=True)
            for address, wanted in whose.letters.items():
                console.print(f"{address}: {len(wanted)} of them", markup=False, soft_wrap=True)
            _tell_nobodys(whose)
            return
        if not whose.letters:
            raise Refused("Say who is told: --to ADDRESS, or CANOPY_DIGEST_TO.")
        outcomes = tell(
            database, _server(settings), whose, day, told_at,
            settings.catalogue_title, page, everything, names,
        )  # fmt: skip
    for outcome in outcomes:
        console.print(_told(outcome), markup=False, soft_wrap=True)
    _tell_nobodys(whose)
    if whose.nobodys or any(outcome.problem for outcome in outcomes):
        raise typer.Exit(1)


def _tell_nobodys(whose: Addressed) -> None:
    if whose.nobodys:
        refs = ", ".join(dict.fromkeys(each.agreement for each in whose.nobodys))
        console.print(
            f"nobody is told of {len(whose.nobodys)}, of {refs}: name an address in "
            "CANOPY_DIGEST_TO, or the manager's with the governance of the agreement.",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def _told(outcome: Outcome) -> str:
    if outcome.problem is not None:
        return outcome.problem
    if not outcome.alerts:
        return f"{outcome.recipient}: nothing new."
    return f"{outcome.recipient}: told of {outcome.alerts}."


def _page(settings: Settings) -> str | None:
    if settings.public_url is None:
        return None
    return f"{settings.public_url.rstrip('/')}/explore/agreements.html"


def _server(settings: Settings) -> MailServer:
    if settings.mail_host is None:
        raise Refused("No mail server is set; have CANOPY_MAIL_HOST set.")
    return MailServer(
        settings.mail_host, settings.mail_port, settings.mail_security, settings.mail_from,
        settings.mail_timeout_s, settings.mail_user, settings.mail_password,
    )  # fmt: skip


def create_key(
    name: Annotated[str, typer.Argument(help="Whose calendar it is for: anna-outlook.")],
    days: Annotated[int, typer.Option(help="Days until it expires.")] = DEFAULT_DAYS,
    db: DbOption = None,
) -> None:
    """Make a key of the calendar feed. It is shown once; only its hash is kept."""
    settings = settings_for(db)
    with database_for(settings) as database, database.writing() as session:
        secret = feed_keys.create_feed_key(
            session, name, created_by=local_principal().name, now=now_utc(), days=days
        )
    root = (settings.public_url or "http://127.0.0.1:8000").rstrip("/")
    console.print(f"Calendar address for {name}, {days} days. Shown this once:", markup=False)
    console.print(f"{root}/register/alerts.ics?key={secret}", markup=False, soft_wrap=True)


def list_keys(db: DbOption = None) -> None:
    """List the keys; secrets are not kept."""
    table = Table("name", "made", "by", "expires", "revoked")
    with database_for(settings_for(db)) as database, database.reading() as session:
        for each in feed_keys.feed_keys(session):
            revoked = f"{each.revoked_at:%Y-%m-%d}" if each.revoked_at else ""
            table.add_row(
                each.name, f"{each.created_at:%Y-%m-%d}", each.created_by,
                f"{each.expires_at:%Y-%m-%d}", revoked,
            )  # fmt: skip
    print_table(table)


def revoke_key(
    name: Annotated[str, typer.Argument(help="Name of the key.")], db: DbOption = None
) -> None:
    """Make a key of the calendar feed useless at once."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        feed_keys.revoke_feed_key(session, name, now_utc())
    console.print(f"Key {name} is revoked.", markup=False)
