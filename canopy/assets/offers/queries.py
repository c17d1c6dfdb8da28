"""SELECTs of pages of offers, each joined with its asset. Rows come raw, a superset of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from canopy.assets.filtering import FilterField
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.filtering.queries import ConditionWriter
from canopy.assets.offers.fields import ASSET_COLUMNS, DISTANCES, LISTS, OFFER_FIELDS, PRICES
from canopy.assets.offers.rules import FEWEST_OF_A_BAND, OfferedAsset, OfferStatus
from canopy.assets.offers.tables import Offer
from canopy.assets.reading.paging import SortKey
from canopy.assets.reading.paging.place import Box
from canopy.assets.reading.queries import ROW_COLUMNS
from canopy.assets.tables import Asset
from canopy.db.direct import DirectReader

_RENAMED: Mapping[str, str] = {
    "status": "offer_status",
    "version": "offer_version",
    "created_at": "offer_created_at",
    "updated_at": "offer_updated_at",
}
"""Columns that an asset has too."""
OFFER_COLUMNS = tuple(name for name in OFFER_FIELDS if name not in DISTANCES)
OFFER_POSITION: Mapping[str, int] = {
    name: len(ROW_COLUMNS) + place for place, name in enumerate(("fid", *OFFER_COLUMNS))
}
"""Where a row has what of the offer; its asset's columns stand before, as in `ROW_COLUMNS`."""
_AFTER_OFFER = len(ROW_COLUMNS) + 1 + len(OFFER_COLUMNS)

_NAMES = {name: _RENAMED.get(name, name) for name in OFFER_COLUMNS}
_AS_TEXT = {"attributes": "'{}'"} | {
    name: f"CAST({name} AS text)" for name in ("designations", *LISTS)
}
"""JSON is read as text, which drivers do not decode; attributes are no part of an offer."""
_SELECTED = ", ".join(
    _AS_TEXT.get(name, name) for name in (*ROW_COLUMNS, "offer_fid", *_NAMES.values())
)
_JOINED = (
    "(SELECT fid AS offer_fid, asset_fid, "
    + ", ".join(name if name == own else f"{name} AS {own}" for name, own in _NAMES.items())
    + " FROM offer) AS offered JOIN asset ON asset.fid = asset_fid"
)

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Which offers are seen: in these statuses, of assets with one of the `levels` (None: all),
    and those that have ended only where `today` is None."""

    statuses: tuple[OfferStatus, ...]
    levels: tuple[str, ...] | None
    today: date | None


@dataclass(frozen=True, slots=True)
class OfferSearch:
    """What of a page the database can look for. Prices are asked of it where all are seen."""

    seen: Seen
    has_every_price: bool
    bounds: Box | None
    margin_m: float
    predicate: Predicate | None
    sorting: tuple[tuple[SortKey, FilterField], ...]
    srid: int


@dataclass(frozen=True, slots=True)
class AfterOffer:
    """Where to go on: an offer, and its values of the sorted fields."""

    fid: int
    values: tuple[object, ...] = ()


@dataclass(slots=True)
class _Writer(ConditionWriter):
    """Writes conditions on offers and what they show of their assets."""

    has_every_price: bool = False

    def _field(self, found: FilterField) -> str | None:
        if found.name in ASSET_COLUMNS:
            column = replace(found, name=ASSET_COLUMNS[found.name])
            return ConditionWriter._field(self, column)
        if found.name in DISTANCES or found.type in ("list", "geometry"):
            return None
        if found.name in PRICES and not self.has_every_price:
            return None
        name = _NAMES[found.name]
        if found.type == "number":
            return f"CAST({name} AS {'REAL' if self.gpkg else 'double precision'})"
        if found.type == "date":
            return f"substr({name}, 1, 10)" if self.gpkg else f"to_char({name}, 'YYYY-MM-DD')"
        return f"CAST({name} AS text)" if found.name == "offer_id" and not self.gpkg else name

    def sorted_field(self, found: FilterField) -> str:
        written = self._field(found)
        if written is None:
            raise ValueError(f"{found.name} has no order in the database")
        if not self.gpkg and found.type in ("text", "date"):
            return f'({written}) COLLATE "C"'
        return written

    def bound(self, value: object) -> str:
        name = f"sorted_{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"


@dataclass(slots=True)
class _Where:
    clauses: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    def sql(self) -> str:
        return " AND ".join(self.clauses)


def offers_after(
    reader: DirectReader, gpkg: bool, search: OfferSearch, after: AfterOffer | None, most: int
) -> Rows:
    """Up to `most` candidate rows, in order, after an offer; then its sorted values."""
    where = _seen(search.seen, gpkg)
    writer = _Writer(gpkg, search.srid, search.margin_m, has_every_price=search.has_every_price)
    if search.predicate is not None:
        condition = writer.condition(search.predicate)
        if condition.sql is not None:
            where.clauses.append(condition.sql)
    sorts = [writer.sorted_field(found) for _, found in search.sorting]
    where.clauses.append(_beyond(writer, search, sorts, after))
    where.parameters |= writer.parameters
    if search.bounds is not None:
        _within(where, search, search.bounds, gpkg)
    order = [
        f"{name} IS NULL, {name}{' DESC' if key.descending else ''}"
        for name, (key, _) in zip(sorts, search.sorting, strict=True)
    ]
    columns = ", ".join([_SELECTED, *sorts])
    sql = (
        f"SELECT {columns} FROM {_JOINED} WHERE {where.sql()} "
        f"ORDER BY {', '.join([*order, 'offer_fid'])} LIMIT :most"
    )
    return reader.rows(sql, {**where.parameters, "most": most}, prepare=False)


def counted_offers(reader: DirectReader, gpkg: bool, search: OfferSearch) -> int | None:
    """How many offers there are of a search without an area; None where SQL cannot tell."""
    where = _seen(search.seen, gpkg)
    writer = _Writer(gpkg, search.srid, search.margin_m, has_every_price=search.has_every_price)
    if search.predicate is not None:
        condition = writer.condition(search.predicate)
        if not condition.exact:
            return None
        if condition.sql is not None:
            where.clauses.append(condition.sql)
    sql = f"SELECT count(*) FROM {_JOINED} WHERE {where.sql()}"
    return int(reader.rows(sql, {**where.parameters, **writer.parameters}, prepare=False)[0][0])


def sorted_values(row: tuple[Any, ...]) -> tuple[object, ...]:
    """A row's values of the fields that it is sorted by."""
    return tuple(row[_AFTER_OFFER:])


