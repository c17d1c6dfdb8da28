"""Rents are compared like with like, for each asset and whole year in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from made_agreements import agreement

from canopy.concessions.appraisal.benchmarks import (
    Benchmarks,
    GroupKey,
    RentOf,
    benchmarks,
    published_beside,
    quantile,
)
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, LetAsset
from canopy.concessions.terms.charges import OneOff, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.registered import Registered

KINDS = {
    "R1": {"estates": "rooftop"},
    "R2": {"estates": "rooftop", "property": "rooftop"},
    "L1": {"lighting": "lamppost"},
    "7": {"lighting": "lamppost", "estates": "rooftop"},
}
YEAR = FinancialYear(2026)


def let(ref: str, pounds: str, *assets: str, **changed: object) -> Agreement:
    """A rent, and a premium that is no rent."""
    return agreement(
        ref=ref,
        charges=(
            Rent(name="rent", type="rent", amount=Decimal(pounds)),
            OneOff(
                name="premium", type="premium", amount=Decimal("5000.00"), due=date(2026, 4, 1),
                account="capital",
            ),
        ),
        assets=tuple(LetAsset(ref=each) for each in assets or ("R1",)),
        **changed,
    )  # fmt: skip


def compared(*made: Agreement, status: Status = Status.active) -> Benchmarks:
    earners = [
        Earner(Registered(each, status, each.term.start), tuple(schedule(each, {})))
        for each in made
    ]
    return benchmarks(earners, KINDS, YEAR)


def test_a_median_and_quartiles_lie_between_the_nearest_rents() -> None:
    """Of 1,000, 2,000, 4,000 and 8,000: 1,750, 3,000 and 5,000."""
    rents = ("1000", "4000", "2000", "8000")
    (group,) = compared(*(let(f"A{at}", each) for at, each in enumerate(rents))).groups
    assert group.key == GroupKey("rooftop", "rent", "legacy-market")
    assert (group.lower_quartile, group.median, group.upper_quartile) == (
        Decimal("1750.00"), Decimal("3000.00"), Decimal("5000.00"),
    )  # fmt: skip
    assert group.rents[1] == RentOf("A1", 1, Decimal("4000"), Decimal("1000"), Decimal("0.3333"))


def test_bases_are_never_put_together() -> None:
    """A market rent and one without a network are two groups, each beside its own published."""
    told = compared(let("A", "11346"), let("B", "2551.77", valuation_basis="code-no-network"))
    code, market = told.groups
    assert [each.ref for each in code.rents] == ["B"]
    assert [each.ref for each in market.rents] == ["A"]
    assert {each.name for each in code.published} == {"Threadgold House", "Maple House"}
    assert Decimal("11346") in [Decimal(str(each.yearly_gbp)) for each in market.published]


def test_nothing_is_published_beside_a_service() -> None:
    assert published_beside(GroupKey("rooftop", "rent", "concession-service")) == ()


def test_a_rent_is_for_each_asset_in_the_group_of_its_kind() -> None:
    """£3,000 for two rooftops and a lamppost is £1,000 for each."""
    lamp, roof = compared(let("A", "3000", "R1", "R2", "L1")).groups
    assert (lamp.key.asset_kind, lamp.rents[0].assets, lamp.median) == ("lamppost", 1, 1000)
    assert (roof.key.asset_kind, roof.rents[0].assets, roof.median) == ("rooftop", 2, 1000)


def test_a_rent_of_part_of_a_year_is_told_for_the_whole() -> None:
    """One that begins in January is £1,200 a year, not the quarter that fell due."""
    late = let("A", "1200", term=Term(start=date(2027, 1, 1), months=120))
    (group,) = compared(late).groups
    assert group.median == Decimal("1200.00")


def test_a_rent_that_ends_in_the_year_is_told_for_the_whole() -> None:
    """Its last twelve months count: £1,200, not the quarter before 1 July 2026."""
    over = let("A", "1200", term=Term(start=date(2024, 7, 1), months=24))
    (group,) = compared(over).groups
    assert group.median == Decimal("1200.00")


def test_what_is_in_no_group_is_named_with_the_reason() -> None:
    told = compared(
        let("A", "1", "NOWHERE"),
        let("B", "1", term=Term(start=date(2030, 1, 1), months=12)),
        let("C", "1", currency="EUR"),
    )
    assert told.groups == ()
    assert told.left_out == {
        "A": "the catalogue has no asset NOWHERE",
        "B": "no rent is in force in 2026/27",
        "C": "its rent is in EUR",
    }


def test_reference_of_assets_of_two_kinds_is_in_no_group() -> None:
    """Which of the two is let is not guessed; the reason names both sources."""
    assert compared(let("A", "1", "R1", "7")).left_out == {
        "A": "the catalogue has 2 assets 7: rooftop of estates, lamppost of lighting"
    }


def test_an_agreement_that_is_over_is_not_compared() -> None:
    told = compared(let("A", "1"), status=Status.ended)
    assert (told.groups, told.left_out) == ((), {})


def test_a_quantile_of_one_value_is_that_value() -> None:
    assert quantile([Fraction(7)], Fraction(3, 4)) == 7
