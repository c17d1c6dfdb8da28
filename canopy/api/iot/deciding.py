"""Quarantine, dead letters and happenings over HTTP."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from canopy.api.iot.deps import MOST, KeeperOf, TendingOf
from canopy.api.iot.things import RegisteredOut
from canopy.assets.queries import now_utc
from canopy.iot.ingest.running import bounds_of, routes_of
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.store.tables import Happening
from canopy.iot.tending import happenings, quarantine, releasing, replaying
from canopy.iot.tending.queries import DeadFilter
from canopy.iot.tending.releases import Terms
from canopy.iot.tending.withholding import Seen, Withholding, letters_seen, withholding_of
from canopy.iot.things.registry import streams_of

router = APIRouter(tags=["iot"])
Text = Annotated[str, Field(max_length=1_000)]
NumberOf = Annotated[int, Path(ge=1, le=2**53)]
_Words = Query(min_length=1, max_length=1_000)


class HeldOut(BaseModel):
    """What waits of one stream, from one gateway, in one unit, for one reason."""

    source: str
    stream: str
    gateway: str
    unit: str | None
    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    newest: float | bool | str | None
    withheld: str | None
    """Why the newest value is not told."""


class HeldPageOut(BaseModel):
    """What waits of some devices; `next` is the `after` of the next page."""

    held: list[HeldOut]
    next: str | None


class ApprovalIn(BaseModel):
    """What is said of a device that waits; by stream where the stream matters."""

    model_config = ConfigDict(extra="forbid")

    source: Text
    asset: Text
    data_class: Text
    thing: Text = ""
    streams: Annotated[list[Text], Field(max_length=200)] = []
    units: dict[str, Text] = {}
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    definitions: dict[str, Text] = {}
    purpose: Text | None = None
    lawful_basis: Text | None = None
    retention_days: int | None = None
    owner: Text | None = None
    any_gateway: bool = False


class ReleaseOut(BaseModel):
    """What leaves quarantine of one stream; values, and how many are beyond a range, are null
    where they are withheld."""

    model_config = ConfigDict(from_attributes=True)

    stream: str
    gateway: str
    unit: str | None
    count: int
    dead: int | None
    first_at: datetime
    last_at: datetime
    lowest: float | None
    highest: float | None
    newest: float | bool | str | None
    is_withheld: bool


class ApprovedOut(BaseModel):
    """What was registered and stored. Ingestion stores the rest where there `is_more`."""

    releases: list[ReleaseOut]
    registered: RegisteredOut
    stored: int
    known: int
    dead: int
    is_more: bool


class RefusalIn(BaseModel):
    """What is refused of what waits."""

    model_config = ConfigDict(extra="forbid")

    source: Text
    stream: Text | None = None
    gateway: Text | None = None
    reason: Text = ""


class RefusedOut(BaseModel):
    """How many readings are dead letters now; ask again where there `is_more`."""

    refused: int
    is_more: bool


class LetterOut(BaseModel):
    """A dead letter, without its body."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    reason: str
    part: str
    channel: str
    gateway: str
    topic: str
    content_type: str
    times: int
    first_at: datetime
    last_at: datetime
    replayed_at: datetime | None
    withheld: str | None = None
    """Why reason, part and body are not told."""


class WholeLetterOut(LetterOut):
    """A dead letter with its body, as it came; none where that is withheld."""

    body_base64: str | None


class LettersOut(BaseModel):
    """A page of dead letters, newest first; `next` is the `before` of the next one."""

    letters: list[LetterOut]
    next: int | None


class ReplayedOut(BaseModel):
    """What came of decoding again."""

    model_config = ConfigDict(from_attributes=True)

    replayed: int
    failed: int
    readings: int


