"""What is told of a Thing, cut to what the public may know, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from canopy.errors import NotFound
from canopy.iot.privacy import LAWFUL_BASES, NOT_PERSONAL, PERSONAL_RISK
from canopy.iot.sensorthings.queries import ids_where, places_of, restricted_thing, untold_thing
from canopy.iot.sensorthings.shaping import Shaper
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.things.tables import Datastream, Thing
from canopy.iot.transparency import queries


@dataclass(frozen=True, slots=True)
class Sensed:
    """One thing that is sensed. `interval_s`: how often [s]. None is what nobody said."""

    number: int
    observed: str
    unit: str | None
    sensor: str | None
    purpose: str | None
    owner: str | None
    lawful_basis: str | None
    data_class: str
    retention_days: int | None
    interval_s: int | None
    is_personal: bool | None
    """Whether it is registered as about people; None where nobody said by what right it is."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the public is told of a Thing.

    One that has nothing but streams of personal risk has neither its name nor its place told.
    at: its longitude and latitude, WGS 84 [degrees]; None where that is not shown. `is_coarse`:
    that is the middle of a square it stands in, and its own name is withheld.
    """

    number: int
    name: str
    sensed: Sequence[Sensed] = field(default=())
    at: tuple[float, float] | None = None
    is_coarse: bool = False

    @property
    def owners(self) -> str:
        """Who answers for it."""
        return ", ".join(dict.fromkeys(each.owner for each in self.sensed if each.owner))


def notices(scope: Scope, after: int, limit: int) -> list[Notice]:
    """Notices by number, from after a number on; `scope` is the public's."""
    return _made(scope, queries.things(scope.session, scope.audience, after, limit))


def notice(scope: Scope, number: int) -> Notice:
    """The notice of a Thing. Raises NotFound, for one that the public is not told of too."""
    thing = queries.one(scope.session, scope.audience, number)
    if thing is None:
        raise NotFound(f"There is no public page about a Thing {number}.")
    return _made(scope, [thing])[0]


def _made(scope: Scope, things: Sequence[Thing]) -> list[Notice]:
    numbers = [each.id for each in things]
    coarse = ids_where(scope.session, Thing, numbers, restricted_thing(Thing, scope.audience))
    nameless = coarse | ids_where(
        scope.session, Thing, numbers, untold_thing(Thing, scope.audience)
    )
    sensed: dict[int, list[Sensed]] = {number: [] for number in numbers}
    for stream, observed, sensor in queries.streams(scope.session, numbers):
        sensed[stream.thing_id].append(_sensed(stream, observed, sensor))
    at = _places(scope, numbers)
    return [
        Notice(
            thing.id, f"Thing {thing.id}" if thing.id in nameless else thing.name,
            tuple(sensed[thing.id]), at.get(thing.id), thing.id in coarse,
        )
        for thing in things
    ]  # fmt: skip


def _sensed(stream: Datastream, observed: str, sensor: str) -> Sensed:
    basis = stream.lawful_basis
    return Sensed(
        stream.id, observed, stream.unit_symbol or stream.unit_ucum,
        None if sensor == "not stated" else sensor, stream.purpose, stream.owner,
        LAWFUL_BASES.get(basis, basis) if basis else None, stream.data_class,
        stream.retention_days, stream.interval_s, _is_personal(stream.data_class, basis),
    )  # fmt: skip


def _is_personal(data_class: str, basis: str | None) -> bool | None:
    if data_class == PERSONAL_RISK:
        return True
    return basis != NOT_PERSONAL if basis in LAWFUL_BASES else None


def _places(scope: Scope, numbers: Sequence[int]) -> dict[int, tuple[float, float]]:
    found: list[tuple[int, Any]] = places_of(scope.session, numbers)
    shapes = Shaper(scope, "").places([place for _, place in found])
    at = {}
    for thing, place in found:
        shape = shapes.get(place.id)
        if shape is not None and not shape.is_empty:
            middle = shape.centroid
            at[thing] = (float(middle.x), float(middle.y))
    return at
