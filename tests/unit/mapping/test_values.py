"""Single values as councils write them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.mapping.arrays import Spread, number_column
from canopy.assets.mapping.values import (
    Quantity,
    Unreadable,
    as_text,
    is_unknown,
    parse_boolean,
    parse_choice,
    parse_list,
    parse_number,
    parse_quantity,
    parse_text,
)

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
    st.lists(st.text(), max_size=3), st.dates(), st.datetimes(), st.decimals(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("524803", 524803.0),
        (" 524,803 ", 524803.0),
        ("524 803", 524803.0),
        ("524\u00a0803,5", 524803.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1.234.567", 1234567.0),
        ("12,5", 12.5),
        ("-0,201358", -0.201358),
        ("\u22120.2", -0.2),
        ("1'234", 1234.0),
        (".5", 0.5),
        ("5.248e5", 524800.0),
        (8, 8.0),
    ],
)
def test_number_is_read_whatever_its_separators(written: object, number: float) -> None:
    """Thousands separators, decimal commas and signs of any sort give the same number."""
    assert parse_number(written) == number


@pytest.mark.parametrize("written", ["1,2,3", "12 34", "35/18", "abc", "8 m 2", "1_000", "0x10"])
def test_what_is_no_clear_number_is_not_guessed(written: str) -> None:
    """Text whose separators contradict each other is unreadable, not some number."""
    assert isinstance(parse_number(written), Unreadable)


@pytest.mark.parametrize(
    ("written", "decimal", "number"),
    [("1.234", "comma", 1234.0), ("1,234", "comma", 1.234), ("1,234", None, 1234.0)],
)
def test_the_columns_decimal_mark_decides(written: str, decimal: str, number: float) -> None:
    """One lone separator is read by what the rest of the column shows."""
    assert parse_number(written, decimal) == number  # type: ignore[arg-type]


def test_unit_beside_a_number_is_kept() -> None:
    """'8.0 m' and 20' carry their unit."""
    assert [parse_quantity(text) for text in ("8.0 m", "800cm", "20'")] == [
        Quantity(8.0, "m"),
        Quantity(800.0, "cm"),
        Quantity(20.0, "'"),
    ]


@pytest.mark.parametrize(
    "written", [None, "", "  ", "n/a", "N/A", "-", "NULL", "unknown", "tbc", "#N/A", math.nan]
)
def test_words_for_not_known_are_unknown(written: object) -> None:
    """No word that means 'we do not know' becomes a value of any kind."""
    read = [parse_text(written), parse_number(written), parse_boolean(written), parse_list(written)]
    assert read == [None, None, None, None]


def test_none_is_a_value_where_it_is_allowed() -> None:
    """The power supply 'None' is an answer; the material 'None' is no answer."""
    assert parse_choice("None", ["none", "metered"]) == "none"
    assert parse_choice("None", ["steel", "wood"]) is None


def test_choice_ignores_case_spaces_and_hyphens() -> None:
    """Council spelling of an allowed value is accepted."""
    assert parse_choice(" Cast-Iron ", ["steel", "cast_iron"]) == "cast_iron"


def test_choices_that_differ_by_a_sign_only_are_kept_apart() -> None:
    """Grade II* is not grade II."""
    assert parse_choice("ii*", ["I", "II*", "II"]) == "II*"
    assert parse_choice("II", ["I", "II*", "II"]) == "II"


def test_whole_floats_of_spreadsheets_become_plain_numbers() -> None:
    """A ref that a sheet holds as 1234.0 is 1234."""
    assert as_text(1234.0) == "1234"


def test_list_is_read_from_json_and_from_separated_text() -> None:
    """Semicolons win over commas, so that items may hold commas."""
    assert parse_list('["4G", "5G"]') == ("4G", "5G")
    assert parse_list("Smith, J; Jones, K") == ("Smith, J", "Jones, K")
    assert parse_list("4G, 5G") == ("4G", "5G")


@given(ANYTHING)
def test_parsers_never_raise(value: object) -> None:
    """Whatever a file holds, a parser gives a value, None or Unreadable."""
    parse_text(value)
    parse_boolean(value)
    parse_list(value)
    parse_choice(value, ["steel", "none"])
    assert is_unknown(value) in (True, False)
    number = parse_number(value)
    assert number is None or isinstance(number, Unreadable) or math.isfinite(number)


@given(st.lists(ANYTHING, max_size=20))
def test_number_column_never_raises_and_keeps_its_length(values: list[object]) -> None:
    """A column of anything gives as many numbers, finite or NaN."""
    column = number_column(values)
    assert len(column.numbers) == len(values)
    assert not any(math.isinf(number) for number in column.numbers)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_number_with_decimal_comma_is_read_back(number: float) -> None:
    """Written with a decimal comma, in a column known for it, a number is itself."""
    assert parse_number(repr(number).replace(".", ","), "comma") == number


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), max_size=30))
def test_clean_columns_keep_every_bit(numbers: list[float]) -> None:
    """Text made by repr comes back as the same doubles."""
    assert number_column([repr(n) for n in numbers]).numbers.tolist() == numbers


def test_fast_and_careful_ways_agree() -> None:
    """One unclean value sends the column the careful way, which reads the rest the same."""
    clean = ["524803", "-0.201358", "1e3"]
    fast, careful = number_column(clean), number_column([*clean, "x"])
    assert careful.numbers[:3].tolist() == fast.numbers.tolist()
    assert list(careful.unreadable) == [3]


def test_a_column_of_decimal_commas_is_never_read_the_fast_way() -> None:
    """There a point parts thousands, though the text looks like a clean number."""
    assert number_column(["1.234", "2.345"], "comma").numbers.tolist() == [1234.0, 2345.0]


def test_spread_gives_median_and_worst_over_batches() -> None:
    """Within one per cent of the median, whatever the batches; NaN is left out."""
    spread = Spread()
    spread.add(np.array([0.05, 0.07, np.nan]))
    spread.add(np.array([0.13]))
    assert (spread.rows, spread.worst_m) == (3, 0.13)
    assert spread.median_m == pytest.approx(0.07, rel=0.01)
