"""Newest values, the past, gaps and batteries: for everybody, as far as they may see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from canopy.api.iot.viewing import documents as out
from canopy.api.iot.viewing.deps import AfterOf, AskedOf, LimitOf, NumberOf, Viewing, ViewingOf
from canopy.api.ogc.negotiation import base_url
from canopy.api.problems import BadRequest
from canopy.assets.queries import now_utc
from canopy.errors import NotFound
from canopy.iot.viewing import latest, overview, queries
from canopy.iot.viewing.history import LONGEST, MOST_POINTS, Level, gaps, history
from canopy.iot.viewing.queries import Sensed, Wanted
from canopy.iot.viewing.silent import silent_after

MOST_PROPERTIES = 1_000
MOST_GAPS = 500
LONGEST_GAPS = timedelta(days=93)
_DAY = timedelta(days=1)
SkipOf = Annotated[int, Query(ge=0, le=1_000_000)]
StartOf = Annotated[AwareDatetime | None, Query(description="A day before `end` where absent")]
EndOf = Annotated[AwareDatetime | None, Query(description="Now where absent")]

router = APIRouter(prefix="/iot", tags=["iot"])


@router.get("/latest")
def list_latest(
    on: ViewingOf, asked: AskedOf, after: AfterOf = 0, limit: LimitOf = 100
) -> out.LatestOut:
    """Newest values of datastreams, by number; a page within a bbox may be short of its limit."""
    now = now_utc()
    page = latest.page(on.scope, on.readings, asked.wanted, asked.box, after, limit)
    return out.LatestOut(
        now=now, datastreams=[out.seen_out(each, now) for each in page.seen], next=page.next
    )


@router.get("/properties")
def list_properties(on: ViewingOf) -> out.PropertiesOut:
    """Observed properties of which there are datastreams for you."""
    found = queries.observed(on.scope.session, on.scope.audience, MOST_PROPERTIES)
    return out.PropertiesOut(properties=[out.PropertyOut.model_validate(each) for each in found])


@router.get("/datastreams/{number}/history", response_model=None)
def show_history(
    request: Request,
    on: ViewingOf,
    number: NumberOf,
    start: StartOf = None,
    end: EndOf = None,
    level: Level = "auto",
    limit: Annotated[int, Query(ge=1, le=MOST_POINTS)] = MOST_POINTS,
    f: Annotated[Literal["json", "csv"], Query(description="json or csv")] = "json",
) -> out.HistoryOut | Response:
    """The past of a datastream: readings, or their least, mean and greatest by span.

    Left to us, the level is raw for a day, 15min for a week, hour for two months, day beyond.
    """
    row = _stream(on, number)
    since, until = _span(start, end, LONGEST)
    found = history(on.readings, number, row.interval_s, since, until, level, limit)
    if f == "csv":
        headers = {"Content-Disposition": f'attachment; filename="datastream-{number}.csv"'}
        if found.next is not None:
            rest = {"start": found.next.isoformat(), "end": until.isoformat(),
                    "level": found.level, "limit": limit, "f": "csv"}  # fmt: skip
            address = f"{base_url(request)}{request.url.path}?{urlencode(rest)}"
            headers["Link"] = f'<{address}>; rel="next"'
        return Response(
            out.history_csv(found), headers=headers, media_type="text/csv; charset=utf-8"
        )
    return out.HistoryOut(
        datastream=number, unit=row.unit or row.ucum, level=found.level, start=since, end=until,
        readings=[out.reading_out(each) for each in found.readings],
        points=out.points_out(found), next=found.next,
    )  # fmt: skip


@router.get("/datastreams/{number}/gaps")
def show_gaps(
    on: ViewingOf, number: NumberOf, start: StartOf = None, end: EndOf = None
) -> out.GapsOut:
    """When a datastream said nothing for longer than two of its intervals."""
    row = _stream(on, number)
    since, until = _span(start, end, LONGEST_GAPS)
    longest = silent_after(row.interval_s)
    if row.interval_s is None or longest is None:
        return out.GapsOut(datastream=number, longer_than_s=None, gaps=[], is_cut=False)
    until = min(until, now_utc())
    found = gaps(on.readings, number, row.interval_s, since, until, MOST_GAPS + 1)
    shown = [
        out.GapOut(since=each.after, until=each.before,
                   seconds=((each.before or until) - each.after).total_seconds())
        for each in found[:MOST_GAPS]
    ]  # fmt: skip
    return out.GapsOut(
        datastream=number, longer_than_s=longest.total_seconds(), gaps=shown,
        is_cut=len(found) > MOST_GAPS,
    )  # fmt: skip


@router.get("/silent")
def list_silent(
    on: ViewingOf, asked: AskedOf, skip: SkipOf = 0, limit: LimitOf = 100
) -> out.SilentOut:
    """Datastreams silent for longer than two of their intervals; never heard ones first."""
    now = now_utc()
    rows = latest.matching(on.scope, asked.wanted, asked.box)
    quiet = overview.silent(rows, latest.newest_of(on.readings, rows), now)
    places = latest.positions(on.scope, [each.stream for each in quiet[skip : skip + limit]])
    shown = [
        out.seen_out(latest.Seen(s.stream, places.get(s.stream.thing_id), s.latest), now)
        for s in quiet[skip : skip + limit]
    ]
    return out.SilentOut(now=now, datastreams=shown, total=len(quiet))


@router.get("/batteries")
def list_batteries(
    on: ViewingOf,
    asked: AskedOf,
    needy: Annotated[bool, Query(description="Only those that are low or falling")] = False,
    skip: SkipOf = 0,
    limit: LimitOf = 100,
) -> out.BatteriesOut:
    """Batteries by how they stand: low, falling, unknown, fine."""
    rows = latest.matching(on.scope, asked.wanted, asked.box)
    found = overview.batteries(
        on.readings, rows, latest.newest_of(on.readings, rows), now_utc()
    )  # fmt: skip
    if needy:
        found = [each for each in found if each.battery.state in ("low", "falling")]
    found.sort(key=overview.badness)
    shown = [out.battery_out(each) for each in found[skip : skip + limit]]
    return out.BatteriesOut(batteries=shown, total=len(found))


Sort = Literal["thing", "name", "last_at", "silent", "battery"]


@router.get("/overview")
def list_overview(
    on: ViewingOf,
    asked: AskedOf,
    q: Annotated[str, Query(max_length=200, description="Part of a name")] = "",
    only: Annotated[Literal["all", "silent", "battery"], Query()] = "all",
    sort: Sort = "thing",
    reverse: bool = False,
    skip: SkipOf = 0,
    limit: LimitOf = 100,
) -> out.OverviewsOut:
    """Things with their silent datastreams, the worst of their batteries, and the last word."""
    now = now_utc()
    rows = latest.matching(on.scope, asked.wanted, asked.box)
    found = overview.overviews(on.readings, rows, now)
    found = overview.chosen(found, q, only)
    overview.order(found, sort, reverse=reverse)
    shown = [out.overview_out(each) for each in found[skip : skip + limit]]
    return out.OverviewsOut(now=now, things=shown, total=len(found))


@router.get("/overview/{number}")
def show_overview(on: ViewingOf, number: NumberOf) -> out.WholeThingOut:
    """A Thing with its datastreams, as far as you may see them."""
    now = now_utc()
    wanted = Wanted(things=(number,))
    page = latest.page(on.scope, on.readings, wanted, None, 0, 1_000)
    if not page.seen:
        raise NotFound(f"There is no Thing {number} with a datastream that you may see.")
    (whole,) = overview.overviews(on.readings, [each.stream for each in page.seen], now)
    longitude, latitude = page.seen[0].position or (None, None)
    return out.WholeThingOut(
        now=now, overview=out.overview_out(whole),
        description="" if page.seen[0].stream.is_restricted
        else queries.thing_description(on.scope.session, number),
        longitude=longitude, latitude=latitude,
        datastreams=[out.seen_out(each, now) for each in page.seen],
        batteries=[out.battery_out(each) for each in whole.batteries],
    )  # fmt: skip


def _stream(on: Viewing, number: int) -> Sensed:
    """Raises NotFound, whether it is not there or not to be seen."""
    found = queries.sensed(
        on.scope.session, on.scope.audience, Wanted(streams=(number,)), on.scope.srid, 0, 1
    )
    if not found:
        raise NotFound(f"There is no datastream {number}, or none that you may see.")
    return found[0]


def _span(
    start: datetime | None, end: datetime | None, longest: timedelta
) -> tuple[datetime, datetime]:
    """Raises BadRequest."""
    until = (end or now_utc()).astimezone(UTC)
    since = (start or until - _DAY).astimezone(UTC)
    if since >= until:
        raise BadRequest("start must lie before end.")
    if until - since > longest:
        raise BadRequest(f"From start to end are at most {longest.days} days.")
    return since, until
