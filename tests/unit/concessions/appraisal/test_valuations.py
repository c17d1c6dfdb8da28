"""A valuation keeps real and nominal apart, counts what is asked for, and says what it lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from made_agreements import agreement, rates, steady

from canopy.concessions.appraisal.documents import as_csv, as_json
from canopy.concessions.appraisal.indices import indices_for
from canopy.concessions.appraisal.value import Basis, value
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.calendar.months import add_months
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.scenario_files import read_scenario
from canopy.concessions.indexation.scenarios import Scenario
from canopy.concessions.indexation.series import series_of_months
from canopy.concessions.schedule.lines import YearTotal
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Guarantee, OneOff, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.valuation.discounting import flat_nominal, flat_real
from canopy.errors import BadSource, BadTerms, Refused

TWO_PERCENT = Scenario("two", "made up", {2026: Decimal("0.02")}, Decimal("0.02"))
YEARLY = Payment(frequency="yearly", timing="arrears")


def rented(**changed: object) -> Agreement:
    """1,000 pounds a year for ten years, against 400 of costs."""
    usual: dict[str, object] = {
        "payment": YEARLY,
        "charges": (Rent(name="rent", type="rent", amount=Decimal(1000)),),
        "costs": (Rent(name="staff", type="yearly", amount=Decimal(400)),),
    }
    return agreement(**usual | changed)


def test_without_prices_there_is_no_real_value_and_the_reason_is_told() -> None:
    """A nominal value at a nominal rate is there all the same."""
    found = value(rented(), {}, Basis(nominal=flat_nominal(0.05, "borrowing"), timing="end"))
    assert found.real.pence is None
    assert "no series of cpi and no scenario was given" in (found.real.reason or "")
    assert found.real_irr.reason == found.real.reason
    # 600 x (1 - 1.05^-10) / 0.05
    assert found.nominal.pence == pytest.approx(100 * 600 * (1 - 1.05**-10) / 0.05, abs=1)


def test_without_a_nominal_rate_there_is_no_nominal_value() -> None:
    """A real rate is never used on nominal amounts."""
    made = rented()
    found = value(made, indices_for(made, [], TWO_PERCENT, "cpi"), Basis())
    assert found.nominal.pence is None
    assert "real one does not fit" in (found.nominal.reason or "")
    assert found.real.pence is not None


def test_real_amounts_are_in_the_prices_of_the_first_year() -> None:
    """600 a year, deflated by 2 % a year from year 2 on, then discounted at 3.5 %."""
    made = rented()
    basis = Basis(real=flat_real(0.035, "check"), timing="end")
    found = value(made, indices_for(made, [], TWO_PERCENT, "cpi"), basis)
    expected = sum(60_000 / 1.02 ** (year - 1) / 1.035**year for year in range(1, 11))
    assert found.real.pence == pytest.approx(expected, abs=1)
    assert [year.price_level for year in found.years[:2]] == pytest.approx([1, 1.02])


def test_prices_that_end_too_soon_give_a_reason_not_a_figure() -> None:
    """The series is named, with the month it lacks."""
    short = rates(["2.0", "2.0"], date(2026, 4, 1))
    found = value(rented(), {"cpi": short}, Basis())
    assert "D7G7 has no figure for February 2029" in (found.real.reason or "")


def test_only_what_falls_due_between_two_days_counts() -> None:
    """Years are then counted from the first of them."""
    window = Basis(from_day=date(2030, 4, 1), last_day=date(2032, 3, 31))
    found = value(rented(), {}, window)
    assert (found.income_pence, found.cost_pence) == (200_000, 80_000)
    assert [year.first for year in found.years] == [date(2030, 4, 1), date(2031, 4, 1)]
    with pytest.raises(Refused, match="nothing of AG-1 falls due"):
        value(rented(), {}, Basis(from_day=date(2050, 1, 1)))


def test_financial_years_keep_capital_and_revenue_apart() -> None:
    """A capital premium is never in the totals of revenue."""
    premium = OneOff(
        name="premium", type="premium", amount=Decimal(5000), due=date(2026, 4, 1),
        account="capital",
    )  # fmt: skip
    found = value(rented(charges=(premium, *rented().charges)), {}, Basis())
    first = FinancialYear(2026)
    assert found.financial_years["capital"] == {first: YearTotal(500_000, 0)}
    assert found.financial_years["revenue"][first] == YearTotal(100_000, 40_000)
    assert found.income_pence == 1_500_000


def test_a_rate_of_return_is_given_where_there_is_one() -> None:
    """2,000 of works before ten years of rent: the rate that brings them to nothing."""
    works = OneOff(
        name="works", type="one-off", amount=Decimal(2000), due=date(2026, 4, 1), account="capital"
    )
    found = value(rented(costs=(works,)), {}, Basis())
    rate = found.nominal_irr.rate
    # Year 1 nets -1,000, and nine years of 1,000 follow.
    assert rate is not None
    assert sum(1000 / (1 + rate) ** year for year in range(1, 10)) == pytest.approx(1000)


def test_cover_sets_the_guarantee_against_costs_by_contract_year() -> None:
    """450 guaranteed against 400 of costs is 1.125, and flagged."""
    guarantee = Guarantee(
        name="least", type="guarantee", amount=Decimal(450), period="contract-year",
        counts=("rent",), shortfall="kept",
    )  # fmt: skip
    found = value(rented(charges=(*rented().charges, guarantee)), {}, Basis())
    assert [year.ratio for year in found.cover] == [1.125] * 10
    assert all(year.flagged for year in found.cover)
    assert value(rented(), {}, Basis()).cover == ()


def test_a_published_index_is_continued_by_the_scenario() -> None:
    """What rests on it is marked, and counted in the assumptions."""
    rule = IndexRule(name="cpi", index="cpi", method="annual", lag_months=2)
    made = rented(
        index_rules=(rule,),
        charges=(Rent(name="rent", type="rent", amount=Decimal(1000), index="cpi"),),
    )
    series = steady(first=date(2020, 1, 1), years=9)
    found = value(made, indices_for(made, [series], TWO_PERCENT, "cpi"), Basis())
    assumed = [line.due.year for line in found.lines if line.assumed]
    assert assumed == [2030, 2031, 2032, 2033, 2034, 2035, 2036]
    assert any("7 of 20 lines rest on a scenario" in each for each in found.assumptions)
    assert any("then two: made up" in each for each in found.sources)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (["D7BT", "D7G7"], "two files are of cpi: D7BT, D7G7"),
        (["ABCD"], "ABCD is none of the series that are known: cpi D7BT or D7G7"),
    ],
)
def test_series_that_do_not_fit_are_refused(ids: list[str], told: str) -> None:
    """One series of each index, and only those of the agreement's kind."""
    given = [replace(steady(), series_id=each) for each in ids]
    with pytest.raises(Refused, match=told):
        indices_for(rented(), given, None, "cpi")


