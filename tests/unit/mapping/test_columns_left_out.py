"""No column is lost without a word, and no unit is guessed without one."""

from __future__ import annotations

import pytest
from mapping_tables import codes, lampposts, normalise, proposed, table
from shapely import Point, box

from canopy.assets.mapping import loads
from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.left_out import told
from canopy.assets.mapping.values import Quantity, parse_quantity

ROUNDED = ["1.0012E+11"] * 20
REFS = [f"LC-{i}" for i in range(20)]


@pytest.mark.parametrize(
    ("heading", "values", "target", "why"),
    [
        ("UPRN", ROUNDED, "uprn", "a spreadsheet has rounded it"),
        ("UPRN", ["1000123456789"] * 20, "uprn", "'1000123456789'"),
        ("Height", ["tall", "short"] * 10, "height_m", "'tall' is no number"),
    ],
)
def test_values_that_do_not_fit_their_heading_are_told_loudly(
    heading: str, values: list[object], target: str, why: str
) -> None:
    """A column whose heading is that of a field is not lost: the message says what is wrong."""
    ((issue, count),) = told(proposed({heading: values}).left)
    assert (issue.code, issue.column, count) == ("column-not-understood", heading, 1)
    assert target in issue.message
    assert why in issue.message


def test_other_unused_columns_are_told_together_with_their_reasons() -> None:
    """One warning names every other column, why it was not used, and how many there are."""
    columns = {"Asset ID": REFS, "Colour": ["red"] * 20, "Blank": [""] * 20,
               "Road": ["A"] * 20, "Street": ["B"] * 20}  # fmt: skip
    ((issue, count),) = told(proposed(columns).left)
    assert (issue.code, count) == ("unused-column", 3)
    assert "Colour (the heading is none that Canopy knows)" in issue.message
    assert "Blank (empty)" in issue.message
    assert "(street is read from " in issue.message


def test_columns_that_state_the_position_again_are_told() -> None:
    """A grid reference beside eastings and northings is not used, and that is said."""
    columns = {"Asset ID": REFS, "Grid Ref": ["TQ 24000 83000"] * 20}
    messages = [issue.message for issue, _ in told(proposed(columns).left)]
    assert any("Grid Ref (" in message for message in messages)


def test_a_file_that_is_used_whole_has_nothing_to_tell() -> None:
    """No warning where every column means something."""
    assert told(proposed({"Asset ID": REFS, "Street": ["A", "B"] * 10}).left) == []


def test_explained_mapping_lists_unused_headings_to_fill_in() -> None:
    """Unused columns stand under [columns] as comments, and a comment taken away works."""
    text = proposed({"Asset ID": REFS, "UPRN": ROUNDED, "Colour": ["red"] * 20}).toml()
    columns = text.partition("[columns]")[2].partition("[geometry]")[0].splitlines()
    assert any(line.startswith('# uprn = "UPRN"  # its values do not fit') for line in columns)
    assert any(line.startswith('# FIELD = "Colour"  # ') for line in columns)
    assert loads(text.replace("# uprn = ", "uprn = ")).columns["uprn"].columns == ("UPRN",)


@pytest.mark.parametrize("heading", ["Col Ht (mm)", "Column Ht", "Col. Height", "Hgt", "ColHt"])
def test_shortened_headings_are_heights(heading: str) -> None:
    """Registers shorten column and height."""
    assert heading_score(heading, ("height", "column height")) >= 0.9


def test_shortened_heading_says_its_unit() -> None:
    """'Col Ht (mm)' is a height in millimetres."""
    rule = proposed({"Col Ht (mm)": ["6000", "8000"] * 10}).mapping.columns["height_m"]
    assert (rule.columns, rule.unit) == (("Col Ht (mm)",), "mm")


@pytest.mark.parametrize(
    ("text", "feet"),
    [("16' 3\"", 16.25), ("16'3", 16.25), ("16 ft 3 in", 16.25), ("20' 0\"", 20.0),
     ("5\u2032 6.5\u2033", 5 + 6.5 / 12), ("12ft-6in", 12.5)],
)  # fmt: skip
def test_feet_and_inches_are_feet(text: str, feet: float) -> None:
    """However they are written, with the unit beside the number."""
    assert parse_quantity(text) == Quantity(feet, "ft")


@pytest.mark.parametrize("text", ["16' 13\"", "16' 3\" 2", "1'234'567"])
def test_what_is_no_feet_and_inches_is_not_read_as_such(text: str) -> None:
    """Thirteen inches are a foot and something else; thousands may be parted by apostrophes."""
    found = parse_quantity(text)
    assert not (isinstance(found, Quantity) and found.unit == "ft")


def test_heights_in_feet_and_inches_are_imported_in_metres() -> None:
    """16 ft 3 in is 4.953 m; the mapping says that the values themselves tell the unit."""
    proposal = proposed({"Height": ["16' 3\"", "20' 0\""] * 10})
    assert [e.reason for e in proposal.evidence if e.target == "units.height_m"] == [
        "the values say ft"
    ]
    assert "unit-guessed" not in codes(proposal.problems)
    assert lampposts({"Height": ["16' 3\""]}, 'height_m = "Height"').column("height_m") == [4.953]


@pytest.mark.parametrize(
    ("values", "said"),
    [(["300", "1000"] * 10, "read as cm (95%"), (["5", "8"] * 10, "read as m (90%")],
)
def test_a_guessed_unit_is_told_with_its_confidence(values: list[object], said: str) -> None:
    """Where neither heading nor values say the unit, a warning does."""
    (issue,) = [p for p in proposed({"Height": values}).problems if p.code == "unit-guessed"]
    assert (issue.column, said in issue.message) == ("Height", True)


@pytest.mark.parametrize(
    "column",
    [{"Height (m)": ["5", "8"] * 10}, {"Wattage": [35, 65] * 10}, {"Height": ["8 m"] * 20},
     {"Height": [None] * 20}],
)  # fmt: skip
def test_a_unit_that_is_said_is_not_guessed(column: dict[str, list[object]]) -> None:
    """By the heading, by the quantity's own name, beside the number; or nothing to guess."""
    assert "unit-guessed" not in codes(proposed(column).problems)


MIXED = """
kind = "building"
[geometry]
feature = true
crs = "EPSG:27700"
"""


def test_points_and_areas_of_one_kind_are_told() -> None:
    """Which rows are drawn otherwise than the most, over several batches."""
    shapes = [box(x, 180_000, x + 9, 180_009) for x in range(524_000, 524_200, 20)]
    shapes[3] = Point(524_060, 180_000)
    source = table({"n": list(range(10))}, geometries=shapes, crs="EPSG:27700", batch_rows=4)
    (issue,) = [each for each in normalise(source, MIXED).finish if each.code == "mixed-geometry"]
    assert "building" in issue.message
    assert "9 as areas, 1 as points; points in row 5." in issue.message


def test_one_way_of_drawing_is_not_told() -> None:
    """Points alone are no mixture, and neither are two kinds with one way each."""
    assert "mixed-geometry" not in codes(lampposts({"Street": ["A"] * 5}).finish)
