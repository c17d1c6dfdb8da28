"""The map of a plan: marks lie inside, with scale, legend and words, in black and white."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from canopy.render.report.plan_map import (
    MapArea,
    MapDots,
    MapLines,
    MapPatches,
    MapSites,
    PlanMap,
    map_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
WARD = shapely.box(430_000, 240_000, 434_000, 243_000)


def drawn(**given: object) -> str:
    every: dict[str, object] = {
        "title": "Sites <1>", "crs": "EPSG:27700", "attribution": ["Contains: Ordnance & Survey"],
        "areas": [MapArea("Market & Mill", WARD, "2 sites")],
        "patches": [MapPatches("Nobody covers", np.array([WARD.buffer(-900)]), "dense")],
        "dots": [MapDots("Asset", np.array([(431_000.0, 241_000.0)]))],
        "lines": [MapLines("Duct", np.array([shapely.LineString([(430_100, 240_100),
                                                                 (433_000, 242_000)])]))],
        "sites": [MapSites("First", np.array([(431_500.0, 241_500.0)]), [1], "circle"),
                  MapSites("Second", np.array([(432_500.0, 241_500.0)]), [2], "square")],
        **given,
    }  # fmt: skip
    return map_svg(PlanMap(**every))  # type: ignore[arg-type]


def test_scale_legend_crs_and_names_are_in_the_drawing() -> None:
    """A bar of 1 km over 4 km of ward, as long as that is."""
    told = drawn()
    words = [each.text for each in ElementTree.fromstring(told).iter(f"{SVG}text")]
    for each in ("1 km", "Market & Mill", "2 sites", "Nobody covers", "Duct", "First", "N",
                 "Contains: Ordnance & Survey", "Positions in EPSG:27700; north of its grid is up.",
                 "1", "2"):  # fmt: skip
        assert each in words
    bar = re.search(r'<rect x="12" y="[\d.]+" width="([\d.]+)" height="6" fill="none"', told)
    assert bar is not None
    assert float(bar[1]) == pytest.approx(1_000 * (860 - 24) / (4_000 * 1.04), abs=0.1)


def test_kinds_differ_without_colour() -> None:
    """Every colour is a grey, and sites of two phases have two shapes."""
    told = drawn()
    for red, green, blue in re.findall(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", told):
        levels = [int(each, 16) for each in (red, green, blue)]
        assert max(levels) - min(levels) < 16
    assert told.count("<circle") > 0
    assert told.count("<polygon") > 2


def test_where_nothing_has_a_place_there_is_no_map() -> None:
    empty = PlanMap(title="none", crs="EPSG:27700", dots=[MapDots("Asset", np.empty((0, 2)))])
    assert empty.is_empty
    with pytest.raises(ValueError, match="nothing to draw"):
        map_svg(empty)


@given(st.lists(st.tuples(st.floats(0, 700_000), st.floats(0, 1_300_000)), min_size=1, max_size=9))
def test_sites_lie_inside_wherever_they_are(places: list[tuple[float, float]]) -> None:
    """Also a single one, and all on a line."""
    told = drawn(areas=(), patches=(), dots=(), lines=(), sites=[
        MapSites("All", np.array(places), range(1, len(places) + 1))])  # fmt: skip
    root = ElementTree.fromstring(told)
    height = float(root.attrib["height"])
    for each in root.iter(f"{SVG}circle"):
        assert 0 <= float(each.attrib["cx"]) <= 860
        assert 0 <= float(each.attrib["cy"]) <= height