def test_documents_have_every_figure_of_the_valuation() -> None:
    """Whole pence in JSON, two places in CSV; a text that would run as a formula is guarded."""
    found = value(rented(ref="=1+1"), {}, Basis())
    document = json.loads(as_json(found))
    assert document["net_pence"] == 600_000
    assert document["npv_nominal"]["pence"] is None
    assert len(document["schedule"]) == 20
    rows = as_csv(found.lines).splitlines()
    assert rows[0].startswith("due,first,last,agreement,charge")
    told = "2027-03-31,2026-04-01,2027-03-31,'=1+1,rent,income,charge,revenue,1000.00,200.00,no"
    assert told in rows


def test_a_scenario_file_is_read_exactly(tmp_path: Path) -> None:
    """Changes are decimals as written, by calendar year."""
    file = tmp_path / "prices.toml"
    file.write_text('name = "low"\nsource = "OBR"\n[change_by_year]\n2027 = 0.019\n')
    assert read_scenario(file) == Scenario("low", "OBR", {2027: Decimal("0.019")}, None)


def test_a_wrong_scenario_file_is_refused_with_every_field(tmp_path: Path) -> None:
    """All at once; a file that is no TOML, or not there, is told too."""
    file = tmp_path / "prices.toml"
    file.write_text('name = ""\nafter = 0.02\n[change_by_year]\n2027 = 31\n')
    with pytest.raises(BadTerms) as refusal:
        read_scenario(file)
    fields = {each["field"] for each in refusal.value.members["errors"]}  # type: ignore[attr-defined]
    assert fields == {"name", "source", "after", "change_by_year.2027"}
    file.write_text("name =")
    with pytest.raises(BadSource, match="no TOML"):
        read_scenario(file)
    with pytest.raises(BadSource, match="cannot be opened"):
        read_scenario(tmp_path / "none.toml")


def test_years_from_a_leap_day_begin_on_the_last_of_february() -> None:
    """Counted from 29 February 2028, cash of 28 February 2029 is of the second year."""
    fee = OneOff(
        name="fee", type="one-off", amount=Decimal(10), due=date(2029, 2, 28), account="revenue"
    )
    found = value(rented(charges=(fee,), costs=()), {}, Basis(from_day=date(2028, 2, 29)))
    assert [year.income_pence for year in found.years] == [0, 1000]
    assert found.years[1].first == date(2029, 2, 28)


def test_what_falls_due_before_the_first_day_counts_in_the_first_year() -> None:
    """Rent in advance of a term that begins on a Sunday, paid on the Friday before."""
    early = Payment(frequency="yearly", timing="advance", working_day_rule="preceding")
    made = rented(payment=early, costs=(), term=Term(start=date(2028, 10, 1), months=24))
    found = value(made, {}, Basis())
    assert [line.due for line in found.lines] == [date(2028, 9, 29), date(2029, 10, 1)]
    assert [year.income_pence for year in found.years] == [100_000, 100_000]
    assert any("before 2028-10-01 counts in the first" in each for each in found.assumptions)
    assert value(made, {}, Basis(from_day=date(2028, 10, 1))).income_pence == 100_000


def test_prices_are_those_of_so_many_months_before_a_year() -> None:
    """3 % up to January 2027 and 5 % from February on: the lag decides which is year 2's."""
    months = {add_months(date(2026, 1, 1), at): Decimal(3 if at < 13 else 5) for at in range(144)}
    cpi = {"cpi": series_of_months("D7G7", "annual-rate", "", months, "made up")}
    for lag, level in ((2, 1.05), (3, 1.03), (0, 1.05)):
        found = value(rented(), cpi, Basis(price_lag_months=lag))  # type: ignore[arg-type]
        assert found.years[1].price_level == pytest.approx(level)
        assert any(f"cpi figure of {lag} months before" in each for each in found.assumptions)
    with pytest.raises(Refused, match="price_lag_months is 13"):
        Basis(price_lag_months=13)
