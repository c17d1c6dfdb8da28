"""Statements about rules in the catalogue, and about what they may select."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canopy.iot.rules.tables import AlarmRule, AlarmRuleRevision
from canopy.iot.things.tables import (
    Datastream,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Thing,
)


def rule_named(session: Session, name: str) -> AlarmRule | None:
    """The rule of that name, removed or not."""
    return session.scalars(select(AlarmRule).where(AlarmRule.name == name)).one_or_none()


def rules_after(
    session: Session, after: int, limit: int, *, with_removed: bool = False
) -> Sequence[AlarmRule]:
    """Rules by number, from after one on."""
    wanted = select(AlarmRule).where(AlarmRule.id > after).order_by(AlarmRule.id).limit(limit)
    if not with_removed:
        wanted = wanted.where(AlarmRule.removed_at.is_(None))
    return session.scalars(wanted).all()


def count_rules(session: Session) -> int:
    """How many are not removed."""
    return session.scalars(
        select(func.count()).select_from(AlarmRule).where(AlarmRule.removed_at.is_(None))
    ).one()


def revisions(
    session: Session, rule_id: int, before: int | None, limit: int
) -> Sequence[AlarmRuleRevision]:
    """Revisions of a rule, the latest first, from before one on."""
    revision = AlarmRuleRevision
    wanted = select(revision).where(revision.rule_id == rule_id)
    if before is not None:
        wanted = wanted.where(revision.revision < before)
    return session.scalars(wanted.order_by(revision.revision.desc()).limit(limit)).all()


def selectable(session: Session) -> Sequence[Any]:
    """What rules select by, of each datastream that is not withdrawn."""
    return session.execute(
        select(
            Datastream.id, Datastream.name, Datastream.stream, Datastream.unit_ucum,
            Datastream.data_class, Datastream.created_at, Datastream.thing_id,
            Thing.name.label("thing"), Thing.source, Thing.asset_id,
            ObservedProperty.name.label("property"), ObservedProperty.definition,
        )
        .join(Thing, Thing.id == Datastream.thing_id)
        .join(ObservedProperty, ObservedProperty.id == Datastream.observed_property_id)
        .where(Datastream.is_withdrawn.is_(False), Thing.withdrawn_at.is_(None))
        .order_by(Datastream.id)
    ).all()  # fmt: skip


def stamp(session: Session) -> tuple[Any, ...]:
    """What differs when Things or datastreams were added, changed or withdrawn."""
    return tuple(
        session.execute(
            select(
                select(func.count()).select_from(Datastream).scalar_subquery(),
                select(func.max(Datastream.changed_at)).scalar_subquery(),
                select(func.max(Thing.changed_at)).scalar_subquery(),
                select(func.max(HistoricalLocation.id)).scalar_subquery(),
            )
        ).one()
    )


def places(session: Session) -> Sequence[Any]:
    """(Thing, geometry) of every place of a Thing, the newest last."""
    return session.execute(
        select(HistoricalLocation.thing_id, Location.geom)
        .join(Location, Location.id == HistoricalLocation.location_id)
        .order_by(HistoricalLocation.at, HistoricalLocation.id)
    ).all()
