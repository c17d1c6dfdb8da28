"""SELECTs of vector tiles from ready features. PostgreSQL only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canopy.assets.kinds import KINDS
from canopy.assets.reading.tiling import CELL_BITS
from canopy.assets.ready.audiences import Audience, PlacesSeen
from canopy.db.mvt import EXTENT
from canopy.db.tiles import BUFFER, TileAddress
from canopy.geo import WORLD_BITS

_INDEX_BITS = 21
"""World coordinates are indexed by tiles of zoom 10, which are 2**21 units wide."""
_UNIT_BITS = EXTENT.bit_length() - 1

Parameters = dict[str, Any]

_STATE = """(SELECT sum(version) AS version FROM ready_state
    WHERE (audience, recipe) IN ({pairs}) HAVING count(*) = {count}
    AND NOT EXISTS (SELECT 1 FROM pending_feature)) AS s"""

_DETAILS = """
SELECT s.version, t.found, t.tile FROM {state} LEFT JOIN LATERAL (
    SELECT count(*) AS found, ST_AsMVT(f, %(layer)s, {extent}, 'placed') AS tile FROM (
        SELECT asset_id::text, kind, status, height_m, CASE WHEN lon IS NULL
            THEN ST_AsMVTGeom(ST_Transform(geom, 3857), ST_MakeEnvelope(
                %(left)s, %(bottom)s, %(right)s, %(top)s, 3857), {extent}, {buffer}, true)
            ELSE ST_MakePoint(floor((world_x::bigint - %(x)s) * %(scale)s),
                              floor((world_y::bigint - %(y)s) * %(scale)s)) END AS placed
        FROM ready_feature WHERE {rows} AND geom && ST_MakeEnvelope(
            %(west)s, %(south)s, %(east)s, %(north)s, 4326) {kind}
        LIMIT %(most)s) AS f WHERE placed IS NOT NULL
) AS t ON true
"""
_CELLS = """
SELECT s.version, t.tile FROM {state} LEFT JOIN LATERAL (
    SELECT ST_AsMVT(c, %(layer)s, {extent}, 'placed') AS tile FROM (
        SELECT sum(n)::bigint AS count, {kinds},
            ST_MakePoint(floor((sum(sum_x) / sum(n) - %(x)s) * %(scale)s),
                         floor((sum(sum_y) / sum(n) - %(y)s) * %(scale)s)) AS placed
        FROM (
            SELECT world_x >> %(cell)s AS cx, world_y >> %(cell)s AS cy, kind, count(*) AS n,
                   sum(world_x::bigint) AS sum_x, sum(world_y::bigint) AS sum_y
            FROM ready_feature WHERE {rows}
            AND (world_x >> {index_bits}) BETWEEN %(first_x)s AND %(last_x)s
            AND (world_y >> {index_bits}) BETWEEN %(first_y)s AND %(last_y)s
            AND world_x BETWEEN %(x)s AND %(x_end)s AND world_y BETWEEN %(y)s AND %(y_end)s
            {kind} GROUP BY 1, 2, 3) AS by_kind
        GROUP BY cx, cy) AS c
) AS t ON true
"""


def version(recipes: Mapping[Audience, str]) -> tuple[str, Parameters]:
    """A SELECT of the version of what is ready; no row while anything is pending."""
    state, parameters = _state(recipes)
    return f"SELECT s.version FROM {state}", parameters


def details(
    seen: PlacesSeen,
    recipes: Mapping[Audience, str],
    address: TileAddress,
    lonlat: tuple[float, float, float, float],
    layer: str,
    kind: str | None,
    most: int,
) -> tuple[str, Parameters]:
    """A SELECT of version, number of features, and the tile of the features themselves.

    `lonlat` is the tile with its buffer in degrees. Features are counted up to `most`.
    """
    state, parameters = _state(recipes)
    left, bottom, right, top = address.bounds
    x, y, _ = world_corner(address)
    parameters |= {
        "layer": layer, "most": most, "x": x, "y": y,
        "scale": 2.0 ** (address.z + _UNIT_BITS - WORLD_BITS),
        "left": left, "bottom": bottom, "right": right, "top": top,
        "west": lonlat[0], "south": lonlat[1], "east": lonlat[2], "north": lonlat[3],
    }  # fmt: skip
    sql = _DETAILS.format(
        state=state, extent=EXTENT, buffer=BUFFER, rows=_rows(seen, parameters),
        kind=_of_kind(kind, parameters),
    )  # fmt: skip
    return sql, parameters


def cells(
    seen: PlacesSeen,
    recipes: Mapping[Audience, str],
    address: TileAddress,
    layer: str,
    kind: str | None,
) -> tuple[str, Parameters]:
    """A SELECT of version, and the tile of counts: every feature in one cell of one tile."""
    state, parameters = _state(recipes)
    x, y, side = world_corner(address)
    parameters |= {
        "layer": layer, "x": x, "y": y, "x_end": x + side - 1, "y_end": y + side - 1,
        "first_x": x >> _INDEX_BITS, "last_x": (x + side - 1) >> _INDEX_BITS,
        "first_y": y >> _INDEX_BITS, "last_y": (y + side - 1) >> _INDEX_BITS,
        "cell": max(WORLD_BITS - address.z - CELL_BITS, 0),
        "scale": 2.0 ** (address.z + _UNIT_BITS - WORLD_BITS),
    }  # fmt: skip
    counted = ", ".join(
        f"(sum(n) FILTER (WHERE kind = '{each}'))::bigint AS {each}" for each in KINDS
    )
    sql = _CELLS.format(
        state=state, extent=EXTENT, kinds=counted, index_bits=_INDEX_BITS,
        rows=_rows(seen, parameters), kind=_of_kind(kind, parameters),
    )  # fmt: skip
    return sql, parameters


def bounds(seen: PlacesSeen, recipes: Mapping[Audience, str]) -> tuple[str, Parameters]:
    """A SELECT of kind and of the box around its features in world coordinates."""
    state, parameters = _state(recipes)
    rows = _rows(seen, parameters)
    return (
        f"""SELECT t.* FROM {state} JOIN LATERAL (
            SELECT kind, min(world_x), min(world_y), max(world_x), max(world_y)
            FROM ready_feature WHERE {rows} AND world_x IS NOT NULL GROUP BY kind) AS t ON true""",
        parameters,
    )


def world_corner(address: TileAddress) -> tuple[int, int, int]:
    """A tile's north-west corner and its side in world coordinates. Zoom 0 to 24."""
    side = 1 << (WORLD_BITS - address.z)
    return address.x * side, address.y * side, side


def _state(recipes: Mapping[Audience, str]) -> tuple[str, Parameters]:
    parameters: Parameters = {f"recipe_{each}": recipe for each, recipe in recipes.items()}
    pairs = ", ".join(f"('{each}', %(recipe_{each})s)" for each in recipes)
    return _STATE.format(pairs=pairs, count=len(recipes)), parameters


def _rows(seen: PlacesSeen, parameters: Parameters) -> str:
    """The rows of every audience whose places are seen, as far as their level allows."""
    listed = " OR ".join(f"audience = '{each}'" for each in seen.audiences)
    if seen.levels is None:
        return f"({listed})"
    parameters["levels"] = list(seen.levels)
    return f"({listed}) AND (level IS NULL OR level = ANY(%(levels)s))"


def _of_kind(kind: str | None, parameters: Parameters) -> str:
    if kind is None:
        return ""
    parameters["kind"] = kind
    return "AND kind = %(kind)s"
