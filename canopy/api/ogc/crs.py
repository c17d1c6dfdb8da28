"""The coordinate reference systems that are offered, by their URIs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from canopy import geo
from canopy.api.problems import BadRequest
from canopy.assets.filtering.shapes import CRS84, northing_first

CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
_CODES = (4326, 4258, 27700, 3857)


@dataclass(frozen=True, slots=True)
class OfferedCrs:
    """A CRS as a request names it.

    `name` is what `canopy.geo` calls it, always x before y; `swaps` tells that its own
    order is latitude (or northing) first.
    """

    uri: str
    name: str
    swaps: bool


@lru_cache(maxsize=8)
def offered(storage_crs: str) -> Mapping[str, OfferedCrs]:
    """The CRSs of a deployment by URI: CRS84 first, then the one positions are stored in."""
    codes = dict.fromkeys((geo.epsg_code(storage_crs), *_CODES))
    found = [OfferedCrs(CRS84_URI, CRS84, False)]
    for code in codes:
        name = f"EPSG:{code}"
        found.append(OfferedCrs(_EPSG.format(code), name, northing_first(geo.parse_crs(name))))
    return {each.uri: each for each in found}


def storage_uri(storage_crs: str) -> str:
    """The URI of the CRS that positions are stored in."""
    return _EPSG.format(geo.epsg_code(storage_crs))


def named(uri: str, storage_crs: str, parameter: str) -> OfferedCrs:
    """The offered CRS of that URI; BadRequest naming the parameter and those there are."""
    found = offered(storage_crs).get(uri.removeprefix("<").removesuffix(">"))
    if found is None:
        raise BadRequest(
            f"{parameter}: {uri[:100]!r} is no CRS that is offered here; "
            f"{', '.join(offered(storage_crs))} are.",
            parameter=parameter,
        )
    return found
