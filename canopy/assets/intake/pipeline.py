"""One import, from the file to the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.assets import queries
from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.importers.base import RawBatch, RowIssue, SourceTable
from canopy.assets.importers.fingerprint import fingerprint
from canopy.assets.importers.opening import open_tables
from canopy.assets.intake import queries as stage
from canopy.assets.intake.audience import ReportView
from canopy.assets.intake.helping import StagingLine
from canopy.assets.intake.merging import MergeOutcome, MergeRequest, merge_stage
from canopy.assets.intake.ref_checks import RefSigns, repeated, warn_of_refs
from canopy.assets.intake.report import REJECTS_SHOWN, ROWS_SHOWN, ImportReport, WarningTally
from canopy.assets.intake.report_files import write_rejects
from canopy.assets.intake.staging import RowStager, StagedRows
from canopy.assets.mapping import (
    HARMLESS_REJECTS,
    Evidence,
    Mapping,
    Normaliser,
    load_mapping,
    propose,
)
from canopy.assets.mapping.left_out import LeftColumn, told
from canopy.assets.places import Places
from canopy.db.engine import Database
from canopy.errors import BadSource, LimitExceeded


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import and how; the command line and the API both make one of these.

    `source` names the register the file is a vintage of (``camden-lighting``): the same
    source imported again updates its assets. `author` is the principal who asked.
    """

    path: Path
    source: str
    author: str
    kind: str | None = None
    layer: str | None = None
    mapping: Path | None = None
    crs: str | None = None
    encoding: str | None = None
    authority: str | None = None
    reason: str = ""
    dry_run: bool = False
    accept_valid: bool = False
    withdraw_missing: bool = False
    max_bytes: int = 4 * 1024**3
    rejects_path: Path | None = None
    """Where every rejected row is written as CSV, when there are any: what `audience` may
    see of them."""
    audience: Role = Role.public
    licence: str | None = None
    """Of the rows that state none, as given by the one who asks."""
    job_id: int | None = None
    survey: bool = False
    """Whether the rows say what was found out of assets that are there; see `MergeRequest`.
    Revisions then have the origin ``survey``, and later vintages leave them as they are."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `total` is None while it is not known."""

    phase: str
    done: int
    total: int | None


ProgressSink = Callable[[Progress], None]
"""Called now and then; may raise to stop the import, which then leaves nothing behind."""


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """One table of the file with the mapping it will be read by."""

    table: SourceTable
    mapping: Mapping
    evidence: list[Evidence]
    problems: list[tuple[RowIssue, int]]
    """What is to be said of the file or its columns, and of how many of them."""


class _DryRun(Exception):
    """Raised inside the transaction to take everything back."""


def run_import(
    database: Database,
    request: ImportRequest,
    progress: ProgressSink = lambda _: None,
    on_commit: Callable[[Session, ImportReport], None] | None = None,
) -> ImportReport:
    """Import one file; all of it or, unless `accept_valid`, nothing.

    `on_commit` runs inside the transaction that writes the assets, so that what it
    records (a job's result) is true exactly when the import is.
    Raises BadSource, BadMapping, UnknownCrs or StorageUnavailable where the file was not
    read to its end; rejected rows are in the report, whose `state` is then ``refused``.
    """
    started = time.monotonic()
    sha256 = _checked_file(request)
    plans = plan_tables(request, database.storage_crs)
    report = _new_report(request, plans, sha256)
    tally = WarningTally()

    def complete() -> None:
        report.warnings = tally.listed()
        report.duration_s = time.monotonic() - started

    def record(session: Session) -> None:
        complete()
        if on_commit is not None:
            on_commit(session, report)

    with database.connected() as connection:
        try:
            intake = _Intake(database, connection, request, tally, progress)
            intake.stage(plans, report)
            _describe(report, plans, intake.normalisers)
            if not report.refusals:
                _merge(database, connection, request, plans, report, tally, progress, record)
        finally:
            connection.rollback()
            with connection.begin():
                stage.drop_stage(connection)
    complete()
    return report


def _checked_file(request: ImportRequest) -> str:
    if not request.path.is_file():
        raise BadSource(f"{request.path} is not there, or is no file; check the name.")
    size = request.path.stat().st_size
    if size > request.max_bytes:
        raise LimitExceeded(
            f"{request.path.name} has {size:,} bytes and the limit is {request.max_bytes:,}; "
            "split the file, or raise CANOPY_MAX_IMPORT_BYTES."
        )
    return fingerprint(request.path)


def plan_tables(request: ImportRequest, storage_crs: str) -> list[PlannedTable]:
    """The tables of the file that will be read, each with its mapping.

    Raises BadSource where the file has several and neither a layer was chosen nor each
    says by itself what it holds.
    """
    tables = open_tables(request.path, layer=request.layer, encoding=request.encoding)
    if len(tables) > 1 and (request.kind or any(t.suggested_kind is None for t in tables)):
        names = ", ".join(table.name for table in tables)
        raise BadSource(
            f"{request.path.name} holds {len(tables)} tables ({names}); choose one with --layer, "
            "and import each with its own --kind."
        )
    return [_plan(request, table, storage_crs) for table in tables]


