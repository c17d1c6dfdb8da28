"""Reading Observations, which may lie in a database of their own."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.orm import Session, aliased

from canopy.iot.sensorthings import ids, queries
from canopy.iot.sensorthings.model import SETS, EntitySet
from canopy.iot.sensorthings.options import MOST_OBSERVATIONS, USUAL, Options
from canopy.iot.sensorthings.ordering import key_of
from canopy.iot.sensorthings.problem import BadQuery
from canopy.iot.sensorthings.translating import (
    Condition,
    Scope,
    condition_of,
    is_observation,
)
from canopy.iot.store.tables import Observation

MOST_COUNTED = 10_000_000
_STREAM, _TIME, _KEY = (
    Observation.datastream_id,
    Observation.phenomenon_time,
    Observation.source_key,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of Observations. `after` or `skip` is where the next begins."""

    rows: list[Any]
    after: str | None = None
    skip: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Observing:
    """Reads Observations of the datastreams that an audience sees."""

    scope: Scope
    readings: Session

    def named(self, key: str, streams: tuple[int, ...] | None) -> Any:
        """The Observation of a name; None where there is none to be seen."""
        name = ids.read(key)
        if name is None or (streams is not None and name.datastream_id not in streams):
            return None
        if name.datastream_id not in self._visible(name.datastream_id):
            return None
        rows = queries.observations_page(self.readings, [is_observation(name)], [], 0, 1)
        return rows[0] if rows else None

    def _visible(self, number: int | None = None) -> list[int]:
        stream = aliased(SETS["Datastreams"].table)
        condition = queries.visible("Datastreams", stream, self.scope.audience)
        if number is not None:
            condition = and_(condition, stream.id == number)
        return queries.stream_ids(self.scope.session, condition, stream)

    def streams_of(self, of: EntitySet, entity: Any) -> list[int]:
        """Whose Observations a Datastream or a FeatureOfInterest leads to."""
        if of.name == "Datastreams":
            return [entity.id]
        return queries.streams_at(self.scope.session, entity.id, self.scope.audience)

    def linked(self, of: EntitySet, name: str, entity: Any, table: Any) -> Condition:
        """The condition on a table for what an entity is linked to."""
        if of.name != "Observations":
            return queries.link(of.name, name, entity, table)
        if name == "Datastream":
            condition: Condition = table.id == entity.datastream_id
            return condition
        stream = aliased(SETS["Datastreams"].table)
        thing = aliased(SETS["Things"].table)
        return queries.linked(
            thing,
            thing.withdrawn_at.is_(None),
            queries.link("Things", "Locations", thing, table),
            queries.linked(stream, stream.id == entity.datastream_id, stream.thing_id == thing.id),
        )

    def page(self, options: Options, streams: tuple[int, ...] | None) -> Found:
        """A page, in the order that is asked for, else by datastream, time and key."""
        wanted = list(streams) if streams is not None else self._visible()
        conditions = [queries.one_of(_STREAM, wanted, self.scope.dialect)]
        if options.where is not None:
            of = SETS["Observations"]
            conditions.append(condition_of(self.scope, options.where, of, Observation))
        keyed = _keyed(options)
        limit = USUAL if options.top is None else min(options.top, MOST_OBSERVATIONS)
        asked = list(conditions)
        if options.after is not None:
            if keyed is None:
                raise BadQuery("$skiptoken fits another $orderby.", parameter="$skiptoken")
            asked.append(keyed.after(options.after))
        order = keyed.order() if keyed is not None else self._order(options)
        rows = queries.observations_page(self.readings, asked, order, options.skip, limit + 1)
        counted = None
        if options.count:
            counted = queries.observations_count(self.readings, conditions, MOST_COUNTED)
        if len(rows) <= limit or not limit:
            return Found(rows[:limit], count=counted)
        if keyed is None:
            return Found(rows[:limit], skip=options.skip + limit, count=counted)
        return Found(rows[:limit], after=keyed.token(rows[limit - 1]), count=counted)

    def _order(self, options: Options) -> list[Any]:
        keys = []
        for order in options.order:
            if order.names in (("Datastream", "id"), ("Datastream", "@iot.id")):
                keys.append(_STREAM.desc() if order.is_descending else _STREAM.asc())
            else:
                keys.append(key_of(self.scope, SETS["Observations"], Observation, order))
        return [*keys, _STREAM, _TIME, _KEY]

    def of_each(
        self, of: EntitySet, entities: Sequence[Any], options: Options, limit: int
    ) -> list[list[Any]]:
        """The Observations of each Datastream or place, one more than `limit` where there are."""
        if _is_latest(of, options):
            numbers = [each.id for each in entities]
            rows = queries.latest(self.readings, numbers, self.scope.dialect)
            newest = {row.datastream_id: row for row in rows}
            # Twice: there may be older ones, and the second only makes the link to them.
            return [[newest[each]] * 2 if each in newest else [] for each in numbers]
        return [self._linked(of, each, options, limit) for each in entities]

    def _linked(self, of: EntitySet, entity: Any, options: Options, limit: int) -> list[Any]:
        conditions = self._conditions(of, entity, options)
        keyed = _keyed(options)
        order = keyed.order() if keyed is not None else self._order(options)
        return queries.observations_page(self.readings, conditions, order, options.skip, limit + 1)

    def _conditions(self, of: EntitySet, entity: Any, options: Options) -> list[Condition]:
        streams = self.streams_of(of, entity)
        conditions = [queries.one_of(_STREAM, streams, self.scope.dialect)]
        if options.where is not None:
            set_ = SETS["Observations"]
            conditions.append(condition_of(self.scope, options.where, set_, Observation))
        return conditions

    def counts(self, of: EntitySet, entities: Sequence[Any], options: Options) -> list[int]:
        """How many Observations each has."""
        return [
            queries.observations_count(
                self.readings, self._conditions(of, each, options), MOST_COUNTED
            )
            for each in entities
        ]


