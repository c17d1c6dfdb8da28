"""Values of rows: parsed, converted, checked, corrected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_tables import BNG, LAMPPOSTS, Result, codes, lampposts, normalise, street, table

from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.importers.base import RawBatch
from canopy.assets.mapping import HARMLESS_REJECTS, Normaliser, loads
from canopy.errors import BadMapping


def test_every_common_column_is_there_and_unknown_stays_unknown() -> None:
    """A file that says nothing gives None everywhere, and no attributes."""
    result = lampposts({"Note": ["x"]})
    candidates = result.batches[0].candidates
    assert set(candidates.columns) == set(CANDIDATE_COLUMNS)
    assert {value for column in candidates.columns.values() for value in column} == {None}
    assert candidates.attributes == [{}]


@pytest.mark.parametrize("word", ["", "n/a", "-", "NULL", "unknown", "tbc", None])
def test_words_for_unknown_never_become_values(word: object) -> None:
    """Neither zero nor a default, whatever the type of the target."""
    result = lampposts(
        {"H": [word], "W": [word], "S": [word], "M": [word], "D": [word], "B": [word]},
        'height_m = "H"\nlamp_w = "W"\nstreet = "S"\nmaterial = "M"\nobserved_on = "D"\n'
        'heritage = "B"',
    )
    assert result.rejects == result.warnings == []
    assert result.column("height_m") == result.column("street") == [None]
    assert result.batches[0].candidates.attributes == [{}]


def test_values_are_converted_to_the_targets_unit_and_type() -> None:
    """Centimetres to metres, text to numbers, dates, booleans and allowed words."""
    result = lampposts(
        {"H": ["800"], "W": ["65 W"], "M": ["Cast Iron"], "Y": ["1998.0"], "D": ["23/08/2018"],
         "B": ["Yes"], "I": [datetime(2020, 5, 1, 12, tzinfo=UTC)]},
        'height_m = "H"\nlamp_w = "W"\nmaterial = "M"\ninstalled_year = "Y"\nobserved_on = "D"\n'
        'heritage = "B"\ninspected_on = "I"',
        '[units]\nheight_m = "cm"\n',
    )  # fmt: skip
    assert result.column("height_m") == [8.0]
    assert result.column("observed_on") == [date(2018, 8, 23)]
    assert result.batches[0].candidates.attributes == [
        {"lamp_w": 65.0, "material": "cast_iron", "installed_year": 1998, "heritage": True,
         "inspected_on": "2020-05-01"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "value", "code", "says"),
    [
        ("height_m", "35", "value-out-of-range", "not between 1 and 20 m"),
        ("height_m", "0", "value-out-of-range", "[values.height_m]"),
        ("height_m", "tall", "unreadable-value", "'tall' is no number"),
        ("height_m", "8 kg", "unreadable-value", "not in m"),
        ("lamp_w", "-5", "value-out-of-range", "not between 0 and 2000 W"),
        ("material", "Unobtainium", "value-not-allowed", "steel, aluminium"),
        ("installed_year", "1998.5", "unreadable-value", "no whole number"),
        ("heritage", "maybe", "unreadable-value", "neither yes nor no"),
        ("observed_on", "31/02/2018", "unreadable-value", "no calendar date"),
        ("observed_on", "08/23/2018", "unreadable-value", "order day/month/year"),
        ("comment", "x" * 2001, "unreadable-value", "longer than 2000 characters"),
    ],
)
def test_a_wrong_value_rejects_its_row_with_column_value_and_way_out(
    rule: str, value: str, code: str, says: str
) -> None:
    """The message names the column, what it holds and what is allowed; other rows stay."""
    result = lampposts({"The Column": [value, None]}, f'{rule} = "The Column"')
    assert result.rejected == {2: code}
    assert result.count == 1
    message = result.rejects[0].message
    assert "The Column" in message
    assert says in message


def test_a_row_is_rejected_once_with_all_its_faults() -> None:
    """Two wrong values are one reject whose message tells both."""
    result = lampposts({"H": ["35"], "M": ["cheese"]}, 'height_m = "H"\nmaterial = "M"')
    assert len(result.rejects) == 1
    assert "35" in result.rejects[0].message
    assert "cheese" in result.rejects[0].message


def test_value_maps_say_what_words_mean() -> None:
    """Whatever the case; numbers in Canopy's own unit; 'unknown' makes unknown."""
    result = lampposts(
        {"M": ["STL", "zz", "Wood"], "H": ["tall", "0", "800"]},
        'material = "M"\nheight_m = "H"',
        '[units]\nheight_m = "cm"\n[values.material]\nStl = "steel"\nZZ = "unknown"\n'
        '[values.height_m]\ntall = 10\n0 = "unknown"\n',
    )
    assert result.attribute("material") == ["steel", None, "wood"]
    assert result.column("height_m") == [10.0, None, 8.0]