def offer_row(reader: DirectReader, gpkg: bool, offer_id: str, seen: Seen) -> Rows:
    """The row of one offer that is seen, or none."""
    where = _seen(seen, gpkg)
    where.clauses.append(f"offer_id = {_uuid('offer_id', gpkg)}")
    sql = f"SELECT {_SELECTED} FROM {_JOINED} WHERE {where.sql()}"
    return reader.rows(sql, {**where.parameters, "offer_id": offer_id})


@dataclass(frozen=True, slots=True)
class OfferPlace:
    """Where an offer stands in the order of pages, and what decides who has seen it."""

    fid: int
    status: str
    sensitivity: str | None


def place_of_offer(reader: DirectReader, gpkg: bool, offer_id: str) -> OfferPlace | None:
    """The place of an offer, withdrawn or not."""
    sql = (
        f"SELECT offer_fid, offer_status, sensitivity FROM {_JOINED} "
        f"WHERE offer_id = {_uuid('offer_id', gpkg)}"
    )
    rows = reader.rows(sql, {"offer_id": offer_id})
    return OfferPlace(int(rows[0][0]), rows[0][1], rows[0][2]) if rows else None


def common_bands(reader: DirectReader, gpkg: bool, seen: Seen) -> frozenset[tuple[int, int]]:
    """The price bands that so many assets share that they give none of them away [pence]."""
    where = _seen(seen, gpkg)
    low, high = PRICES
    rows = reader.rows(
        f"SELECT {low}, {high} FROM {_JOINED} WHERE {where.sql()} AND {low} IS NOT NULL "
        f"GROUP BY {low}, {high} HAVING count(DISTINCT asset_fid) >= {FEWEST_OF_A_BAND:d}",
        where.parameters,
    )
    return frozenset((int(lowest), int(highest)) for lowest, highest in rows)


_ABSENT_ROUTES = "('proposed', 'planned', 'decommissioned')"
"""What is not there cannot be near."""