def _is_latest(of: EntitySet, options: Options) -> bool:
    """Whether only the newest of each Datastream is wanted: it is kept apart."""
    first = options.order[0] if len(options.order) == 1 else None
    return (
        of.name == "Datastreams" and options.top == 1 and options.skip == 0
        and options.where is None and first is not None
        and first.names == ("phenomenonTime",) and first.is_descending
        and not options.count
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Keyed:
    """An order whose pages begin after a row, not after a number of rows."""

    columns: tuple[Any, ...]
    is_descending: bool

    def order(self) -> list[Any]:
        return [each.desc() if self.is_descending else each.asc() for each in self.columns]

    def token(self, row: Any) -> str:
        values = [getattr(row, each.key) for each in self.columns]
        written = [each.isoformat() if isinstance(each, datetime) else each for each in values]
        return urlsafe_b64encode(json.dumps(written).encode()).decode().rstrip("=")

    def after(self, token: str) -> Condition:
        """The rows after the one that a token names."""
        values = self._values(token)
        steps = []
        for at, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            same = [c == v for c, v in zip(self.columns[:at], values[:at], strict=True)]
            beyond = column < value if self.is_descending else column > value
            steps.append(and_(*same, beyond))
        first, value = self.columns[0], values[0]  # so that an index is entered at the place
        return and_(first <= value if self.is_descending else first >= value, or_(*steps))

    def _values(self, token: str) -> list[Any]:
        wrong = BadQuery("$skiptoken is not one of this service.", parameter="$skiptoken")
        try:
            padded = token[:2_000] + "=" * (-len(token[:2_000]) % 4)
            written = json.loads(urlsafe_b64decode(padded.encode("ascii")))
            if not isinstance(written, list) or len(written) != len(self.columns):
                raise wrong
            return [
                _value(each, column) for each, column in zip(written, self.columns, strict=True)
            ]
        except (ValueError, TypeError) as error:
            raise wrong from error


def _value(written: Any, column: Any) -> Any:
    if column is _TIME:
        at = datetime.fromisoformat(written)
        if at.tzinfo is None:
            raise ValueError("no offset")
        return at
    wanted = int if column is _STREAM else str
    if not isinstance(written, wanted) or "\x00" in str(written):
        raise TypeError("another type")
    if column is _STREAM and not 0 <= int(written) < 2**31:
        raise ValueError("no number of a datastream")
    return written


def _keyed(options: Options) -> _Keyed | None:
    if not options.order:
        return _Keyed((_STREAM, _TIME, _KEY), False)
    first = options.order[0]
    if len(options.order) == 1 and first.names == ("phenomenonTime",):
        return _Keyed((_TIME, _STREAM, _KEY), first.is_descending)
    return None
