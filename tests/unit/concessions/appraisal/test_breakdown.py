"""Income by kind of asset and by operator is the income of the agreements, year by year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from made_agreements import agreement

from canopy.concessions.appraisal.breakdown import (
    NO_ASSET,
    SEVERAL,
    UNKNOWN,
    asset_kinds,
    income_in,
    operators,
    parts_of,
)
from canopy.concessions.appraisal.portfolio import Earner, first_break, income_of, portfolio
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, LetAsset, Party
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.duration import BreakOption
from canopy.concessions.terms.registered import Registered

KINDS = {
    "R1": {"estates": "rooftop"}, "R2": {"estates": "rooftop"}, "L1": {"lighting": "lamppost"},
    "X": {"estates": "rooftop", "lighting": "lamppost"},
}  # fmt: skip
THIS = FinancialYear(2026)
ON = date(2026, 7, 1)


def let(ref: str, pounds: str, *assets: LetAsset, **changed: object) -> Agreement:
    rent = Rent(name="rent", type="rent", amount=Decimal(pounds))
    return agreement(ref=ref, charges=(rent,), assets=assets, **changed)


def earner(made: Agreement, status: Status = Status.active) -> Earner:
    return Earner(Registered(made, status, made.term.start), tuple(schedule(made, {})))


def test_income_is_shared_over_kinds_of_asset_in_every_year() -> None:
    """A third of £1,000 is on lampposts; nothing is lost, and a draft earns nothing."""
    earners = [
        earner(let("A", "1000.00", LetAsset(ref="R1"), LetAsset(ref="R2"), LetAsset(ref="L1"))),
        earner(let("B", "70.00", LetAsset(ref="GONE"))),
        earner(let("C", "5.00")),
        earner(let("D", "900.00", LetAsset(ref="L1")), Status.draft),
    ]
    found = asset_kinds(parts_of(earners, KINDS))
    assert list(found) == ["rooftop", "lamppost", UNKNOWN, NO_ASSET]
    for year in range(2026, 2036):
        incomes = [income_in(parts, FinancialYear(year)) for parts in found.values()]
        assert incomes == [66_667, 33_333, 7_000, 500]
    assert income_in(found["rooftop"], FinancialYear(2036)) == 0


def test_a_reference_of_assets_of_different_kinds_is_of_none() -> None:
    """Which of them is let is not guessed."""
    found = asset_kinds(parts_of([earner(let("A", "10.00", LetAsset(ref="X")))], KINDS))
    assert list(found) == [SEVERAL]


def test_the_parts_of_any_year_are_the_portfolio_s() -> None:
    """By operator too, whom the first of the parties that pay names."""
    other = (Party(name="Camford", role="council"), Party(name="Mast Ltd", role="operator"))
    earners = [earner(let("A", "99.99", LetAsset(ref="R1"), LetAsset(ref="L1"))),
               earner(let("B", "500.00", parties=other))]  # fmt: skip
    parts = parts_of(earners, KINDS)
    by_operator = operators(parts)
    assert list(by_operator) == ["Mast Ltd", "Example Ltd"]
    whole = sum(income_of(each.lines, THIS) for each in earners)
    assert income_in(parts, THIS) == whole == portfolio(earners, ON).income_pence
    assert sum(income_in(each, THIS) for each in by_operator.values()) == whole


def test_the_first_break_that_another_party_may_use_counts() -> None:
    """Not the council's own; not one for which it is too late; a rolling one from today on."""
    mine = BreakOption(by="council", notice=6, on=date(2028, 4, 1))
    late = BreakOption(by="operator", notice=6, on=date(2026, 12, 1))
    fixed = BreakOption(by="either", notice=12, on=date(2031, 4, 1))
    rolling = BreakOption(by="operator", notice=6, not_before=date(2029, 4, 1))
    assert first_break(let("A", "1.00", breaks=(mine, late)), ON) is None
    assert first_break(let("A", "1.00", breaks=(mine, fixed, rolling)), ON) == date(2029, 4, 1)
    view = portfolio([earner(let("A", "40.00", breaks=(late, fixed)))], ON)
    assert {f"{year}": (each.refs, each.income_pence) for year, each in view.breaking.items()} == {
        "2031/32": (("A",), 4_000)
    }
    early = portfolio([earner(let("A", "40.00", breaks=(late, fixed)))], ON, 25, date(2026, 5, 1))
    assert [f"{year}" for year in early.breaking] == ["2026/27"]