def route_rows(reader: DirectReader) -> Rows:
    """Kind, sensitivity and geometry of every fibre, duct and chamber that is there."""
    return reader.rows(
        "SELECT kind, sensitivity, geom FROM asset WHERE kind IN ('fibre', 'duct', 'chamber') "
        "AND withdrawn_at IS NULL AND asset_id IS NOT NULL AND geom IS NOT NULL "
        f"AND (status IS NULL OR status NOT IN {_ABSENT_ROUTES})"
    )


def last_change_number(reader: DirectReader) -> int:
    """The number of the latest change; 0 in an empty catalogue."""
    return int(reader.rows("SELECT COALESCE(max(id), 0) FROM change")[0][0])


def _seen(seen: Seen, gpkg: bool) -> _Where:
    where = _Where()
    listed = ", ".join(f"'{status}'" for status in seen.statuses)
    where.clauses.append(f"offer_status IN ({listed})")
    where.clauses.append("withdrawn_at IS NULL AND asset_id IS NOT NULL")
    if seen.levels is not None:
        levels = ", ".join(f"'{level}'" for level in seen.levels)
        where.clauses.append(f"(sensitivity IS NULL OR sensitivity IN ({levels}))")
    if seen.today is not None:
        where.clauses.append("(available_until IS NULL OR available_until >= :today)")
        where.parameters["today"] = seen.today.isoformat() if gpkg else seen.today
    return where


def _within(where: _Where, search: OfferSearch, bounds: Box, gpkg: bool) -> None:
    min_x, min_y, max_x, max_y = bounds
    margin_m = search.margin_m
    where.parameters |= {
        "min_x": min_x - margin_m, "min_y": min_y - margin_m,
        "max_x": max_x + margin_m, "max_y": max_y + margin_m,
    }  # fmt: skip
    where.clauses.append(
        "fid IN (SELECT id FROM rtree_asset_geom WHERE maxx >= :min_x AND minx <= :max_x "
        "AND maxy >= :min_y AND miny <= :max_y)"
        if gpkg
        else f"geom && ST_MakeEnvelope(:min_x, :min_y, :max_x, :max_y, {search.srid:d})"
    )


def _beyond(
    writer: _Writer, search: OfferSearch, sorts: Sequence[str], after: AfterOffer | None
) -> str:
    """The rows that come after an offer in the page's order."""
    writer.parameters["after"] = 0 if after is None else after.fid
    written = "offer_fid > :after"
    if after is None:
        return written
    given = list(zip(sorts, search.sorting, after.values, strict=True))
    for name, (key, found), value in reversed(given):
        if value is None:
            written = f"({name} IS NULL AND {written})"
            continue
        sign = "<" if key.descending else ">"
        bound = writer.bound(_stored(value, found, writer.gpkg))
        written = f"({name} IS NULL OR {name} {sign} {bound} OR ({name} = {bound} AND {written}))"
    return written


def _stored(value: object, found: FilterField, gpkg: bool) -> object:
    if found.type == "timestamp" and isinstance(value, str) and not gpkg:
        return datetime.fromisoformat(value)
    return value


def _uuid(name: str, gpkg: bool) -> str:
    return f":{name}" if gpkg else f"CAST(:{name} AS uuid)"


def offered_assets(
    session: Session, kinds: Sequence[str], levels: Sequence[str] | None, day: date
) -> Iterator[OfferedAsset]:
    """Every asset with an open offer on a day, once. kinds, levels: those that the reader sees,
    None for all levels.
    """
    query = (
        select(
            Asset.ref,
            Asset.kind,
            func.max(Offer.spare_mounts),
            func.max(Offer.spare_duct_bores),
            func.max(Offer.spare_fibres),
        )
        .join(Offer, Offer.asset_fid == Asset.fid)
        .where(
            Offer.status == str(OfferStatus.open),
            Offer.available_from <= day,
            or_(Offer.available_until.is_(None), Offer.available_until >= day),
            Asset.withdrawn_at.is_(None),
            Asset.kind.in_(kinds),
        )
        .group_by(Asset.fid, Asset.ref, Asset.kind)
    )
    if levels is not None:
        query = query.where(or_(Asset.sensitivity.is_(None), Asset.sensitivity.in_(levels)))
    for ref, kind, mounts, bores, fibres in session.execute(query):
        yield OfferedAsset(ref, kind, mounts or 0, bores or 0, fibres or 0)
