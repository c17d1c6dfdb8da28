"""Ofcom's published files, and our figures beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from canopy.coverage.grid import Grid
from canopy.coverage.notspots.broadband import (
    PostcodeColumns,
    PostcodePoints,
    Theme,
    broadband_spots,
    read_fixed_coverage,
)
from canopy.coverage.notspots.broadband_figures import broadband_by_area
from canopy.coverage.notspots.figures import FigureRow, ReportAreas
from canopy.coverage.notspots.ofcom import MobileMeasure, compared, read_mobile_coverage
from canopy.errors import BadSource, Refused

OUT = MobileMeasure("4G", "prem", "out")
MOBILE = (
    "laua,laua_name,prem_count,4G_prem_out_0,4G_prem_out_1,4G_prem_out_2,4G_prem_out_3,"
    "4G_prem_out_4,4G_geo_out_0,4G_geo_out_1,5G_high_confidence_prem_out_0\n"
    "E09000006,Bromley,1,0,0,0,0,100,0,100,50\n"
    "E09000007,Camden,131000,0.5,1.5,2,6,90,,100,12.5\n"
)
POSTCODES = (
    "postcode,postcode_space,postcode area,SFBB availability (% premises),"
    "% of premises unable to receive 10Mbit/s,% of premises unable to receive 30Mbit/s,"
    "Gigabit availability (% premises)\n"
    "NW11AA,NW1 1AA,NW,98,1,2,75\n"
    "NW1 1AB,NW1 1AB,NW,100,0,N/A,100\n"
)


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8-sig")
    return path


def figure(status: str, premises_share: float | None) -> FigureRow:
    nothing = (None, None, None, None)
    return FigureRow(
        "E09000007",
        "Camden",
        "lte-1800",
        "outdoor",
        "all",
        status,
        0.0,
        *nothing,
        0.0,
        None,
        None,
        premises_share,
        None,
    )


def test_an_authoritys_percentages_are_read_by_number_of_operators(tmp_path: Path) -> None:
    """A blank stays unknown; services are told apart by the heading's form."""
    published = read_mobile_coverage(written(tmp_path, MOBILE), "E09000007")
    assert published.area_name == "Camden"
    assert dict(published.by_operators) == {
        OUT: (0.5, 1.5, 2.0, 6.0, 90.0),
        MobileMeasure("4G", "geo", "out"): (None, 100.0),
        MobileMeasure("5G_high_confidence", "prem", "out"): (12.5,),
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("131000,0.5", "131000,655", "row 3: 4G_prem_out_0 is '655', where a percentage"),
        ("E09000006", "E09000007", "2 rows for E09000007, where 1 is needed"),
        ("_out_", "_x_", "no column such as '4G_prem_out_0'"),
        ("laua,", "place,", "no column 'laua' or"),
    ],
)
def test_a_mobile_file_of_another_form_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """Counts for percentages, a lost operator, a doubled row: never read as figures."""
    with pytest.raises(BadSource, match=message):
        read_mobile_coverage(written(tmp_path, MOBILE.replace(old, new)), "E09000007")


def test_our_figures_stand_beside_ofcoms_with_the_difference(tmp_path: Path) -> None:
    """Partial is one to three of four: 9.5 %. Ours 80 % full with 5 % not known: -10 points."""
    published = read_mobile_coverage(written(tmp_path, MOBILE), "E09000007")
    shares = {"unknown": 0.03, "total": 0.01, "partial": 0.14, "at-least-one": 0.02, "full": 0.8}
    rows = [figure(status, share) for status, share in shares.items()]
    total, partial, full = compared(rows, published, OUT, operators=4)
    assert (total.published, partial.published, full.published) == (0.5, 9.5, 90.0)
    assert (total.difference, partial.difference, full.difference) == pytest.approx((0.5, 4.5, -10))
    assert (total.ours_unknown, full.ours_unknown) == pytest.approx((3.0, 5.0))


def test_percentages_that_do_not_add_up_are_not_compared(tmp_path: Path) -> None:
    """A column of the service is missing or misread: 90 % of the premises are accounted for."""
    path = written(tmp_path, MOBILE.replace("6,90", "6,80"))
    with pytest.raises(BadSource, match="4G prem out adds up to 90"):
        compared([figure("full", 1.0)], read_mobile_coverage(path, "E09000007"), OUT, operators=4)


