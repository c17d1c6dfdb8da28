"""The key by which a token speaks for a party."""

from __future__ import annotations

import pytest

from canopy.concessions.register.party_keys import (
    LONGEST,
    bare_key,
    key_of_token,
    party_key,
    supplier_key,
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Example Mast Ltd", "example-mast-ltd"),
        ("  O2 (UK) plc. ", "o2-uk-plc"),
        ("Smith & Söhne", "smith-and-sohne"),
        ("東京", ""),
    ],
)
def test_a_key_is_what_a_token_may_be_named(name: str, key: str) -> None:
    assert party_key(name) == key


def test_long_names_are_cut_without_a_hanging_hyphen() -> None:
    key = party_key("a" * (LONGEST - 1) + " b")
    assert key == "a" * (LONGEST - 1)


@pytest.mark.parametrize("token", ["example-mast-ltd", "example-mast-ltd.gis", "example-mast-ltd."])
def test_a_party_may_have_several_tokens(token: str) -> None:
    assert key_of_token(token) == "example-mast-ltd"


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Example Mast Ltd", "EXAMPLE  MAST LIMITED"),
        ("The Example Mast Co. Ltd", "Example Mast Company Limited"),
        ("Example Mast plc", "Example Mast Public Limited Company"),
        ("Mastiau Cymru Cyf", "Mastiau Cymru Cyfyngedig"),
        ("Smith & Sons LLP", "Smith and Sons Limited Liability Partnership"),
    ],
)
def test_money_of_a_supplier_is_one_however_its_form_is_written(name: str, same: str) -> None:
    assert supplier_key(name) == supplier_key(same)


def test_another_form_is_another_supplier_that_looks_alike() -> None:
    """A word that only begins like a form is none; a name that is a form alone stays."""
    ltd, plc = supplier_key("Example Mast Ltd"), supplier_key("Example Mast plc")
    assert ltd != plc
    assert bare_key(ltd) == bare_key(plc) == "example-mast"
    assert supplier_key("Costa Coffee") == "costa-coffee"
    assert bare_key(supplier_key("Limited")) == "limited"
