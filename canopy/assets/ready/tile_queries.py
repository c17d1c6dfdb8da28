"""SELECTs of vector tiles from ready features. PostgreSQL only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canopy.assets.kinds import KINDS
from canopy.assets.reading.tiling import CELL_BITS
from canopy.assets.ready.audiences import Audience, PlacesSeen
from canopy.assets.ready.making import CELL_SHIFT
from canopy.db.mvt import EXTENT
from canopy.db.tiles import BUFFER, TileAddress
from canopy.geo import WORLD_BITS

_INDEX_BITS = 6
"""Cells are indexed by tiles of zoom 10, which are 2**6 cells wide."""
_UNIT_BITS = EXTENT.bit_length() - 1

Parameters = dict[str, Any]

_STATE = """(SELECT sum(version) AS version FROM ready_state
    WHERE (audience, recipe) IN ({pairs}) HAVING count(*) = {count}
    AND NOT EXISTS (SELECT 1 FROM pending_feature)) AS s"""

_DETAILS = """
SELECT s.version, t.found, t.tile FROM {state} LEFT JOIN LATERAL (
    SELECT count(*) AS found, ST_AsMVT(f, %(layer)s, {extent}, 'placed') AS tile FROM (
        SELECT asset_id::text, kind, status, height_m, placed FROM (
            SELECT asset_id, kind, status, height_m,
                ST_MakePoint(floor((world_x::bigint - %(x)s) * %(scale)s),
                             floor((world_y::bigint - %(y)s) * %(scale)s)) AS placed
            FROM generate_series(%(first_band)s::integer, %(last_band)s::integer) AS band
            JOIN ready_feature ON (world_y >> {cell_shift}) = band
            WHERE {rows} AND lon IS NOT NULL {kind}
            AND world_x BETWEEN %(first_x)s AND %(last_x)s
            AND world_y BETWEEN %(first_y)s AND %(last_y)s
            UNION ALL
            SELECT asset_id, kind, status, height_m, ST_AsMVTGeom(
                ST_Transform(geom, 3857), ST_MakeEnvelope(
                    %(left)s, %(bottom)s, %(right)s, %(top)s, 3857), {extent}, {buffer}, true)
            FROM ready_feature WHERE {rows} AND lon IS NULL {kind} AND geom && ST_MakeEnvelope(
                %(west)s, %(south)s, %(east)s, %(north)s, 4326)
            OFFSET 0 -- else shapes are cut twice
        ) AS either WHERE placed IS NOT NULL LIMIT %(most)s) AS f
) AS t ON true
"""
"""Points come from an index that holds all that a tile shows of them, by bands of the world."""

_CELLS = """
SELECT s.version, t.tile FROM {state} LEFT JOIN LATERAL (
    SELECT ST_AsMVT(c, %(layer)s, {extent}, 'placed') AS tile FROM (
        SELECT sum(n)::bigint AS count, {kinds},
            ST_MakePoint(floor((sum(x) / sum(n) - %(x)s) * %(scale)s),
                         floor((sum(y) / sum(n) - %(y)s) * %(scale)s)) AS placed
        FROM (
            SELECT cell_x >> %(shift)s AS cx, cell_y >> %(shift)s AS cy, kind,
                   sum(assets) AS n, sum(sum_x) AS x, sum(sum_y) AS y
            FROM ready_cell WHERE {rows} AND assets > 0
            AND (cell_x >> {index_bits}) BETWEEN %(low_x)s AND %(high_x)s
            AND (cell_y >> {index_bits}) BETWEEN %(low_y)s AND %(high_y)s
            AND cell_x BETWEEN %(first_x)s AND %(last_x)s
            AND cell_y BETWEEN %(first_y)s AND %(last_y)s
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
    most: int | None,
) -> tuple[str, Parameters]:
    """A SELECT of version, number of features, and the tile of the features themselves.

    `lonlat` is the tile with its buffer in degrees. Up to `most` features; None for all.
    """
    state, parameters = _state(recipes)
    left, bottom, right, top = address.bounds
    x, y, side = world_corner(address)
    margin = side * BUFFER // EXTENT
    most_y = 2**WORLD_BITS - 1
    first_y, last_y = max(y - margin, 0), min(y + side + margin, most_y)
    parameters |= {
        "layer": layer, "most": most, "x": x, "y": y,
        "scale": 2.0 ** (address.z + _UNIT_BITS - WORLD_BITS),
        "first_x": max(x - margin, 0), "last_x": min(x + side + margin, most_y),
        "first_y": first_y, "last_y": last_y,
        "first_band": first_y >> CELL_SHIFT, "last_band": last_y >> CELL_SHIFT,
        "left": left, "bottom": bottom, "right": right, "top": top,
        "west": lonlat[0], "south": lonlat[1], "east": lonlat[2], "north": lonlat[3],
    }  # fmt: skip
    sql = _DETAILS.format(
        state=state, extent=EXTENT, buffer=BUFFER, rows=_rows(seen, parameters),
        kind=_of_kind(kind, parameters), cell_shift=CELL_SHIFT,
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
    columns = x >> CELL_SHIFT, (x + side - 1) >> CELL_SHIFT
    rows = y >> CELL_SHIFT, (y + side - 1) >> CELL_SHIFT
    parameters |= {
        "layer": layer, "x": x, "y": y,
        "first_x": columns[0], "last_x": columns[1],
        "first_y": rows[0], "last_y": rows[1],
        "low_x": columns[0] >> _INDEX_BITS, "high_x": columns[1] >> _INDEX_BITS,
        "low_y": rows[0] >> _INDEX_BITS, "high_y": rows[1] >> _INDEX_BITS,
        "shift": max(WORLD_BITS - address.z - CELL_BITS - CELL_SHIFT, 0),
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
    """A SELECT of kind and of the box around its cells in world coordinates."""
    state, parameters = _state(recipes)
    rows = _rows(seen, parameters)
    return (
        f"""SELECT t.* FROM {state} JOIN LATERAL (
            SELECT kind, min(cell_x)::bigint << {CELL_SHIFT}, min(cell_y)::bigint << {CELL_SHIFT},
                   (max(cell_x)::bigint + 1) << {CELL_SHIFT},
                   (max(cell_y)::bigint + 1) << {CELL_SHIFT}
            FROM ready_cell WHERE {rows} AND assets > 0 GROUP BY kind) AS t ON true""",
        parameters,
    )


def counts(seen: PlacesSeen, recipes: Mapping[Audience, str]) -> tuple[str, Parameters]:
    """A SELECT of kind and number of features; no row at all while anything is pending."""
    state, parameters = _state(recipes)
    rows = _rows(seen, parameters)
    return (
        f"""SELECT t.* FROM {state} LEFT JOIN LATERAL (
            SELECT kind, count(*) FROM ready_feature WHERE {rows} GROUP BY kind) AS t ON true""",
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
    names = ", ".join(f"'{each}'" for each in seen.audiences)
    listed = f"audience IN ({names})"
    if seen.levels is None:
        return listed
    parameters["levels"] = list(seen.levels)
    return f"{listed} AND (level IS NULL OR level = '' OR level = ANY(%(levels)s))"


def _of_kind(kind: str | None, parameters: Parameters) -> str:
    if kind is None:
        return ""
    parameters["kind"] = kind
    return "AND kind = %(kind)s"
