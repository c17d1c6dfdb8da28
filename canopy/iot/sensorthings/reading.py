"""Answering a path and its options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, aliased

from canopy.errors import LimitExceeded, NotFound
from canopy.iot.sensorthings import queries
from canopy.iot.sensorthings.model import SETS, EntitySet
from canopy.iot.sensorthings.observing import Observing
from canopy.iot.sensorthings.options import MOST, USUAL, Options
from canopy.iot.sensorthings.ordering import key_of
from canopy.iot.sensorthings.path import Step, steps_of
from canopy.iot.sensorthings.problem import BadQuery
from canopy.iot.sensorthings.shaping import Document, Shaper
from canopy.iot.sensorthings.translating import Condition, Scope, condition_of

MOST_EXPANDED = 20_000
"""Most entities of one answer, those that are expanded counted."""
_NUMBERS = 2**31


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: a set, cut by conditions, or one entity; then what of it."""

    of: EntitySet
    address: str
    entity: Any = None
    conditions: tuple[Any, ...] = ()
    table: Any = None
    streams: tuple[int, ...] | None = None
    """Of Observations: whose; None where all that are visible."""
    rest: tuple[str, ...] = ()
    is_one: bool = False


@dataclass(slots=True)
class Page:
    """Part of a set."""

    of: EntitySet
    entities: Sequence[Any]
    documents: list[Document]
    next_link: str | None = None
    count: int | None = None


