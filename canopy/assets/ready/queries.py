"""SQL of ready features. PostgreSQL only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from canopy.assets.reading.paging.queries import POSTGIS_COLUMNS
from canopy.assets.ready.audiences import Audience
from canopy.assets.ready.making import CELL_SHIFT, ReadyRow

_COLUMNS = ", ".join(ReadyRow._fields)
_AUDIENCES = ", ".join(f"'{each}'" for each in Audience)
_OF_THEM = f"audience IN ({_AUDIENCES}) AND fid = ANY(:fids)"
_COUNT = f"""
INSERT INTO ready_cell AS c (audience, cell_x, cell_y, kind, level, assets, sum_x, sum_y)
SELECT audience, world_x >> {CELL_SHIFT}, world_y >> {CELL_SHIFT}, kind, COALESCE(level, ''),
       {{sign}}count(*), {{sign}}sum(world_x::bigint), {{sign}}sum(world_y::bigint)
FROM ready_feature WHERE {_OF_THEM} AND world_x IS NOT NULL
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (audience, cell_x, cell_y, kind, level) DO UPDATE SET
    assets = c.assets + excluded.assets,
    sum_x = c.sum_x + excluded.sum_x, sum_y = c.sum_y + excluded.sum_y
""".replace("::", "\\:\\:")
MANY_IN_BOX = 3_000
"""Features in a box from which it is sooner to look at all positions in order."""
_KEEPER_LOCK = 0x43616E6F7265  # one process makes features ready at a time


def recipes(session: Session) -> dict[str, str]:
    """By which recipe what there is was made, by audience."""
    rows = session.execute(text("SELECT audience, recipe FROM ready_state"))
    return {str(audience): str(recipe) for audience, recipe in rows}


def start_over(session: Session, wanted: dict[Audience, str]) -> None:
    """Forget every ready feature, and note every asset as pending.

    Not by TRUNCATE: it empties the table under statements that began before it.
    """
    session.execute(text("DELETE FROM ready_feature"))
    session.execute(text("DELETE FROM ready_cell"))
    session.execute(text("DELETE FROM pending_feature"))
    session.execute(text("INSERT INTO pending_feature (fid) SELECT fid FROM asset"))
    for audience, recipe in wanted.items():
        session.execute(
            text(
                """INSERT INTO ready_state (audience, recipe, version)
                   VALUES (:audience, :recipe, 1) ON CONFLICT (audience)
                   DO UPDATE SET recipe = :recipe, version = ready_state.version + 1"""
            ),
            {"audience": str(audience), "recipe": recipe},
        )


def count_pending(session: Session) -> int:
    """Notes of assets whose ready features lag behind."""
    return int(session.scalar(text("SELECT count(*) FROM pending_feature")) or 0)


def take_pending(session: Session, most: int) -> list[int]:
    """Remove up to `most` notes, and tell of which assets they were."""
    rows = session.execute(
        text(
            """DELETE FROM pending_feature WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM pending_feature LIMIT :most)) RETURNING fid"""
        ),
        {"most": most},
    )
    return sorted({int(fid) for (fid,) in rows})


def forget_pending(session: Session, fids: Sequence[int]) -> None:
    """Remove the notes of some assets."""
    session.execute(
        text("DELETE FROM pending_feature WHERE fid = ANY(:fids)"), {"fids": list(fids)}
    )


def asset_rows(session: Session, fids: Sequence[int]) -> Sequence[tuple[Any, ...]]:
    """Assets that are not withdrawn, as pages read them."""
    return session.execute(
        text(
            f"""SELECT {POSTGIS_COLUMNS} FROM asset
                WHERE fid = ANY(:fids) AND withdrawn_at IS NULL AND asset_id IS NOT NULL
                ORDER BY fid"""
        ),
        {"fids": list(fids)},
    ).all()


def replace(session: Session, fids: Sequence[int], rows: Iterable[ReadyRow]) -> None:
    """Put `rows` in the place of all that is kept of some assets, as a newer version.

    The version is counted first: who counts it waits for the other, and cells are not
    locked in two orders.
    """
    of_them = {"fids": list(fids)}
    session.execute(text("UPDATE ready_state SET version = version + 1"))
    session.execute(text(_COUNT.format(sign="-")), of_them)
    session.execute(text(f"DELETE FROM ready_feature WHERE {_OF_THEM}"), of_them)
    driver: Any = session.connection().connection.dbapi_connection
    copying = f"COPY ready_feature ({_COLUMNS}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(copying) as to:
        for row in rows:
            to.write_row(row)
    session.execute(text(_COUNT.format(sign="+")), of_them)


def take_lead(connection: Connection) -> bool:
    """Whether this connection is now the one that keeps features ready."""
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEEPER_LOCK}))


def give_lead(connection: Connection) -> None:
    """Let another process keep features ready."""
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEEPER_LOCK})


def has_pending(connection: Connection) -> bool:
    """Whether anything is noted as pending."""
    return bool(connection.scalar(text("SELECT EXISTS (SELECT 1 FROM pending_feature)")))


def tidy(connection: Connection) -> None:
    """Clear away what deleted notes left, and tell the planner what there is.

    Dead notes would be looked through by every request. Not within a transaction.
    """
    connection.execute(text("VACUUM pending_feature"))
    connection.execute(text("DELETE FROM ready_cell WHERE assets = 0"))
    connection.execute(text("VACUUM ANALYZE ready_cell"))
    connection.execute(text("VACUUM ANALYZE ready_feature"))


_PAGE = """
SELECT f.fid, f.feature FROM (
    SELECT {after} AS after FROM ready_state AS r WHERE r.audience = '{audience}'
    AND r.recipe = %(recipe)s AND NOT EXISTS (SELECT 1 FROM pending_feature)
) AS s LEFT JOIN LATERAL ({found}) AS f ON true WHERE s.after IS NOT NULL
"""
_AFTER = """(SELECT f.fid FROM asset AS a JOIN ready_feature AS f
    ON f.fid = a.fid AND f.audience = r.audience WHERE a.asset_id = CAST(%(after)s AS uuid))"""
_BOX = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
_POINT_IN_BOX = "f.lon BETWEEN %(west)s AND %(east)s AND f.lat BETWEEN %(south)s AND %(north)s"
_IN_BOX = f"""f.geom && {_BOX}
    AND ({_POINT_IN_BOX} OR f.lon IS NULL AND ST_Intersects(f.geom, {_BOX}))"""
"""The index knows positions to 32 bits only, hence longitude and latitude again."""

_FIRST = "SELECT f.fid, f.feature FROM ready_feature AS f"
_IN_ORDER = f"{_FIRST} WHERE {{conditions}} ORDER BY f.fid LIMIT %(most)s"
_ANY_IN_BOX = f"{_FIRST} WHERE {{conditions}} AND {_IN_BOX} LIMIT %(most)s"
_FEW_IN_BOX = f"""
WITH here AS MATERIALIZED (
    SELECT f.fid FROM ready_feature AS f WHERE {{conditions}} AND {_IN_BOX} LIMIT %(many)s)
{_FIRST} WHERE f.audience = '{{audience}}' AND f.fid = ANY(ARRAY(
    SELECT fid FROM here WHERE (SELECT count(*) FROM here) < %(many)s
    ORDER BY fid LIMIT %(most)s))