def _plan(request: ImportRequest, table: SourceTable, storage_crs: str) -> PlannedTable:
    kind = request.kind or table.suggested_kind
    if request.mapping is not None:
        mapping = load_mapping(request.mapping, table, kind)
        evidence = [Evidence("mapping", request.mapping.name, 1.0, "given with the import")]
        reason = "neither named nor ignored in the mapping"
        left = [LeftColumn(name, reason) for name in mapping.unmapped(table.columns)]
        return PlannedTable(table, mapping, evidence, told(left))
    proposal = propose(table, kind, storage_crs, declared_crs=request.crs)
    problems = [(issue, 1) for issue in proposal.problems] + told(proposal.left)
    return PlannedTable(table, proposal.mapping, list(proposal.evidence), problems)


def _new_report(request: ImportRequest, plans: list[PlannedTable], sha256: str) -> ImportReport:
    return ImportReport(
        file=request.path.name,
        table=", ".join(plan.table.name for plan in plans),
        source=request.source,
        kind=request.kind or ", ".join(str(plan.table.suggested_kind) for plan in plans),
        state="dry-run" if request.dry_run else "done",
        evidence=[each for plan in plans for each in plan.evidence] + _given_licence(request),
        file_sha256=sha256,
    )


def _given_licence(request: ImportRequest) -> list[Evidence]:
    if request.licence is None:
        return []
    reason = f"given with the import, for rows that state none: {request.licence!r}"
    return [Evidence("licence", "the import", 1.0, reason)]