def test_figures_over_another_number_of_operators_are_not_compared(tmp_path: Path) -> None:
    """Partial of three operators is not partial of four."""
    published = read_mobile_coverage(written(tmp_path, MOBILE), "E09000007")
    with pytest.raises(Refused, match="counts 4 operators for 4G, the run 3"):
        compared([figure("full", 1.0)], published, OUT, operators=3)


def test_postcodes_are_read_with_the_share_that_goes_without(tmp_path: Path) -> None:
    """75 % with a gigabit are 25 % without; what is left out is not known."""
    fixed = read_fixed_coverage([written(tmp_path, POSTCODES)])
    assert fixed.postcodes == ("NW11AA", "NW11AB")
    assert fixed.without[Theme.BELOW_10].tolist() == [0.01, 0.0]
    assert fixed.without[Theme.NO_GIGABIT].tolist() == [0.25, 0.0]
    np.testing.assert_array_equal(fixed.without[Theme.BELOW_30], [0.02, np.nan])


def test_a_year_with_another_heading_is_read_by_a_mapping(tmp_path: Path) -> None:
    """And one without any heading of ours is refused, with the headings that it has."""
    path = written(tmp_path, "pcd,slow (%)\nNW1 1AA,4\n")
    named = PostcodeColumns(postcode=("pcd",), below_10=("Slow  (%)",))
    assert read_fixed_coverage([path], named).without[Theme.BELOW_10].tolist() == [0.04]
    with pytest.raises(BadSource, match=r"it has: pcd, slow \(%\)"):
        read_fixed_coverage([path])


def test_files_of_residential_and_of_all_premises_are_not_added(tmp_path: Path) -> None:
    """The same postcode in two files would be counted twice."""
    one, other = (written(tmp_path, POSTCODES, name) for name in ("all.csv", "res.csv"))
    with pytest.raises(BadSource, match="NW11AA comes twice"):
        read_fixed_coverage([one, other])


def test_premises_without_a_service_are_counted_in_cells(tmp_path: Path) -> None:
    """40 premises, a quarter without a gigabit: 10. A postcode that Ofcom lacks is not served:

    its cell is unknown.
    """
    fixed = read_fixed_coverage([written(tmp_path, POSTCODES)])
    grid = Grid(27700, 0.0, 10.0, 10.0, 3, 1)
    points = PostcodePoints(
        ("nw1 1aa", "NW1  1AB", "ZZ9 9ZZ"),
        np.array([5.0, 15.0, 25.0]),
        np.array([5.0, 5.0, 5.0]),
        np.array([40.0, 20.0, 10.0]),
    )
    spots = broadband_spots(grid, fixed, points, Theme.NO_GIGABIT)
    np.testing.assert_array_equal(spots.premises_without.per_cell, [[10.0, 0.0, np.nan]])
    assert (spots.unmatched, spots.without_premises) == (1, 0)


def test_fixed_broadband_by_area_counts_what_is_known(tmp_path: Path) -> None:
    """Of 40 and 10 premises a quarter and none go without a gigabit: 10 of 50. A postcode on
    the border counts in both areas, one that Ofcom lacks in neither's premises."""
    fixed = read_fixed_coverage([written(tmp_path, POSTCODES)])
    grid = Grid(27700, 0.0, 100.0, 50.0, 4, 2)
    points = PostcodePoints(
        ("NW1 1AA", "NW1 1AB", "NW1 1ZZ"),
        np.array([25.0, 100.0, 30.0]),
        np.array([25.0, 25.0, 25.0]),
        np.array([40.0, 10.0, 5.0]),
    )
    areas = ReportAreas(
        ("W", "E"),
        ("West", "East"),
        np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], dtype=object),
    )
    spots = [broadband_spots(grid, fixed, points, Theme.NO_GIGABIT)]
    west, east = broadband_by_area(areas, points, spots)
    assert (west.premises, west.premises_without, west.share_without) == (50.0, 10.0, 0.2)
    assert (west.postcodes, west.postcodes_unknown) == (3, 1)
    assert (east.premises, east.premises_without, east.share_without) == (10.0, 0.0, 0.0)