ORDER BY f.fid
"""
_MANY_IN_BOX = f"""
{_FIRST} JOIN (
    SELECT f.fid, f.lon FROM ready_feature AS f
    WHERE {{conditions}} AND ({_POINT_IN_BOX} OR f.lon IS NULL) ORDER BY f.fid OFFSET 0
) AS w ON f.fid = w.fid AND f.audience = '{{audience}}'
WHERE w.lon IS NOT NULL OR ST_Intersects(f.geom, {_BOX})
ORDER BY w.fid LIMIT %(most)s
"""
"""The inner SELECT is answered by the index alone, which holds longitude and latitude."""


class Way(StrEnum):
    """How features of a box are found."""

    ANY = auto()
    """By the spatial index, the first that come to hand: not in order."""
    FEW = auto()
    """By the spatial index, in order; none where there are MANY_IN_BOX or more."""
    MANY = auto()
    """In order, looking at every position until there are enough in the box."""


_WAYS = {Way.ANY: _ANY_IN_BOX, Way.FEW: _FEW_IN_BOX, Way.MANY: _MANY_IN_BOX}


def page(
    audience: Audience,
    recipe: str,
    *,
    kinds: Sequence[str] | None,
    box: tuple[float, float, float, float] | None,
    after: str | None,
    most: int,
    way: Way = Way.ANY,
) -> tuple[str, dict[str, Any]]:
    """A SELECT of up to `most` features after an asset's, and its parameters.

    Its columns: the feature's row and text, NULL where there is none. In order, but for those
    of a box [degrees: west, south, east, north] found in the way ANY. No row at all while
    anything is pending, or where the asset to begin after is not ready.
    """
    parameters: dict[str, Any] = {"recipe": recipe, "most": most, "after": after}
    conditions = [f"f.audience = '{audience}'", "f.fid > s.after"]
    if kinds is not None and len(kinds) == 1:  # an index has the order of one kind
        conditions.append("f.kind = %(kind)s")
        parameters["kind"] = kinds[0]
    elif kinds is not None:
        conditions.append("f.kind = ANY(%(kinds)s)")
        parameters["kinds"] = list(kinds)
    if box is not None:
        parameters["many"] = MANY_IN_BOX
        parameters.update(zip(("west", "south", "east", "north"), box, strict=True))
    found = (_IN_ORDER if box is None else _WAYS[way]).format(
        audience=audience, conditions=" AND ".join(conditions)
    )
    sql = _PAGE.format(
        audience=audience, after="0::bigint" if after is None else _AFTER, found=found
    )
    return sql, parameters
