"""``canopy register import`` and ``import-ocds``: agreements from files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from canopy.assets.importers.fingerprint import fingerprint
from canopy.assets.queries import ChangeNote, now_utc
from canopy.cli.context import (
    DbOption,
    console,
    database_for,
    errors,
    local_principal,
    settings_for,
)
from canopy.concessions.terms.agreement import Kind
from canopy.concessions.terms.payment import Vat
from canopy.errors import BadSource, Refused

if TYPE_CHECKING:
    from canopy.concessions.exchange.incoming import Incoming
    from canopy.concessions.exchange.mapping import RegisterMapping
    from canopy.concessions.exchange.proposing import RegisterProposal
    from canopy.concessions.exchange.report import RegisterReport, Rejected

_DAY = ["%Y-%m-%d"]
TOLD = 20
"""Rejected rows, and statements, that are printed; a report has all."""
FileArgument = Annotated[Path, typer.Argument(help="The file.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Do everything but write.")]
AssetsOption = Annotated[
    bool,
    typer.Option(
        "--require-assets", help="Reject rows with assets that the catalogue does not have."
    ),
]
AcceptOption = Annotated[
    bool, typer.Option("--accept-valid", help="Import the good rows of a file with bad ones.")
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=_DAY, help="The day by which it is judged; today if not given."),
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="Write the report to a .json or .csv file.")
]
ReasonOption = Annotated[str, typer.Option(help="Why, kept with every revision.")]
SheetOption = Annotated[str | None, typer.Option(help="Sheet, where a workbook has several.")]


def import_register(
    file: FileArgument,
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping TOML, as --explain writes it.")
    ] = None,
    sheet: SheetOption = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show how the file would be read; write FILE.mapping.toml beside it.",
        ),
    ] = False,
    dry_run: DryRunOption = False,
    accept_valid: AcceptOption = False,
    require_assets: AssetsOption = False,
    on: OnOption = None,
    reason: ReasonOption = "",
    report: ReportOption = None,
    db: DbOption = None,
) -> None:
    """Import a register of agreements in CSV or XLSX: all of it, or nothing.

    The same file imported again changes nothing; a row that changed is a new version of its
    agreement.
    """
    from canopy.concessions.exchange import mapping as mappings
    from canopy.concessions.exchange.proposing import propose
    from canopy.concessions.exchange.reading import fitted, open_register, read_register

    _check_report(report)
    table = open_register(file, sheet)
    if explain:
        _explain(file, propose(table))
        return
    chosen = _proposed(propose(table)) if mapping is None else mappings.load(mapping)
    mappings.require_complete(chosen, file.name)
    register = fitted(table, chosen)
    outcome = _outcome(file, on)
    outcome.mapping = chosen.model_dump(mode="json", exclude_defaults=True)
    _write(read_register(register), outcome, reason, dry_run, accept_valid, require_assets, db)
    _tell(outcome, report)


def import_ocds(
    file: FileArgument,
    kind: Annotated[
        Kind | None, typer.Option(help="Kind of every agreement; told from its words if not given.")
    ] = None,
    vat: Annotated[Vat, typer.Option(help="VAT treatment, which OCDS does not tell.")] = "standard",
    dry_run: DryRunOption = False,
    accept_valid: AcceptOption = False,
    require_assets: AssetsOption = False,
    on: OnOption = None,
    reason: ReasonOption = "",
    report: ReportOption = None,
    db: DbOption = None,
) -> None:
    """Import contracts from OCDS: releases, release or record packages, or JSON lines.

    The latest release of a process stands for it. What has no place in an agreement, and what
    was decided, is in the report.
    """
    from canopy.concessions.exchange.ocds.agreements import Assumed
    from canopy.concessions.exchange.ocds.intake import read_file

    _check_report(report)
    outcome = _outcome(file, on)
    day = datetime.fromisoformat(outcome.on).date()
    rows = read_file(file, Assumed(kind=kind, vat=vat), day, outcome)
    _write(rows, outcome, reason, dry_run, accept_valid, require_assets, db)
    _tell(outcome, report)


def _proposed(proposal: RegisterProposal) -> RegisterMapping:
    for problem in proposal.problems:
        errors.print(problem.message, markup=False, soft_wrap=True)
    return proposal.mapping


def _explain(file: Path, proposal: RegisterProposal) -> None:
    from canopy.assets.mapping.left_out import told

    for each in proposal.evidence:
        say(f"  {each.sentence()}")
    unused = (issue for issue, _ in told(proposal.left, "canopy register import"))
    for issue in (*proposal.problems, *unused):
        say(f"  {issue.message}")
    if missing := proposal.mapping.missing():
        say(f"  Still needed, as columns or constants: {', '.join(missing)}")
    target = file.with_name(f"{file.stem}.mapping.toml")
    number = 2
    while target.exists():
        target = file.with_name(f"{file.stem}.mapping-{number}.toml")
        number += 1
    try:
        target.write_text(proposal.toml(), encoding="utf-8")
    except OSError as error:
        raise Refused(
            f"{target} cannot be written: {error.strerror}; copy {file.name} to a folder of your "
            "own and explain it there"
        ) from error
    say(f"Mapping written to {target}; edit it, import with --mapping.")


def _check_report(report: Path | None) -> None:
    if report is not None and report.suffix not in (".json", ".csv"):
        raise typer.BadParameter("--report must end in .json or .csv")


def _outcome(file: Path, on: datetime | None) -> RegisterReport:
    from canopy.concessions.exchange.report import RegisterReport

    if not file.is_file():
        raise BadSource(f"{file} is not there, or is no file; check the name.")
    day = (now_utc() if on is None else on).date()
    return RegisterReport(file.name, fingerprint(file), on=day.isoformat())


def _write(
    rows: Iterable[Incoming | list[Rejected]],
    outcome: RegisterReport,
    reason: str,
    dry_run: bool,
    accept_valid: bool,
    require_assets: bool,
    db: str | None,
) -> None:
    from canopy.concessions.register.intake import import_all

    note = ChangeNote(
        local_principal().name, reason, "import", file_name=outcome.file,
        file_sha256=outcome.file_sha256,
    )  # fmt: skip
    with database_for(settings_for(db)) as database:
        import_all(
            database, rows, note, now_utc(), outcome, dry_run=dry_run,
            accept_valid=accept_valid, require_assets=require_assets,
        )  # fmt: skip


def _tell(outcome: RegisterReport, report: Path | None) -> None:
    from canopy.concessions.exchange.report import write_report

    verb = {"done": "Imported", "dry-run": "Dry run of", "refused": "Refused"}[outcome.state]
    say(
        f"{verb} {outcome.file}: read {outcome.read:,}, created {outcome.created:,}, updated "
        f"{outcome.updated:,}, unchanged {outcome.unchanged:,}, rejected {outcome.rejected:,}"
        + (f"; {outcome.superseded:,} older releases" if outcome.superseded else "")
        + "."
    )
    for bad in outcome.rejects[:TOLD]:
        value = f" {bad.value!r}" if bad.value else ""
        place = f"{outcome.file}: row {bad.row}: {bad.column}{value}: {bad.rule}"
        errors.print(place, markup=False, soft_wrap=True)
    for line in [*outcome.warnings, *(f"{each.ref}: {each.what}" for each in outcome.stated)][
        :TOLD
    ]:
        say(f"  {line}")
    if report is not None:
        write_report(report, outcome)
        say(f"Report: {report}")
    if outcome.state == "refused":
        errors.print("Nothing was written.", style="red")
        raise typer.Exit(1)


def say(text: str) -> None:
    """Print a line as it is, unwrapped."""
    console.print(text, markup=False, soft_wrap=True)
