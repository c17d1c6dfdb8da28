"""SELECTs of one page. Rows come raw, a superset of the page: `pages` cuts and tests them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from canopy.assets.filtering import FilterField
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.filtering.queries import ConditionWriter
from canopy.assets.reading.paging.place import Box
from canopy.assets.reading.paging.tokens import SortKey
from canopy.assets.reading.queries import ROW_COLUMNS
from canopy.db.direct import DirectReader

POSITION: Mapping[str, int] = {name: place for place, name in enumerate(ROW_COLUMNS)}
FEW = 5_000
"""Assets in a box up to which the spatial index is read whole and what it finds sorted.

Above it assets are walked in the order of the page and looked up in the box.
"""

Rows = Sequence[tuple[Any, ...]]
_FID = itemgetter(POSITION["fid"])

_TIMES = frozenset(("created_at", "updated_at"))
_POSTGIS_TIME = """to_char({0}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS {0}"""


def _postgis_column(name: str) -> str:
    if name == "asset_id":
        return "CAST(asset_id AS text) AS asset_id"
    if name == "attributes":
        return "CAST(attributes AS text) AS attributes"
    if name == "designations":
        return "COALESCE(CAST(designations AS text), '[]') AS designations"
    if name == "observed_on":
        return "to_char(observed_on, 'YYYY-MM-DD') AS observed_on"
    return _POSTGIS_TIME.format(name).replace(":", "\\:") if name in _TIMES else name


def _gpkg_column(name: str) -> str:
    if name == "designations":
        return "COALESCE(designations, '[]') AS designations"
    if name == "observed_on":
        return "substr(observed_on, 1, 10) AS observed_on"
    return name


POSTGIS_COLUMNS = ", ".join(_postgis_column(name) for name in ROW_COLUMNS)
"""What is selected of an asset, in the order of `POSITION`."""
_GPKG_COLUMNS = ", ".join(_gpkg_column(name) for name in ROW_COLUMNS)


def row_columns(gpkg: bool) -> str:
    """What is selected of an asset on either database, in the order of `POSITION`."""
    return _GPKG_COLUMNS if gpkg else POSTGIS_COLUMNS


@dataclass(frozen=True, slots=True)
class Sorting:
    """A sorted field, found."""

    key: SortKey
    field: FilterField


@dataclass(frozen=True, slots=True)
class PageSearch:
    """What of a page the database can look for.

    `kinds` is None where all are asked for; `generalised` are those of them whose shown
    position may lie up to `margin_m` from the stored one; `levels` as in `View`.
    """

    kinds: tuple[str, ...] | None
    generalised: tuple[str, ...]
    levels: tuple[str, ...] | None
    bounds: Box | None
    margin_m: float
    predicate: Predicate | None
    sorting: tuple[Sorting, ...]
    srid: int


@dataclass(frozen=True, slots=True)
class After:
    """Where to go on: a row, and its values of the sorted fields."""

    fid: int
    values: tuple[object, ...] = ()


class _Writer(ConditionWriter):
    """Writes the fields that a page is sorted by, too."""

    def sorted_field(self, found: FilterField) -> str | None:
        written = self._field(found)
        if written is not None and not self.gpkg and found.type in ("text", "date"):
            return f'({written}) COLLATE "C"'
        return written

    def bound(self, value: object) -> str:
        name = f"sorted_{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"


@dataclass(slots=True)
class _Statement:
    gpkg: bool
    search: PageSearch
    clauses: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    def where(self) -> str:
        return " AND ".join(self.clauses)


def rows_after(
    reader: DirectReader, gpkg: bool, search: PageSearch, after: After | None, most: int
) -> Rows:
    """Up to `most` candidate rows, in order, after a row."""
    statement = _statement(gpkg, search, after)
    order = _order(statement, search)
    statement.parameters["most"] = most
    if search.bounds is None:
        columns = _GPKG_COLUMNS if gpkg else POSTGIS_COLUMNS
        sql = f"SELECT {columns} FROM asset WHERE {statement.where()} ORDER BY {order} LIMIT :most"
        return reader.rows(sql, statement.parameters, prepare=_is_plain(search))
    if not search.sorting:
        whole = _whole_box(reader, statement, most)
        if whole is not None:
            return whole
    if gpkg:
        return _gpkg_box(reader, statement, order)
    rows = reader.rows(_few_in_box(statement, order), statement.parameters)
    if rows and rows[0][-1] > FEW:
        return reader.rows(_many_in_box(statement, order), statement.parameters, prepare=False)
    return rows


def _gpkg_box(reader: DirectReader, statement: _Statement, order: str) -> Rows:
    counted = reader.rows(_COUNTED_BOX.format(most=FEW + 1), statement.parameters)
    is_few = counted[0][0] <= FEW
    sql = _few_in_box(statement, order) if is_few else _many_in_box(statement, order)
    return reader.rows(sql, statement.parameters)


def _whole_box(reader: DirectReader, statement: _Statement, most: int) -> Rows | None:
    """All that is in a box, put in order here; None where it is more than two pages.

    Without an order the database needs no copy of the rows that it has found.
    """
    bound = min(2 * most, FEW)
    columns, tables = POSTGIS_COLUMNS, "asset"
    if statement.gpkg:
        columns, tables = _GPKG_COLUMNS, "rtree_asset_geom CROSS JOIN asset ON fid = id"
    sql = (
        f"SELECT {columns} FROM {tables} WHERE {_place(statement)} AND "
        f"{statement.where()} LIMIT :bound"
    )
    rows = reader.rows(sql, {**statement.parameters, "bound": bound})
    return sorted(rows, key=_FID)[:most] if len(rows) < bound else None


def _is_plain(search: PageSearch) -> bool:
    """Whether one plan of the statement serves all its values."""
    return search.predicate is None and not search.sorting


def _statement(gpkg: bool, search: PageSearch, after: After | None) -> _Statement:
    statement = _Statement(gpkg, search)
    add = statement.clauses.append
    if search.kinds is not None:
        add(f"kind IN ({_quoted(search.kinds)})")
    add("withdrawn_at IS NULL AND asset_id IS NOT NULL")
    if search.levels is not None:
        add(f"(sensitivity IS NULL OR sensitivity IN ({_quoted(search.levels)}))")
    writer = _Writer(gpkg, search.srid, search.margin_m)
    if search.predicate is not None:
        condition = writer.condition(search.predicate)
        if condition.sql is not None:
            add(condition.sql)
    add(_beyond(writer, search, after))
    statement.parameters.update(writer.parameters)
    if search.bounds is not None:
        statement.parameters.update(_sides(search))
    return statement


def _beyond(writer: _Writer, search: PageSearch, after: After | None) -> str:
    """The rows that come after a row in the page's order."""
    writer.parameters["after"] = 0 if after is None else after.fid
    written = "fid > :after"
    if after is None:
        return written
    for each, value in reversed(list(zip(search.sorting, after.values, strict=True))):
        name = writer.sorted_field(each.field)
        if name is None:
            continue
        if value is None:
            written = f"({name} IS NULL AND {written})"
            continue
        sign = "<" if each.key.descending else ">"
        bound = writer.bound(_stored(value, each.field, writer.gpkg))
        written = f"({name} IS NULL OR {name} {sign} {bound} OR ({name} = {bound} AND {written}))"
    return written


def _stored(value: object, found: FilterField, gpkg: bool) -> object:
    if found.type == "timestamp" and isinstance(value, str) and not gpkg:
        return datetime.fromisoformat(value)
    return value


def _order(statement: _Statement, search: PageSearch) -> str:
    writer = _Writer(statement.gpkg, search.srid, search.margin_m)
    parts = []
    for each in search.sorting:
        name = writer.sorted_field(each.field)
        direction = " DESC" if each.key.descending else ""
        parts.append(f"{name} IS NULL, {name}{direction}")
    return ", ".join([*parts, "fid"])


def _sides(search: PageSearch) -> dict[str, object]:
    assert search.bounds is not None
    min_x, min_y, max_x, max_y = search.bounds
    margin_m = search.margin_m if search.generalised else 0.0
    sides: dict[str, object] = {
        "min_x": min_x - margin_m, "min_y": min_y - margin_m,
        "max_x": max_x + margin_m, "max_y": max_y + margin_m,
    }  # fmt: skip
    if _is_mixed(search):
        sides |= {"low_x": min_x, "low_y": min_y, "high_x": max_x, "high_y": max_y}
    return sides


def _is_mixed(search: PageSearch) -> bool:
    """Whether some kinds are looked for in the box alone, and others around it too."""
    return bool(search.generalised) and search.generalised != search.kinds


_POSTGIS_NEAR = "geom && ST_MakeEnvelope(:min_x, :min_y, :max_x, :max_y, {srid:d})"
_POSTGIS_TIGHT = "geom && ST_MakeEnvelope(:low_x, :low_y, :high_x, :high_y, {srid:d})"
_GPKG_NEAR = "maxx >= :min_x AND minx <= :max_x AND maxy >= :min_y AND miny <= :max_y"
_GPKG_TIGHT = "maxx >= :low_x AND minx <= :high_x AND maxy >= :low_y AND miny <= :high_y"


_COUNTED_BOX = (
    f"SELECT count(*) FROM (SELECT 1 FROM rtree_asset_geom WHERE {_GPKG_NEAR} LIMIT {{most:d}})"
)


def _place(statement: _Statement) -> str:
    """The conditions on the place, beside those on the row."""
    search = statement.search
    near, tight = (_GPKG_NEAR, _GPKG_TIGHT) if statement.gpkg else (_POSTGIS_NEAR, _POSTGIS_TIGHT)
    written = near.format(srid=search.srid)
    if _is_mixed(search):
        inside = tight.format(srid=search.srid)
        written += f" AND (kind IN ({_quoted(search.generalised)}) OR ({inside}))"
    return written


def _few_in_box(statement: _Statement, order: str) -> str:
    """The box is read whole; on PostGIS the last column tells how much was in it, up to one
    too many."""
    if statement.gpkg:
        return (
            f"SELECT {_GPKG_COLUMNS} FROM rtree_asset_geom CROSS JOIN asset ON fid = id "
            f"WHERE {_place(statement)} AND {statement.where()} ORDER BY {order} LIMIT :most"
        )
    return (
        f"WITH near AS MATERIALIZED (SELECT * FROM asset WHERE {_place(statement)} AND "
        f"{statement.where()} LIMIT {FEW + 1}) "
        f"SELECT {POSTGIS_COLUMNS}, (SELECT count(*) FROM near) FROM near "
        f"ORDER BY {order} LIMIT :most"
    )


def _many_in_box(statement: _Statement, order: str) -> str:
    """Assets are walked in order, and those outside the box passed over."""
    if statement.gpkg:
        return (
            f"SELECT {_GPKG_COLUMNS} FROM asset CROSS JOIN rtree_asset_geom ON id = fid "
            f"WHERE {statement.where()} AND {_place(statement)} ORDER BY {order} LIMIT :most"
        )
    return (
        f"SELECT {POSTGIS_COLUMNS} FROM asset WHERE {_place(statement)} AND "
        f"{statement.where()} ORDER BY {order} LIMIT :most"
    )


def row_of(reader: DirectReader, gpkg: bool, asset_id: str) -> Rows:
    """The row of an asset that is not withdrawn, or none."""
    columns = _GPKG_COLUMNS if gpkg else POSTGIS_COLUMNS
    found = ":asset_id" if gpkg else "CAST(:asset_id AS uuid)"
    sql = f"SELECT {columns} FROM asset WHERE asset_id = {found} AND withdrawn_at IS NULL"
    return reader.rows(sql, {"asset_id": asset_id})


def place_of(reader: DirectReader, gpkg: bool, asset_id: str) -> tuple[int, str | None] | None:
    """Row number and sensitivity of an asset, withdrawn or not."""
    found = ":asset_id" if gpkg else "CAST(:asset_id AS uuid)"
    sql = f"SELECT fid, sensitivity FROM asset WHERE asset_id = {found}"
    rows = reader.rows(sql, {"asset_id": asset_id})
    return (int(rows[0][0]), rows[0][1]) if rows else None


def _quoted(names: Sequence[str]) -> str:
    """Names of kinds and roles: the code's own, never a request's."""
    return ", ".join(f"'{name}'" for name in names)
