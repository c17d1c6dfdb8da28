"""Random assets and random filters on them that are well typed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st

from canopy.assets.batches import COMMON_COLUMNS, AssetBatch

KINDS = ("lamppost", "cctv", "duct", "open_space")
TEXTS = (
    "High Street",
    "high street",
    "Mill_Lane",
    "Straße",
    "STRASSE",
    "50% [a]*?",
    "é",
    "",
    "o'x",
)
NUMBERS = (0.0, 1.0, 4.5, 6.0, 8.0, 100.0)
DAYS = tuple(date(2024, 1, 1) + timedelta(days=n) for n in (0, 1, 30, 366))
TIMES = tuple(datetime(2024, 1, d, h, tzinfo=UTC) for d, h in ((1, 0), (1, 12), (2, 0), (3, 7)))
DESIGNATIONS = ("conservation_area", "sssi", "green_belt")
ATTRIBUTES: dict[str, dict[str, tuple[object, ...]]] = {
    "lamppost": {
        "lamp_w": NUMBERS, "heritage": (True, False), "lamp_tech": TEXTS, "condition": (1, 3, 5),
    },
    "cctv": {"condition": (1, 3, 5), "camera_type": ("ptz", "dome"), "power_w": NUMBERS},
    "duct": {"condition": (2, 4)},
    "open_space": {"condition": (1, 2)},
}  # fmt: skip


def _maybe(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(values))


def _place(draw: st.DrawFn, kind: str) -> shapely.Geometry:
    x, y = draw(st.integers(430_000, 430_400)), draw(st.integers(280_000, 280_400))
    if kind == "duct":
        return shapely.LineString([(x, y), (x + 100, y + 50)])
    return shapely.box(x, y, x + 80, y + 80) if kind == "open_space" else shapely.Point(x, y)


@st.composite
def assets(draw: st.DrawFn, number: int = 12) -> list[dict[str, Any]]:
    """Assets as flat dicts of columns, with ``attributes`` and ``geometry``."""
    found = []
    for i in range(number):
        kind = draw(st.sampled_from(KINDS))
        texts = {n: draw(_maybe(TEXTS)) for n in ("name", "street", "backhaul_type")}
        found.append(
            {
                **dict.fromkeys(COMMON_COLUMNS),
                **texts,
                "asset_id": f"00000000-0000-4000-8000-{i:012d}",
                "kind": kind,
                "source": "made",
                "height_m": draw(_maybe(NUMBERS)),
                "observed_on": draw(_maybe(DAYS)),
                "sensitivity": draw(_maybe(("public", "operator", "admin"))),
                "designations": tuple(draw(st.sets(st.sampled_from(DESIGNATIONS)))),
                "version": 1,
                "created_at": draw(st.sampled_from(TIMES)),
                "updated_at": draw(st.sampled_from(TIMES)),
                "attributes": {
                    name: value
                    for name, values in ATTRIBUTES[kind].items()
                    if (value := draw(_maybe(values))) is not None
                },
                "geometry": _place(draw, kind),
            }
        )
    return found


def batch_of_assets(found: list[dict[str, Any]]) -> AssetBatch:
    """Those assets, unredacted."""
    geometries = np.empty(len(found), dtype=object)
    geometries[:] = [each["geometry"] for each in found]
    columns = {name: [each[name] for each in found] for name in COMMON_COLUMNS}
    return AssetBatch(columns, [dict(each["attributes"]) for each in found], geometries)


def flat_assets(batch: AssetBatch) -> list[dict[str, Any]]:
    """The assets of a batch as the oracle takes them."""
    return [
        {
            **batch.attributes[i],
            **{name: values[i] for name, values in batch.columns.items()},
            "geometry": batch.geometries[i],
        }
        for i in range(len(batch))
    ]


def _property(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(names).map(lambda name: {"property": name})


def _op(op: str, *args: Any) -> dict[str, Any]:
    return {"op": op, "args": list(args)}


@st.composite
def conditions(draw: st.DrawFn, hidden: bool) -> Any:
    """One condition; `hidden` allows fields that the public does not see."""
    number_fields = ["height_m", "condition", "lamp_w", *(["power_w"] if hidden else [])]
    numbers = _property(*number_fields)
    reckoned = st.builds(
        lambda op, a, b: _op(op, a, b), st.sampled_from(("+", "-", "*", "/", "%", "div")), numbers,
        st.one_of(st.sampled_from(NUMBERS), numbers),
    )  # fmt: skip
    texts = _property("street", "name", "backhaul_type", "lamp_tech", "asset_id", "kind")
    words = st.sampled_from((*TEXTS, *KINDS))
    patterns = st.text(alphabet="%_HhigSseatßé [*?]", max_size=8)
    sign = st.sampled_from(("=", "<>", "<", "<=", ">", ">="))
    days = st.sampled_from(DAYS).map(lambda d: {"date": d.isoformat()})
    times = st.sampled_from(TIMES).map(
        lambda t: {"timestamp": t.isoformat().replace("+00:00", "Z")}
    )
    corner = st.integers(0, 300)
    box = st.builds(
        lambda x, y, w, h: {"bbox": [430_000 + x, 280_000 + y, 430_000 + x + w, 280_000 + y + h]},
        corner, corner, st.integers(1, 200), st.integers(1, 200),
    )  # fmt: skip
    point = st.builds(
        lambda x, y: {"type": "Point", "coordinates": [430_000 + x, 280_000 + y]}, corner, corner
    )
    spatial = st.sampled_from(
        "s_intersects s_within s_contains s_disjoint s_touches s_crosses s_overlaps".split()
    )
    geometry = {"property": "geometry"}
    builders = [
        st.builds(_op, sign, st.one_of(numbers, reckoned), st.sampled_from(NUMBERS)),
        st.builds(_op, sign, numbers, numbers),
        st.builds(_op, sign, texts, words),
        st.builds(_op, st.just("like"), texts, patterns),
        st.builds(lambda s, t, w: _op(s, _op("casei", t), _op("casei", w)),
                  st.sampled_from(("=", "<>")), texts, words),
        st.builds(lambda t, p: _op("like", _op("casei", t), p.casefold()), texts, patterns),
        st.builds(lambda t, w: _op("in", t, w), texts, st.lists(words, min_size=1, max_size=3)),
        st.builds(lambda n, a, b: _op("between", n, a, b), numbers, st.sampled_from(NUMBERS),
                  st.sampled_from(NUMBERS)),
        st.builds(lambda f: _op("isNull", f), st.one_of(texts, numbers, _property("heritage"))),
        st.builds(_op, sign, st.just({"property": "observed_on"}), days),
        st.builds(_op, sign, _property("created_at", "updated_at"), times),
        st.builds(lambda a, b: _op("t_intersects", {"property": "observed_on"},
                                   {"interval": [a, b]}),
                  st.one_of(st.just(".."), st.just("2023-05-05")),
                  st.one_of(st.just(".."), st.sampled_from(DAYS).map(date.isoformat))),
        st.builds(_op, st.sampled_from(("t_after", "t_before", "t_equals")),
                  st.just({"property": "observed_on"}), days),
        st.builds(_op, spatial, st.just(geometry), st.one_of(box, point)),
        st.builds(lambda p, d: _op("s_dwithin", geometry, p, d), point, st.integers(1, 150)),
        st.builds(_op, st.sampled_from(("a_contains", "a_containedBy", "a_equals", "a_overlaps")),
                  st.just({"property": "designations"}),
                  st.lists(st.sampled_from(DESIGNATIONS), min_size=1, max_size=2)),
        st.just({"property": "heritage"}),
        st.builds(_op, st.sampled_from(("=", "<>")), st.just({"property": "heritage"}),
                  st.booleans()),
        st.booleans(),
    ]  # fmt: skip
    return draw(draw(st.sampled_from(builders)))


def filters(hidden: bool = True) -> st.SearchStrategy[Any]:
    """Filters in CQL2 JSON, geometries in EPSG:27700."""
    return st.recursive(
        conditions(hidden),
        lambda inner: st.one_of(
            inner.map(lambda part: _op("not", part)),
            st.builds(
                lambda op, parts: _op(op, *parts), st.sampled_from(("and", "or")),
                st.lists(inner, min_size=2, max_size=3),
            ),
        ),
        max_leaves=6,
    )  # fmt: skip
