"""References, exclusive lettings and days that terms are refused for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from made_agreements import agreement

from canopy.concessions.terms.agreement import Agreement, LetAsset, Party
from canopy.concessions.terms.charges import Guarantee, Rent
from canopy.concessions.terms.checking import checked
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.overlaps import refuse_double_letting
from canopy.concessions.terms.reading import from_document, from_stored, to_document
from canopy.concessions.valuation.discounting import flat_real
from canopy.errors import BadTerms, Refused


def test_an_asset_is_listed_once() -> None:
    with pytest.raises(BadTerms, match=r"assets\[1\]\.ref: ROOF is listed twice"):
        checked(agreement(assets=(LetAsset(ref="ROOF"), LetAsset(ref="ROOF", exclusive=True))))


def entered(made: Agreement) -> Agreement:
    """As terms come in; what the register has from before such a rule is read all the same."""
    from_stored(to_document(made))
    return from_document(to_document(made))


def test_a_party_is_listed_once_in_a_role() -> None:
    """However its name is spaced or capitalised; it may have another role."""
    council = Party(name="Camford Council", role="council")
    with pytest.raises(BadTerms, match=r"parties\[1\]: camford  council is listed twice"):
        entered(agreement(parties=(council, replace(council, name="camford  council"))))
    entered(agreement(parties=(council, replace(council, role="head-landlord"))))


def test_a_rent_free_time_leaves_something_to_pay() -> None:
    def free(months: int) -> Agreement:
        rent = Rent(name="rent", type="rent", amount=Decimal(100), rent_free_months=months)
        return agreement(term=Term(start=date(2026, 4, 1), months=60), charges=(rent,))

    entered(free(59))
    with pytest.raises(BadTerms, match=r"charges\[0\]\.rent_free_months: 60 months free"):
        entered(free(60))


def test_no_charge_counts_towards_two_guarantees() -> None:
    """What it falls short by would be topped up twice."""
    rent = Rent(name="rent", type="rent", amount=Decimal(100))
    one = Guarantee(
        name="one", type="guarantee", amount=Decimal(500), period="contract-year",
        counts=("rent",), shortfall="kept",
    )  # fmt: skip
    with pytest.raises(BadTerms, match=r"charges\[2\]\.counts: rent counts towards one already"):
        entered(agreement(charges=(rent, one, replace(one, name="two"))))


@pytest.mark.parametrize("ref", [" AG-1", "AG-1 ", "   "])
def test_references_have_no_blanks_around_them(ref: str) -> None:
    """With them one asset would have two names, and could be let twice."""
    with pytest.raises(BadTerms, match=r"^ref: .*blank"):
        checked(agreement(ref=ref))
    with pytest.raises(BadTerms, match=r"assets\[0\]\.ref: .*blank"):
        checked(agreement(assets=(LetAsset(ref=ref),)))


def test_full_exclusivity_lets_every_asset_alone() -> None:
    """As if each asset said so."""
    roof = (LetAsset(ref="ROOF"),)
    alone, other = (
        agreement(ref="A", assets=roof, exclusivity="full"),
        agreement(ref="B", assets=roof),
    )
    with pytest.raises(BadTerms, match="exclusively"):
        refuse_double_letting([alone, other])
    refuse_double_letting([agreement(ref="A", assets=roof), other])


@pytest.mark.parametrize("day", ["1799-12-31", "2401-01-01", "9999-04-01"])
def test_a_day_far_away_is_a_slip(day: str) -> None:
    """It would also count beyond the calendar."""
    document = to_document(agreement())
    document["term"]["start"] = day
    with pytest.raises(BadTerms, match="lies outside 1800 to 2400"):
        from_document(document)


def test_a_day_written_otherwise_is_told_how() -> None:
    document = to_document(agreement())
    document["signed"] = "01/04/2026"
    with pytest.raises(BadTerms, match="is no date; write one as 2026-04-01"):
        from_document(document)
    assert from_document(to_document(agreement(signed=date(2026, 4, 1)))).signed is not None


@pytest.mark.parametrize("rate", [float("inf"), float("nan"), -1.0])
def test_a_rate_that_is_no_number_is_refused(rate: float) -> None:
    with pytest.raises(Refused, match="a year is not above -1"):
        flat_real(rate, "made up")
