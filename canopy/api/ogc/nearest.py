"""`GET /nearest`: the assets nearest to a place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response

from canopy import geo
from canopy.access.rules import Principal
from canopy.api.ogc import limits
from canopy.api.ogc.answers import answer, etag_of
from canopy.api.ogc.asking import json_only, number, truth, whole_number
from canopy.api.ogc.conditions import filter_of
from canopy.api.ogc.crs import CRS84_URI, OfferedCrs, named
from canopy.api.ogc.features import collection_bytes
from canopy.api.ogc.negotiation import GEOJSON, address, base_url, link, parameters, refuse_unknown
from canopy.api.ogc.service import service_of
from canopy.api.problems import BadRequest
from canopy.assets.filtering.shapes import CRS84
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.reading.finding.nearby import NearbyRequest
from canopy.assets.reading.paging import geojson

PARAMETERS = ("lon lat x y crs k radius_m kinds filter filter-lang filter-crs available f").split()
DISTANCE = "distance_m"
"""The property of each feature that tells how far it is [m]."""


def nearest(request: Request) -> Response:
    """The `k` assets nearest to a place, as GeoJSON features ordered by `distance_m`."""
    service = service_of(request)
    principal = service.principals.of(request)
    given = parameters(request)
    refuse_unknown(given, PARAMETERS)
    json_only(given)
    storage_crs = service.database.storage_crs
    crs = named(given.get("crs", CRS84_URI), storage_crs, "crs")
    found = service.nearby.nearest(_asked(given, principal, crs, storage_crs))
    for properties, metres in zip(found.page.properties, found.distances_m, strict=True):
        properties[DISTANCE] = float(metres)
    written = orjson.dumps(geojson.features(found.page, swaps=crs.swaps))
    here = address(base_url(request), "/nearest", given)
    links = [link(here, "self", GEOJSON, "This document")]
    body = collection_bytes(written, links, len(found.page), None)
    headers = {"Content-Crs": f"<{crs.uri}>"}
    return answer(request, body, GEOJSON, etag=etag_of(written, here.encode()), headers=headers)


def _asked(
    given: Mapping[str, str], principal: Principal, crs: OfferedCrs, storage_crs: str
) -> NearbyRequest:
    return NearbyRequest(
        place=_place(given, crs, storage_crs),
        kinds=_kinds(given.get("kinds")),
        principal=principal,
        k=whole_number(given, "k", limits.DEFAULT_NEAREST, limits.MAX_NEAREST),
        radius_m=_radius(given),
        crs=crs.name,
        filter=filter_of(given, {}, storage_crs),
        available=truth(given, "available"),
    )


def _place(given: Mapping[str, str], crs: OfferedCrs, storage_crs: str) -> tuple[float, float]:
    """The place in the storage CRS [m]."""
    names = [name for name in ("lon", "lat", "x", "y") if name in given]
    if names == ["lon", "lat"]:
        source = CRS84
    elif names == ["x", "y"] and "crs" in given:
        source = crs.name
    else:
        raise BadRequest(
            "Say where: lon and lat [degrees], or x (easting or longitude) and y (northing or "
            f"latitude) with their crs; there {'is' if len(names) == 1 else 'are'} "
            f"{', '.join(names) or 'none of them'}{'' if 'crs' in given else ', and no crs'}."
        )
    x, y = (number(given, name) for name in names)
    if source == CRS84 and not (abs(x) <= 180 and abs(y) <= 90):
        raise BadRequest("lon is from -180 to 180 and lat from -90 to 90.", parameter="lon")
    found_x, found_y = geo.transformer(source, storage_crs).xy(np.array([x]), np.array([y]))
    if not (np.isfinite(found_x).all() and np.isfinite(found_y).all()):
        raise BadRequest(
            f"{names[0]}={x:g}, {names[1]}={y:g} lies outside the area of {storage_crs}, in "
            "which positions are stored.",
            parameter=names[0],
        )
    return float(found_x[0]), float(found_y[0])


def _radius(given: Mapping[str, str]) -> float:
    if "radius_m" not in given:
        return limits.DEFAULT_RADIUS_M
    radius_m = number(given, "radius_m")
    if not 0 < radius_m <= limits.MAX_RADIUS_M:
        raise BadRequest(
            f"radius_m is more than 0 and at most {limits.MAX_RADIUS_M:,.0f}, and not "
            f"{given['radius_m'][:40]}.",
            parameter="radius_m",
        )
    return radius_m


def _kinds(text: str | None) -> tuple[Kind, ...]:
    if text is None:
        return tuple(KINDS)
    names = text.split(",")
    for name in names:
        if name not in KINDS:
            raise BadRequest(
                f"kinds: {name[:60]!r} is no kind of asset; the kinds are {', '.join(KINDS)}.",
                parameter="kinds",
            )
    return tuple(kind for kind in KINDS if kind in names)
