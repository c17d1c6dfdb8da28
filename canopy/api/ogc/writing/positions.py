"""Positions that are sent: GeoJSON in an offered CRS, in the order of its axes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from starlette.requests import Request

from canopy import geo
from canopy.api.ogc.crs import CRS84_URI, OfferedCrs, named
from canopy.api.ogc.limits import MAX_COORDINATE
from canopy.assets.importers.json_geometry import geometries
from canopy.assets.mapping.shapes import MAX_VERTICES
from canopy.errors import BadAttribute, LimitExceeded, OutOfArea

FIELD = "geometry"


def content_crs(request: Request, storage_crs: str) -> OfferedCrs:
    """The CRS of the positions in the body: `Content-Crs`, CRS84 where it is not sent."""
    return named(request.headers.get("content-crs", CRS84_URI).strip(), storage_crs, "Content-Crs")


def read_geometry(value: object, crs: OfferedCrs, storage_crs: str) -> shapely.Geometry:
    """A geometry in the storage CRS, 2D.

    Raises BadAttribute for what is none, LimitExceeded for too many vertices, OutOfArea for
    a place that the storage CRS does not have.
    """
    if not isinstance(value, dict):
        raise BadAttribute(
            "geometry: an asset has a position; send a GeoJSON geometry.", field=FIELD
        )
    if "type" not in value or ("coordinates" not in value and "geometries" not in value):
        raise BadAttribute("geometry: send it whole, with its type and coordinates.", field=FIELD)
    _require_numbers(value)
    found, faults = geometries([value])
    if faults or found[0] is None:
        reason = faults[0][1] if faults else "it is no GeoJSON geometry"
        raise BadAttribute(f"geometry: {reason}.", field=FIELD)
    shape = shapely.force_2d(found[0])
    _require_few(int(shapely.get_num_coordinates(shape)))
    if crs.swaps:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
    return _moved(shape, crs, storage_crs)


def _moved(shape: shapely.Geometry, crs: OfferedCrs, storage_crs: str) -> shapely.Geometry:
    holder: NDArray[np.object_] = np.array([shape], dtype=object)
    moved: shapely.Geometry = geo.transformer(crs.name, storage_crs).geometries(holder)[0]
    if not (np.abs(shapely.get_coordinates(moved)) <= MAX_COORDINATE).all():
        order = "northing or latitude first" if crs.swaps else "longitude or easting first"
        raise OutOfArea(
            f"geometry: a position has no place in {storage_crs}. It was read in {crs.uri}, "
            f"{order}; correct it, or name its CRS in the header Content-Crs.",
            field=FIELD,
        )
    return moved


def _require_few(count: int) -> None:
    if count > MAX_VERTICES:
        raise LimitExceeded(
            f"geometry: it has {count:,} vertices, more than the limit of {MAX_VERTICES:,}; "
            "simplify it.",
            field=FIELD,
            limit_vertices=MAX_VERTICES,
        )


def _require_numbers(value: dict[str, object]) -> None:
    for each in _leaves(value.get("coordinates"), value.get("geometries")):
        if isinstance(each, bool) or not isinstance(each, (int, float)):
            raise BadAttribute(
                f"geometry: a coordinate is {str(each)[:40]!r}, and no number.", field=FIELD
            )


def _leaves(*values: object) -> Iterator[object]:
    """What is in arrays, and arrays in them, of any depth; of geometries their coordinates."""
    waiting = [each for each in values if each is not None]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend(each.get(name) for name in ("coordinates", "geometries") if name in each)
        else:
            yield each
