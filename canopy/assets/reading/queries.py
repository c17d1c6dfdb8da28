"""SELECTs of the reading side. Rows come raw; `stream` makes batches of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from canopy.access.rules import READING_ROLES
from canopy.assets.batches import COMMON_COLUMNS
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.filtering.queries import ConditionWriter
from canopy.assets.queries import stored_time
from canopy.assets.reading.selection import Selection

ROW_COLUMNS: tuple[str, ...] = ("fid", *COMMON_COLUMNS, "attributes", "geom")


@dataclass(slots=True)
class _Where:
    clauses: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    def add(self, clause: str, **parameters: object) -> None:
        self.clauses.append(clause)
        self.parameters.update(parameters)

    def one_of(self, column: str, values: Sequence[str]) -> None:
        names = [f"{column}_{number}" for number in range(len(values))]
        listed = ", ".join(f":{name}" for name in names)
        self.add(f"{column} IN ({listed})", **dict(zip(names, values, strict=True)))

    def sql(self) -> str:
        return " AND ".join(self.clauses) or "1 = 1"


@dataclass(frozen=True, slots=True)
class Search:
    """A selection as the database is asked for it.

    `predicate` is its area, conditions and filter in one, resolved; `margin_m` how far a
    shown position may lie from the stored one [m]; `srid` the storage CRS's number.
    """

    selection: Selection
    predicate: Predicate
    margin_m: float
    srid: int


def selected_rows(
    session: Session, search: Search, batch_rows: int
) -> Iterator[Sequence[Row[Any]]]:
    """Candidate rows in chunks, by fid.

    A superset of the selection: areas are boxes widened by the margin, and of conditions
    and filter what can be is put to the database. The caller tests the rest on what the
    principal may see.
    """
    where = _where(session, search)
    columns = ", ".join(ROW_COLUMNS)
    sql = text(
        f"SELECT {columns} FROM asset WHERE fid > :after AND {where.sql()} ORDER BY fid LIMIT :most"
    )
    after = 0
    while True:
        rows = session.execute(sql, {**where.parameters, "after": after, "most": batch_rows}).all()
        if rows:
            yield rows
            after = int(rows[-1].fid)
        if len(rows) < batch_rows:
            return


def counted(
    session: Session, search: Search, kinds: Sequence[str], levels: Sequence[str] | None
) -> int | None:
    """How many assets of `kinds` are selected, reckoned by the database alone.

    `levels` are the sensitivities of assets that the principal sees, None where all. None
    where SQL cannot tell: in the past, or where it would find too many.
    """
    selection = search.selection
    if selection.as_of is not None:
        return None
    writer = _writer(session, search, precise=True)
    condition = writer.condition(search.predicate)
    if not condition.exact:
        return None
    where = _sources(selection)
    where.one_of("kind", kinds)
    if levels is not None:
        listed = ", ".join(f"'{level}'" for level in READING_ROLES if level in levels)
        where.add(f"(sensitivity IS NULL OR sensitivity IN ({listed}))")
    if not selection.with_withdrawn:
        where.add("withdrawn_at IS NULL")
    if condition.sql is not None:
        where.add(condition.sql, **writer.parameters)
    sql = text(f"SELECT count(*) FROM asset WHERE {where.sql()}")
    return int(session.scalar(sql, where.parameters) or 0)


def _writer(session: Session, search: Search, precise: bool = False) -> ConditionWriter:
    gpkg = session.get_bind().dialect.name == "sqlite"
    return ConditionWriter(gpkg, search.srid, search.margin_m, precise)


def _sources(selection: Selection) -> _Where:
    where = _Where()
    if selection.sources:
        where.one_of("source", selection.sources)
    if selection.authority is not None:
        where.add("authority = :authority", authority=selection.authority)
    return where


def _where(session: Session, search: Search) -> _Where:
    selection = search.selection
    where = _sources(selection)
    if selection.kinds:
        where.one_of("kind", selection.kinds)
    narrowed = _Where()
    if not selection.with_withdrawn:
        narrowed.add("withdrawn_at IS NULL")
    writer = _writer(session, search)
    written = writer.condition(search.predicate)
    if written.sql is not None:
        narrowed.add(written.sql, **writer.parameters)
    if selection.as_of is None:
        where.add(narrowed.sql(), **narrowed.parameters)
    else:
        # What changed since may have been anything then: those rows are all candidates.
        as_of = stored_time(session, selection.as_of)
        where.add("created_at <= :as_of", as_of=as_of)
        where.add(f"(updated_at > :as_of OR ({narrowed.sql()}))", **narrowed.parameters)
    return where


@dataclass(frozen=True, slots=True)
class AssetKey:
    """How an asset is found again."""

    fid: int
    asset_id: str
    kind: str
    sensitivity: str | None
    status: str | None


def find_keys(session: Session, reference: str) -> list[AssetKey]:
    """Assets whose UUID, ref, or ``source/ref`` is `reference`; at most 50.

    Each way is one look into an index: a bare ref is looked up once per source, of which
    there are few.
    """
    source, _, ref = reference.partition("/")
    ways = [
        """SELECT a.fid FROM register JOIN asset AS a
           ON a.source = register.source AND a.ref = :reference""",
        "SELECT fid FROM asset WHERE source = :source AND ref = :ref",
    ]
    parameters = {"reference": reference, "source": source, "ref": ref}
    identity = _uuid(reference)
    if identity is not None:
        gpkg = session.get_bind().dialect.name == "sqlite"
        wanted = ":identity" if gpkg else "CAST(:identity AS uuid)"
        ways.append(f"SELECT fid FROM asset WHERE asset_id = {wanted}")
        parameters["identity"] = identity
    rows = session.execute(
        text(
            f"""WITH RECURSIVE register(source) AS (
                    SELECT min(source) FROM asset UNION ALL
                    SELECT (SELECT min(a.source) FROM asset AS a WHERE a.source > register.source)
                    FROM register WHERE register.source IS NOT NULL)
                SELECT fid, asset_id, kind, sensitivity, status FROM asset
                WHERE fid IN ({" UNION ".join(ways)}) ORDER BY fid LIMIT 50"""
        ),
        parameters,
    )
    return [
        AssetKey(fid, str(asset_id), kind, level, status)
        for fid, asset_id, kind, level, status in rows
    ]


def _uuid(reference: str) -> str | None:
    try:
        return str(UUID(reference))
    except ValueError:
        return None


def rows_of(session: Session, fids: Sequence[int]) -> Sequence[Row[Any]]:
    """The present rows of some assets, withdrawn ones included."""
    listed = ",".join(str(int(fid)) for fid in fids) or "NULL"
    columns = ", ".join(ROW_COLUMNS)
    return session.execute(
        text(f"SELECT {columns} FROM asset WHERE fid IN ({listed}) ORDER BY fid")
    ).all()


@dataclass(frozen=True, slots=True)
class AssetTally:
    """How many assets agree in everything that decides who sees and counts them."""

    kind: str
    sensitivity: str | None
    withdrawn: bool
    count: int


def tallies(session: Session) -> list[AssetTally]:
    """All assets, counted in groups. Reads the whole catalogue: keep what it answers."""
    rows = session.execute(
        text(
            """SELECT kind, sensitivity, withdrawn_at IS NOT NULL, count(*)
               FROM asset GROUP BY 1, 2, 3"""
        )
    )
    return [
        AssetTally(kind, sensitivity, bool(withdrawn), int(count))
        for kind, sensitivity, withdrawn, count in rows
    ]


@dataclass(frozen=True, slots=True)
class Origin:
    """What some assets, alike in who sees them, say of where they come from."""

    kind: str
    sensitivity: str | None
    source: str
    licence: str | None
    attribution: str | None


def origins(session: Session) -> list[Origin]:
    """Every combination that occurs. Reads the whole catalogue."""
    gpkg = session.get_bind().dialect.name == "sqlite"
    credit = "json_extract(attributes, '$.attribution')" if gpkg else "attributes ->> 'attribution'"
    rows = session.execute(
        text(f"SELECT DISTINCT kind, sensitivity, source, licence, {credit} FROM asset")
    )
    return [Origin(*row) for row in rows]


def last_change(session: Session) -> int:
    """The number of the latest change; 0 in an empty catalogue."""
    return session.scalar(text("SELECT max(id) FROM change")) or 0
