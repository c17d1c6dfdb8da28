"""Parts of geometries: collections opened, repaired polygons sorted out, types fitted."""

from __future__ import annotations

import shapely


def same_dimension(mended: shapely.Geometry, broken: shapely.Geometry) -> shapely.Geometry | None:
    """The parts of `mended` of the same dimension as `broken`, None when there are none."""
    dimension = shapely.get_dimensions(broken)
    parts = [
        part
        for part in shapely.get_parts(_flat(mended))
        if shapely.get_dimensions(part) == dimension and not part.is_empty
    ]
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if dimension == 2:
        return shapely.MultiPolygon([p for p in parts])
    return shapely.MultiLineString(parts) if dimension == 1 else shapely.MultiPoint(parts)


def _flat(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Single parts, collections opened at every depth."""
    parts = [geometry]
    while any(part.geom_type.startswith(("Multi", "Geometry")) for part in parts):
        parts = list(shapely.get_parts(parts))
    return parts


def area_change(broken: shapely.Geometry, mended: shapely.Geometry) -> str:
    """``; its area of 120 m² became 119 m²``, empty where it is the same.

    A ring that crosses itself has no area (that of a bow tie comes out as zero or less):
    then only the repaired area is said. The geometries are in metres.
    """
    if shapely.get_dimensions(broken) != 2:
        return ""
    if broken.area <= 0 or not shapely.is_simple(_rings(broken)).all():
        return f" of {_square_metres(mended.area)}"
    if abs(mended.area - broken.area) < 0.0005 * broken.area:
        return ""
    return f"; its area of {_square_metres(broken.area)} became {_square_metres(mended.area)}"


def _rings(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    return list(shapely.get_rings(_flat(geometry)))


def _square_metres(area: float) -> str:
    return f"{area:,.1f} m²" if area < 1_000 else f"{area:,.0f} m²"


def fit_type(geometry: shapely.Geometry, allowed: frozenset[str]) -> shapely.Geometry | None:
    """`geometry` as one of the `allowed` types, None when it cannot be.

    A multi-part of one part, or a collection of one kind of part, is opened; a single
    part becomes a multi-part where only those are allowed.
    """
    name = geometry.geom_type
    if name in allowed:
        return geometry
    if name == "LinearRing":
        return fit_type(shapely.LineString(geometry), allowed)
    parts = _flat(geometry)
    kinds = {part.geom_type for part in parts}
    if len(kinds) != 1:
        return None
    single = kinds.pop()
    if len(parts) == 1 and single in allowed:
        return parts[0]
    if f"Multi{single}" in allowed:
        return {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString,
                "Polygon": shapely.MultiPolygon}[single](parts)  # fmt: skip
    return None
