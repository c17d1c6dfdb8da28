"""Newest values of the datastreams that somebody may see, with where their Things are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from canopy.errors import LimitExceeded
from canopy.geo.crs import WGS84
from canopy.geo.transforming import transformer
from canopy.iot.sensorthings.queries import places_of
from canopy.iot.sensorthings.shaping import Shaper
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.viewing import queries
from canopy.iot.viewing.queries import Newest, Sensed, Wanted

MOST_STREAMS = 50_000
"""Most datastreams that one view is about."""
_AT_ONCE = 1_000
_DECIMALS = 7

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """A datastream as its audience sees it. Positions are WGS 84 [degrees]."""

    stream: Sensed
    position: tuple[float, float] | None
    latest: Newest | None

    @property
    def name(self) -> str:
        return f"Datastream {self.stream.id}" if self.stream.is_restricted else self.stream.name

    @property
    def thing_name(self) -> str:
        row = self.stream
        return f"Thing {row.thing_id}" if row.is_restricted else row.thing_name

    @property
    def asset_id(self) -> str | None:
        """The asset, unless which one it is would tell more than is shown."""
        return None if self.stream.is_restricted else self.stream.asset_id

    @property
    def kind(self) -> str | None:
        return None if self.stream.is_hidden else self.stream.kind


@dataclass(frozen=True, slots=True)
class Page:
    """Datastreams by number; `next` is the `after` of the next page."""

    seen: Sequence[Seen]
    next: int | None


def area_of(box: Box, storage_crs: str) -> BaseGeometry:
    """A box in longitude and latitude, in the storage CRS: its edges in small steps."""
    shape = shapely.segmentize(shapely.box(*box), max(box[2] - box[0], box[3] - box[1], 1e-6) / 8)
    moved: BaseGeometry = transformer(WGS84, storage_crs).geometries(
        np.array([shape], dtype=object)
    )[0]
    return moved


def page(
    scope: Scope, readings: Session, wanted: Wanted, box: Box | None, after: int, limit: int
) -> Page:
    """A page of newest values. With a box it may have fewer than `limit`, and yet a next one."""
    rows = queries.sensed(scope.session, scope.audience, wanted, scope.srid, after, limit + 1)
    more = rows[limit - 1].id if len(rows) > limit else None
    rows = rows[:limit]
    places = positions(scope, rows)
    if box is not None:
        rows = [each for each in rows if _is_in(box, places.get(each.thing_id))]
    latest = newest_of(readings, rows)
    return Page([Seen(each, places.get(each.thing_id), latest.get(each.id)) for each in rows], more)


def matching(scope: Scope, wanted: Wanted, box: Box | None = None) -> list[Sensed]:
    """All datastreams that are wanted. Raises LimitExceeded."""
    found = queries.sensed(
        scope.session, scope.audience, wanted, scope.srid, 0, MOST_STREAMS + 1
    )  # fmt: skip
    if len(found) > MOST_STREAMS:
        raise LimitExceeded(
            f"This is about more than {MOST_STREAMS:,} datastreams. Ask for an area, a kind of "
            "asset or an observed property."
        )
    coarse = [each for each in found if each.has_coarse_place]
    if box is None or not coarse:
        return found
    places = positions(scope, coarse)
    return [
        each for each in found
        if not each.has_coarse_place or _is_in(box, places.get(each.thing_id))
    ]  # fmt: skip


def newest_of(readings: Session, rows: Sequence[Sensed]) -> dict[int, Newest]:
    """The newest observation of each, by datastream."""
    return queries.newest_of(readings, [each.id for each in rows])


def positions(scope: Scope, rows: Sequence[Sensed]) -> dict[int, tuple[float, float]]:
    """Where Things are, as the audience sees it: exactly, as a cell's middle, or not at all."""
    things = sorted({each.thing_id for each in rows})
    found: dict[int, tuple[float, float]] = {}
    shaper = Shaper(scope, "")
    for start in range(0, len(things), _AT_ONCE):
        rows_at = places_of(scope.session, things[start : start + _AT_ONCE])
        shown = shaper.places([place for _, place in rows_at])
        for thing, place in reversed(rows_at):
            shape = shown.get(place.id)
            if shape is not None and not shape.is_empty:
                middle = shape.centroid
                found[thing] = (round(middle.x, _DECIMALS), round(middle.y, _DECIMALS))
    return found


def _is_in(box: Box, position: tuple[float, float] | None) -> bool:
    if position is None:
        return False
    west, south, east, north = box
    return west <= position[0] <= east and south <= position[1] <= north
