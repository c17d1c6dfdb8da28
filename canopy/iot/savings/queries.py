"""Statements about savings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from canopy.iot.savings.tables import Saving


def add(session: Session, saving: Saving) -> None:
    """Store a line."""
    session.add(saving)
    session.flush()


def of_stream(session: Session, datastream: int, formula: str) -> Sequence[Saving]:
    """Lines of a datastream by a formula that are not withdrawn."""
    return session.scalars(
        select(Saving).where(
            Saving.datastream_id == datastream, Saving.formula == formula,
            Saving.withdrawn_at.is_(None),
        )
    ).all()  # fmt: skip


def after(session: Session, number: int, limit: int) -> Sequence[Saving]:
    """Lines that are not withdrawn, by number, from after a number on."""
    return session.scalars(
        select(Saving)
        .where(Saving.id > number, Saving.withdrawn_at.is_(None))
        .order_by(Saving.id)
        .limit(limit)
    ).all()
