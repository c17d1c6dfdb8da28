"""The register over HTTP: what is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response

from canopy.api.deps import DatabaseOf
from canopy.api.on_days import OnDay
from canopy.api.register import benchmarks, feed, feed_keys, writes
from canopy.api.register.deps import KeeperOf, LeadsOf, ReaderOf, SeenAgreement, etag, only_party
from canopy.api.register.documents import (
    AGREEMENTS,
    AgreementOut,
    AgreementsOut,
    AlertOut,
    AlertsOut,
    DayOut,
    EventsOut,
    OverlapOut,
    OverlapsOut,
    PastsOut,
    TimelineOut,
    agreement_of,
    events_of,
    line_of,
    pasts_of,
)
from canopy.api.register.paging import Sort, next_page, order_of, value_after
from canopy.assets.queries import now_utc
from canopy.concessions.alerts.alert import COMING, AlertKind
from canopy.concessions.alerts.finding import alerts
from canopy.concessions.alerts.timeline import Happened, timeline
from canopy.concessions.register import queries, writing
from canopy.concessions.register.holding import queries as holding
from canopy.concessions.register.queries import Wanted
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Kind

MOST_LINES = 1_000
MOST_ALERTS = 10_000
MOST_LEAD_MONTHS = 60
_Words = Query(min_length=1, max_length=500)

router = APIRouter(tags=["register"])


@router.get(AGREEMENTS)
def list_agreements(
    request: Request,
    database: DatabaseOf,
    principal: ReaderOf,
    q: Annotated[str | None, _Words] = None,
    kind: Annotated[Kind | None, Query()] = None,
    status: Annotated[list[Status] | None, Query(max_length=5)] = None,
    party: Annotated[str | None, _Words] = None,
    asset: Annotated[str | None, _Words] = None,
    on: Annotated[date | None, Query(description="A day in the term")] = None,
    ends_before: date | None = None,
    handover_clause: Annotated[
        bool | None, Query(description="Whether users must be handed over to one with coverage")
    ] = None,
    sort: Annotated[Sort, Query(description="With - before it, the last comes first")] = "ref",
    after: Annotated[str | None, _Words] = None,
    after_value: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 100,
) -> AgreementsOut:
    """Agreements in order; withdrawn ones only where their status is asked for.

    `after` and `after_value` are what a page ended with, as `next` has them: the reference, and
    what is sorted by. A change between two pages neither repeats nor skips another agreement.

    `q` is looked for in reference, title and parties. An operator finds those that bind it.
    """
    order = order_of(sort)
    wanted = Wanted(
        kind, tuple(status or ()), party, asset, on, only_party(principal), q, ends_before,
        order, sort.startswith("-"), after, value_after(order, after, after_value),
        handover_clause,
    )  # fmt: skip
    with database.reading() as session:
        rows = queries.listed(session, wanted, limit + 1)
        total = queries.count(session, wanted)
        whole = only_party(principal) is None
        lines = [line_of(writing.held(row), whole=whole) for row in rows[:limit]]
    more = next_page(request, order, lines[-1]) if len(rows) > limit else None
    return AgreementsOut(agreements=lines, next=more, total=total)


@router.get("/register/alerts")
def list_alerts(
    database: DatabaseOf,
    principal: KeeperOf,
    leads: LeadsOf,
    on: OnDay = None,
    kind: Annotated[list[AlertKind] | None, Query(max_length=len(get_args(AlertKind)))] = None,
    ref: Annotated[str | None, _Words] = None,
    within_months: Annotated[
        int | None, Query(ge=1, le=MOST_LEAD_MONTHS, description="Also what comes so soon")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ALERTS)] = 1_000,
) -> AlertsOut:
    """What must be done about agreements, by the day to act; of one of them where `ref` says so."""
    if within_months is not None:
        months = {kind: max(leads.months.get(kind, 0), within_months) for kind in COMING}
        leads = replace(leads, months=months)
    day = on or now_utc().date()
    with database.reading() as session:
        registered = writing.registered(session, day)
    found = [
        each
        for each in alerts(registered, day, leads)
        if (not kind or each.kind in kind) and (ref is None or each.agreement == ref)
    ]
    told = [AlertOut.model_validate(each) for each in found[:limit]]
    return AlertsOut(on=day, total=len(found), alerts=told)


@router.get("/register/overlaps")
def list_overlaps(
    database: DatabaseOf,
    principal: KeeperOf,
    asset: Annotated[str, Query(min_length=1, max_length=500)],
) -> OverlapsOut:
    """Every pair of live agreements that hold an asset on the same days.

    Where one holds it alone, those that would if a term is extended are told too.
    """
    with database.reading() as session:
        found = [*queries.overlaps_on(session, asset), *holding.on_asset(session, asset)]
    return OverlapsOut(
        overlaps=[
            OverlapOut(
                asset=each.asset, first=each.first, second=each.second, days=f"{each.days}",
                refused=each.refused, if_extended=list(each.if_extended),
            )
            for each in found
        ]
    )  # fmt: skip


@router.get(AGREEMENTS + "/{ref:path}/timeline")
def show_timeline(
    found: SeenAgreement, database: DatabaseOf, principal: ReaderOf, on: OnDay = None
) -> TimelineOut:
    """An agreement's days: term, options, notices, reviews, statuses, events, and `on`.

    Options and notices are the council's own business, and not told to operators, nor are events.
    """
    agreement = found.agreement
    is_own = only_party(principal) is None
    with database.reading() as session:
        rows = queries.events(session, agreement.ref) if is_own else []
        happened = [
            *_statuses(queries.history(session, agreement.ref)),
            *(Happened(row.happened_on, "event", f"{row.kind}: {row.note}") for row in rows),
        ]
    days = timeline(agreement, happened, on)
    return TimelineOut(
        ref=agreement.ref,
        items=[DayOut.model_validate(day) for day in days if is_own or not day.is_intention],
    )


def _statuses(history: list[queries.PastAgreement]) -> list[Happened]:
    """Each status that an agreement came to have, by the day that it stood so from."""
    told = []
    for past in history:
        status, on = past.delta.after.get("status"), past.delta.after.get("status_on")
        if isinstance(status, str) and isinstance(on, str):
            told.append(Happened(date.fromisoformat(on), "status", f"It is {status}."))
    return told


@router.get(AGREEMENTS + "/{ref:path}/history")
def show_history(found: SeenAgreement, database: DatabaseOf, principal: KeeperOf) -> PastsOut:
    """Every change of an agreement: who, when, why, and what changed."""
    with database.reading() as session:
        return pasts_of(found.agreement.ref, queries.history(session, found.agreement.ref))


@router.get(AGREEMENTS + "/{ref:path}/events")
def list_events(found: SeenAgreement, database: DatabaseOf, principal: KeeperOf) -> EventsOut:
    """What happened under an agreement, earliest first."""
    with database.reading() as session:
        return events_of(queries.events(session, found.agreement.ref))


router.include_router(writes.router)
router.include_router(feed.router)
router.include_router(feed_keys.router)
router.include_router(benchmarks.router)


@router.get(AGREEMENTS + "/{ref:path}")
def show_agreement(found: SeenAgreement, response: Response, principal: ReaderOf) -> AgreementOut:
    """An agreement as it is now, with its terms; the ETag is what a change names. Operators are
    told neither the council's costs nor options to end or renew.
    """
    response.headers["ETag"] = etag(found)
    response.headers["Cache-Control"] = "private, no-cache"
    return agreement_of(found, whole=only_party(principal) is None)