@dataclass(slots=True)
class Reader:
    """Answers one request. Not used twice."""

    scope: Scope
    readings: Session
    shaper: Shaper
    _written: int = field(default=0)

    @property
    def _observing(self) -> Observing:
        return Observing(self.scope, self.readings)

    # where a path leads

    def place(self, path: str) -> Place:
        """Raises BadQuery and NotFound."""
        steps = steps_of(path)
        if not steps or steps[0].name not in SETS:
            known = ", ".join(SETS)
            raise NotFound(
                f"There is no set {steps[0].name if steps else ''!r}; there are {known}."
            )
        found = self._first(steps[0])
        for at, step in enumerate(steps[1:], 1):
            if step.name.startswith("$") or step.name not in found.of.links:
                return self._end(found, steps[at:])
            found = self._follow(found, step)
        return found

    def _end(self, found: Place, steps: Sequence[Step]) -> Place:
        if any(step.id is not None for step in steps):
            raise NotFound(f"{found.of.name} have no link {steps[0].name!r}.")
        rest = tuple(step.name for step in steps)
        if rest != ("$ref",) and not found.is_one:
            raise BadQuery(f"{rest[0]} is of one entity; name it: {found.of.name}(1)/{rest[0]}.")
        return Place(
            found.of, found.address, found.entity, found.conditions, found.table, found.streams,
            rest, found.is_one,
        )  # fmt: skip

    def _first(self, step: Step) -> Place:
        of = SETS[step.name]
        table = aliased(of.table)
        place = Place(of, f"{self.shaper.base}/{of.name}", table=table)
        return place if step.id is None else self._named(place, step.id)

    def _named(self, place: Place, key: str) -> Place:
        """The entity of a set that has an id."""
        of = place.of
        if of.name == "Observations":
            found = self._observing.named(key, place.streams)
        else:
            found = self._one(place, key)
        if found is None:
            raise NotFound(f"There is no {of.name}({key[:80]}), or none that you may see.")
        address = self.shaper.link(of, key if of.name == "Observations" else found.id)
        return Place(of, address, found, is_one=True)

    def _one(self, place: Place, key: str | None) -> Any:
        table = place.table
        conditions = [*place.conditions, queries.visible(place.of.name, table, self.scope.audience)]
        if key is not None:
            if not (key.isascii() and key.isdecimal() and int(key[:20]) < _NUMBERS):
                return None
            conditions.append(table.id == int(key))
        rows = queries.page(self.scope.session, table, conditions, [table.id], 0, 1)
        return rows[0] if rows else None

    def _follow(self, place: Place, step: Step) -> Place:
        if not place.is_one:
            raise BadQuery(
                f"{step.name} is of one entity; name it: {place.of.name}(1)/{step.name}."
            )
        link = place.of.links[step.name]
        of = SETS[link.target]
        address = f"{place.address}/{step.name}"
        if of.name == "Observations":
            streams = tuple(self._observing.streams_of(place.of, place.entity))
            found = Place(of, address, streams=streams)
        else:
            table = aliased(of.table)
            condition = self._observing.linked(place.of, step.name, place.entity, table)
            found = Place(of, address, conditions=(condition,), table=table)
        if link.is_many:
            return found if step.id is None else self._named(found, step.id)
        if step.id is not None:
            raise BadQuery(f"{step.name} is one entity and takes no id.")
        entity = self._one(found, None)
        if entity is None:
            raise NotFound(f"There is no {step.name} of it, or none that you may see.")
        return Place(of, address, entity, is_one=True)

    # what is there

    def one(self, place: Place, options: Options) -> Document:
        """The document of one entity."""
        return self._written_of(place.of, [place.entity], options)[0]

    def page(self, place: Place, options: Options) -> Page:
        """The page of a set that options ask for. Raises BadQuery and LimitExceeded."""
        try:
            if place.of.name == "Observations":
                return self._observations(place, options)
            return self._entities(place, options)
        except DataError as error:
            raise BadQuery(
                "The database cannot compute the filter: a number or a time is out of range.",
                parameter="$filter",
            ) from error

    def _observations(self, place: Place, options: Options) -> Page:
        found = self._observing.page(options, place.streams)
        documents = self._written_of(place.of, found.rows, options)
        page = Page(place.of, found.rows, documents, count=found.count)
        if found.after is not None:
            page.next_link = _more(place.address, options, "$skiptoken", found.after)
        elif found.skip is not None:
            page.next_link = _more(place.address, options, "$skip", str(found.skip))
        return page

    def _entities(self, place: Place, options: Options) -> Page:
        if options.after is not None:
            raise BadQuery("$skiptoken is of Observations.", parameter="$skiptoken")
        conditions = self._conditions(place.of, place.table, options, place.conditions)
        limit = _limit(options)
        session = self.scope.session
        order = self._order(place.of, place.table, options)
        rows = queries.page(session, place.table, conditions, order, options.skip, limit + 1)
        documents = self._written_of(place.of, rows[:limit], options)
        page = Page(place.of, rows[:limit], documents)
        if len(rows) > limit and limit:
            page.next_link = _more(place.address, options, "$skip", str(options.skip + limit))
        if options.count:
            page.count = queries.count(session, place.table, conditions)
        return page

    def _conditions(
        self, of: EntitySet, table: Any, options: Options, given: Sequence[Condition] = ()
    ) -> list[Condition]:
        conditions = [*given, queries.visible(of.name, table, self.scope.audience)]
        if options.where is not None:
            conditions.append(condition_of(self.scope, options.where, of, table))
        return conditions

    def _order(self, of: EntitySet, table: Any, options: Options) -> list[Any]:
        keys = [key_of(self.scope, of, table, each) for each in options.order]
        return [*keys, table.id]

    # what goes with it

    def _written_of(
        self, of: EntitySet, entities: Sequence[Any], options: Options
    ) -> list[Document]:
        self._written += len(entities)
        if self._written > MOST_EXPANDED:
            raise LimitExceeded(
                f"The answer would hold more than {MOST_EXPANDED:,} entities; give a smaller $top, "
                "outside and inside $expand."
            )
        _require_names(of, options)
        documents = self.shaper.documents(of, entities)
        if entities:
            for name, inner in options.expand.items():
                self._expand(of, name, entities, documents, inner)
        return [_selected(each, options) for each in documents]

    def _expand(
        self, of: EntitySet, name: str, entities: Sequence[Any], documents: list[Document],
        options: Options,
    ) -> None:  # fmt: skip
        link = of.links[name]
        target = SETS[link.target]
        limit = _limit(options) if link.is_many else 1
        groups = self._linked(of, name, entities, target, options, limit)
        flat = [each for group in groups for each in group[:limit]]
        written = iter(self._written_of(target, flat, options))
        counts = self._counts(of, name, entities, target, options) if options.count else None
        for at, (document, group) in enumerate(zip(documents, groups, strict=True)):
            address = document.pop(f"{name}@iot.navigationLink")
            inner = [next(written) for _ in group[:limit]]
            if not link.is_many:
                document[name] = inner[0] if inner else None
                continue
            document[name] = inner
            if len(group) > limit:
                more = str(options.skip + limit)
                document[f"{name}@iot.nextLink"] = _more(address, options, "$skip", more)
            if counts is not None:
                document[f"{name}@iot.count"] = counts[at]

    def _linked(
        self, of: EntitySet, name: str, entities: Sequence[Any], target: EntitySet,
        options: Options, limit: int,
    ) -> list[list[Any]]:  # fmt: skip
        """Of each entity, those that are linked to it, one more than `limit` where there are."""
        if target.name == "Observations":
            return self._observing.of_each(of, entities, options, limit)
        if of.name == "Observations":
            return self._of_observations(name, entities, target, options)
        source, table = aliased(of.table), aliased(target.table)
        conditions = self._conditions(target, table, options)
        numbers = [each.id for each in entities]
        rows = queries.expanded(
            self.scope.session, (of.name, name), source, numbers, table, conditions,
            self._order(target, table, options), options.skip, limit + 1,
        )  # fmt: skip
        groups: dict[int, list[Any]] = {number: [] for number in numbers}
        for number, row in rows:
            groups[number].append(row)
        return [groups[number] for number in numbers]

    def _of_observations(
        self, name: str, entities: Sequence[Any], target: EntitySet, options: Options
    ) -> list[list[Any]]:
        """The Datastream or place of each observation: looked up once for each stream."""
        found: dict[int, list[Any]] = {}
        for row in entities:
            if row.datastream_id not in found:
                table = aliased(target.table)
                condition = self._observing.linked(SETS["Observations"], name, row, table)
                conditions = self._conditions(target, table, options, [condition])
                found[row.datastream_id] = queries.page(
                    self.scope.session, table, conditions, [table.id], 0, 1
                )
        return [found[row.datastream_id] for row in entities]

    def _counts(
        self, of: EntitySet, name: str, entities: Sequence[Any], target: EntitySet, options: Options
    ) -> list[int]:
        if target.name == "Observations":
            return self._observing.counts(of, entities, options)
        source, table = aliased(of.table), aliased(target.table)
        conditions = self._conditions(target, table, options)
        numbers = [each.id for each in entities]
        found = queries.link_counts(
            self.scope.session, (of.name, name), source, numbers, table, conditions
        )
        return [found.get(number, 0) for number in numbers]


