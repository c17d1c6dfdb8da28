"""Statements about readings in quarantine, dead letters and happenings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, case, delete, false, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.flags import FLAGS
from canopy.iot.store.tables import (
    DeadLetter,
    Happening,
    HeldObservation,
    LatestObservation,
    StoreState,
)

_KEYS_AT_ONCE = 300
_SESSION = "session:"
_MICROSECOND = timedelta(microseconds=1)


class HeldStream(NamedTuple):
    """What waits of one stream from one gateway in one unit, for one reason."""

    source: str
    stream: str
    gateway: str
    unit: str | None
    reason: str
    total: int
    first_at: datetime
    last_at: datetime
    truths: int
    texts: int


def held_sources(session: Session, after: str | None, limit: int) -> list[str]:
    """Sources of what waits, in order, from after one on."""
    wanted = select(HeldObservation.source).distinct().order_by(HeldObservation.source)
    if after is not None:
        wanted = wanted.where(HeldObservation.source > after)
    return list(session.scalars(wanted.limit(limit)))


def held_streams(session: Session, sources: Sequence[str]) -> list[HeldStream]:
    """What waits of some sources."""
    held = HeldObservation
    is_truth = held.flags.bitwise_and(FLAGS["truth"]) != 0
    by = (held.source, held.stream, held.gateway, held.unit, held.reason)
    rows = session.execute(
        select(
            *by, func.count(), func.min(held.phenomenon_time), func.max(held.phenomenon_time),
            func.sum(case((is_truth, 1), else_=0)), func.count(held.result_text),
        )
        .where(held.source.in_(sources))
        .group_by(*by)
        .order_by(*by)
    )  # fmt: skip
    return [HeldStream(*row) for row in rows]


class HeldSpread(NamedTuple):
    """Numbers that wait: the least, the most, how many are beyond a range, how many readings have
    a position."""

    lowest: float | None
    highest: float | None
    beyond: int
    placed: int


def held_spread(
    session: Session, each: HeldStream, low: float | None, high: float | None
) -> HeldSpread:
    """Of what waits of a stream from a gateway in a unit, by a range."""
    held = HeldObservation
    number = case((held.flags.bitwise_and(FLAGS["truth"]) == 0, held.result))
    beyond = [number < low] if low is not None else []
    beyond += [number > high] if high is not None else []
    row = session.execute(
        select(
            func.min(number), func.max(number),
            func.coalesce(func.sum(case((or_(false(), *beyond), 1), else_=0)), 0),
            func.count(held.longitude),
        )
        .where(held.source == each.source, held.stream == each.stream)
        .where(held.gateway == each.gateway, held.unit.is_not_distinct_from(each.unit))
    ).one()  # fmt: skip
    return HeldSpread(row[0], row[1], int(row[2]), row[3])


def held_names(session: Session) -> list[tuple[str, str]]:
    """(source, stream) of all that waits."""
    rows = session.execute(select(HeldObservation.source, HeldObservation.stream).distinct())
    return [(source, stream) for source, stream in rows]


def newest_held(session: Session, each: HeldStream) -> HeldObservation:
    """The newest reading that waits of a stream from a gateway."""
    held = HeldObservation
    return session.scalars(
        select(held)
        .where(held.source == each.source, held.stream == each.stream)
        .where(held.gateway == each.gateway)
        .order_by(held.phenomenon_time.desc())
        .limit(1)
    ).one()


def held_of(
    session: Session, source: str, stream: str | None, gateway: str | None, limit: int
) -> Sequence[HeldObservation]:
    """What waits of a source, oldest first; `stream` and `gateway` narrow it."""
    held = HeldObservation
    wanted = select(held).where(held.source == source)
    if stream is not None:
        wanted = wanted.where(held.stream == stream)
    if gateway is not None:
        wanted = wanted.where(held.gateway == gateway)
    order = (held.stream, held.phenomenon_time, held.source_key, held.gateway)
    return session.scalars(wanted.order_by(*order).limit(limit)).all()


def let_go(session: Session, rows: Sequence[HeldObservation]) -> None:
    """Remove exactly these from quarantine: others may have come meanwhile."""
    held = HeldObservation
    key = (held.source, held.stream, held.phenomenon_time, held.source_key, held.gateway)
    for start in range(0, len(rows), _KEYS_AT_ONCE):
        keys = [
            (row.source, row.stream, row.phenomenon_time, row.source_key, row.gateway)
            for row in rows[start : start + _KEYS_AT_ONCE]
        ]
        session.execute(
            delete(held).where(tuple_(*key).in_(keys)),
            execution_options={"synchronize_session": False},
        )


class DeadFilter(NamedTuple):
    """Which dead letters. `text` is looked for in topic, body and reason."""

    kind: str | None = None
    topic: str | None = None
    since: datetime | None = None
    text: str | None = None
    gateway: str | None = None
    with_replayed: bool = False


def dead_letters(
    session: Session, wanted: DeadFilter, before: int | None, limit: int
) -> Sequence[DeadLetter]:
    """Dead letters, newest first, from before a number on. `since` is about the last time."""
    letter = DeadLetter
    found = select(letter).order_by(letter.id.desc()).limit(limit)
    if before is not None:
        found = found.where(letter.id < before)
    for column, value in (
        (letter.kind, wanted.kind), (letter.topic, wanted.topic), (letter.gateway, wanted.gateway),
    ):  # fmt: skip
        if value is not None:
            found = found.where(column == value)
    if wanted.since is not None:
        found = found.where(letter.last_at >= wanted.since)
    if wanted.text is not None:
        found = found.where(_holding(session, wanted.text))
    if not wanted.with_replayed:
        found = found.where(letter.replayed_at.is_(None))
    return session.scalars(found).all()


def _holding(session: Session, text: str) -> Any:
    letter = DeadLetter
    asked = literal(text.encode(), LargeBinary)
    if session.get_bind().dialect.name == "sqlite":
        in_body = func.instr(letter.body, asked)
    else:
        in_body = func.position(asked.op("IN")(letter.body))
    return or_(
        letter.topic.contains(text, autoescape=True),
        letter.reason.contains(text, autoescape=True),
        in_body > 0,
    )


def dead_letter(session: Session, number: int) -> DeadLetter | None:
    """The dead letter of that number."""
    return session.get(DeadLetter, number)


def known_digests(session: Session, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these are among the dead letters."""
    found: set[bytes] = set()
    for start in range(0, len(digests), _KEYS_AT_ONCE):
        wanted = DeadLetter.digest.in_(digests[start : start + _KEYS_AT_ONCE])
        found |= set(session.scalars(select(DeadLetter.digest).where(wanted)))
    return found