class _Intake:
    """The staging half of an import: everything that can be said row by row."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        request: ImportRequest,
        tally: WarningTally,
        progress: ProgressSink,
    ) -> None:
        self._database = database
        self._connection = connection
        self._request = request
        self._tally = tally
        self._progress = progress
        self._refs = RefSigns()
        self.normalisers: list[Normaliser] = []

    def stage(self, plans: list[PlannedTable], report: ImportReport) -> None:
        with self._database.reading() as session:
            places = Places(queries.areas(session))
        stager = RowStager(
            srid=self._database.srid,
            gpkg=self._database.is_gpkg,
            authority=self._request.authority,
            places=places,
        )
        with self._connection.begin():
            stage.create_stage(self._connection, gpkg=self._database.is_gpkg)
            with StagingLine(stager) as line:
                for plan in plans:
                    self._stage_table(plan, line, report)
                self._append(line.finish())
            stage.index_stage(self._connection)
            self._check_repeats()
            report.reject_codes = stage.reject_summary(self._connection)
            report.rejected = sum(report.reject_codes.values())
            report.rejects = list(stage.rejected_rows(self._connection, REJECTS_SHOWN))
            if report.rejected and self._request.rejects_path is not None:
                asked = Principal(self._request.audience, f"audience:{self._request.audience}")
                view = ReportView([plan.mapping for plan in plans], asked)
                rejects = map(view.issue, stage.rejected_rows(self._connection))
                write_rejects(self._request.rejects_path, rejects)
        report.refusals.extend(self._refusals(report))
        if report.refusals:
            report.state = "refused"

    def _stage_table(self, plan: PlannedTable, line: StagingLine, report: ImportReport) -> None:
        table = plan.table
        normaliser = Normaliser(
            plan.mapping, table, self._database.storage_crs, declared_crs=self._request.crs
        )
        self.normalisers.append(normaliser)
        self._tally.extend(list(table.notices))
        for issue, count in plan.problems:
            self._tally.add(issue, count)
        for raw in table.batches():
            self._stage_batch(raw, normaliser, line, report)
            self._progress(Progress("reading", report.read, table.row_count))
        for issue in normaliser.finish():
            if issue.code in Normaliser.FATAL:
                report.refusals.append(issue.message)
            self._tally.add(issue)

    def _stage_batch(
        self, raw: RawBatch, normaliser: Normaliser, line: StagingLine, report: ImportReport
    ) -> None:
        normalised = normaliser.batch(raw)
        rejects = [*raw.rejects, *normalised.rejects]
        self._tally.extend([*raw.warnings, *normalised.warnings])
        stage.stage_rejects(self._connection, rejects)
        if len(normalised.candidates):
            columns = normalised.candidates.columns
            self._refs.add(columns["ref"])
            if self._request.licence is not None:
                columns["licence"] = _filled(columns["licence"], self._request.licence)
            self._append(line.put(normalised.candidates))
        report.read += len(normalised.candidates) + len(rejects)

    def _append(self, ready: Sequence[StagedRows]) -> None:
        for staged in ready:
            stage.append_staged(self._connection, staged)

    def _check_repeats(self) -> None:
        """Reject rows that claim a ref another row of the file claims too; warn of the like."""
        repeats = list(repeated(self._connection))
        if repeats:
            stage.delete_staged(self._connection, [ordinal for ordinal, _ in repeats])
            stage.stage_rejects(self._connection, [issue for _, issue in repeats])
        warn_of_refs(self._connection, self._refs, self._tally)
        count, rows = stage.shared_positions(self._connection, ROWS_SHOWN)
        for file_row in rows:
            self._tally.add(
                RowIssue(
                    file_row,
                    "duplicate-point",
                    f"Row {file_row} and others stand exactly where an earlier asset of their "
                    "kind does; kept, check whether they are one.",
                )
            )
        if count > len(rows):
            self._tally.add(RowIssue(None, "duplicate-point", ""), count - len(rows))

    def _refusals(self, report: ImportReport) -> Iterator[str]:
        faults = sum(
            count for code, count in report.reject_codes.items() if code not in HARMLESS_REJECTS
        )
        if report.read == 0:
            yield f"{report.file} holds no rows to import."
        elif report.rejected == report.read:
            yield f"All {report.read:,} rows of {report.file} were rejected."
        elif faults and not self._request.accept_valid:
            yield (
                f"{faults:,} of {report.read:,} rows of {report.file} were rejected. "
                "Correct them (in the file, or by corrections in a mapping), or import the "
                "others with --accept-valid."
            )


def _describe(
    report: ImportReport, plans: list[PlannedTable], normalisers: Sequence[Normaliser]
) -> None:
    transformations = dict.fromkeys(n.transformation.sentence() for n in normalisers)
    report.transformation = "; ".join(transformations)
    report.crs = ", ".join(dict.fromkeys(n.transformation.source for n in normalisers))
    report.mappings = {plan.table.name: plan.mapping for plan in plans}


def _merge(
    database: Database,
    connection: Connection,
    request: ImportRequest,
    plans: list[PlannedTable],
    report: ImportReport,
    tally: WarningTally,
    progress: ProgressSink,
    record: Callable[[Session], None],
) -> None:
    progress(Progress("writing", report.read, report.read))
    withdraw = request.withdraw_missing
    if withdraw and report.rejected:
        withdraw = False
        tally.add(
            RowIssue(
                None,
                "withdrawal-skipped",
                f"Nothing was withdrawn, because {report.rejected:,} rows were rejected and may "
                "be the ones that seem missing. Correct them and import again.",
            )
        )
    merge_request = MergeRequest(
        source=request.source,
        mapped=frozenset(["licence"] if request.licence is not None else []).union(
            *(mapped_fields(plan.mapping) for plan in plans)
        ),
        withdraw_missing=withdraw,
        note=_note(request, report),
        survey=request.survey,
    )
    try:
        with database.writing(connection) as session:
            if request.authority is not None:
                queries.ensure_organisation(session, request.authority, request.authority)
            outcome = merge_stage(session, merge_request, queries.now_utc())
            _take(outcome, report, tally)
            if request.dry_run:
                raise _DryRun
            record(session)
    except _DryRun:
        report.change_id = None


def _take(outcome: MergeOutcome, report: ImportReport, tally: WarningTally) -> None:
    report.created = outcome.created
    report.updated = outcome.updated
    report.unchanged = outcome.unchanged
    report.withdrawn = outcome.withdrawn
    report.change_id = outcome.change_id
    report.differences = outcome.differences
    tally.extend(outcome.warnings)


def _note(request: ImportRequest, report: ImportReport) -> queries.ChangeNote:
    return queries.ChangeNote(
        author=request.author,
        reason=request.reason or f"import of {report.file}",
        origin="survey" if request.survey else "import",
        source=request.source,
        file_name=report.file,
        file_sha256=report.file_sha256,
        transformation=_provenance(request, report),
        job_id=request.job_id,
    )


def _provenance(request: ImportRequest, report: ImportReport) -> dict[str, object]:
    """How positions came here, and the licence that the file itself does not state."""
    said: dict[str, object] = {"sentence": report.transformation, "crs": report.crs}
    if request.licence is not None:
        said |= {"licence": request.licence, "licence_given_by": request.author}
    return said


def _filled(values: list[object], given: str) -> list[object]:
    """`values` with `given` where nothing is known."""
    if values.count(None) == len(values):
        return [given] * len(values)
    return [given if value is None else value for value in values] if None in values else values


def mapped_fields(mapping: Mapping) -> frozenset[str]:
    """The flat record fields that a mapping carries, and so may change or clear."""
    names = {"kind", "geom", "authority"}
    for target in (*mapping.columns, *mapping.constants):
        names.add(target if target in CANDIDATE_COLUMNS else f"attributes.{target}")
    return frozenset(names)
