"""``canopy import``: files into the catalogue."""

from __future__ import annotations

import difflib
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from canopy.access.rules import Role
from canopy.assets.importers.base import RowIssue
from canopy.assets.intake.explaining import explain as explain_file
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.intake.pipeline import Progress as Step
from canopy.assets.intake.report import ImportReport
from canopy.assets.intake.report_files import write_report
from canopy.assets.kinds import KINDS
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    console,
    database_for,
    errors,
    local_principal,
    settings_for,
)
from canopy.errors import BadMapping, CanopyError

MAX_LICENCE = 200
"""Characters that a licence given with an import may have."""


def import_files(
    files: Annotated[list[Path], typer.Argument(help="One file or several of the same source.")],
    kind: Annotated[
        str | None, typer.Option(help="What the rows are: lamppost, cctv, duct, building …")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Name of the register, the same for every vintage: camden-lighting."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping TOML, as --explain writes it.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Layer or sheet, where a file has several.")
    ] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the coordinates, EPSG:n.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Text encoding, where it is misread.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option(help="Slug of the council the assets belong to.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Licence of the rows, where the file states none.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, kept with every revision.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but write.")] = False,
    accept_valid: Annotated[
        bool, typer.Option("--accept-valid", help="Import the good rows of a file with bad ones.")
    ] = False,
    withdraw_missing: Annotated[
        bool,
        typer.Option("--withdraw-missing", help="Withdraw the source's assets the file lacks."),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show how the file would be read; write FILE.mapping.toml in this folder.",
        ),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the report to a .json or .html file.")
    ] = None,
    audience: AudienceOption = Role.public,
    db: DbOption = None,
) -> None:
    """Import files into the catalogue: all of each file, or nothing of it.

    Every row ends as created, updated, unchanged, withdrawn or rejected, with the reason.
    The same file imported again changes nothing.
    """
    _check_usage(files, kind, licence)
    settings = settings_for(db)
    if explain:
        for path in files:
            for each in explain_file(path, kind, layer, crs, encoding, settings.storage_crs):
                console.print(each.text(), markup=False, soft_wrap=True)
        return
    if source is None:
        raise typer.BadParameter("say which register this is, for example --source camden-lighting")
    if report is not None and report.suffix not in (".json", ".html"):
        raise typer.BadParameter("--report must end in .json or .html")
    reports: list[ImportReport] = []
    principal = local_principal()
    with database_for(settings, create=True) as database:
        for path in files:
            request = ImportRequest(
                path=path, source=source, author=principal.name, kind=kind, layer=layer,
                mapping=mapping, crs=crs, encoding=encoding, authority=authority, reason=reason,
                dry_run=dry_run, accept_valid=accept_valid, withdraw_missing=withdraw_missing,
                max_bytes=settings.max_import_bytes, audience=audience, licence=licence,
                rejects_path=_rejects_path(report, path if len(files) > 1 else None),
            )  # fmt: skip
            try:
                with _Bar(path.name) as bar:
                    outcome = run_import(database, request, bar)
            except CanopyError as error:
                reports.append(_unread(request, error))
                if report is not None:
                    write_report(report, reports, audience)
                _sum_up(files, reports)
                raise
            print_report(outcome)
            reports.append(outcome)
    if report is not None:
        write_report(report, reports, audience)
        console.print(f"Report for {audience}: {report}", markup=False, soft_wrap=True)
    _sum_up(files, reports)
    if any(outcome.state == "refused" for outcome in reports):
        raise typer.Exit(1)


def _check_usage(files: list[Path], kind: str | None, licence: str | None) -> None:
    """End with 2, before anything is opened, for what cannot be meant."""
    known = [str(each) for each in KINDS]
    if kind is not None and kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
        raise typer.BadParameter(f"--kind {kind!r} is no kind of asset; {hint}")
    if licence is not None and not 0 < len(licence.strip()) <= MAX_LICENCE:
        raise typer.BadParameter(f"--licence must have 1 to {MAX_LICENCE} characters")
    missing = [path for path in files if not path.is_file()]
    for path in missing:
        what = "is no file" if path.exists() else "is not there"
        message = f"{path} {what}; check the name. Nothing was imported."
        errors.print(message, markup=False, soft_wrap=True, style="red")
    if missing:
        raise typer.Exit(2)


