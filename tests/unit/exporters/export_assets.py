"""Assets to export: a factory with defaults, and hypothesis strategies for anything odd."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import numpy as np
import shapely
from hypothesis import strategies as st

from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.exporters import ExportStamp
from canopy.assets.kinds import Kind, attribute_fields

BNG = "EPSG:27700"
WGS84 = "EPSG:4326"

STAMP = ExportStamp(
    audience="admin",
    title="Lamps & ducts of Anytown",
    attribution=("Contains OS data © Crown copyright", "Anytown Council"),
    licence="OGL-UK-3.0",
    generated_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    source_note="Lighting register, 2026",
    filter_text="kind in (lamppost, duct)",
)


def assets(
    geometries: Sequence[shapely.Geometry | None] = (shapely.Point(530000, 180000),),
    *,
    kind: str = "lamppost",
    attributes: Sequence[dict[str, object]] | None = None,
    **columns: Sequence[object],
) -> AssetBatch:
    """Assets of one kind at `geometries`, with `columns` in place of the defaults."""
    count = len(geometries)
    filled: dict[str, list[object]] = {name: [None] * count for name in COMMON_COLUMNS}
    filled["asset_id"] = [str(uuid.UUID(int=number)) for number in range(count)]
    filled["kind"] = [kind] * count
    filled["ref"] = [f"{kind}-{number}" for number in range(count)]
    filled["version"] = [1] * count
    filled.update({name: list(values) for name, values in columns.items()})
    array = np.empty(count, dtype=object)
    array[:] = list(geometries)
    return AssetBatch(filled, list(attributes or [{} for _ in range(count)]), array)


def joined(batches: Iterable[AssetBatch]) -> AssetBatch:
    """One batch of several kinds."""
    batches = list(batches)
    return AssetBatch(
        {name: [v for b in batches for v in b.columns[name]] for name in COMMON_COLUMNS},
        [row for b in batches for row in b.attributes],
        np.concatenate([b.geometries for b in batches]),
    )


ODD_TEXTS = st.sampled_from(
    ["=1+1", "Ünïcødé ✓ 名前", "x" * 5_000, "line\nbreak", 'quo"te', "a,b;c", "<&>", "", "000123"]
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | ODD_TEXTS
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis wants naive limits
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MILLISECOND_TIMES = TIMES.map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000))
DAYS = st.dates(date(1850, 1, 1), date(2100, 1, 1))
JSON_VALUES = st.recursive(
    TEXTS | st.integers(-(2**53), 2**53) | NUMBERS | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


def positions(x: st.SearchStrategy[float], y: st.SearchStrategy[float]) -> st.SearchStrategy:
    """Valid 2D geometries of every simple and multi-part type, and None."""
    points = st.tuples(x, y)
    lines = st.lists(points, min_size=2, max_size=5, unique=True).map(shapely.LineString)
    boxes = st.tuples(points, st.floats(0.5, 50), st.floats(0.5, 50), st.booleans()).map(_box)
    return st.one_of(
        st.none(),
        points.map(shapely.Point),
        lines,
        boxes,
        st.lists(points, min_size=1, max_size=3, unique=True).map(shapely.MultiPoint),
        st.lists(lines, min_size=1, max_size=3).map(shapely.MultiLineString),
        boxes.map(lambda box: shapely.MultiPolygon([box, shapely.affinity.translate(box, 100, 0)])),
    )


def _box(parts: tuple[tuple[float, float], float, float, bool]) -> shapely.Polygon:
    (x, y), width, height, has_hole = parts
    outer = shapely.box(x, y, x + width, y + height, ccw=has_hole)
    if not has_hole:
        return outer
    hole = shapely.box(x + width / 4, y + height / 4, x + width / 2, y + height / 2)
    return shapely.Polygon(outer.exterior, [hole.exterior.coords])


ON_GRID = positions(st.floats(1, 699_000), st.floats(1, 1_299_000))
IN_TOWN = positions(st.floats(530_000, 530_500), st.floats(180_000, 180_500))

OF_TYPE = {
    "text": TEXTS,
    "number": NUMBERS,
    "integer": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "date": DAYS.map(date.isoformat),
    "list": st.lists(st.dictionaries(TEXTS, JSON_VALUES, max_size=2), max_size=2),
}
ATTRIBUTES = {
    kind: {name: OF_TYPE[field.type] for name, field in attribute_fields(Kind(kind)).items()}
    for kind in ("lamppost", "duct", "open_space")
}
"""Values of the right type for every attribute, whether or not its range allows them."""


@st.composite
def batches(
    draw: st.DrawFn,
    where: st.SearchStrategy = ON_GRID,
    times: st.SearchStrategy[datetime] = MILLISECOND_TIMES,
) -> AssetBatch:
    """One batch of several kinds, every column known or unknown asset by asset."""
    kinds = draw(st.lists(st.sampled_from(sorted(ATTRIBUTES)), min_size=1, max_size=6))
    rows = [draw(_rows(times)) for _ in kinds]
    geometries = np.empty(len(kinds), dtype=object)
    geometries[:] = [draw(where) for _ in kinds]
    columns = {name: [row.get(name) for row in rows] for name in COMMON_COLUMNS}
    columns["asset_id"] = [str(uuid.UUID(int=number)) for number in range(len(kinds))]
    columns["kind"] = list(kinds)
    attributes = [draw(_some(ATTRIBUTES[kind])) for kind in kinds]
    return AssetBatch(columns, attributes, geometries)


def _rows(times: st.SearchStrategy[datetime]) -> st.SearchStrategy[dict[str, object]]:
    typed: dict[str, st.SearchStrategy] = {
        "designations": st.lists(TEXTS, max_size=2).map(tuple),
        "observed_on": DAYS,
        "version": st.integers(0, 10**9),
        **dict.fromkeys(("height_m", "backhaul_dist_m", "pos_accuracy_m"), NUMBERS),
        **dict.fromkeys(("created_at", "updated_at", "withdrawn_at"), times),
    }
    return _some({name: typed.get(name, TEXTS) for name in COMMON_COLUMNS})


def _some(
    values: dict[str, st.SearchStrategy], most: int = 8
) -> st.SearchStrategy[dict[str, object]]:
    """A few of the named values; the others are unknown."""
    names = st.lists(st.sampled_from(sorted(values)), max_size=most, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({n: values[n] for n in chosen}))
