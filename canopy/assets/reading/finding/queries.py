"""SELECTs of assets around a place, and of those whose field has a text. Rows come raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canopy.assets.filtering.predicates import Predicate
from canopy.assets.filtering.queries import ConditionWriter
from canopy.assets.reading.finding.words import Look
from canopy.assets.reading.paging.queries import row_columns
from canopy.db.direct import DirectReader

Rows = Sequence[tuple[Any, ...]]

_LIVE = "withdrawn_at IS NULL AND asset_id IS NOT NULL"
_OPEN_OFFER = """EXISTS (SELECT 1 FROM offer WHERE offer.asset_fid = asset.fid
    AND offer.status = 'open'
    AND (offer.available_until IS NULL OR offer.available_until >= :today))"""
"""What makes an asset available: an open offer whose last day has not passed. Every role sees
open offers of the assets that it sees. The one place that says so for `nearest`."""

_OPEN_OFFERS = """SELECT asset_fid FROM offer WHERE status = 'open'
    AND (available_until IS NULL OR available_until >= :today)"""

_LAST = "\U0010ffff"
"""Sorts after every character that may follow a prefix."""
_FOLDED = frozenset(("ref", "name", "street"))


@dataclass(frozen=True, slots=True)
class Seen:
    """Which assets are looked among: these `kinds` (None: all), with one of the `levels`."""

    kinds: tuple[str, ...] | None
    levels: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class NearbySearch:
    """What of a search around a place the database can look for.

    `generalised` are the kinds whose shown position may lie up to `margin_m` from the stored
    one; `today` asks for assets that are offered on that day, None for all. `few` tells that
    `are_few` found it so.
    """

    seen: Seen
    generalised: tuple[str, ...]
    margin_m: float
    predicate: Predicate | None
    srid: int
    today: date | None
    few: bool


FEW = 2_000
"""Assets of some kinds, or open offers, up to which a GeoPackage looks through all of them."""


@dataclass(slots=True)
class _Where:
    clauses: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    def add(self, clause: str, parameters: Mapping[str, object] | None = None) -> None:
        self.clauses.append(clause)
        self.parameters.update(parameters or {})

    def sql(self) -> str:
        return " AND ".join(self.clauses)


def rows_around(
    reader: DirectReader,
    gpkg: bool,
    search: NearbySearch,
    place: tuple[float, float],
    radius_m: float,
    fewer_than: int,
) -> Rows | None:
    """Every candidate whose shown position may lie within `radius_m` of `place` [m].

    None where there are not `fewer_than` that many.
    """
    where = _around(gpkg, search, place, radius_m)
    where.add(_LIVE)
    few = gpkg and search.few
    _add_seen(where, search.seen)
    writer = ConditionWriter(gpkg, search.srid, search.margin_m)
    if search.predicate is not None:
        condition = writer.condition(search.predicate)
        if condition.sql is not None:
            where.add(condition.sql, writer.parameters)
    if search.today is not None:
        offered = f"asset.fid IN ({_OPEN_OFFERS})" if few else _OPEN_OFFER
        where.add(offered, {"today": search.today.isoformat() if gpkg else search.today})
    tables = "rtree_asset_geom CROSS JOIN asset ON asset.fid = id" if gpkg else "asset"
    if few:
        tables = "asset CROSS JOIN rtree_asset_geom ON id = asset.fid"
    sql = f"SELECT {row_columns(gpkg)} FROM {tables} WHERE {where.sql()} LIMIT :fewer_than"
    given = {**where.parameters, "fewer_than": fewer_than}
    rows = reader.rows(sql, given, prepare=False)
    return rows if len(rows) < fewer_than else None


def are_few(reader: DirectReader, kinds: Sequence[str] | None, today: date | None) -> bool:
    """Whether there are so few candidates in a GeoPackage that it is best to go through all.

    SQLite keeps no statistics from which it could tell. PostgreSQL does.
    """
    if today is not None and _is_few(reader, f"({_OPEN_OFFERS})", {"today": today.isoformat()}):
        return True
    return kinds is not None and _is_few(reader, f"asset WHERE kind IN ({_quoted(kinds)})", {})


def _is_few(reader: DirectReader, among: str, given: Mapping[str, object]) -> bool:
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {among} LIMIT {FEW + 1:d})"
    return int(reader.rows(counted, given)[0][0]) <= FEW


def _around(
    gpkg: bool, search: NearbySearch, place: tuple[float, float], radius_m: float
) -> _Where:
    where = _Where()
    wide_m = radius_m + (search.margin_m if search.generalised else 0.0)
    where.add(_box("wide", gpkg, search.srid), _sides("wide", place, wide_m))
    if search.generalised and search.generalised != search.seen.kinds:
        coarse = f"kind IN ({_quoted(search.generalised)})"
        tight = _box("tight", gpkg, search.srid)
        where.add(f"({coarse} OR ({tight}))", _sides("tight", place, radius_m))
    return where


def _box(name: str, gpkg: bool, srid: int) -> str:
    if gpkg:
        return (
            f"maxx >= :{name}_min_x AND minx <= :{name}_max_x "
            f"AND maxy >= :{name}_min_y AND miny <= :{name}_max_y"
        )
    sides = ", ".join(f":{name}_{side}" for side in ("min_x", "min_y", "max_x", "max_y"))
    return f"geom && ST_MakeEnvelope({sides}, {srid:d})"


def _sides(name: str, place: tuple[float, float], reach_m: float) -> dict[str, object]:
    x, y = place
    return {
        f"{name}_min_x": x - reach_m, f"{name}_min_y": y - reach_m,
        f"{name}_max_x": x + reach_m, f"{name}_max_y": y + reach_m,
    }  # fmt: skip


def rows_named(reader: DirectReader, gpkg: bool, look: Look, seen: Seen, most: int) -> Rows:
    """The first `most` assets whose field has the text, by the text and the row number.

    The field's own index gives them in that order; the plus keeps SQLite from the kind's.
    """
    where = _Where()
    written = _indexed(look.field, gpkg)
    if look.field == "asset_id":
        where.add(f"asset_id = {':text' if gpkg else 'CAST(:text AS uuid)'}", {"text": look.text})
    elif look.whole:
        where.add(f"{look.field} IS NOT NULL AND {written} = :text", {"text": look.text})
    else:
        where.add(
            f"{look.field} IS NOT NULL AND {written} >= :text AND {written} < :beyond",
            {"text": look.text, "beyond": look.text + _LAST},
        )
    where.add(_LIVE)
    _add_seen(where, seen, "+" if gpkg else "")
    sql = (
        f"SELECT {row_columns(gpkg)} FROM asset WHERE {where.sql()} "
        f"ORDER BY {written}, fid LIMIT :most"
    )
    return reader.rows(sql, {**where.parameters, "most": most})


def _indexed(name: str, gpkg: bool) -> str:
    """A field as the index of that field has it (see the migration 2026_11_26_search)."""
    if name == "asset_id":
        return "asset.asset_id"
    if name in _FOLDED:
        return f"{name} COLLATE NOCASE" if gpkg else f'lower({name} COLLATE "C")'
    return name if gpkg else f'{name} COLLATE "C"'


def _add_seen(where: _Where, seen: Seen, sign: str = "") -> None:
    if seen.kinds is not None:
        where.add(f"{sign}kind IN ({_quoted(seen.kinds)})")
    if seen.levels is not None:
        where.add(f"(sensitivity IS NULL OR sensitivity IN ({_quoted(seen.levels)}))")


def _quoted(names: Sequence[str]) -> str:
    """Names of kinds and roles: the code's own, never a request's."""
    return ", ".join(f"'{name}'" for name in names)