def _sum_up(files: list[Path], reports: list[ImportReport]) -> None:
    """Of several files of which one was refused: which are in, and which are not."""
    if len(files) < 2 or all(each.state != "refused" for each in reports):
        return
    done = [each.file for each in reports if each.state != "refused"]
    refused = [each.file for each in reports if each.state == "refused"]
    dry = any(each.state == "dry-run" for each in reports)
    verb = "Would be imported" if dry else "Imported, and in the catalogue"
    lines = [
        f"{verb}: {', '.join(done) or 'none'}.",
        f"Refused, and nothing of it written: {', '.join(refused)}.",
    ]
    untried = [path.name for path in files[len(reports) :]]
    if untried:
        lines.append(f"Not tried: {', '.join(untried)}.")
    for line in lines:
        errors.print(line, markup=False, soft_wrap=True, style="bold")


def _rejects_path(report: Path | None, one_of_several: Path | None) -> Path | None:
    """Where rejected rows go, beside the report; what an earlier import left there goes."""
    if report is None:
        return None
    part = "" if one_of_several is None else f".{one_of_several.stem}"
    path = report.with_suffix(f"{part}.rejects.csv")
    path.unlink(missing_ok=True)
    return path


def _unread(request: ImportRequest, error: CanopyError) -> ImportReport:
    """The report of a file that was refused before its rows were read.

    What is wrong with a mapping may quote a value of it, and is kept for admins.
    """
    told = error.detail
    if isinstance(error, BadMapping) and request.audience is not Role.admin:
        told = f"{error.title}; the command itself says where, or a report for admins."
    return ImportReport(
        file=request.path.name, table="", source=request.source, kind=request.kind,
        state="refused", refusals=[told],
    )  # fmt: skip


class _Bar:
    """A progress bar on stderr, with rate and time left; quiet where there is no terminal."""

    def __init__(self, name: str) -> None:
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(),
            TextColumn("{task.completed:,.0f} rows"), TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(), console=errors, transient=True, disable=not errors.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task(name, total=None, rate="")
        self._started = time.monotonic()

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, step: Step) -> None:
        elapsed = max(time.monotonic() - self._started, 0.001)
        rate = f"{step.done / elapsed:,.0f} rows/s" if step.phase == "reading" else step.phase
        if step.phase == "reading":
            self._bar.update(self._task, completed=step.done, total=step.total, rate=rate)
        else:
            self._bar.update(self._task, rate=rate)


def print_report(report: ImportReport) -> None:
    verb = {"done": "Imported", "dry-run": "Dry run of", "refused": "Refused"}[report.state]
    style = "bold red" if report.state == "refused" else "bold green"
    console.print(verb, style=style, end="")
    console.print(f" {report.file} in {report.duration_s:.1f} s", markup=False, soft_wrap=True)
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for name in ("read", "created", "updated", "unchanged", "withdrawn", "rejected"):
        table.add_column(name, justify="right")
    table.add_row(
        *(f"{count:,}" for count in (report.read, report.created, report.updated,
                                     report.unchanged, report.withdrawn, report.rejected))
    )  # fmt: skip
    console.print(table)
    if report.transformation:
        console.print(f"Coordinates: {report.transformation}", markup=False, soft_wrap=True)
    for warned in report.warnings:
        line = f"  {warned.code} ({warned.count:,}): {warned.message}"
        console.print(line, markup=False, soft_wrap=True)
    for code, count in report.reject_codes.items():
        first = next((_placed(each) for each in report.rejects if each.code == code), "")
        console.print(f"  rejected, {code} ({count:,}): {first}", markup=False, soft_wrap=True)
    for refusal in report.refusals:
        errors.print(refusal, markup=False, soft_wrap=True, style="red")
    if report.state == "refused":
        errors.print("Nothing was written.", style="red")


def _placed(issue: RowIssue) -> str:
    """An issue's message, with its row where the message does not begin with it."""
    if issue.row is None or issue.message.startswith("Row "):
        return issue.message
    return f"row {issue.row}: {issue.message}"
