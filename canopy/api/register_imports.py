"""Registers and releases of contracts imported over HTTP, as `canopy register import` does."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from canopy.api.deps import DatabaseOf
from canopy.api.imports import receive, safe_name
from canopy.api.register.deps import KeeperOf
from canopy.assets.importers.fingerprint import fingerprint
from canopy.assets.queries import ChangeNote, now_utc
from canopy.concessions.exchange.report import RegisterReport
from canopy.concessions.terms.agreement import Kind
from canopy.concessions.terms.payment import Vat
from canopy.db.engine import Database
from canopy.log import logger

if TYPE_CHECKING:
    from canopy.concessions.exchange.incoming import Incoming
    from canopy.concessions.exchange.report import Rejected

MOST_BYTES = 10_000_000
RELEASES = (".json", ".jsonl")

router = APIRouter(tags=["register"])


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a file is to be read and what is to be done with it."""

    mapping: str | None
    kind: Kind | None
    vat: Vat
    dry_run: bool
    accept_valid: bool
    require_assets: bool


@router.post("/register/imports")
async def import_into_register(
    request: Request,
    database: DatabaseOf,
    principal: KeeperOf,
    filename: Annotated[
        str, Query(min_length=1, max_length=200, description="Name of the file, with its ending")
    ],
    mapping: Annotated[
        str | None, Query(max_length=20_000, description="TOML; proposed where it is not given")
    ] = None,
    kind: Annotated[Kind | None, Query(description="Of OCDS: kind of every agreement")] = None,
    vat: Annotated[Vat, Query(description="Of OCDS, which does not tell it")] = "standard",
    dry_run: bool = False,
    accept_valid: bool = False,
    require_assets: bool = False,
    on: Annotated[date | None, Query(description="The day; today if not given")] = None,
    reason: Annotated[str, Query(max_length=1_000)] = "",
) -> dict[str, Any]:
    """Send a register (CSV, XLSX) or OCDS releases (JSON) as the body: all of it, or nothing.

    Answers with the report of the import; its `state` is `refused` where a row is faulty, and
    nothing was written then. Which assets the catalogue lacks, or has twice, is in `stated`.
    """
    asked = _Asked(mapping, kind, vat, dry_run, accept_valid, require_assets)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="canopy-register-"))
        stack.callback(shutil.rmtree, folder)
        path = folder / safe_name(filename)
        await receive(request, path, MOST_BYTES, "use `canopy register import`, or split it")
        day = on or now_utc().date()
        report = RegisterReport(path.name, fingerprint(path), on=day.isoformat())
        note = ChangeNote(
            principal.name, reason.strip(), "import", file_name=path.name,
            file_sha256=report.file_sha256,
        )  # fmt: skip
        await run_in_threadpool(_import, database, path, asked, note, report)
    logger("api").info(
        "register_imported", by=principal.name, state=report.state, created=report.created,
        updated=report.updated, rejected=report.rejected,
    )  # fmt: skip
    return report.as_json()


def _import(
    database: Database, path: Path, asked: _Asked, note: ChangeNote, report: RegisterReport
) -> None:
    from canopy.concessions.register.intake import import_all

    import_all(
        database, _rows(path, asked, report), note, now_utc(), report, dry_run=asked.dry_run,
        accept_valid=asked.accept_valid, require_assets=asked.require_assets,
    )  # fmt: skip


def _rows(path: Path, asked: _Asked, report: RegisterReport) -> Iterable[Incoming | list[Rejected]]:
    from canopy.concessions.exchange import mapping as mappings
    from canopy.concessions.exchange.ocds.agreements import Assumed
    from canopy.concessions.exchange.ocds.intake import read_file
    from canopy.concessions.exchange.proposing import propose
    from canopy.concessions.exchange.reading import fitted, open_register, read_register

    if path.suffix.lower() in RELEASES:
        day = date.fromisoformat(report.on)
        return read_file(path, Assumed(kind=asked.kind, vat=asked.vat), day, report)
    table = open_register(path, None)
    if asked.mapping is None:
        proposal = propose(table)
        report.warnings += [problem.message for problem in proposal.problems]
        chosen = proposal.mapping
    else:
        chosen = mappings.loads(asked.mapping)
    mappings.require_complete(chosen, path.name)
    report.mapping = chosen.model_dump(mode="json", exclude_defaults=True)
    return read_register(fitted(table, chosen))
