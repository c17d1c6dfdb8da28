"""What a request asks of offers: as of any collection, but `datetime` means when they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from canopy.access.rules import Principal
from canopy.api.ogc.conditions import filter_of
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.ogc.parameters import ItemsQuery, read_items
from canopy.assets.filtering import Filter, FilterField
from canopy.assets.filtering.tree import Call, Expression, Interval, Property


def read_offer_items(
    given: Mapping[str, str],
    principal: Principal,
    fields: Mapping[str, FilterField],
    storage_crs: str,
) -> ItemsQuery:
    """Check every parameter. Raises BadRequest or BadFilter, naming the parameter."""
    others = {name: value for name, value in given.items() if name != "datetime"}
    query = read_items(others, OFFERS, principal, fields, storage_crs)
    asked = {"datetime": given["datetime"]} if "datetime" in given else {}
    period = filter_of(asked, {}, storage_crs)
    if period is None:
        return query
    holds = _holding(period.root)
    wanted = query.request.filter
    root = holds if wanted is None else Call("and", (holds, wanted.root))
    return replace(query, request=replace(query.request, filter=Filter("", root)))


def _holding(found: Expression) -> Call:
    """Whether an offer holds on some day of an interval, both ends of both included."""
    assert isinstance(found, Call)
    interval = found.arguments[1]
    assert isinstance(interval, Interval)
    until = Property("available_until")
    parts: list[Expression] = []
    if interval.end is not None:
        parts.append(Call("<=", (Property("available_from"), interval.end)))
    if interval.start is not None:
        parts.append(Call("or", (Call("isnull", (until,)), Call(">=", (until, interval.start)))))
    return Call("and", tuple(parts))
