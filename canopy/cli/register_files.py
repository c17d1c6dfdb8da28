"""``canopy register export-ocds`` and ``reconcile``: what goes out, and what came in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, database_for, settings_for
from canopy.cli.register_imports import OnOption, SheetOption, import_ocds, import_register, say
from canopy.cli.tables import print_table
from canopy.concessions.exchange.receipts import DateFormat
from canopy.concessions.rounding import pounds
from canopy.errors import Refused

if TYPE_CHECKING:
    from canopy.concessions.schedule.ledger import Receipt, Reconciliation

DatesOption = Annotated[
    DateFormat | None,
    typer.Option(
        "--dates",
        help="How dates such as 03/04/2026 of the ledger are meant; told by its days above 12 if "
        "not given.",
    ),
]


def add_to(group: typer.Typer) -> None:
    """Add the commands that bring agreements in and out."""
    group.command("import")(import_register)
    group.command("import-ocds")(import_ocds)
    group.command("export-ocds")(export_ocds)
    group.command("reconcile")(reconcile)


def export_ocds(
    out: Annotated[Path, typer.Option("--out", help="JSON file to write.")],
    ref: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this agreement; may be repeated. All that may be published if not."
        ),
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Receipts (CSV, XLSX) to publish as transactions.")
    ] = None,
    dates: DatesOption = None,
    uri: Annotated[
        str, typer.Option(help="Where the package will be published.")
    ] = "urn:canopy:register",
    db: DbOption = None,
) -> None:
    """Write agreements that are in force or have ended as an OCDS release package.

    It holds what everybody may see: no income, breaks, notices, reasons or assets.
    """
    from canopy.concessions.exchange.ocds.publishing import by_agreement, package, release
    from canopy.concessions.register import published

    settings = settings_for(db)
    receipts = [] if ledger is None else _receipts(ledger, None, dates)
    with database_for(settings) as database, database.reading() as session:
        found = published.chosen(session, ref or published.refs(session), by_agreement(receipts))
    releases = [release(each, settings.ocds_prefix) for each in found]
    document = package(releases, uri, settings.publisher or settings.catalogue_title, now_utc())
    try:
        out.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}") from error
    say(f"Wrote {len(releases):,} releases to {out}.")


def reconcile(
    refs: Annotated[list[str], typer.Argument(help="References of agreements.")],
    ledger: Annotated[Path, typer.Option("--ledger", help="Receipts in CSV or XLSX.")],
    sheet: SheetOption = None,
    dates: DatesOption = None,
    on: OnOption = None,
    series: Annotated[
        list[Path] | None, typer.Option(help="ONS time series (CSV) of an index; repeatable.")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="TOML file: what prices are taken to do after the last figure."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all of it to this file.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Tell which invoices of agreements were paid, under- or overpaid, late or not at all."""
    from canopy.concessions.appraisal.inputs import Inputs
    from canopy.concessions.exchange.reconciling import as_json, reconciled
    from canopy.concessions.indexation.ons import read_ons
    from canopy.concessions.indexation.scenario_files import read_scenario
    from canopy.concessions.register.valuing import Schedules
    from canopy.concessions.register.versions import versions
    from canopy.plan.metering.stored import opened_meters

    day = (now_utc() if on is None else on).date()
    prices = Inputs(
        tuple(read_ons(path) for path in series or []),
        None if scenario is None else read_scenario(scenario),
    )
    receipts = _receipts(ledger, sheet, dates)
    settings = settings_for(db)
    with database_for(settings) as database:
        with database.reading() as session:
            agreements = [versions(session, ref) for ref in dict.fromkeys(refs)]
        with opened_meters(database, settings.db_lock_timeout_s) as meters:
            energy = Schedules(None, meters).meters
            found = reconciled(agreements, receipts, day, prices, energy)
    print_table(_settlements(found))
    for each in found.unmatched:
        amount = f"{pounds(each.amount_pence):,.2f}"
        named = each.invoice or each.agreement or "nothing"
        say(f"Row {each.row}: {amount} of {each.received} names {named}: unmatched.")
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(as_json(found, day), indent=2) + "\n", "utf-8")
        except OSError as error:
            raise Refused(f"{json_file} cannot be written: {error.strerror}") from error
        say(f"Wrote {json_file}.")


def _receipts(ledger: Path, sheet: str | None, dates: DateFormat | None) -> list[Receipt]:
    from canopy.concessions.exchange.receipts import read_ledger

    read = read_ledger(ledger, sheet, dates)
    if read.told is not None:
        say(f"{ledger.name}: {read.told}")
    return read.receipts


def _settlements(found: Reconciliation) -> Table:
    table = Table("invoice", "due", "standing", "billed", "paid", "difference", "days late")
    for each in found.settlements:
        table.add_row(
            each.invoice.number, f"{each.invoice.due}", each.standing,
            *(f"{pounds(sum_):,.2f}" for sum_ in
              (each.invoice.gross_pence, each.paid_pence, each.difference_pence)),
            f"{each.days_late or ''}",
        )  # fmt: skip
    return table
