"""Deals as a picture: nothing is drawn outside it, and what is drawn is what was given."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.render.deals import PlottedDeal, deals_svg

SVG = "{http://www.w3.org/2000/svg}"
RISKS = {"take-up": "council", "price": "shared"}
MONEY = st.floats(-1e9, 1e9, allow_nan=False)


def deal(cash: list[float], name: str = "A & B") -> PlottedDeal:
    return PlottedDeal(name, cash, sum(cash), (sum(cash) - 1e4, sum(cash) + 1e4), RISKS)


@given(st.integers(1, 30).flatmap(lambda years: st.lists(
    st.lists(MONEY, min_size=years, max_size=years), min_size=1, max_size=4,
)))  # fmt: skip
def test_every_line_stays_inside_the_plot(cash: list[list[float]]) -> None:
    """For any money, losses alone and nothing at all included."""
    root = ElementTree.fromstring(deals_svg("Roofs", "2026/27", [deal(each) for each in cash]))
    lines = list(root.iter(f"{SVG}polyline"))
    assert len(lines) == len(cash)
    for line in lines:
        for x, y in re.findall(r"([-\d.]+),([-\d.]+)", line.attrib["points"]):
            assert 86 <= float(x) <= 956
            assert 58 <= float(y) <= 358


def test_a_line_is_the_sum_of_the_years() -> None:
    """−£100, then £60 twice: up by equal steps, above nought at the end."""
    root = ElementTree.fromstring(deals_svg("Roofs", "2026/27", [deal([-100.0, 60.0, 60.0])]))
    (line,) = root.iter(f"{SVG}polyline")
    heights = [float(y) for _, y in re.findall(r"([\d.]+),([\d.]+)", line.attrib["points"])]
    (nought,) = [each for each in root.iter(f"{SVG}line") if each.attrib["stroke"] == "#0b0c0c"]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.11)
    assert heights[1] > float(nought.attrib["y1"]) > heights[2]


def test_words_say_what_the_lines_do() -> None:
    told = deals_svg("Roofs <west>", "2026/27", [deal([-2_500_000.0, 3_000_000.0])])
    root = ElementTree.fromstring(told)
    assert root.findtext(f"{SVG}desc") == (
        "A & B: £500k after year 1, present value £500k (£490k to £510k)."
    )
    assert "Roofs <west>" in (root.findtext(f"{SVG}title") or "")


@pytest.mark.parametrize("count", [0, 5])
def test_more_deals_than_can_be_told_apart_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="cannot be told apart"):
        deals_svg("Roofs", "2026/27", [deal([1.0])] * count)
