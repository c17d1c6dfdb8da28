"""Units find their lampposts by number, then by place; what is not sure is not taken."""

from __future__ import annotations

import pytest

from canopy.iot.lighting.matching import Lamppost, Match, Matcher, Unit, number_key

POSTS = [
    Lamppost("a", "LC-0012", "High Street", 100.0, 100.0),
    Lamppost("b", "LC-13", "High Street", 130.0, 100.0),
    Lamppost("c", "1", "Mill Lane", 500.0, 500.0),
    Lamppost("d", "001", "Bridge Road", 900.0, 900.0),
    Lamppost("e", "", "High Street", 200.0, 100.0),
    Lamppost("f", "", "High Street", 203.0, 100.0),
]


def matched(
    column_ref: str = "", x_m: float | None = None, y_m: float | None = None, street: str = ""
) -> Match:
    return Matcher(POSTS, within_m=5.0, far_m=50.0).match(Unit("N-1", column_ref, street, x_m, y_m))


@pytest.mark.parametrize("written", ["LC-0012", "lc 12", "LC12", "lc/00012"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    """Case, signs and leading zeros say nothing."""
    assert number_key(written) == number_key("LC-12")
    assert (matched(written).state, matched(written).asset_id) == ("number", "a")


@pytest.mark.parametrize("other", ["LC-120", "LC-12A", "LD-12", "L-C12-1"])
def test_another_number_is_another(other: str) -> None:
    """Digits are not shortened, letters count."""
    assert number_key(other) != number_key("LC-12")


def test_a_number_that_two_lampposts_have_is_told_by_the_street() -> None:
    """Or by the place; else nothing is taken."""
    assert matched("1", street="mill  lane").asset_id == "c"
    assert matched("1", 901.0, 900.0).asset_id == "d"
    assert (matched("1").state, matched("1").asset_id) == ("ambiguous", None)


def test_a_number_far_from_its_lamppost_is_not_believed() -> None:
    """Both are told, none is taken."""
    found = matched("LC-13", 130.0, 300.0)
    assert (found.state, found.asset_id) == ("far", None)
    assert "200 m away" in found.reason


def test_a_unit_without_a_number_is_on_the_only_lamppost_near() -> None:
    """Also across the edge of the cells in which neighbours are looked for."""
    assert matched(x_m=99.0, y_m=99.0).asset_id == "a"
    assert matched("ZZ-9", x_m=101.0, y_m=100.0).state == "position"


def test_two_lampposts_as_near_are_not_chosen_between() -> None:
    """Even where one is nearer."""
    found = matched(x_m=201.0, y_m=100.0)
    assert (found.state, found.asset_id) == ("ambiguous", None)


def test_what_nobody_knows_is_unmatched_with_the_reason() -> None:
    """No number, no neighbour, no position."""
    assert matched(x_m=300.0, y_m=300.0).state == "unmatched"
    assert matched().reason == "it has no number, and no position is given"
