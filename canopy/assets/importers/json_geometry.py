"""GeoJSON geometries to shapely, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import shape

Geometries = NDArray[np.object_]

_BAD = (ValueError, TypeError, KeyError, IndexError, AttributeError, ShapelyError)


def geometries(values: Sequence[object]) -> tuple[Geometries, list[tuple[int, str]]]:
    """Shapely geometries for decoded GeoJSON ones, None staying None.

    Returns them with (index, reason) of each that is no valid GeoJSON geometry.
    """
    result: Geometries = np.full(len(values), None, dtype=object)
    faults: list[tuple[int, str]] = []
    by_type: dict[str, list[int]] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        kind = value.get("type") if isinstance(value, dict) else None
        by_type.setdefault(kind if isinstance(kind, str) else "", []).append(index)
    for kind, indices in by_type.items():
        chosen = [values[index] for index in indices]
        build = _BUILDERS.get(kind, _one_by_one)
        try:
            result[indices] = build([cast("dict[str, object]", v) for v in chosen])
        except _BAD:
            _separately(values, indices, result, faults)
    faults.sort()
    return result, faults


def _separately(
    values: Sequence[object],
    indices: list[int],
    result: Geometries,
    faults: list[tuple[int, str]],
) -> None:
    for index in indices:
        try:
            result[index] = _single(values[index])
        except _BAD as error:
            faults.append((index, _reason(values[index], error)))


def _reason(value: object, error: Exception) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return "it is no GeoJSON geometry"
    text = " ".join(str(error).split())[:100]
    return f"{value['type']} with unusable coordinates ({type(error).__name__}: {text})"


def _single(value: object) -> shapely.Geometry:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise TypeError("no geometry object")
    if value["type"] != "GeometryCollection" and not isinstance(value["coordinates"], list):
        raise TypeError("coordinates are no array")
    geometry = shape(value)
    if np.isnan(shapely.get_coordinates(geometry)).any():
        raise ValueError("a coordinate is null")
    return geometry


def _one_by_one(values: list[dict[str, object]]) -> Geometries:
    built: Geometries = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        built[index] = _single(value)
    return built


def _points(values: list[dict[str, object]]) -> Geometries:
    positions = np.array([value["coordinates"] for value in values], dtype=np.float64)
    _require_positions(positions)
    return cast("Geometries", shapely.points(positions))


def _lines(values: list[dict[str, object]]) -> Geometries:
    lines = [cast("list[object]", value["coordinates"]) for value in values]
    return cast("Geometries", shapely.linestrings(*_flat(lines)))


def _polygons(values: list[dict[str, object]]) -> Geometries:
    polygons = [cast("list[list[object]]", value["coordinates"]) for value in values]
    if not all(polygons):
        raise ValueError("a polygon without a ring")
    rings = list(chain.from_iterable(polygons))
    owner = np.repeat(np.arange(len(polygons)), [len(polygon) for polygon in polygons])
    return cast("Geometries", shapely.polygons(shapely.linearrings(*_flat(rings)), indices=owner))


def _require_positions(positions: NDArray[np.float64]) -> None:
    if positions.ndim != 2 or positions.shape[1] not in (2, 3):
        raise ValueError("positions of unequal length")
    if np.isnan(positions[:, :2]).any():  # numpy reads null as NaN
        raise ValueError("a coordinate is null")


def _flat(lines: Sequence[list[object]]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    lengths = [len(line) for line in lines]
    if not all(lengths):
        raise ValueError("a line without positions")
    positions = np.array(list(chain.from_iterable(lines)), dtype=np.float64)
    _require_positions(positions)
    return positions, np.repeat(np.arange(len(lines)), lengths)


_BUILDERS: dict[str, Callable[[list[dict[str, object]]], Geometries]] = {
    "Point": _points,
    "LineString": _lines,
    "Polygon": _polygons,
}
