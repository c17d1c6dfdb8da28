"""Statements about street lighting."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select, union, update
from sqlalchemy.orm import Session

from canopy.iot.flags import DOUBTFUL_OF_METER
from canopy.iot.lighting.tables import BurnHours, ConditionProposal, LightingFault, LightingUnit
from canopy.iot.store.tables import LatestObservation, Observation
from canopy.iot.things.tables import Datastream, Thing

_AT_ONCE = 500


def units_named(session: Session, system: str, refs: Sequence[str]) -> dict[str, LightingUnit]:
    """Units of a system by ref."""
    found: dict[str, LightingUnit] = {}
    for start in range(0, len(refs), _AT_ONCE):
        part = refs[start : start + _AT_ONCE]
        rows = session.scalars(
            select(LightingUnit).where(LightingUnit.system == system, LightingUnit.ref.in_(part))
        )
        found |= {each.ref: each for each in rows}
    return found


def end_units(session: Session, system: str, before: datetime, at: datetime) -> int:
    """Note units that were last listed before a moment as gone; how many."""
    gone = session.execute(
        update(LightingUnit)
        .where(
            LightingUnit.system == system, LightingUnit.listed_at < before,
            LightingUnit.gone_at.is_(None),
        )
        .values(gone_at=at)
    )  # fmt: skip
    return int(gone.rowcount)  # type: ignore[attr-defined]


def units_after(
    session: Session, after: int, limit: int, *, state: str | None = None,
    system: str | None = None,
) -> Sequence[LightingUnit]:  # fmt: skip
    """Units that are listed, by number."""
    wanted = select(LightingUnit).where(LightingUnit.id > after, LightingUnit.gone_at.is_(None))
    if state is not None:
        wanted = wanted.where(LightingUnit.match == state)
    if system is not None:
        wanted = wanted.where(LightingUnit.system == system)
    return session.scalars(wanted.order_by(LightingUnit.id).limit(limit)).all()


def mismatched_after(session: Session, after: int, limit: int) -> Sequence[LightingUnit]:
    """Listed units that no lamppost was found for, by number."""
    return session.scalars(
        select(LightingUnit)
        .where(
            LightingUnit.id > after, LightingUnit.gone_at.is_(None),
            LightingUnit.asset_id.is_(None),
        )
        .order_by(LightingUnit.id)
        .limit(limit)
    ).all()  # fmt: skip


def shared_after(session: Session, after: int, limit: int) -> Sequence[LightingUnit]:
    """Listed units on a lamppost that another listed unit is on too, by number."""
    shared = (
        select(LightingUnit.asset_id)
        .where(LightingUnit.asset_id.is_not(None), LightingUnit.gone_at.is_(None))
        .group_by(LightingUnit.asset_id)
        .having(func.count() > 1)
    )
    return session.scalars(
        select(LightingUnit)
        .where(
            LightingUnit.id > after, LightingUnit.gone_at.is_(None),
            LightingUnit.asset_id.in_(shared),
        )
        .order_by(LightingUnit.id)
        .limit(limit)
    ).all()  # fmt: skip


def matched_ids(session: Session) -> set[str]:
    """The assets that listed units are matched with."""
    return {
        str(each)
        for each in session.scalars(
            select(LightingUnit.asset_id).where(
                LightingUnit.asset_id.is_not(None), LightingUnit.gone_at.is_(None)
            )
        )
    }


def matched_after(session: Session, after: int, limit: int) -> Sequence[LightingUnit]:
    """Matched units, by number."""
    return session.scalars(
        select(LightingUnit)
        .where(
            LightingUnit.id > after, LightingUnit.gone_at.is_(None),
            LightingUnit.asset_id.is_not(None),
        )
        .order_by(LightingUnit.id)
        .limit(limit)
    ).all()  # fmt: skip


def assets_with_things(session: Session, after: str | None, limit: int) -> list[str]:
    """Assets on which a Thing stands, by id."""
    wanted = select(Thing.asset_id).where(Thing.asset_id.is_not(None), Thing.withdrawn_at.is_(None))
    if after is not None:
        wanted = wanted.where(Thing.asset_id > after)
    rows = session.scalars(wanted.distinct().order_by(Thing.asset_id).limit(limit))
    return [str(each) for each in rows]


def lit_after(
    session: Session, after: str | None, limit: int, only: str | None = None
) -> list[str]:
    """Assets on which a Thing stands or a listed unit is, by id; `only` one of them."""
    things = select(Thing.asset_id.label("asset_id")).where(
        Thing.asset_id.is_not(None), Thing.withdrawn_at.is_(None)
    )
    units = select(LightingUnit.asset_id.label("asset_id")).where(
        LightingUnit.asset_id.is_not(None), LightingUnit.gone_at.is_(None)
    )
    if after is not None:
        things = things.where(Thing.asset_id > after)
        units = units.where(LightingUnit.asset_id > after)
    if only is not None:
        things = things.where(Thing.asset_id == only)
        units = units.where(LightingUnit.asset_id == only)
    both = union(things, units).subquery()
    rows = session.scalars(select(both.c.asset_id).order_by(both.c.asset_id).limit(limit))
    return [str(each) for each in rows]


def open_faults_of(session: Session, pairs: Sequence[tuple[str, str]]) -> Sequence[LightingFault]:
    """Faults that go on of some units, named by system and ref, the newest first."""
    named = [
        and_(LightingFault.system == system, LightingFault.unit_ref == ref) for system, ref in pairs
    ]
    if not named:
        return []
    return session.scalars(
        select(LightingFault)
        .where(or_(*named), LightingFault.ended_at.is_(None))
        .order_by(LightingFault.begun_at.desc())
    ).all()


def streams_by_gateway(session: Session, gateways: Sequence[str] | None = None) -> Sequence[Any]:
    """(gateway, asset_id, datastream id, stream, unit, class) of Things; the gateway as the system
    has it, else as the datastream does. `gateways` narrows it."""
    of_system = func.nullif(LightingUnit.gateway, "")
    gateway = func.coalesce(of_system, Datastream.gateway)
    wanted = (
        select(
            gateway, Thing.asset_id, Datastream.id, Datastream.stream, Datastream.unit_ucum,
            Datastream.data_class,
        )
        .join(Thing, Datastream.thing_id == Thing.id)
        .outerjoin(
            LightingUnit,
            and_(LightingUnit.asset_id == Thing.asset_id, LightingUnit.gone_at.is_(None)),
        )
        .where(
            Thing.asset_id.is_not(None), Thing.withdrawn_at.is_(None),
            Datastream.is_withdrawn.is_(False), gateway.is_not(None), gateway != "",
        )
    )  # fmt: skip
    if gateways is not None:
        wanted = wanted.where(gateway.in_(gateways))
    return session.execute(wanted.order_by(Datastream.id)).all()


def heard_last(session: Session, streams: Sequence[int]) -> dict[int, datetime]:
    """The time of the newest reading of each of some datastreams."""
    latest, found = LatestObservation, dict[int, datetime]()
    for start in range(0, len(streams), _AT_ONCE):
        part = streams[start : start + _AT_ONCE]
        rows = session.execute(
            select(latest.datastream_id, latest.phenomenon_time).where(
                latest.datastream_id.in_(part)
            )
        )
        found |= {number: at for number, at in rows}
    return found


def fault_at(
    session: Session, system: str, unit_ref: str, code: str, begun_at: datetime
) -> LightingFault | None:
    """A fault that was reported before."""
    return session.scalars(
        select(LightingFault).where(
            LightingFault.system == system, LightingFault.unit_ref == unit_ref,
            LightingFault.code == code, LightingFault.begun_at == begun_at,
        )
    ).one_or_none()  # fmt: skip


def fault_before(
    session: Session, system: str, unit_ref: str, code: str, at: datetime
) -> LightingFault | None:
    """The newest fault of a unit that began before a moment."""
    return session.scalars(
        select(LightingFault)
        .where(
            LightingFault.system == system, LightingFault.unit_ref == unit_ref,
            LightingFault.code == code, LightingFault.begun_at <= at,
        )
        .order_by(LightingFault.begun_at.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip


def burn_to(session: Session, system: str, unit_ref: str, ends_on: object) -> BurnHours | None:
    """What was said of the hours to the end of a day."""
    return session.scalars(
        select(BurnHours).where(
            BurnHours.system == system, BurnHours.unit_ref == unit_ref,
            BurnHours.ends_on == ends_on,
        )
    ).one_or_none()  # fmt: skip


def faults_after(session: Session, after: int, limit: int, *, with_ended: bool) -> Sequence[Any]:
    """(fault, asset_id) by number; asset_id is null where its unit is not matched."""
    wanted = (
        select(LightingFault, LightingUnit.asset_id)
        .outerjoin(
            LightingUnit,
            and_(
                LightingUnit.system == LightingFault.system,
                LightingUnit.ref == LightingFault.unit_ref,
            ),
        )
        .where(LightingFault.id > after)
        .order_by(LightingFault.id)
        .limit(limit)
    )
    if not with_ended:
        wanted = wanted.where(LightingFault.ended_at.is_(None))
    return session.execute(wanted).all()


def burns_of(session: Session, pairs: Sequence[tuple[str, str]]) -> Sequence[BurnHours]:
    """The burn hours of some units, named by system and ref, in order of time."""
    conditions = [
        and_(BurnHours.system == system, BurnHours.unit_ref == ref) for system, ref in pairs
    ]
    if not conditions:
        return []
    return session.scalars(
        select(BurnHours).where(or_(*conditions)).order_by(BurnHours.ends_on)
    ).all()


def streams_on(session: Session, asset_ids: Sequence[str]) -> Sequence[Any]:
    """(asset_id, datastream id, stream, unit, gateway, class) of Things on some assets.

    Of every class: `canopy.iot.lighting.streams` leaves out what nobody may have.
    """
    return session.execute(
        select(
            Thing.asset_id, Datastream.id, Datastream.stream, Datastream.unit_ucum,
            Datastream.gateway, Datastream.data_class,
        )
        .join(Datastream, Datastream.thing_id == Thing.id)
        .where(
            Thing.asset_id.in_(asset_ids), Thing.withdrawn_at.is_(None),
            Datastream.is_withdrawn.is_(False),
        )
        .order_by(Datastream.id)
    ).all()  # fmt: skip


def classes_of(session: Session, streams: Collection[int]) -> dict[int, str]:
    """The classes of some datastreams by number."""
    rows = session.execute(
        select(Datastream.id, Datastream.data_class).where(Datastream.id.in_(streams))
    )
    return {number: data_class for number, data_class in rows}


def units_of_assets(session: Session, asset_ids: Sequence[str]) -> Sequence[LightingUnit]:
    """Listed units that are matched with some assets."""
    return session.scalars(
        select(LightingUnit)
        .where(LightingUnit.asset_id.in_(asset_ids), LightingUnit.gone_at.is_(None))
        .order_by(LightingUnit.id)
    ).all()


def observed(
    session: Session, streams: Sequence[int], begin: datetime, end: datetime, most: int
) -> Sequence[Any]:
    """(datastream, time, number, text, flags) between two moments, in order of time."""
    return session.execute(
        select(
            Observation.datastream_id, Observation.phenomenon_time, Observation.result,
            Observation.result_text, Observation.flags,
        )
        .where(
            Observation.datastream_id.in_(streams), Observation.phenomenon_time >= begin,
            Observation.phenomenon_time < end,
        )
        .order_by(Observation.phenomenon_time)
        .limit(most)
    ).all()  # fmt: skip


def reading_beside(
    session: Session, stream: int, at: datetime, *, before: bool
) -> tuple[datetime, float] | None:
    """The number nearest to a moment: at or before it, or after it."""
    time = Observation.phenomenon_time
    row = session.execute(
        select(time, Observation.result)
        .where(
            Observation.datastream_id == stream, Observation.result.is_not(None),
            time <= at if before else time > at,
        )
        .order_by(time.desc() if before else time.asc())
        .limit(1)
    ).one_or_none()  # fmt: skip
    return None if row is None or row[1] is None else (row[0], row[1])


def rise_of(session: Session, stream: int, first: datetime, last: datetime) -> tuple[bool, bool]:
    """Whether the numbers from one reading to another fall anywhere, and whether any is doubtful
    as a meter's."""
    time = Observation.phenomenon_time
    in_order = (
        select(
            Observation.result,
            func.lag(Observation.result)
            .over(order_by=(time, Observation.source_key))
            .label("before"),
            Observation.flags,
        )
        .where(
            Observation.datastream_id == stream, Observation.result.is_not(None),
            time >= first, time <= last,
        )
        .subquery()
    )  # fmt: skip
    fell = case((in_order.c.result < in_order.c.before, 1), else_=0)
    doubted = case((in_order.c.flags.bitwise_and(DOUBTFUL_OF_METER) != 0, 1), else_=0)
    row = session.execute(select(func.max(fell), func.max(doubted))).one()
    return bool(row[0]), bool(row[1])


