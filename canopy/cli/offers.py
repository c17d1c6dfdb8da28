"""``canopy offer``: what can be had, from when, on which terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from canopy.access.rules import Role
from canopy.assets.filtering import CRS84, FilterLanguage, parse_filter
from canopy.assets.offers.pages import OfferReader
from canopy.assets.offers.texts import read_texts
from canopy.assets.offers.writing.importing import import_offers, one_asset_id
from canopy.assets.offers.writing.queries import past_of_offer
from canopy.assets.offers.writing.writer import AnyVersion, OfferWriter
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import PageRequest
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    audience_principal,
    console,
    database_for,
    local_principal,
    settings_for,
)
from canopy.db.direct import DirectReader
from canopy.errors import NotFound

LIST_SECONDS = 60.0
"""Longest time that offers are searched for before those found are listed [s]."""

ReasonOption = Annotated[str, typer.Option(help="Why, kept with the revision.")]


def commands() -> typer.Typer:
    """The subcommands of ``canopy offer``."""
    group = typer.Typer(help="What is offered to operators.", no_args_is_help=True)
    group.command("create")(create)
    group.command("list")(show)
    group.command("history")(show_history)
    group.command("withdraw")(withdraw)
    group.command("import")(import_file)
    return group


def create(
    asset: Annotated[str, typer.Argument(help="The asset's id, ref, or source/ref.")],
    technology: Annotated[
        list[str], typer.Option(help="What it is offered for: small_cell_5g. May be repeated.")
    ],
    available_from: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ],
    available_until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    status: Annotated[str, typer.Option(help="draft, open or reserved.")] = "draft",
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Another field: spare_power_w=300, or constraints='10 kg; not at night'.",
        ),
    ] = None,
    reason: ReasonOption = "",
    db: DbOption = None,
) -> None:
    """Offer an asset. It is a draft, which only estates and admin see, unless told otherwise."""
    values: dict[str, object] = {
        **read_texts(dict(_pair(each) for each in more or [])),
        "technologies": technology,
        "available_from": available_from.date(),
        "available_until": None if available_until is None else available_until.date(),
        "status": status,
    }
    settings = settings_for(db)
    with database_for(settings) as database:
        with database.reading() as session:
            asset_id = one_asset_id(session, asset)
        writer = OfferWriter(database, SensitivityPolicy(), local_principal(), reason)
        offer_id = writer.create(asset_id, values)
    console.print(f"Offer {offer_id} ({status}) of {asset}.", markup=False, soft_wrap=True)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise typer.BadParameter(f"--set {text!r}: write field=value")
    return name.strip(), value


def show(
    cql2: Annotated[
        str | None, typer.Option("--cql2", help="Only these: a filter in CQL2 text.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most that are listed.")] = 100,
    audience: AudienceOption = Role.admin,
    db: DbOption = None,
) -> None:
    """List offers as an audience sees them; withdrawn ones are in their history only."""
    settings = settings_for(db)
    with database_for(settings) as database:
        crs = database.storage_crs
        wanted = None if cql2 is None else parse_filter(cql2, FilterLanguage.text, crs, CRS84)
        reader = DirectReader(database, 1, settings.db_statement_timeout_s)
        try:
            offers = OfferReader(reader, database, SensitivityPolicy(), LIST_SECONDS)
            principal = audience_principal(audience)
            found = offers.page(PageRequest((), principal, limit, crs, filter=wanted))
        finally:
            reader.close()
    for offer_id, values in zip(found.ids, found.properties, strict=True):
        console.print(_line(offer_id, values), markup=False, soft_wrap=True)
    if found.next is not None:
        console.print(f"More than {limit:,}: raise --limit, or narrow with --cql2.")


def _line(offer_id: str, values: Mapping[str, Any]) -> str:
    named = values.get("ref") or values["asset_id"]
    until = values.get("available_until")
    return (
        f"{offer_id} {values['status']}: {values['kind']} {named} for "
        f"{', '.join(values['technologies'])}, from {values['available_from']}"
        + ("" if until is None else f" to {until}")
    )


def show_history(
    offer_id: Annotated[str, typer.Argument(help="The offer's id.")], db: DbOption = None
) -> None:
    """Who changed an offer, when, why, from what to what."""
    settings = settings_for(db)
    with database_for(settings) as database, database.reading() as session:
        past = past_of_offer(session, offer_id.lower())
    if not past:
        raise NotFound(f"There is no offer {offer_id}.")
    for each in past:
        why = f": {each.reason}" if each.reason else ""
        line = f"version {each.version}, {each.action} {each.at:%Y-%m-%d %H:%M:%S} UTC by "
        console.print(f"{line}{each.author}{why}", markup=False, soft_wrap=True)
        for name in sorted(each.delta.fields):
            was, now = (side.get(name, "unknown") for side in (each.delta.before, each.delta.after))
            change = str(now) if name not in each.delta.before else f"{was} -> {now}"
            console.print(f"  {name}: {change}", markup=False, soft_wrap=True)


def withdraw(
    offer_id: Annotated[str, typer.Argument(help="The offer's id.")],
    reason: ReasonOption = "",
    db: DbOption = None,
) -> None:
    """Withdraw an offer for good. Its history stays."""
    settings = settings_for(db)
    with database_for(settings) as database:
        writer = OfferWriter(database, SensitivityPolicy(), local_principal(), reason)
        writer.withdraw(offer_id.lower(), AnyVersion())
    console.print(f"Offer {offer_id} is withdrawn.", markup=False, soft_wrap=True)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8, with a column asset.")],
    reason: ReasonOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but write.")] = False,
    db: DbOption = None,
) -> None:
    """Offer what a CSV file lists: all of it, or nothing.

    The same file imported again changes nothing.
    """
    settings = settings_for(db)
    with database_for(settings) as database:
        report = import_offers(database, file, local_principal(), reason, is_dry=dry_run)
    verb = "Would be" if report.is_dry else "Offers"
    console.print(
        f"{verb}: {report.created:,} created, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged, of {report.read:,} rows of {file.name}.",
        markup=False,
        soft_wrap=True,
    )
