"""``canopy iot thing``: devices and their datastreams, each on an asset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.iot.privacy import LAWFUL_BASES, unsaid
from canopy.iot.things import queries, registering
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.entry_files import read_entries
from canopy.iot.things.tables import Thing

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Do everything but write.")]


LAWFUL_HELP = f"By what right: {', '.join(LAWFUL_BASES)}."


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Devices and their datastreams.", no_args_is_help=True)
    group.command("add")(add)
    group.command("import")(import_things)
    group.command("list")(list_things)
    group.command("show")(show)
    group.command("withdraw")(withdraw)
    group.command("unsaid")(list_unsaid)
    return group


def add(
    asset: Annotated[str, typer.Option(help="Its asset: UUID, ref or source:ref.")],
    stream: Annotated[str, typer.Option(help="How messages name the datastream.")],
    observed_property: Annotated[str, typer.Option(help="What is observed, in words.")],
    definition: Annotated[str, typer.Option(help="URI that defines it.")],
    source: Annotated[str, typer.Option(help="How messages name the device.")] = "",
    thing: Annotated[str, typer.Option(help="The Thing's name; the source's else.")] = "",
    name: Annotated[str, typer.Option(help="The datastream's name.")] = "",
    sensor: Annotated[str, typer.Option(help="Kind of instrument.")] = "",
    result: Annotated[
        str, typer.Option(help="What its results are: number, count, truth, text or any.")
    ] = "number",
    unit: Annotated[str | None, typer.Option(help="UCUM code, such as Cel.")] = None,
    low: Annotated[float | None, typer.Option(help="Least that it can measure.")] = None,
    high: Annotated[float | None, typer.Option(help="Most that it can measure.")] = None,
    expected_low: Annotated[float | None, typer.Option(help="Least that is likely.")] = None,
    expected_high: Annotated[float | None, typer.Option(help="Most that is likely.")] = None,
    interval_s: Annotated[int | None, typer.Option(help="How often it reports [s].")] = None,
    purpose: Annotated[str | None, typer.Option(help="Why it is sensed.")] = None,
    lawful_basis: Annotated[str | None, typer.Option(help=LAWFUL_HELP)] = None,
    data_class: Annotated[str, typer.Option(help="open, council or personal-risk.")] = "council",
    retention_days: Annotated[int | None, typer.Option(help="How long it is kept.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    gateway: Annotated[str | None, typer.Option(help="Who alone may publish it.")] = None,
    dry_run: DryRunOption = False,
    db: DbOption = None,
) -> None:
    """Add a datastream, with its Thing where that is new; change it where it is there.

    What a file of `canopy iot thing import` says in a row, these options say.
    """
    entry = StreamEntry(
        asset=asset, stream=stream, observed_property=observed_property, definition=definition,
        source=source, thing=thing, name=name, sensor=sensor, result=result, unit=unit, low=low,
        high=high, expected_low=expected_low, expected_high=expected_high, interval_s=interval_s,
        purpose=purpose, lawful_basis=lawful_basis, data_class=data_class,
        retention_days=retention_days, owner=owner, gateway=gateway,
    )  # fmt: skip
    with database_for(settings_for(db)) as database:
        done = registering.register_all(
            database, [(0, entry)], local_principal(), now_utc(), name=stream, dry_run=dry_run
        )
    _say(done.sentence(), dry_run)


def import_things(
    file: Annotated[Path, typer.Argument(help="CSV with a row a datastream.")],
    dry_run: DryRunOption = False,
    db: DbOption = None,
) -> None:
    """Add or change the datastreams of a CSV file: all of them, or none.

    The same file imported again changes nothing. docs/how-to/readings.md has its columns.
    """
    entries = read_entries(file)
    with database_for(settings_for(db)) as database:
        done = registering.register_all(
            database, entries, local_principal(), now_utc(), name=file.name, dry_run=dry_run
        )
    _say(done.sentence(), dry_run)


def list_things(
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Those too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 200,
    after: Annotated[int, typer.Option(min=0, help="From after this number on.")] = 0,
    db: DbOption = None,
) -> None:
    """List Things: number, name, source, asset and how many streams report."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        rows = queries.things_after(session, after, limit, with_withdrawn=withdrawn)
        table = Table("number", "name", "source", "asset", "streams", "withdrawn")
        for thing, streams in rows:
            ended = "" if thing.withdrawn_at is None else f"{thing.withdrawn_at:%Y-%m-%d}"
            table.add_row(
                str(thing.id), thing.name, thing.source, thing.asset_id or "", str(streams), ended
            )
        last = rows[-1][0].id if len(rows) == limit else None
    print_table(table)
    if last is not None:
        _say(f"There may be more: --after {last}")


def show(
    thing: Annotated[str, typer.Argument(help="Number, source or name.")], db: DbOption = None
) -> None:
    """Tell a Thing's place and its datastreams."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        for line in _told(session, registering.one_thing(session, thing), database.storage_crs):
            _say(line)


def _told(session: Session, thing: Thing, storage_crs: str) -> Iterator[str]:
    yield f"{thing.name} (number {thing.id}) on asset {thing.asset_id or 'none'}"
    if thing.withdrawn_at is not None:
        yield f"  withdrawn {thing.withdrawn_at:%Y-%m-%d %H:%M} UTC"
    place = queries.present_location(session, thing.id)
    if place is not None and place.geom is not None:
        at = place.geom.centroid
        yield f"  at {at.x:.2f}, {at.y:.2f} {storage_crs}"
    for each in queries.streams_of_thing(session, thing.id):
        ended = ", withdrawn" if each.is_withdrawn else ""
        yield (
            f"  {each.id} {each.source}/{each.stream}: {each.name}, {each.unit_ucum or 'no unit'}, "
            f"{each.data_class}, gateway {each.gateway or 'any'}{ended}"
        )


def list_unsaid(db: DbOption = None) -> None:
    """List datastreams that lack a purpose, a lawful basis, a retention or an owner."""
    found = 0
    with database_for(settings_for(db)) as database, database.reading() as session:
        for each in queries.streams_in_use(session):
            basis = each.lawful_basis if each.lawful_basis in LAWFUL_BASES else None
            missing = unsaid(each.purpose, basis, each.retention_days, each.owner)
            if missing:
                found += 1
                _say(f"{each.source}/{each.stream} ({each.data_class}): {', '.join(missing)}")
    _say(f"Datastreams of which something is not said: {found:,}.")


def withdraw(
    thing: Annotated[str, typer.Argument(help="Number, source or name.")], db: DbOption = None
) -> None:
    """End a Thing and its datastreams. What they said stays; what comes is held."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        found = registering.withdraw(session, thing, now_utc())
    _say(f"{found.name} is withdrawn.")


def _say(text: str, dry_run: bool = False) -> None:
    console.print(f"Dry run: {text}" if dry_run else text, markup=False, soft_wrap=True)
