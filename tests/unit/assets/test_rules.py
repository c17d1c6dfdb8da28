"""UPRNs, USRNs and postcodes in the forms that registers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.rules import normalise_postcode, normalise_uprn, normalise_usrn

anything = st.one_of(
    st.text(),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.binary(),
)
NORMALISERS = {"UPRN": normalise_uprn, "USRN": normalise_usrn, "postcode": normalise_postcode}
each_form = pytest.mark.parametrize("form", NORMALISERS)


@each_form
@given(value=anything)
def test_any_value_is_taken_or_refused_with_a_reason(form: str, value: object) -> None:
    """Nothing raises; what is not taken has a reason that names what it should be."""
    found, note = NORMALISERS[form](value)
    assert found is not None or (note is not None and form in note)


@each_form
@given(value=anything)
def test_what_was_taken_is_taken_again_unchanged(form: str, value: object) -> None:
    """The canonical form is its own, and needs no note."""
    found, _ = NORMALISERS[form](value)
    assert found is None or NORMALISERS[form](found) == (found, None)


@each_form
def test_a_note_repeats_no_more_than_the_start_of_a_wrong_value(form: str) -> None:
    """A cell with a whole page in it does not fill the report."""
    _, note = NORMALISERS[form]("x" * 100_000)
    assert note is not None
    assert len(note) < 160


@given(st.integers(1, 10**12 - 1))
def test_uprn_is_kept_as_twelve_digits(number: int) -> None:
    """Leading zeros that a spreadsheet took are put back, and that is said."""
    found, note = normalise_uprn(number)
    assert found == f"{number:012d}"
    assert (note is None) is (number >= 10**11)


@given(st.integers(1, 10**8 - 1))
def test_usrn_is_kept_as_eight_digits(number: int) -> None:
    """As for UPRNs, with eight digits."""
    found, note = normalise_usrn(str(number))
    assert found == f"{number:08d}"
    assert (note is None) is (number >= 10**7)


@pytest.mark.parametrize(
    "written",
    ["10000480247", "010000480247", "10000480247.0", 10000480247, 10000480247.0, " 10000480247\n",
     "10 000 480 247", "10\u00a0000 480 247", "'010000480247", "00010000480247"],
)  # fmt: skip
def test_uprn_in_any_spelling_is_one(written: object) -> None:
    """Spreadsheets and people write one number in many ways."""
    assert normalise_uprn(written)[0] == "010000480247"


def test_a_repair_is_said() -> None:
    """Zeros put back or taken away are told, with what came out."""
    assert normalise_uprn("10000480247")[1] == (
        "leading zeros of UPRN 10000480247 restored: 010000480247"
    )
    assert normalise_uprn("0010000480247")[1] == (
        "needless zeros before UPRN 010000480247 taken away"
    )
    assert normalise_uprn("010000480247")[1] is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("1234567890123", "13 digits and a UPRN at most 12"),
        ("0", "zero"),
        ("000000000000", "zero"),
        ("-1", "must be 1 to 12 digits"),
        ("12.5", "must be 1 to 12 digits"),
        ("", "must be 1 to 12 digits"),
        ("n/a", "must be 1 to 12 digits"),
        ("１２３", "must be 1 to 12 digits"),
        ("²", "must be 1 to 12 digits"),
        (True, "must be 1 to 12 digits"),
        (float("nan"), "must be 1 to 12 digits"),
        ("1.00005E+11", "a spreadsheet has rounded it"),
        ("1E+10", "a spreadsheet has rounded it"),
    ],
)
def test_what_is_no_uprn_is_refused_with_the_reason(written: object, told: str) -> None:
    """Too long, zero, no digits, or rounded away: each in words."""
    found, note = normalise_uprn(written)
    assert found is None
    assert note is not None
    assert told in note


def test_usrn_of_nine_digits_is_refused() -> None:
    """A USRN has at most eight."""
    assert normalise_usrn("123456789") == (
        None,
        "'123456789' has 9 digits and a USRN at most 8",
    )


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("M1 1AE", "M1 1AE"),  # A9 9AA
        ("B33 8TH", "B33 8TH"),  # A99 9AA
        ("CR2 6XH", "CR2 6XH"),  # AA9 9AA
        ("DN55 1PT", "DN55 1PT"),  # AA99 9AA
        ("W1A 0AX", "W1A 0AX"),  # A9A 9AA
        ("EC1A 1BB", "EC1A 1BB"),  # AA9A 9AA
        ("GIR 0AA", "GIR 0AA"),
        ("m11ae", "M1 1AE"),
        ("dn551pt", "DN55 1PT"),
        (" ec1a  1bb ", "EC1A 1BB"),
        ("EC1A\u00a01BB", "EC1A 1BB"),
        ("gir0aa", "GIR 0AA"),
    ],
)
def test_every_published_form_of_a_postcode_is_one(written: str, stored: str) -> None:
    """In any case and spacing; stored in capitals with one space."""
    assert normalise_postcode(written) == (stored, None)


@pytest.mark.parametrize("outward", ["M1", "B33", "CR2", "DN55", "W1A", "EC1A", "nw6"])
def test_an_outward_code_alone_is_kept(outward: str) -> None:
    """Registers that publish no more than the district keep what they know."""
    assert normalise_postcode(outward) == (outward.upper(), None)


@pytest.mark.parametrize(
    "written",
    ["", "GIR", "1AA", "SW1A 1A", "SW1A 1AAA", "SWA1 1AA", "QA1 1AA", "VA1 1AA", "XA1 1AA",
     "AI1 1AA", "AJ1 1AA", "AZ1 1AA", "W1I 0AX", "EC1C 1BB", "M1 1CA", "M1 1AV", "GL5O 1AA",
     "N1, NW1", "M1-1AE", "\u039c1 1AE"],
)  # fmt: skip
def test_what_has_not_the_form_is_refused(written: str) -> None:
    """Letters that no postcode has in that place, half a code, or two codes."""
    found, note = normalise_postcode(written)
    assert found is None
    assert note == f"{written!r} has not the form of a postcode"
