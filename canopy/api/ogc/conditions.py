"""Queryables as parameters, `datetime` and `filter` as one filter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from canopy.api.ogc import crs, limits
from canopy.api.ogc.crs import CRS84_URI
from canopy.api.problems import BadRequest
from canopy.assets.filtering import Filter, FilterField, FilterLanguage, parse_filter
from canopy.assets.filtering.moments import read_day, read_instant, read_moment
from canopy.assets.filtering.tree import (
    Call,
    Expression,
    Interval,
    Items,
    Literal,
    Property,
    Scalar,
)
from canopy.errors import BadFilter

TEMPORAL_FIELD = "observed_on"
"""The field that `datetime` is compared with: when an asset was last seen or surveyed."""


def filter_of(
    given: Mapping[str, str], fields: Mapping[str, FilterField], storage_crs: str
) -> Filter | None:
    """All that a request asks of fields, joined by AND; None where it asks nothing.

    Raises BadRequest for a parameter that cannot be read, BadFilter for the filter.
    """
    parts = list(_equalities(given, fields))
    if "datetime" in given:
        moment = _moment(given["datetime"])
        if moment is not None:
            parts.append(Call("t_intersects", (Property(TEMPORAL_FIELD), moment)))
    filter_crs = crs.named(given.get("filter-crs", CRS84_URI), storage_crs, "filter-crs")
    if "filter" in given:
        language = given.get("filter-lang", FilterLanguage.text)
        parts.append(parse_filter(given["filter"], language, storage_crs, filter_crs.name).root)
    elif "filter-lang" in given and given["filter-lang"] not in tuple(FilterLanguage):
        raise BadRequest(
            f"filter-lang is {' or '.join(FilterLanguage)}, and not {given['filter-lang'][:40]!r}.",
            parameter="filter-lang",
        )
    if not parts:
        return None
    root = parts[0] if len(parts) == 1 else Call("and", tuple(parts))
    return Filter(given.get("filter", ""), root)


def _equalities(
    given: Mapping[str, str], fields: Mapping[str, FilterField]
) -> Iterator[Expression]:
    asked = [name for name in given if name in fields]
    if len(asked) > limits.MAX_QUERYABLES:
        raise BadRequest(f"At most {limits.MAX_QUERYABLES} fields can be asked for at once.")
    for name in asked:
        found = fields[name]
        try:
            value = _value(given[name], found)
        except (KeyError, ValueError, BadFilter) as error:
            raise BadRequest(
                f"{name}={given[name][:60]}: {name} holds a {found.type}.", parameter=name
            ) from error
        if found.type == "list":
            yield Call("a_contains", (Property(name), Items((Literal(value),))))
        elif found.type == "boolean":
            yield Property(name) if value else Call("not", (Property(name),))
        else:
            yield Call("=", (Property(name), Literal(value)))


def _value(text: str, found: FilterField) -> Scalar:
    if found.type == "number":
        number = float(text)
        if not math.isfinite(number) or "_" in text:
            raise ValueError(text)
        return number
    if found.type == "boolean":
        return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
    if found.type == "date":
        return read_day(text)
    if found.type == "timestamp":
        return read_moment(text)
    return text


def _moment(text: str) -> Expression | None:
    """A date, a time or an interval; None for one that is open at both ends."""
    ends = text.split("/")
    try:
        if len(ends) == 1:
            moment = Literal(_instant(text))
            return Interval(moment, moment)
        if len(ends) == 2:
            start, end = (None if each in ("", "..") else _instant(each) for each in ends)
            if start is None and end is None:
                return None
            if start is not None and end is not None and start > end:
                raise BadFilter("the interval ends before it begins")
            return Interval(
                None if start is None else Literal(start), None if end is None else Literal(end)
            )
    except BadFilter as error:
        raise _bad_datetime(text) from error
    raise _bad_datetime(text)


def _instant(text: str) -> date:
    """The day of a date or a time, in UTC: what it is compared with are days."""
    found = read_instant(text.strip())
    return found.date() if isinstance(found, datetime) else found


def _bad_datetime(text: str) -> BadRequest:
    return BadRequest(
        f"datetime={text[:60]} is no time and no interval; write 2026-01-31, "
        "2026-01-31T12:00:00Z, 2026-01-01/2026-01-31, 2026-01-01/.. or ../2026-01-31.",
        parameter="datetime",
    )