def test_identifiers_are_repaired_or_left_unknown_and_said() -> None:
    """Lost leading zeros of a UPRN come back; what is no UPRN or postcode is left out."""
    result = lampposts(
        {"U": ["10000480247", "010000480247", "none of them!", 10000480247.0],
         "P": ["nw6 1ab", "NW6", "N1, NW1", None]},
        'uprn = "U"\npostcode = "P"',
    )  # fmt: skip
    assert result.column("uprn") == ["010000480247", "010000480247", None, "010000480247"]
    assert result.column("postcode") == ["NW6 1AB", "NW6", None, None]
    assert [(w.row, w.code) for w in result.warnings] == [
        (2, "repaired-uprn"), (4, "bad-uprn"), (5, "repaired-uprn"), (4, "bad-postcode"),
    ]  # fmt: skip


def test_refs_of_spreadsheets_stay_whole() -> None:
    """1234.0 is the ref 1234, leading zeros of text are kept."""
    assert lampposts({"R": [1234.0, "0012"]}, 'ref = "R"').column("ref") == ["1234", "0012"]


def test_null_dates_are_unknown_and_said() -> None:
    """00/01/1900 is no survey date."""
    result = lampposts({"D": ["00/01/1900", "23/08/2018"]}, 'observed_on = "D"')
    assert result.column("observed_on") == [None, date(2018, 8, 23)]
    assert result.warned == {2: "null-date"}


def test_decimal_commas_are_read_by_the_format() -> None:
    """In a column with decimal commas 6,096 is six metres."""
    result = lampposts(
        {"H": ["6,096", "8"]}, 'height_m = "H"', '[formats]\nheight_m = "decimal comma"\n'
    )
    assert result.column("height_m") == [6.096, 8.0]


def test_lists_of_objects_are_validated() -> None:
    """Attachments as JSON are read; a wrong one rejects the row."""
    good, bad = '[{"owner": "BT", "mass_kg": 12}]', '[{"mass_kg": "heavy"}]'
    result = lampposts({"A": [good, bad]}, 'attachments = "A"')
    assert result.attribute("attachments") == [[{"owner": "BT", "mass_kg": 12.0}]]
    assert result.rejected == {3: "bad-attribute"}


def test_rows_do_not_share_their_attributes() -> None:
    """Equal rows get dicts of their own."""
    first, second = lampposts({"W": ["65", "65"]}, 'lamp_w = "W"').batches[0].candidates.attributes
    assert first == second
    assert first is not second


def test_blank_rows_are_rejected_harmlessly() -> None:
    """A trailer of empty cells is called blank, and does not stand in an import's way."""
    source = table({"Easting": ["524803", "", None], "Northing": ["185110", " ", None],
                    "Street": ["A", "", "n/a"]})  # fmt: skip
    result = normalise(source, LAMPPOSTS.format(columns='street = "Street"'))
    assert result.rejected == {3: "blank-row", 4: "blank-row"}
    assert codes(result.rejects) <= HARMLESS_REJECTS


def test_a_row_that_knows_something_is_not_blank() -> None:
    """A street without a position is a missing position."""
    source = table({"Easting": [""], "Northing": [""], "Street": ["MILL LANE"]})
    assert normalise(source, LAMPPOSTS.format(columns="")).rejected == {2: "missing-coordinates"}


CORRECTION = '[[corrections]]\nreason = "seen on site"\n'


def test_corrections_change_the_files_own_text() -> None:
    """A correction of a column goes through the column's unit and words."""
    result = lampposts(
        {"Ref": ["LC1", "LC2"], "H": ["80", "800"]},
        'ref = "Ref"\nheight_m = "H"',
        '[units]\nheight_m = "cm"\n'
        + CORRECTION
        + 'where = { Ref = "LC1" }\nset = { H = "1000" }\n',
    )
    assert result.column("height_m") == [10.0, 8.0]


