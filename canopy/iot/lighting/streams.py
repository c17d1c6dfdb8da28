"""Datastreams on lampposts that lighting goes by: those alone that somebody may have readings of.

What is told of one lamp by its readings are those readings. So a datastream of personal risk, or
of no class that is known, is left out here, and how many there are is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.iot.lighting import queries, roles
from canopy.iot.lighting.tables import ConditionProposal
from canopy.iot.privacy import is_single


class LampStream(NamedTuple):
    """A datastream on a lamppost, and what it tells."""

    asset_id: str
    number: int
    gateway: str
    told: roles.Told


@dataclass(slots=True)
class Streams:
    """Datastreams by number, and by asset how many are left out for their class."""

    told: list[LampStream] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def streams_of(
    session: Session, asset_ids: Sequence[str], wanted: Collection[roles.Role]
) -> Streams:
    """The datastreams on some assets that tell what is wanted."""
    found = Streams()
    for asset, number, stream, unit, gateway, data_class in queries.streams_on(session, asset_ids):
        told = roles.told_by(stream, unit)
        if told is None or told.role not in wanted:
            continue
        if is_single(data_class):
            found.told.append(LampStream(str(asset), number, gateway or "", told))
        else:
            found.left_out[str(asset)] += 1
    return found


def resting_on_single(
    session: Session, proposals: Iterable[ConditionProposal]
) -> list[ConditionProposal]:
    """Those proposals whose datastream somebody may have readings of, as it is now."""
    listed = list(proposals)
    classes = queries.classes_of(session, {_stream(each) for each in listed})
    return [each for each in listed if is_single(classes.get(_stream(each)))]


def _stream(proposal: ConditionProposal) -> int:
    """The datastream it rests on; 0, which none is, where another program wrote it otherwise."""
    number = (proposal.evidence or {}).get("datastream")
    return number if isinstance(number, int) else 0
