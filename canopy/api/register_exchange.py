"""What the register publishes, and its invoices beside a ledger's receipts."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from canopy.api.concessions.deps import SchedulesOf
from canopy.api.deps import DatabaseOf, EditorOf, SessionOf, SettingsOf
from canopy.api.imports import receive, safe_name
from canopy.assets.queries import now_utc
from canopy.concessions.exchange.ocds.publishing import package, release
from canopy.concessions.exchange.receipts import DateFormat
from canopy.concessions.register import published
from canopy.concessions.register.valuing import Schedules
from canopy.concessions.register.versions import billable
from canopy.db.engine import Database

router = APIRouter(tags=["register"])

MOST_RELEASES = 100
MOST_LEDGER_BYTES = 20_000_000
MOST_REFS = 100
Ref = Annotated[str, Query(min_length=1, max_length=500)]


@router.get("/register/ocds")
def list_releases(
    request: Request,
    response: Response,
    session: SessionOf,
    settings: SettingsOf,
    ref: Annotated[
        list[Ref] | None, Query(max_length=MOST_REFS, description="Only these agreements")
    ] = None,
    after: Annotated[
        str, Query(max_length=500, description="Reference that the page follows")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_RELEASES)] = MOST_RELEASES,
) -> dict[str, Any]:
    """Agreements as an OCDS 1.1 release package, for everybody.

    Those in force or ended, without income, breaks, notices, reasons and assets. A `Link` header
    with `rel="next"` leads to the next page.
    """
    if ref:
        found = published.chosen(session, ref, {})
    else:
        found = published.page(session, after, limit + 1)
        if len(found) > limit:
            found = found[:limit]
            asked = urlencode({"limit": limit, "after": found[-1].agreement.ref})
            response.headers["Link"] = f'<{request.url.path}?{asked}>; rel="next"'
    releases = [release(each, settings.ocds_prefix) for each in found]
    publisher = settings.publisher or settings.catalogue_title
    return package(releases, str(request.url), publisher, now_utc())


@router.post("/register/reconciliation")
async def reconcile_ledger(
    request: Request,
    database: DatabaseOf,
    schedules: SchedulesOf,
    _: EditorOf,
    filename: Annotated[
        str, Query(min_length=1, max_length=200, description="Name of the file, with its ending")
    ],
    ref: Annotated[
        list[Ref], Query(min_length=1, max_length=MOST_REFS, description="Agreements to reconcile")
    ],
    on: Annotated[date | None, Query(description="The day; today if not given")] = None,
    dates: Annotated[
        DateFormat | None,
        Query(
            description="How dates such as 03/04/2026 are meant; told by days above 12 if not given"
        ),
    ] = None,
) -> dict[str, Any]:
    """Send a ledger of receipts (CSV, XLSX) as the request's body; nothing of it is kept.

    Told are invoices paid, underpaid, overpaid, missing and late up to the day, and receipts
    that belong to none. An agreement that follows an index which the service has no series of is
    refused, and so is a ledger of which nothing shows whether 03/04/2026 is a day in April;
    `dates_told` says how such dates were read.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="canopy-ledger-"))
        stack.callback(shutil.rmtree, folder)
        path = folder / safe_name(filename)
        await receive(request, path, MOST_LEDGER_BYTES, "split it")
        return await run_in_threadpool(_reconciled, database, schedules, path, ref, on, dates)


def _reconciled(
    database: Database,
    schedules: Schedules,
    path: Path,
    refs: list[str],
    on: date | None,
    dates: DateFormat | None,
) -> dict[str, Any]:
    from canopy.concessions.exchange.receipts import read_ledger
    from canopy.concessions.exchange.reconciling import as_json, reconciled

    day = on or now_utc().date()
    ledger = read_ledger(path, dates=dates)
    with database.reading() as session:
        agreements = [billable(session, ref) for ref in dict.fromkeys(refs)]
    found = reconciled(agreements, ledger.receipts, day, schedules.inputs(), schedules.meters)
    return {**as_json(found, day), "dates_told": ledger.told}