def mark_replayed(session: Session, numbers: Iterable[int], at: datetime) -> None:
    """Note that these gave readings at last."""
    session.execute(
        update(DeadLetter).where(DeadLetter.id.in_(list(numbers))).values(replayed_at=at)
    )


def session_seen_at(session: Session, client_id: str) -> datetime | None:
    """When the broker let a client in last; None where it never did."""
    value = session.scalar(select(StoreState.value).where(StoreState.name == _SESSION + client_id))
    return None if value is None else EPOCH + value * _MICROSECOND


def see_session(session: Session, client_id: str, at: datetime) -> None:
    """Note that the broker let a client in."""
    session.merge(StoreState(name=_SESSION + client_id, value=(at - EPOCH) // _MICROSECOND))
    session.flush()


def last_stored_at(session: Session) -> datetime | None:
    """When the latest reading of a datastream was stored."""
    return session.scalar(select(func.max(LatestObservation.stored_at)))


def happenings(session: Session, *, with_acknowledged: bool, limit: int) -> Sequence[Happening]:
    """What was noticed, the latest first."""
    wanted = select(Happening).order_by(Happening.last_at.desc(), Happening.kind).limit(limit)
    if not with_acknowledged:
        wanted = wanted.where(Happening.acknowledged_at.is_(None))
    return session.scalars(wanted).all()


def happening(session: Session, kind: str, subject: str) -> Happening | None:
    """What was noticed of that kind and subject."""
    return session.get(Happening, (kind, subject))
