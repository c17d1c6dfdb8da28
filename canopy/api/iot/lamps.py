"""Lampposts and gateways with what their readings, systems and inventory say, over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from canopy.api.deps import DatabaseOf
from canopy.api.iot.deps import MOST, KeeperOf
from canopy.api.sensorthings.service import readings_of
from canopy.assets.queries import now_utc
from canopy.iot.lighting.gathering import Window
from canopy.iot.lighting.judging import Tolerance
from canopy.iot.lighting.listing import Listed, Lister, Only, Status

router = APIRouter(prefix="/iot/lighting", tags=["iot"])
_ZONE = ZoneInfo("Europe/London")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_HEADINGS = (
    "asset_id", "lamppost", "street", "units", "gateway", "lamp_w", "regime", "status", "since",
    "findings", "reported_faults", "metered_kwh", "expected_kwh", "mismatches", "last_heard",
    "left_out",
)  # fmt: skip
DaysOf = Annotated[int, Query(ge=1, le=7, description="How far back readings are looked at")]


class LampFindingOut(BaseModel):
    """What readings say of a lamp."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    since: datetime | None
    detail: str


class LampOut(BaseModel):
    """A lamppost. `status` is the first that holds; `since` is of it. Energy is of the window.
    `left_out` datastreams of its lamp are of personal risk, and not looked at."""

    asset_id: str
    lamppost: str
    street: str
    units: list[str]
    gateway: str
    lamp_w: float | None
    regime: str | None
    status: Status
    since: datetime | None
    findings: list[LampFindingOut]
    faults: list[str]
    mismatches: list[str]
    metered_kwh: float | None
    expected_kwh: float | None
    last_at: datetime | None
    left_out: int


class LampsOut(BaseModel):
    """A page of lampposts; `next` is the `after` of the next one, which may hold none."""

    begin: datetime
    end: datetime
    lamps: list[LampOut]
    next: str | None


class GatewayHeardOut(BaseModel):
    """A gateway with its lamps. A silent one is no lamp failure: nothing is known."""

    model_config = ConfigDict(from_attributes=True)

    gateway: str
    lamps: int
    last_at: datetime | None
    is_silent: bool


class GatewaysHeardOut(BaseModel):
    """Gateways of more than one lamp, the silent first."""

    gateways: list[GatewayHeardOut]
    total: int


def lister_of(
    request: Request, database: DatabaseOf, principal: KeeperOf, days: DaysOf = 3
) -> Lister:
    """What lists for a keeper."""
    end = now_utc()
    window = Window(end - timedelta(days=days), end, _ZONE)
    return Lister(database, readings_of(request), principal, window, Tolerance())


ListerOf = Annotated[Lister, Depends(lister_of)]
OnlyOf = Annotated[Only, Query(description="What is asked for")]


@router.get("/lamps")
def list_lamps(
    on: ListerOf,
    only: OnlyOf = "all",
    after: UUID | None = None,
    asset: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LampsOut:
    """Lampposts with a Thing or a unit of a lighting system, by id; or one alone."""
    page = on.page(only, _text(after), limit, _text(asset))
    lamps = [_lamp(each) for each in page.lamps]
    return LampsOut(begin=on.window.begin, end=on.window.end, lamps=lamps, next=page.next)


@router.get("/lamps.csv", response_class=StreamingResponse)
def lamps_csv(on: ListerOf, only: OnlyOf = "all") -> StreamingResponse:
    """All of them as CSV."""
    headers = {"Content-Disposition": 'attachment; filename="street-lighting.csv"'}
    return StreamingResponse(_csv(on, only), media_type="text/csv", headers=headers)


@router.get("/gateways")
def list_gateways(
    on: ListerOf,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> GatewaysHeardOut:
    """Gateways of lamps, and when the last lamp of each was heard."""
    found = on.gateways()
    page = [GatewayHeardOut.model_validate(each) for each in found[skip : skip + limit]]
    return GatewaysHeardOut(gateways=page, total=len(found))


def _text(given: UUID | None) -> str | None:
    return None if given is None else str(given)


def _lamp(each: Listed) -> LampOut:
    energy = each.energy
    return LampOut(
        asset_id=each.asset_id, lamppost=each.lamppost, street=each.street, units=list(each.units),
        gateway=each.gateway, lamp_w=each.lamp_w, regime=each.regime, status=each.status,
        since=each.since, findings=[LampFindingOut.model_validate(one) for one in each.findings],
        faults=list(each.faults), mismatches=list(each.mismatches),
        metered_kwh=None if energy is None else round(energy.metered_kwh, 3),
        expected_kwh=None if energy is None else round(energy.expected_kwh, 3),
        last_at=each.last_at, left_out=each.left_out,
    )  # fmt: skip


def _csv(on: Lister, only: Only) -> Iterator[str]:
    yield _written([_HEADINGS])
    after: str | None = None
    while True:
        page = on.page(only, after, 200)
        yield _written(_row(_lamp(each)) for each in page.lamps)
        after = page.next
        if after is None:
            return


def _row(lamp: LampOut) -> list[object]:
    findings = "; ".join(f"{each.kind}: {each.detail}" for each in lamp.findings)
    return [
        lamp.asset_id, lamp.lamppost, lamp.street, "; ".join(lamp.units), lamp.gateway,
        lamp.lamp_w, lamp.regime, lamp.status, _time(lamp.since), findings, "; ".join(lamp.faults),
        lamp.metered_kwh, lamp.expected_kwh, "; ".join(lamp.mismatches), _time(lamp.last_at),
        lamp.left_out,
    ]  # fmt: skip


def _time(at: datetime | None) -> str:
    return "" if at is None else at.isoformat().replace("+00:00", "Z")


def _written(rows: Iterable[Sequence[object]]) -> str:
    """Rows in which a text that a spreadsheet would compute is marked as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(
            [f"'{e}" if isinstance(e, str) and e.startswith(_DANGEROUS) else e for e in row]
        )
    return out.getvalue()
