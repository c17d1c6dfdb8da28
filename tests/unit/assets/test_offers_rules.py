"""What an offer can say, and who sees which of it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.access.rules import Principal, Role
from canopy.assets.filtering.resolving import Resolver
from canopy.assets.filtering.tree import Property
from canopy.assets.kinds import COMMON_FIELDS, KINDS, Kind
from canopy.assets.offers.fields import (
    ASSET_COLUMNS,
    DISTANCES,
    OFFER_FIELDS,
    PRICES,
    SET_BY_OFFICERS,
    SHOWN_FIELDS,
)
from canopy.assets.offers.rules import (
    OfferStatus,
    Technology,
    periods_overlap,
    statuses_seen,
)
from canopy.assets.offers.tables import Offer
from canopy.assets.offers.texts import read_text
from canopy.assets.offers.validating import period_of, valid_offer
from canopy.assets.offers.viewing import offer_view
from canopy.assets.policy import SensitivityPolicy
from canopy.errors import BadAttribute, BadFilter

LEAST = {"status": "open", "technologies": ["wifi"], "available_from": "2026-01-01"}
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
PERIODS = st.builds(
    lambda first, length: (first, None if length is None else first + timedelta(length)),
    DAYS,
    st.none() | st.integers(0, 500),
)


def view(role: Role) -> frozenset[str]:
    """The fields of offers that a role sees."""
    return frozenset(offer_view(Principal(role, "x"), SensitivityPolicy()).fields)


def test_least_offer_is_kept_as_it_is() -> None:
    """Status, technologies and the first day are enough."""
    assert valid_offer(LEAST, Kind.lamppost) == LEAST
    assert period_of(LEAST) == (date(2026, 1, 1), None)


def test_offers_are_made_canonical() -> None:
    """Technologies are listed once in one order, blanks are unknown, counts are whole."""
    said = {
        **LEAST, "technologies": ["wifi", "macro_4g", "wifi"], "spare_mounts": 2.0, "terms": "  ",
        "constraints": [" a ", ""], "available_until": None, "spare_power_w": 5,
    }  # fmt: skip
    found = valid_offer(said, Kind.rooftop)
    assert found == {
        **LEAST, "technologies": ["macro_4g", "wifi"], "spare_mounts": 2, "constraints": ["a"],
        "spare_power_w": 5.0,
    }  # fmt: skip
    assert type(found["spare_mounts"]) is int
    assert valid_offer(found, Kind.rooftop) == found


def test_every_wrong_field_is_named_at_once() -> None:
    """Not only the first."""
    with pytest.raises(BadAttribute) as raised:
        valid_offer({"technologies": ["tea"], "spare_mounts": 101, "colour": 1}, Kind.mast)
    wrong = {"technologies", "spare_mounts", "colour", "status", "available_from"}
    assert set(raised.value.members["fields"]) == wrong  # type: ignore[call-overload]


@pytest.mark.parametrize("name", [n for n, f in SET_BY_OFFICERS.items() if f.maximum is not None])
def test_ranges_include_both_ends_and_nothing_beyond(name: str) -> None:
    """Of every number."""
    field = SET_BY_OFFICERS[name]
    kind = {"spare_duct_bores": Kind.duct, "spare_fibres": Kind.fibre}.get(name, Kind.lamppost)
    assert field.minimum is not None
    assert field.maximum is not None
    both = dict.fromkeys(PRICES, 0) if name in PRICES else {}
    for value in (field.minimum, field.maximum):
        said = {**LEAST, **both, name: value}
        if name == PRICES[0]:
            said[PRICES[1]] = value
        assert valid_offer(said, kind)[name] == value
    for value in (field.minimum - 1, field.maximum + 1, float("nan"), float("inf")):
        with pytest.raises(BadAttribute, match=name):
            valid_offer({**LEAST, **both, name: value}, kind)


@given(PERIODS, PERIODS)
def test_periods_overlap_where_they_share_a_day(
    first: tuple[date, date | None], second: tuple[date, date | None]
) -> None:
    """As when the days are counted out, in either order."""
    end = date(2040, 1, 1)
    shared = max(first[0], second[0]) <= min(first[1] or end, second[1] or end)
    assert periods_overlap(first, second) is shared
    assert periods_overlap(second, first) is shared


def test_statuses_are_seen_by_role() -> None:
    """A reservation from planners on, a draft from estates on, a withdrawn one by nobody."""
    told = {role: set(statuses_seen(Principal(role, "x"))) for role in Role}
    only_open = {OfferStatus.open}
    assert told == {
        Role.public: only_open,
        Role.gateway: only_open,
        Role.operator: only_open,
        Role.planner: {OfferStatus.open, OfferStatus.reserved},
        Role.estates: set(OfferStatus) - {OfferStatus.withdrawn},
        Role.admin: set(OfferStatus) - {OfferStatus.withdrawn},
    }


def test_each_role_sees_what_those_before_it_see() -> None:
    """A gateway reads what the public reads; the public sees no capacity, price or distance."""
    roles = (Role.public, Role.operator, Role.planner, Role.estates, Role.admin)
    seen = [view(role) for role in roles]
    assert all(less <= more for less, more in pairwise(seen))
    assert view(Role.gateway) == view(Role.public)
    hidden = {"constraints", "terms", "backhaul_dist_m", *PRICES, *DISTANCES}
    hidden |= {name for name in OFFER_FIELDS if name.startswith("spare_")}
    assert not hidden & view(Role.public)
    assert view(Role.operator) == set(SHOWN_FIELDS)


def test_fields_that_are_not_seen_are_not_found() -> None:
    """In the words for one that does not exist."""
    finder = offer_view(Principal(Role.public, "x"), SensitivityPolicy()).finder
    told = set()
    for name in ("spare_power_w", "mpan", "no_such"):
        with pytest.raises(BadFilter) as raised:
            Resolver(finder).predicate(Property(name))
        told.add(raised.value.detail.replace(name, "…"))
    assert len(told) == 1


def test_fields_are_described_and_stored() -> None:
    """Each field of an offer has a column, and what is shown of assets is a common column."""
    columns = set(Offer.__table__.columns.keys())
    assert set(OFFER_FIELDS) - set(DISTANCES) == columns - {"fid", "asset_fid"}
    assert set(ASSET_COLUMNS.values()) <= set(COMMON_FIELDS)
    assert not {"sensitivity", "source"} & set(ASSET_COLUMNS)
    assert all(field.description and field.name == name for name, field in SHOWN_FIELDS.items())
    assert {each.value for each in Technology} >= {"small_cell_5g", "fibre", "cctv"}
    assert len(KINDS) == 13


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("spare_power_w", " 2.5e2 ", 250.0),
        ("technologies", "wifi; fibre;", ["wifi", "fibre"]),
        ("terms", " as agreed ", "as agreed"),
        ("available_from", "2026-01-31", "2026-01-31"),
        ("terms", "   ", None),
    ],
)
def test_texts_are_read_by_their_field(name: str, text: str, value: object) -> None:
    """Numbers plainly, lists with semicolons."""
    assert read_text(name, text) == value


@pytest.mark.parametrize("text", ["two", "1_000", "1,000", "£5"])
def test_texts_that_are_no_numbers_are_refused(text: str) -> None:
    """And not taken for something near."""
    with pytest.raises(BadAttribute, match="must be a number"):
        read_text("spare_power_w", text)