def first_observed(session: Session, stream: int, limit: int) -> Sequence[float]:
    """The first numbers of a datastream."""
    return session.scalars(
        select(Observation.result)
        .where(Observation.datastream_id == stream, Observation.result.is_not(None))
        .order_by(Observation.phenomenon_time)
        .limit(limit)
    ).all()  # type: ignore[return-value]


def proposals_after(
    session: Session, after: int, limit: int, state: str | None
) -> Sequence[ConditionProposal]:
    """Proposals by number."""
    wanted = select(ConditionProposal).where(ConditionProposal.id > after)
    if state is not None:
        wanted = wanted.where(ConditionProposal.state == state)
    return session.scalars(wanted.order_by(ConditionProposal.id).limit(limit)).all()


def last_proposals(session: Session, asset_ids: Sequence[str]) -> dict[str, ConditionProposal]:
    """The newest proposal of each asset that has one."""
    newest = (
        select(func.max(ConditionProposal.id))
        .where(ConditionProposal.asset_id.in_(asset_ids))
        .group_by(ConditionProposal.asset_id)
    )
    rows = session.scalars(select(ConditionProposal).where(ConditionProposal.id.in_(newest)))
    return {each.asset_id: each for each in rows}


def proposal(session: Session, number: int) -> ConditionProposal | None:
    """A proposal, locked where the database can."""
    return session.scalars(
        select(ConditionProposal).where(ConditionProposal.id == number).with_for_update()
    ).one_or_none()


def proposal_seen(session: Session, number: int) -> ConditionProposal | None:
    """A proposal, to be read."""
    return session.get(ConditionProposal, number)
