"""What a searched text may be."""

from __future__ import annotations

import pytest

from canopy.assets.reading.finding.words import SEARCHED_FIELDS, Look, looks


def whole(text: str) -> dict[str, set[str]]:
    """By field, the texts that are looked for as a whole."""
    found: dict[str, set[str]] = {}
    for look in looks(text):
        if look.whole:
            found.setdefault(look.field, set()).add(look.text)
    return found


def begun(text: str, field: str) -> list[str]:
    """The beginnings that are looked for in a field."""
    return [look.text for look in looks(text) if look.field == field and not look.whole]


@pytest.mark.parametrize("text", ["LC 001", "  lc   001 ", "Lc 001"])
def test_case_and_spaces_of_refs_do_not_count(text: str) -> None:
    """A ref is looked for in small letters, with and without its spaces."""
    assert whole(text)["ref"] == {"lc 001", "lc001"}


@pytest.mark.parametrize("text", ["sw1a1aa", "SW1A 1AA", " sw1A  1aa "])
def test_postcodes_get_their_space(text: str) -> None:
    """However it is written, a postcode is looked for as it is stored."""
    assert whole(text)["postcode"] == {"SW1A 1AA"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nw6", ["NW6 "]), ("nw6 1", ["NW6 1"]), ("nw61", ["NW61 ", "NW6 1"]),
        ("nw6 1a", ["NW6 1A"]), ("sw1a1a", ["SW1A 1A"]), ("high", []), ("nw", []), ("m 1", []),
    ],
)  # fmt: skip
def test_postcodes_may_be_begun(text: str, wanted: list[str]) -> None:
    """A district or part of a sector finds the postcodes in it; letters alone are no postcode."""
    assert begun(text, "postcode") == wanted


@pytest.mark.parametrize("text", ["100012345", "000100012345", "0100012345"])
def test_uprns_get_their_zeros(text: str) -> None:
    """A UPRN is looked for with twelve digits."""
    assert whole(text)["uprn"] == {"000100012345"}


def test_usrns_get_their_zeros() -> None:
    """A short number may be a USRN of eight digits, a UPRN or a ref."""
    found = whole("4401234")
    assert found["usrn"] == {"04401234"}
    assert found["uprn"] == {"000004401234"}
    assert found["ref"] == {"4401234"}


def test_letters_beyond_a_to_z_are_sought_in_either_case() -> None:
    """The index knows the case of A to Z only; of others both are looked for."""
    assert whole("HEOL TŶ")["street"] == {"heol tŷ", "heol tŶ"}
    assert whole("heol ty\u0302")["street"] == {"heol tŷ", "heol tŶ"}


def test_ids_are_found_in_any_case() -> None:
    """A UUID is looked for as an id before anything else."""
    first, *_ = looks("00000000-0000-0000-0000-00000000000A")
    assert first == Look("asset_id", "00000000-0000-0000-0000-00000000000a")


def test_one_character_begins_nothing() -> None:
    """It is found where it is the whole text."""
    assert {look.whole for look in looks("7")} == {True}


@pytest.mark.parametrize("text", ["NW6 1AA", "100012345", "High Street", "a", "%", "é" * 200])
def test_whole_texts_come_first_and_fields_in_order(text: str) -> None:
    """What has the text as a whole is ranked before what begins with it, fields by sureness."""
    found = looks(text)
    ranks = [(not look.whole, SEARCHED_FIELDS.index(look.field)) for look in found]
    assert ranks == sorted(ranks)
    assert len(found) == len(set(found)) <= 20
