"""The key by which a token speaks for a party."""

from __future__ import annotations

import pytest

from canopy.concessions.register.party_keys import LONGEST, key_of_token, party_key


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