class HappeningOut(BaseModel):
    """Something that was noticed about ingestion."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    subject: str
    detail: str
    times: int
    first_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class HappeningsOut(BaseModel):
    """What was noticed, the latest first."""

    happenings: list[HappeningOut]


class AcknowledgementIn(BaseModel):
    """Which happening was seen to."""

    model_config = ConfigDict(extra="forbid")

    kind: Text
    subject: Text


@router.get("/iot/held")
def list_held(
    on: TendingOf,
    principal: KeeperOf,
    after: Annotated[str | None, Query(max_length=1_000)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Devices")] = 100,
) -> HeldPageOut:
    """What waits in quarantine, by device."""
    found = quarantine.waiting(on.readings, _withholding(on, principal), after, limit)
    sources = list(dict.fromkeys(each.held.source for each in found))
    held = [
        HeldOut(
            source=each.held.source, stream=each.held.stream, gateway=each.held.gateway,
            unit=each.held.unit, reason=each.held.reason, count=each.held.total,
            first_at=each.held.first_at, last_at=each.held.last_at, newest=each.sample,
            withheld=each.withheld,
        )
        for each in found
    ]  # fmt: skip
    return HeldPageOut(held=held, next=sources[-1] if len(sources) == limit else None)


@router.post("/iot/held/approve")
def approve_held(
    on: TendingOf, principal: KeeperOf, body: ApprovalIn, dry_run: bool = False
) -> ApprovedOut:
    """Register a device that waits, on an asset, and store its readings.

    `data_class` must be said; a personal-risk one needs purpose, lawful basis, retention and
    owner, and what looks like it a lawful basis. With `dry_run` nothing is written: `releases`
    tells what would leave quarantine.
    """
    said = body.model_dump(exclude={"source", "streams"})
    terms = Terms(streams=tuple(body.streams), **said)
    done = quarantine.approve(
        on.database, on.readings, on.store, body.source, terms, principal, now_utc(),
        bounds_of(on.settings), at_once=releasing.MOST, dry_run=dry_run,
    )  # fmt: skip
    return ApprovedOut(
        releases=[ReleaseOut.model_validate(each) for each in done.releases],
        registered=RegisteredOut.model_validate(done.registered), stored=done.released.stored,
        known=done.released.known, dead=done.released.dead, is_more=done.released.is_more,
    )  # fmt: skip


@router.post("/iot/held/refuse")
def refuse_held(on: TendingOf, principal: KeeperOf, body: RefusalIn) -> RefusedOut:
    """Move what waits of a device to the dead letters."""
    told = f"refused by {principal.name}" + (f": {body.reason}" if body.reason else "")
    count = releasing.refuse(
        on.readings, on.store, body.source, stream=body.stream, gateway=body.gateway, reason=told,
        most=releasing.MOST,
    )  # fmt: skip
    return RefusedOut(refused=count, is_more=count >= releasing.MOST)


@router.get("/iot/dead-letters")
def list_dead_letters(
    on: TendingOf,
    principal: KeeperOf,
    kind: Annotated[str | None, _Words] = None,
    topic: Annotated[str | None, _Words] = None,
    gateway: Annotated[str | None, _Words] = None,
    since: AwareDatetime | None = None,
    search: Annotated[str | None, _Words] = None,
    replayed: bool = False,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> LettersOut:
    """Messages that gave no reading; `search` looks in topic, body and reason.

    Of those that are or may be of personal risk reason, part and body are withheld, and `search`
    looks in their topic alone.
    """
    wanted = DeadFilter(kind, topic, since, search, gateway, replayed)
    withholding = _withholding(on, principal)
    with on.readings.reading() as session:
        page = letters_seen(session, withholding, wanted, before, limit)
    return LettersOut(letters=[_letter(each) for each in page.seen], next=page.before)


@router.get("/iot/dead-letters/{number}")
def show_dead_letter(on: TendingOf, principal: KeeperOf, number: NumberOf) -> WholeLetterOut:
    """A dead letter with its body; what is or may be of personal risk is withheld."""
    letter = replaying.letter_of(on.readings, number)
    seen = Seen(letter, _withholding(on, principal).of_letter(letter))
    body = base64.b64encode(letter.body).decode() if seen.withheld is None else None
    return WholeLetterOut(**_letter(seen).model_dump(), body_base64=body)


@router.post("/iot/dead-letters/{number}/replay")
def replay_dead_letter(on: TendingOf, number: NumberOf) -> ReplayedOut:
    """Decode a dead letter again, with the routes and datastreams of now."""
    with on.database.reading() as session:
        sorter = Sorter(streams_of(session), bounds_of(on.settings), "replay")
    done = replaying.replay(
        on.readings, on.store, Dispatcher(routes_of(on.settings)), sorter, DeadFilter(),
        now_utc(), number=number,
    )  # fmt: skip
    return ReplayedOut.model_validate(done)


@router.get("/iot/happenings")
def list_happenings(
    on: TendingOf,
    principal: KeeperOf,
    acknowledged: bool = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> HappeningsOut:
    """What was noticed about ingestion, the latest first."""
    found = happenings.open_happenings(on.readings, with_acknowledged=acknowledged, limit=limit)
    withholding = _withholding(on, principal)
    return HappeningsOut(happenings=[_happening(each, withholding) for each in found])


@router.post("/iot/happenings/acknowledge")
def acknowledge_happening(
    on: TendingOf, principal: KeeperOf, body: AcknowledgementIn
) -> HappeningOut:
    """Note that somebody has seen to it."""
    found = happenings.acknowledge(on.readings, body.kind, body.subject, principal.name, now_utc())
    return _happening(found, _withholding(on, principal))


def _withholding(on: TendingOf, principal: KeeperOf) -> Withholding:
    with on.database.reading() as session:
        return withholding_of(session, Dispatcher(routes_of(on.settings)), principal.role)


def _letter(seen: Seen) -> LetterOut:
    letter = LetterOut.model_validate(seen.letter)
    if seen.withheld is None:
        return letter
    return letter.model_copy(update={"reason": "", "part": "", "withheld": seen.withheld})


def _happening(found: Happening, withholding: Withholding) -> HappeningOut:
    told = HappeningOut.model_validate(found)
    return told.model_copy(update={"detail": withholding.detail_of(found)})
