"""Keys of `$orderby`: properties of an entity, or of the one that it is linked to."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import aliased

from canopy.iot.sensorthings import queries
from canopy.iot.sensorthings.model import SETS, EntitySet
from canopy.iot.sensorthings.options import Order
from canopy.iot.sensorthings.problem import BadQuery
from canopy.iot.sensorthings.translating import Scope, property_of


def key_of(scope: Scope, of: EntitySet, entity: Any, order: Order) -> Any:
    """What a set is sorted by, as this audience sees it. Raises BadQuery for what has no order.

    A path leads over one link to a single entity: ``Thing/name`` of Datastreams. Observations,
    which may lie in a database of their own, are sorted by what is theirs.
    """
    first, *rest = order.names
    link = of.links.get(first)
    if link is None or not rest:
        key = _property(scope, of, entity, "/".join(order.names))
    elif link.is_many or of.name == "Observations":
        raise _unsorted(f"{of.name} are not sorted by {'/'.join(order.names)[:60]!r}")
    else:
        other, target = aliased(SETS[link.target].table), SETS[link.target]
        key = queries.linked_value(
            _property(scope, target, other, "/".join(rest)),
            queries.link(of.name, first, entity, other),
            queries.visible(target.name, other, scope.audience),
        )
    return (key.desc() if order.is_descending else key.asc()).nulls_last()


def _property(scope: Scope, of: EntitySet, entity: Any, written: str) -> Any:
    name = "id" if written == "@iot.id" else written
    kind = of.properties[name][1] if name in of.properties else None
    if kind == "geometry":
        raise _unsorted("places have no order")
    if kind == "observation-id":
        raise _unsorted("ids of Observations have no order")
    if kind is None:
        known = sorted(
            each for each, (_, kind) in of.properties.items()
            if kind not in ("geometry", "observation-id")
        )  # fmt: skip
        raise _unsorted(f"{of.name} have no {written[:60]!r} to sort by; known: {', '.join(known)}")
    return property_of(scope, of, entity, name, 0).value


def _unsorted(why: str) -> BadQuery:
    return BadQuery(f"$orderby: {why}.", parameter="$orderby")
