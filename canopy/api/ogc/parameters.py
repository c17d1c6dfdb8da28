"""The parameters of a page of features, read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from canopy.access.rules import Principal
from canopy.api.ogc import crs, limits
from canopy.api.ogc.collections import Collection
from canopy.api.ogc.conditions import filter_of
from canopy.api.ogc.crs import CRS84_URI, OfferedCrs
from canopy.api.ogc.negotiation import refuse_unknown
from canopy.api.problems import BadRequest
from canopy.assets.filtering import FilterField
from canopy.assets.reading.paging import BoxArea, PageRequest, SortKey, read_token

FIXED = frozenset(
    (
        "bbox bbox-crs count crs datetime f filter filter-crs filter-lang limit properties "
        "skipGeometry sortby token"
    ).split()
)
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ItemsQuery:
    """What one request for features asks.

    `properties` is None where all are wanted; `counts` whether the number of all that
    match is to be told.
    """

    request: PageRequest
    crs: OfferedCrs
    counts: bool
    properties: frozenset[str] | None
    has_geometry: bool


def read_items(
    given: Mapping[str, str],
    collection: Collection,
    principal: Principal,
    fields: Mapping[str, FilterField],
    storage_crs: str,
) -> ItemsQuery:
    """Check every parameter. Raises BadRequest or BadFilter, naming the parameter."""
    if not given.keys() <= FIXED:
        refuse_unknown(given, {*FIXED, *fields})
    out = crs.named(given.get("crs", CRS84_URI), storage_crs, "crs")
    sort = _sort_keys(given.get("sortby"), fields)
    token = given.get("token")
    request = PageRequest(
        kinds=collection.kinds,
        principal=principal,
        limit=_limit(given.get("limit")),
        crs=out.name,
        area=_area(given, storage_crs),
        filter=filter_of(given, fields, storage_crs),
        sort=sort,
        after=None if token is None else read_token(token, len(sort)),
    )
    return ItemsQuery(
        request=request,
        crs=out,
        counts=_truth(given, "count"),
        properties=_properties(given.get("properties"), fields),
        has_geometry=not _truth(given, "skipGeometry"),
    )


def _limit(text: str | None) -> int:
    if text is None:
        return limits.DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal()) or len(text) > 18 or int(text) < 1:
        raise BadRequest(
            f"limit is a whole number from 1 to {limits.MAX_LIMIT:,}, and not {text[:40]!r}; "
            "more is brought down to that.",
            parameter="limit",
        )
    return min(int(text), limits.MAX_LIMIT)


def _truth(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in _TRUTHS:
        raise BadRequest(f"{name} is true or false, and not {text[:40]!r}.", parameter=name)
    return _TRUTHS[text]


def _area(given: Mapping[str, str], storage_crs: str) -> BoxArea | None:
    uri = given.get("bbox-crs", CRS84_URI)
    asked = crs.named(uri, storage_crs, "bbox-crs")
    text = given.get("bbox")
    if text is None:
        return None
    numbers = _numbers(text)
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if asked.swaps:
        low, high = low[::-1], high[::-1]
    (min_x, min_y), (max_x, max_y) = low, high
    if min_y > max_y:
        raise _bad_box(text, "its lower corner is above its upper one")
    if min_x <= max_x:
        return BoxArea(((min_x, min_y, max_x, max_y),), asked.name, storage_crs)
    if asked.name not in ("OGC:CRS84", "EPSG:4326", "EPSG:4258"):
        raise _bad_box(text, "its left side is right of its right one")
    east, west = (min_x, min_y, 180.0, max_y), (-180.0, min_y, max_x, max_y)
    return BoxArea((east, west), asked.name, storage_crs)


def _numbers(text: str) -> tuple[float, ...]:
    parts = text.split(",")
    if len(parts) not in (4, 6):
        raise _bad_box(text, "it has neither four numbers nor six")
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError as error:
        raise _bad_box(text, "not all of it is numbers") from error
    if not all(math.isfinite(each) and abs(each) <= limits.MAX_COORDINATE for each in numbers):
        raise _bad_box(text, f"a number is not within ±{limits.MAX_COORDINATE:g}")
    return numbers


def _bad_box(text: str, reason: str) -> BadRequest:
    return BadRequest(
        f"bbox={text[:100]}: {reason}. Write four numbers, lower corner first, in the axis "
        "order of bbox-crs (longitude,latitude where none is named).",
        parameter="bbox",
    )


def _sort_keys(text: str | None, fields: Mapping[str, FilterField]) -> tuple[SortKey, ...]:
    if text is None:
        return ()
    names = text.split(",")
    if len(names) > limits.MAX_SORT_KEYS:
        raise BadRequest(f"sortby takes at most {limits.MAX_SORT_KEYS} fields.", parameter="sortby")
    keys = [SortKey(name.lstrip("+- ") if name[:1] in "+- " else name, name[:1] == "-")
            for name in names]  # fmt: skip
    for key in keys:
        found = fields.get(key.field)
        if found is None or found.type in ("list", "geometry"):
            raise BadRequest(
                f"sortby: {key.field[:60]!r} is no field that can be sorted by here; write "
                "field, or -field for the largest first.",
                parameter="sortby",
            )
    return tuple(keys)


def _properties(text: str | None, fields: Mapping[str, FilterField]) -> frozenset[str] | None:
    if text is None:
        return None
    names = [name for name in text.split(",") if name]
    if len(names) > limits.MAX_PROPERTIES:
        raise BadRequest(
            f"properties takes at most {limits.MAX_PROPERTIES} names.", parameter="properties"
        )
    for name in names:
        if name not in fields and name != "position_generalised_m":
            raise BadRequest(
                f"properties: {name[:60]!r} is no property here; see the collection's queryables.",
                parameter="properties",
            )
    return frozenset(names)
