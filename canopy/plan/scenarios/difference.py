"""Two scenarios held against each other place by place: sites, what lies in reach, and wards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from canopy.geo import WGS84, transformer
from canopy.plan.scenarios.computing import Result

MOST_OUTLINED = 5_000
"""Sites of one scenario up to which what lies in reach is outlined."""
_QUADRANT = 12
Change = Literal["added", "kept", "dropped"]
CHANGES: tuple[Change, ...] = ("added", "kept", "dropped")


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A site that either scenario uses, as each of them tells it; None where it does not."""

    change: Change
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def told(self) -> Mapping[str, Any]:
        """By the later scenario where that has it."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class WardChange:
    """How many sites a ward has in each."""

    ward: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """From one scenario to another.

    Attributes:
        areas: what is newly in reach of a site, still is, and no longer is; in the storage CRS.
        notes: what is left out.
    """

    before: str
    after: str
    sites: tuple[SiteChange, ...]
    wards: tuple[WardChange, ...]
    areas: Mapping[Change, shapely.Geometry]
    notes: tuple[str, ...]


def difference(
    before: Result, after: Result, reach_m: tuple[float | None, float | None]
) -> Difference:
    """reach_m: of the sites of each [m]; None where it is not known."""
    was, now = ({each["asset_id"]: each for each in one.chosen} for one in (before, after))
    sites = [
        SiteChange(_change(asset in was, asset in now), was.get(asset), now.get(asset))
        for asset in dict.fromkeys((*now, *was))
    ]
    sites.sort(key=lambda each: CHANGES.index(each.change))
    areas, notes = _areas(before.chosen, after.chosen, reach_m)
    lost = sum(_place(each.told) is None for each in sites)
    if lost:
        notes.append(f"{lost:,} sites have no position here: they are in the table alone.")
    return Difference(
        before.kept.label, after.kept.label, tuple(sites), tuple(_wards(sites)), areas,
        tuple(notes),
    )  # fmt: skip


def reach_of(result: Result, technology_m: float | None) -> float | None:
    """How far a result's sites reach [m]: by its siting, else by its technology."""
    told = (result.choosing or {}).get("reach_m")
    return technology_m if told is None else float(told)


def _change(was: bool, now: bool) -> Change:
    if was and now:
        return "kept"
    return "added" if now else "dropped"


def _wards(sites: Sequence[SiteChange]) -> list[WardChange]:
    was: Counter[str] = Counter()
    now: Counter[str] = Counter()
    for each in sites:
        name = str(each.told.get("ward") or "not known")
        was[name] += each.before is not None
        now[name] += each.after is not None
    return [WardChange(name, was[name], now[name]) for name in sorted({*was, *now})]


def _place(site: Mapping[str, Any]) -> tuple[float, float] | None:
    x_m, y_m = site.get("x_m"), site.get("y_m")
    return None if x_m is None or y_m is None else (float(x_m), float(y_m))


def _areas(
    was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]],
    reach_m: tuple[float | None, float | None],
) -> tuple[dict[Change, shapely.Geometry], list[str]]:  # fmt: skip
    if None in reach_m:
        return {}, ["How far sites reach is not known: areas are left out."]
    if max(len(was), len(now)) > MOST_OUTLINED:
        return {}, [f"Areas in reach of more than {MOST_OUTLINED:,} sites are not outlined."]
    one, other = (_in_reach(sites, far) for sites, far in zip((was, now), reach_m, strict=True))
    found: dict[Change, shapely.Geometry] = {
        "added": other.difference(one),
        "kept": other.intersection(one),
        "dropped": one.difference(other),
    }
    return {name: shape for name, shape in found.items() if not shape.is_empty}, []


def _in_reach(sites: Sequence[Mapping[str, Any]], reach_m: float | None) -> shapely.Geometry:
    places = [place for place in map(_place, sites) if place is not None]
    if not places or reach_m is None:
        return shapely.MultiPolygon()
    return shapely.union_all(shapely.buffer(shapely.points(places), reach_m, quad_segs=_QUADRANT))


def as_geojson(found: Difference, storage_crs: str) -> dict[str, Any]:
    """Sites and areas in longitude and latitude; the wards beside them."""
    to_lonlat = transformer(storage_crs, WGS84)
    shapes = [_point(each) for each in found.sites] + [*found.areas.values()]
    told = [site_properties(each) for each in found.sites]
    told += [{"feature": "area", "change": name} for name in found.areas]
    seen = to_lonlat.geometries(np.array(shapes, dtype=object)) if shapes else np.empty(0, object)
    return {
        "type": "FeatureCollection",
        "before": found.before, "after": found.after,
        "wards": [
            {"ward": each.ward, "before": each.before, "after": each.after,
             "change": each.after - each.before}
            for each in found.wards
        ],
        "notes": list(found.notes),
        "features": [
            {"type": "Feature", "geometry": _rounded(shape), "properties": properties}
            for shape, properties in zip(seen, told, strict=True)
        ],
    }  # fmt: skip


def site_properties(each: SiteChange) -> dict[str, Any]:
    """What is told of a site: who it is, and its place and gain in either scenario."""
    site = each.told
    return {
        "feature": "site", "change": each.change,
        **{name: site.get(name) for name in ("asset_id", "source", "ref", "name", "kind", "ward")},
        **{
            f"{name}_{when}": None if of is None else of.get(name)
            for when, of in (("before", each.before), ("after", each.after))
            for name in ("score", "added", "phase")
        },
    }  # fmt: skip


def _point(each: SiteChange) -> shapely.Geometry | None:
    place = _place(each.told)
    return None if place is None else shapely.Point(place)


def _rounded(shape: shapely.Geometry | None) -> dict[str, Any] | None:
    if shape is None or not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    found: dict[str, Any] = shapely.geometry.mapping(
        shapely.transform(shape, lambda xy: np.round(xy, 7))
    )
    return found
