"""The rows of a data product, as the gate lets them out to the public: its holders are outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from canopy.access.rules import Role
from canopy.errors import LimitExceeded, Refused
from canopy.iot import privacy
from canopy.iot.flags import names as flag_names
from canopy.iot.privacy import Summed
from canopy.iot.products import queries
from canopy.iot.products.rules import RAW, SECONDS, Box
from canopy.iot.products.tables import DataProduct
from canopy.iot.sensorthings.queries import places_of
from canopy.iot.sensorthings.shaping import Shaper
from canopy.iot.sensorthings.translating import Scope

MOST_DAYS = 366
"""Longest span of one answer [days]."""
MOST_ROWS = 5_000_000
"""Most rows of a file that is made before it is sent."""
PART_ROWS = 5_000
RAW_COLUMNS = (
    "datastream", "thing", "observed_property", "unit", "phenomenon_time", "result",
    "result_text", "quality", "longitude", "latitude",
)  # fmt: skip
SUMMED_COLUMNS = (
    "datastream", "thing", "observed_property", "unit", "start", "readings", "low", "mean", "high",
    "things", "longitude", "latitude",
)  # fmt: skip
Row = tuple[Any, ...]
"""Values in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Member:
    """A datastream of a product. at: longitude and latitude of its Thing, as the public sees it."""

    stream: int
    thing: int
    observed: str
    unit: str | None
    data_class: str
    at: tuple[float, float] | None

    @property
    def kind(self) -> str:
        """What is alike with it."""
        return f"{self.observed}\n{self.unit or ''}"


def columns_of(product: DataProduct) -> tuple[str, ...]:
    """Names of a product's columns."""
    return RAW_COLUMNS if product.aggregation == RAW else SUMMED_COLUMNS


def members_of(scope: Scope, product: DataProduct) -> list[Member]:
    """The datastreams that a product has now; `scope` is the public's.

    Those withdrawn, or on an asset that the public does not see, or outside the area as far as
    the public sees where they are, are not in it.
    """
    rows = queries.members(scope.session, product.id, scope.audience)
    at = _places(scope, sorted({thing.id for _, thing, _ in rows}))
    found = [
        Member(stream.id, thing.id, observed, stream.unit_ucum, stream.data_class, at.get(thing.id))
        for stream, thing, observed in rows
    ]
    return [each for each in found if _is_inside(each.at, product.area)]


def _places(scope: Scope, things: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Where they are, as the public sees it; those of personal risk too: whether one is in the
    area is asked of its place, which no row tells."""
    told = replace(scope.audience, named=privacy.CLASSES)
    scope = replace(scope, audience=told)
    found: list[tuple[int, Any]] = places_of(scope.session, things)
    shapes = Shaper(scope, "").places([place for _, place in found])
    return {
        thing: (round(shape.centroid.x, 6), round(shape.centroid.y, 6))
        for thing, place in found
        if (shape := shapes.get(place.id)) is not None and not shape.is_empty
    }


def _is_inside(at: tuple[float, float] | None, area: Box | None) -> bool:
    if area is None:
        return True
    if at is None:
        return False
    west, south, east, north = area
    return west <= at[0] <= east and south <= at[1] <= north


def require_span(start: datetime, end: datetime) -> None:
    """Raises Refused for times without an offset or in the wrong order, LimitExceeded."""
    if start.tzinfo is None or end.tzinfo is None:
        raise Refused("from and to are times with Z or an offset, such as 2026-11-01T00:00:00Z.")
    if start >= end:
        raise Refused("from must lie before to.")
    if end - start > timedelta(days=MOST_DAYS):
        raise LimitExceeded(f"One answer spans at most {MOST_DAYS} days; ask for parts.")


def windows(product: DataProduct, start: datetime, end: datetime) -> Iterator[datetime]:
    """Where the parts in which a span is read begin: days, or 31 of them for daily sums."""
    size = _window(product)
    at = _floored(start, size)
    while at < end:
        yield at
        at += size


def rows_in(
    readings: Session,
    product: DataProduct,
    members: Sequence[Member],
    window: datetime,
    span: tuple[datetime, datetime],
    now: datetime,
) -> Iterator[Row]:
    """Rows of a window, within the span; sums of spans that are over alone."""
    start, end = max(window, span[0]), min(window + _window(product), span[1])
    if product.aggregation == RAW:
        yield from _raw(readings, members, start, end)
    else:
        yield from _summed(
            readings, members, SECONDS[product.aggregation], (start, min(end, now)), now
        )


def _raw(
    readings: Session, members: Sequence[Member], start: datetime, end: datetime
) -> Iterator[Row]:
    known = {
        each.stream: each for each in members if privacy.leaves_raw(each.data_class, Role.public)
    }
    for stream, at, result, text, flags in queries.observations(
        readings, sorted(known), start, end
    ):
        member = known[stream]
        doubts = " ".join(name for name in flag_names(flags) if name != "truth") if flags else ""
        yield (
            stream, member.thing, member.observed, member.unit, at, result, text, doubts,
            *(member.at or (None, None)),
        )  # fmt: skip


def _summed(
    readings: Session,
    members: Sequence[Member],
    seconds: int,
    span: tuple[datetime, datetime],
    now: datetime,
) -> Iterator[Row]:
    known = {each.stream: each for each in members}
    ended = now - timedelta(seconds=seconds)
    sums = [
        Summed(
            known[b.datastream_id].data_class, b.datastream_id, known[b.datastream_id].thing,
            known[b.datastream_id].kind, b.start, b.count, b.low, b.mean, b.high,
        )
        for b in queries.buckets(readings, sorted(known), seconds, *span)
        if b.start <= ended
    ]  # fmt: skip
    for each in privacy.let_out(sums, seconds, Role.public):
        observed, _, unit = each.kind.partition("\n")
        at = None if each.stream is None else known[each.stream].at
        yield (
            each.stream, each.thing, observed, unit or None, each.start, each.readings, each.low,
            each.mean, each.high, each.things, *(at or (None, None)),
        )  # fmt: skip


def _window(product: DataProduct) -> timedelta:
    return timedelta(days=31 if product.aggregation == "day" else 1)


def _floored(at: datetime, size: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (at - epoch) // size * size


def parts(
    readings: Session,
    product: DataProduct,
    members: Sequence[Member],
    span: tuple[datetime, datetime],
    now: datetime,
    most: int | None = None,
) -> Iterator[list[Row]]:
    """All rows of a span, some thousands at a time. Raises LimitExceeded after `most` of them."""
    part: list[Row] = []
    number = 0
    for window in windows(product, *span):
        for row in rows_in(readings, product, members, window, span, now):
            part.append(row)
            number += 1
            if most is not None and number > most:
                raise LimitExceeded(f"A file has at most {most:,} rows; ask for parts.")
            if len(part) == PART_ROWS:
                yield part
                part = []
    if part:
        yield part