def test_corrections_set_targets_in_canopys_units() -> None:
    """A target that the file lacks can be given by ref, or by row."""
    result = lampposts(
        {"Ref": ["LC1", "LC2"]}, 'ref = "Ref"',
        CORRECTION + 'where = { Ref = "LC1" }\nset = { height_m = 10, material = "wood" }\n'
        + CORRECTION + 'row = 3\nset = { height_m = 8.0 }\n',
    )  # fmt: skip
    assert result.column("height_m") == [10.0, 8.0]
    assert result.attribute("material") == ["wood", None]


def test_corrections_place_and_drop_rows() -> None:
    """A wrong position is put right; a row that a person has ruled out is left out."""
    result = lampposts(
        {"Ref": ["LC1", "LC2"]}, 'ref = "Ref"',
        CORRECTION + 'where = { Ref = "LC1" }\nset = { Easting = 525000, Northing = 184000 }\n'
        + CORRECTION + 'where = { Ref = "LC2" }\ndrop = true\n',
    )  # fmt: skip
    assert [(g.x, g.y) for g in result.geometries] == [(525000.0, 184000.0)]
    assert result.rejected == {3: "dropped-by-correction"}
    assert "seen on site" in result.rejects[0].message


def test_corrections_that_match_nothing_are_said() -> None:
    """The file may have been put right since."""
    result = lampposts(
        {"Ref": ["LC1"]}, "", CORRECTION + 'where = { Ref = "LC9" }\nset = { Ref = "LC8" }\n'
    )
    assert codes(result.finish) == {"correction-unused"}
    assert "seen on site" in result.finish[0].message


KINDS = """
[kind]
column = "Type"
{otherwise}
[kind.values]
"*/BLDG" = "building"
lamp = "lamppost"
[columns]
lamp_w = "Watts"
height_m = "H"
[geometry]
x = "Easting"
y = "Northing"
crs = "EPSG:27700"
"""


def of_kinds(otherwise: str, types: Sequence[str], **columns: Sequence[object]) -> Result:
    east, north = street(len(types))
    blank = [None] * len(types)
    source = table(
        {"Easting": east, "Northing": north, "Type": types,
         "Watts": columns.get("watts", blank), "H": columns.get("height", blank)}
    )  # fmt: skip
    return normalise(source, KINDS.format(otherwise=otherwise))


def test_kind_by_column_words_and_patterns() -> None:
    """Whatever the case; a word that is not listed rejects its row."""
    result = of_kinds("", ["09/1/BLDG", "Lamp", "bench"])
    assert result.batches[0].candidates.kinds == ["building", "lamppost"]
    assert result.rejected == {4: "unknown-kind"}


def test_other_words_may_have_a_kind() -> None:
    """`otherwise` takes the rest, but not what says nothing."""
    result = of_kinds('otherwise = "cabinet"', ["bench", ""])
    assert result.batches[0].candidates.kinds == ["cabinet"]


def test_attributes_of_another_kind_are_left_out_and_said() -> None:
    """A building has no lamp."""
    result = of_kinds("", ["a/BLDG", "lamp"], watts=["65", "65"])
    assert result.attribute("lamp_w") == [None, 65.0]
    assert result.warned == {2: "attribute-not-of-kind"}


def test_heights_are_checked_by_the_rows_own_kind() -> None:
    """45 m is a building's height and no lamppost's."""
    result = of_kinds("", ["a/BLDG", "lamp"], height=["45", "45"])
    assert result.rejected == {3: "value-out-of-range"}


@pytest.mark.parametrize(
    ("rules", "extra", "says"),
    [
        ('heigth_m = "S"', "", "columns.heigth_m: .* did you mean height_m"),
        ('ward = "S"', "", "ward is not set by a file"),
        ('street = "S"', '[units]\nstreet = "m"\n', "street has no unit"),
        ('height_m = "S"', '[units]\nheight_m = "kg"\n', "kg cannot be turned into m"),
        ('height_m = "S"', '[formats]\nheight_m = "dd/mm/yyyy"\n', "no format of a number"),
        ('material = "S"', '[values.material]\nStl = "stel"\n', "values.material.Stl"),
        ("", '[constants]\nmaterial = "stel"\n', "constants.material"),
        ("", '[constants]\ncolour = "red"\n', "'colour' is nothing that a lamppost has"),
        ("", CORRECTION + "row = 2\nset = { height_m = 99 }\n", "corrections 1 set.height_m"),
        ("", CORRECTION + 'row = 2\nset = { geometry = "POINT (1 2)" }\n', "set those instead"),
    ],
)
def test_a_mapping_that_its_kind_cannot_have_is_refused(rules: str, extra: str, says: str) -> None:
    """Before any row is read, with the key and the way out."""
    with pytest.raises(BadMapping, match=says):
        lampposts({"S": ["x"]}, rules, extra)