def _limit(options: Options) -> int:
    return USUAL if options.top is None else min(options.top, MOST)


def _require_names(of: EntitySet, options: Options) -> None:
    """Raises BadQuery for what a set does not have, even where the answer is empty."""
    for name in options.expand:
        if name not in of.links:
            raise BadQuery(
                f"$expand: {of.name} have no {name!r}; they have {', '.join(of.links)}.",
                parameter="$expand",
            )
    for name in options.select or ():
        if name not in of.names and name not in ("id", "@iot.id"):
            known = ", ".join(sorted(of.names))
            raise BadQuery(
                f"$select: {of.name} have no {name!r}; they have {known}.", parameter="$select"
            )


def _selected(document: Document, options: Options) -> Document:
    if options.select is None:
        return document
    wanted = {*options.select, *options.expand}
    if wanted & {"id", "@iot.id"}:
        wanted |= {"@iot.id", "@iot.selfLink"}
    return {
        name: value for name, value in document.items()
        if name in wanted or ("@iot." in name[1:] and name.partition("@")[0] in wanted)
    }  # fmt: skip


def _more(address: str, options: Options, name: str, value: str) -> str:
    """The address of what follows."""
    replaced = {"$skip", "$skiptoken", name}
    kept = [(key, each) for key, each in options.given if key not in replaced]
    return f"{address}?{urlencode([*kept, (name, value)], quote_via=quote, safe='$,()/:')}"
