"""``canopy iot product``: data products, their keys and their monthly statements."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.errors import Refused
from canopy.iot.products import keys, publishing, queries
from canopy.iot.products.rules import OGL, PRICED, Box, Draft, Tariff, tariff_of
from canopy.iot.products.statements import statement

NameArgument = Annotated[str, typer.Argument(help="Name of the product.")]
KeyArgument = Annotated[str, typer.Argument(help="Name of the key.")]
_MOST_LISTED = 1_000


class Form(StrEnum):
    """How a statement is written."""

    csv = "csv"
    json = "json"


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Data products of readings.", no_args_is_help=True)
    group.command("publish")(publish)
    group.command("list")(list_products)
    group.command("withdraw")(withdraw)
    group.command("key")(give_key)
    group.command("keys")(list_keys)
    group.command("withdraw-key")(withdraw_key)
    group.command("statement")(write_statement)
    return group


def publish(
    name: NameArgument,
    title: Annotated[str, typer.Option(help="What it is, in a few words.")],
    description: Annotated[str, typer.Option(help="What it holds, and what for.")],
    stream: Annotated[list[str], typer.Option(help="Number of a datastream; repeat it.")],
    aggregation: Annotated[str, typer.Option(help="raw, 15min, hour or day.")] = "hour",
    area: Annotated[
        str | None, typer.Option(help="West,south,east,north in degrees; anywhere else.")
    ] = None,
    priced: Annotated[
        bool, typer.Option("--priced", help=f"Has a tariff; under {OGL} otherwise.")
    ] = False,
    added_value: Annotated[
        str, typer.Option(help="What a priced one adds to the free raw data.")
    ] = "",
    per_month_gbp: Annotated[str | None, typer.Option(help="Price a month, without VAT.")] = None,
    per_1000_rows_gbp: Annotated[
        str | None, typer.Option(help="Price of 1,000 rows above the free ones, without VAT.")
    ] = None,
    vat_percent: Annotated[str | None, typer.Option(help="VAT; 0 where there is none.")] = None,
    free_rows: Annotated[int, typer.Option(min=0, help="Rows a month that are free.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check it, write nothing.")] = False,
    db: DbOption = None,
) -> None:
    """Publish a data product. It is never changed: another tariff is another product."""
    tariff = _tariff(priced, per_month_gbp, per_1000_rows_gbp, vat_percent, free_rows)
    draft = Draft(
        name, title, description, publishing.streams_named(stream), aggregation,
        PRICED if priced else OGL, added_value, _box(area), tariff,
    )  # fmt: skip
    with database_for(settings_for(db)) as database, database.writing() as session:
        scope = publishing.public_scope(session, database, SensitivityPolicy())
        done = publishing.publish(scope, draft, local_principal().name, now_utc())
        if dry_run:
            session.rollback()
    told = "Dry run: it could be published" if dry_run else "Published"
    _say(f"{told}: {name}, {len(draft.streams)} datastreams, at /iot/products/{name}")
    for each in done.warnings:
        _say(f"Can have no row: {each}")


def _tariff(
    priced: bool, per_month: str | None, per_rows: str | None, vat: str | None, free_rows: int
) -> Tariff | None:
    given = {
        "per_month_gbp": per_month, "per_1000_rows_gbp": per_rows, "vat_percent": vat,
        "free_rows": free_rows,
    }  # fmt: skip
    if priced:
        return tariff_of(given)
    if any(each is not None for each in (per_month, per_rows, vat)):
        raise Refused("Prices and VAT go with --priced.")
    return None


def _box(area: str | None) -> Box | None:
    if area is None:
        return None
    try:
        west, south, east, north = (float(each) for each in area.split(","))
    except ValueError:
        raise Refused("--area takes four numbers: west,south,east,north in degrees.") from None
    return west, south, east, north


def list_products(db: DbOption = None) -> None:
    """List the products that are published."""
    table = Table("name", "title", "aggregation", "licence", "published")
    with database_for(settings_for(db)) as database, database.reading() as session:
        for each in queries.products_after(session, 0, _MOST_LISTED):
            published = f"{each.created_at:%Y-%m-%d}"
            table.add_row(each.name, each.title, each.aggregation, each.licence, published)
    print_table(table)


def withdraw(name: NameArgument, db: DbOption = None) -> None:
    """End a product: its keys open nothing any more, its statements stay."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        publishing.withdraw(session, name, now_utc())
    _say(f"{name} is withdrawn.")


def give_key(
    product: NameArgument,
    name: KeyArgument,
    holder: Annotated[str, typer.Option(help="Who pays, as statements name them.")],
    days: Annotated[int, typer.Option(help="Days until it expires.")] = keys.DEFAULT_DAYS,
    db: DbOption = None,
) -> None:
    """Make a key to a product. It is shown once; only its hash is kept."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        secret = keys.give_key(
            session, product, name, holder, created_by=local_principal().name, now=now_utc(),
            days=days,
        )  # fmt: skip
    _say(f"Key {name} to {product}, {days} days. Shown this once:")
    _say(secret)


def list_keys(db: DbOption = None) -> None:
    """List the keys; secrets are not kept."""
    table = Table("name", "product", "holder", "made", "expires", "withdrawn")
    with database_for(settings_for(db)) as database, database.reading() as session:
        for key, product in queries.keys(session):
            ended = f"{key.withdrawn_at:%Y-%m-%d}" if key.withdrawn_at else ""
            table.add_row(
                key.name, product.name, key.holder, f"{key.created_at:%Y-%m-%d}",
                f"{key.expires_at:%Y-%m-%d}", ended,
            )  # fmt: skip
    print_table(table)


def withdraw_key(name: KeyArgument, db: DbOption = None) -> None:
    """Make a key useless at once."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        keys.withdraw_key(session, name, now_utc())
    _say(f"Key {name} is withdrawn.")


def write_statement(
    month: Annotated[str, typer.Argument(help="Such as 2026-11, in UTC.")],
    form: Annotated[Form, typer.Option("--format", help="csv or json.")] = Form.csv,
    out: Annotated[Path | None, typer.Option(help="File to write; else to the screen.")] = None,
    db: DbOption = None,
) -> None:
    """Write what each key was sent in a month and what that costs.

    Exits with 1 where it does not agree with the meter.
    """
    with database_for(settings_for(db)) as database, database.reading() as session:
        made = statement(session, month, now_utc())
    written = made.csv() if form is Form.csv else json.dumps(made.document(), indent=1) + "\n"
    if out is None:
        typer.echo(written, nl=False)
    else:
        out.write_text(written, encoding="utf-8", newline="")
        final = "" if made.is_final else ", the month is not over"
        _say(f"{out}: {len(made.lines)} lines, £{made.total_gbp('gross_gbp')} with VAT{final}.")
    if not made.is_reconciled:
        raise Refused(f"The statement of {month} does not agree with the meter; send it to nobody.")


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
