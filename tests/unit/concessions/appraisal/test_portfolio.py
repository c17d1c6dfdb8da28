"""The portfolio's figures are sums of dated schedules, and shares lose no penny."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_agreements import agreement

from canopy.concessions.appraisal.portfolio import Earner, by_asset, income_of, portfolio, shares
from canopy.concessions.appraisal.uncounted import known, uncounted
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.lines import by_financial_year
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, LetAsset, Party
from canopy.concessions.terms.charges import OneOff, Rent
from canopy.concessions.terms.registered import Registered

ON = date(2026, 5, 1)
THIS = FinancialYear(2026)


def let(ref: str, pounds: str, *assets: LetAsset, **changed: object) -> Agreement:
    """Ten years of a rent, and a premium in capital at the start."""
    return agreement(
        ref=ref,
        charges=(
            Rent(name="rent", type="rent", amount=Decimal(pounds)),
            OneOff(
                name="premium", type="premium", amount=Decimal("5000.00"), due=date(2026, 4, 1),
                account="capital",
            ),
        ),
        assets=assets,
        **changed,
    )  # fmt: skip


def earner(made: Agreement, status: Status = Status.active) -> Earner:
    lines = tuple(schedule(made, {}))
    return Earner(Registered(made, status, made.term.start), lines)


def test_only_live_agreements_earn_and_capital_is_kept_apart() -> None:
    """A draft and an ended one count among statuses, and nowhere else."""
    other = (Party(name="Camford", role="council"), Party(name="Mast Ltd", role="operator"))
    view = portfolio(
        [
            earner(let("A", "1200.00")),
            earner(let("B", "800.00", parties=other, kind="licence"), Status.continuing),
            earner(let("C", "9000.00"), Status.draft),
            earner(let("D", "9000.00"), Status.ended),
        ],
        ON,
        years=11,
    )
    assert view.statuses == {"active": 1, "continuing": 1, "draft": 1, "ended": 1}
    assert view.income_pence == 200_000
    first, last = view.years[THIS], view.years[FinancialYear(2036)]
    assert (first.income_pence, first.capital_income_pence) == (200_000, 1_000_000)
    assert (last.income_pence, last.capital_income_pence) == (0, 0)
    assert view.kinds == {"lease": 120_000, "licence": 80_000}
    assert view.operators == {"Example Ltd": 120_000, "Mast Ltd": 80_000}
    assert {f"{year}": each.refs for year, each in view.expiring.items()} == {"2035/36": ("A", "B")}


def test_an_agreement_without_a_schedule_is_named_with_the_reason() -> None:
    made = let("A", "1.00")
    told = portfolio([Earner(Registered(made, Status.active, ON), (), "no series of cpi")], ON)
    assert told.without_schedule == {"A": "no series of cpi"}
    assert told.income_pence == 0


def test_nought_without_an_agreement_of_the_year_is_not_known() -> None:
    """Of income that it has in its terms, in years of its term; what others bring stays a sum."""
    made = let("A", "1.00", LetAsset(ref="X"))
    lacks = Earner(Registered(made, Status.active, ON), (), "no series of cpi")
    ended = Earner(Registered(made, Status.ended, ON), (), "no series of cpi")
    without = uncounted([lacks, ended, earner(let("B", "5.00"))])
    assert [(each.ref, each.last) for each in without] == [("A", FinancialYear(2035))]
    assert (known(0, without, THIS), known(7, without, THIS), known(0, [], THIS)) == (None, 7, 0)
    assert known(0, without, FinancialYear(2036)) == 0
    assert known(0, without, THIS, ("revenue", "cost")) == 0
    (asset,) = by_asset([lacks], THIS).values()
    assert (asset.uncounted, asset.is_known, asset.is_part) == (1, False, False)
    (asset,) = by_asset([lacks, earner(let("B", "5.00", LetAsset(ref="X")))], THIS).values()
    assert (asset.income_pence, asset.is_part) == (500, True)


def test_every_year_is_the_schedule_s() -> None:
    """To the penny, over the whole term."""
    one = earner(let("A", "1234.56"))
    view = portfolio([one], ON, years=12)
    for year, total in by_financial_year(one.lines, "revenue").items():
        assert view.years[year].income_pence == total.income_pence
        assert income_of(one.lines, year) == total.income_pence


def test_an_asset_earns_its_share_of_each_agreement() -> None:
    """By quantity where all have one, else alike; the last day is the latest."""
    whole = earner(
        let("A", "1000.00", LetAsset(ref="X", quantity=Decimal(3)),
            LetAsset(ref="Y", quantity=Decimal(1)))
    )  # fmt: skip
    alike = earner(
        let("B", "100.00", LetAsset(ref="Y"), LetAsset(ref="Z", length_m=Decimal(9))),
        Status.continuing,
    )
    found = by_asset([whole, alike], THIS)
    assert {ref: each.income_pence for ref, each in found.items()} == {
        "X": 75_000, "Y": 30_000, "Z": 5_000,
    }  # fmt: skip
    assert found["Y"].agreements == ("A", "B")
    assert sum(each.income_pence for each in found.values()) == 110_000


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.decimals("0.001", "10000", places=3), min_size=1, max_size=20),
)
def test_shares_are_the_amount_to_the_penny(amount: int, quantities: list[Decimal]) -> None:
    """And none is farther than a penny from its exact part."""
    found = shares(amount, [LetAsset(ref="x", quantity=each) for each in quantities])
    assert sum(found) == amount
    for part, quantity in zip(found, quantities, strict=True):
        assert abs(part - amount * quantity / sum(quantities)) <= 1


def test_equal_shares_give_the_odd_penny_to_the_first() -> None:
    assert shares(100, [LetAsset(ref=str(at)) for at in range(3)]) == [34, 33, 33]


@pytest.mark.parametrize("amount", [0, 1, -1])
def test_a_penny_is_not_lost(amount: int) -> None:
    assert sum(shares(amount, [LetAsset(ref="a"), LetAsset(ref="b")])) == amount
