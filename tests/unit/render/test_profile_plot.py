"""The drawing of a path profile: what is where, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from canopy.render.coverage.profile_plot import HEIGHT_PX, ProfilePlot, profile_svg

SVG = "{http://www.w3.org/2000/svg}"
PLOT = ProfilePlot(
    title="Path <profile> & more",
    description="Clear.",
    distance_m=[0.0, 500.0, 1_000.0],
    ground_m=[10.0, 12.0, 10.0],
    ray_m=[30.0, 30.0, 30.0],
    fresnel_m=[0.0, 5.0, 0.0],
)


def drawn(plot: ProfilePlot, width_px: int = 720) -> ElementTree.Element:
    return ElementTree.fromstring(profile_svg(plot, width_px))


def lines(drawing: ElementTree.Element, colour: str) -> list[str]:
    found = [each.get("points") or "" for each in drawing.iter(f"{SVG}polyline")
             if each.get("stroke") == colour]  # fmt: skip
    return found


def test_words_stand_for_the_drawing() -> None:
    """Title and description are its name, and text is no markup."""
    drawing = drawn(PLOT)
    assert drawing.get("role") == "img"
    names = (drawing.get("aria-labelledby") or "").split()
    told = {each.get("id"): each.text for each in drawing if each.get("id")}
    assert [told[name] for name in names] == ["Path <profile> & more", "Clear."]


@pytest.mark.parametrize("width_px", [280, 720, 1_600])
def test_all_is_drawn_inside(width_px: int) -> None:
    """At any width every point lies on the paper, and the ray is level."""
    drawing = drawn(PLOT, width_px)
    points = [
        tuple(map(float, pair.split(",")))
        for shape in (*drawing.iter(f"{SVG}polyline"), *drawing.iter(f"{SVG}polygon"))
        for pair in (shape.get("points") or "").split()
    ]
    assert all(0 <= x <= width_px and 0 <= y <= HEIGHT_PX for x, y in points)
    (ray,) = [each for each in lines(drawing, "#0b5394") if each.count(" ") == 2][-1:]
    assert len({pair.split(",")[1] for pair in ray.split()}) == 1


def test_only_what_is_in_the_way_is_marked() -> None:
    """Ground that takes more than 40 % of the zone below the ray."""
    assert lines(drawn(PLOT), "#b3310d") == []
    high = replace(PLOT, ground_m=[10.0, 28.0, 10.0])
    assert len(lines(drawn(high), "#b3310d")) == 1


def test_unknown_ground_is_a_gap() -> None:
    """No line is drawn over it; an unknown foot leaves the ray out."""
    plot = ProfilePlot("t", "d", [0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 1.0, math.nan, 1.0, 1.0],
                       [9.0] * 5, [0.0, 0.1, 0.1, 0.1, 0.0])  # fmt: skip
    assert len(lines(drawn(plot), "#6b5426")) == 2
    nowhere = replace(plot, ray_m=[math.nan] * 5)
    assert lines(drawn(nowhere), "#0b5394") == []