def test_constants_are_in_every_row() -> None:
    """Owner, licence and what the mapping states."""
    result = lampposts({"S": ["x", "y"]}, "", '[constants]\nowner = "Camden"\nlamp_tech = "LED"\n')
    assert result.column("owner") == ["Camden", "Camden"]
    assert result.attribute("lamp_tech") == ["LED", "LED"]


def test_an_empty_batch_is_an_empty_batch() -> None:
    """No rows, no fault."""
    source = table({"Easting": ["1"], "Northing": ["2"]})
    normaliser = Normaliser(loads(LAMPPOSTS.format(columns="")), source, BNG)
    batch = normaliser.batch(RawBatch([], {"Easting": [], "Northing": []}))
    assert (len(batch.candidates), batch.rejects, normaliser.finish()) == (0, [], [])


CELLS = st.one_of(
    st.none(), st.text(max_size=8), st.integers(-10**7, 10**7), st.floats(), st.booleans(),
    st.sampled_from(["524803", "185110", "-0.2", "51.5", "800", "0", "n/a", "steel", "NW6 1AB"]),
    st.dates(), st.lists(st.integers(), max_size=2),
)  # fmt: skip
RULES = (
    'ref = "R"\nuprn = "R"\npostcode = "P"\nheight_m = "P"\nmaterial = "R"\nobserved_on = "P"\n'
    'attachments = "R"\nheritage = "P"\n'
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_every_row_is_a_candidate_or_one_reject(rows: list[tuple[object, ...]]) -> None:
    """Whatever the cells hold, the rows add up, and what is accepted is sound."""
    east, north, ref, post = (list(column) for column in zip(*rows, strict=True))
    source = table({"Easting": east, "Northing": north, "R": ref, "P": post})
    extra = '[[geometry.check]]\nx = "P"\ny = "R"\n'
    result = normalise(source, LAMPPOSTS.format(columns=RULES) + extra)
    candidates = result.batches[0].candidates
    told = [*candidates.row_numbers, *(issue.row for issue in result.rejects)]
    assert sorted(map(str, told)) == sorted(map(str, range(2, len(rows) + 2)))
    assert all(g.geom_type == "Point" and g.x > 0 and g.y > 0 for g in result.geometries)
    assert all(None not in attributes.values() for attributes in candidates.attributes)
    assert all(len(column) == len(candidates) for column in candidates.columns.values())


@pytest.mark.parametrize(
    "word", ["Total", "TOTALS:", "Grand total", "Total: 2 columns", "Sub-total"]
)
def test_totals_below_a_table_are_no_asset(word: str) -> None:
    """The row is called what it is, and does not keep the file from being imported."""
    source = table(
        {"Unit": ["U1", "U2", word], "Easting": ["524000", "524100", ""],
         "Northing": ["183000", "183100", ""], "Watts": ["35", "35", "70"]}
    )  # fmt: skip
    result = normalise(source, LAMPPOSTS.format(columns='ref = "Unit"'))
    assert result.rejected == {4: "totals-row"}
    assert "totals-row" in HARMLESS_REJECTS


@pytest.mark.parametrize("name", ["Total garage", "Totnes", "U3"])
def test_an_asset_without_a_position_is_no_totals_row(name: str) -> None:
    """Words that only begin alike are rows that lack their coordinates."""
    source = table(
        {"Unit": ["U1", "U2", name], "Easting": ["524000", "524100", ""],
         "Northing": ["183000", "183100", ""], "Watts": ["35", "35", "70"]}
    )  # fmt: skip
    result = normalise(source, LAMPPOSTS.format(columns='ref = "Unit"'))
    assert result.rejected == {4: "missing-coordinates"}
