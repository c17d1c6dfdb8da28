"""Worked examples A to F are worth what they should be, to the penny."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from made_agreements import rates
from terms_files import CONCESSION

from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.reading import loads
from canopy.concessions.valuation.accounts import (
    AccountLine,
    economic_account,
    financial_account,
)
from canopy.concessions.valuation.deals import RollOut, compared, concession, open_access
from canopy.concessions.valuation.discounting import (
    GREEN_BOOK,
    factors,
    flat_nominal,
    flat_real,
    npv,
)
from canopy.concessions.valuation.flows import (
    NominalFlows,
    RealFlows,
    by_year,
    deflated,
    price_levels,
)
from canopy.concessions.valuation.returns import cost_per_unit_year, irr

PENNY = 0.005
REAL, NOMINAL = flat_real(0.035, "check"), flat_nominal(0.035, "check")
CPI = (*"3.1 2.4 6.8 0.9 2.1 2 2 3.5 5.6 1.8".split(), *["2.0"] * 6)


@pytest.fixture(scope="module")
def concession_cash() -> NominalFlows:
    """Example A's net cash by contract year."""
    made = loads(CONCESSION)
    return by_year(schedule(made, {"cpi": rates(CPI, date(2027, 2, 1))}), made.term.start)


# Published Green Book factors, to six places.
GREEN_BOOK_FACTORS = [
    (1, 0.966184), (5, 0.841973), (10, 0.708919), (20, 0.502566), (30, 0.356278),
    (31, 0.345901), (40, 0.265105), (60, 0.146782), (75, 0.094214), (76, 0.091916),
    (100, 0.050818), (125, 0.027411),
]  # fmt: skip


@pytest.mark.parametrize(("year", "expected"), GREEN_BOOK_FACTORS)
def test_green_book_factors_decline_by_bands(year: int, expected: float) -> None:
    """3.5 % to year 30, then 3.0, 2.5: each band discounts its own years only."""
    assert factors(GREEN_BOOK, year) == pytest.approx(expected, abs=5e-7)


def test_discounting_nominal_cash_at_3_5_is_the_figure_that_misleads(
    concession_cash: NominalFlows,
) -> None:
    """Example A at 3.5 % taken as a nominal rate, end and middle of years, 12 and 17 years."""
    twelve = NominalFlows.of(concession_cash.amounts[:13])
    assert npv(concession_cash, NOMINAL, "end") == pytest.approx(755_461.75, abs=PENNY)
    assert npv(concession_cash, NOMINAL, "middle") == pytest.approx(768_568.63, abs=PENNY)
    assert npv(twelve, NOMINAL, "end") == pytest.approx(519_289.58, abs=PENNY)


def test_real_value_of_the_concession_is_as_worked(concession_cash: NominalFlows) -> None:
    """Deflated by CPI to year 1 prices, then discounted at the real rate: 606,721.99."""
    changes = [0.0, *(float(each) / 100 for each in CPI)]
    levels = price_levels(changes, 1, "year 1", "check")
    real = deflated(concession_cash, levels)
    assert npv(real, REAL, "middle") == pytest.approx(606_721.99, abs=PENNY)


@pytest.mark.parametrize(
    ("rents", "expected"),
    [
        ([11346] * 3 + [12040.47] * 3 + [12777.44] * 3 + [13559.52], 104_479.86),
        ([2551.77] * 10, 21_964.84),
        ([1000.0] * 10, 8_607.69),
    ],
)
def test_rooftop_rents_in_advance_are_worth_as_worked(rents: list[float], expected: float) -> None:
    """Example B: ten rents, the first of them now."""
    flows = NominalFlows.of([0.0, *rents])
    assert npv(flows, NOMINAL, "start") == pytest.approx(expected, abs=PENNY)


def portfolio() -> list[AccountLine]:
    """Example D: 40 years, real."""

    def line(name: str, side: str, amounts: np.ndarray, **more: object) -> AccountLine:
        usual = {"beneficiary": "council", "source": "check"}
        return AccountLine(name, side, RealFlows.of(amounts, "2026/27"), **usual | more)  # type: ignore[arg-type]

    yearly = np.concatenate(([0.0], np.ones(40)))
    refresh = np.zeros(41)
    refresh[[15, 30]] = 150_000
    first = np.zeros(41)
    first[0] = 420_000
    return [
        line("rent", "benefit", 96_500 * yearly, transfer=True),
        line("LED energy", "benefit", 38_000 * yearly),
        line("residents", "benefit", 22_000 * yearly, beneficiary="residents"),
        line("business", "benefit", 31_000 * yearly, beneficiary="business"),
        line("visitors", "benefit", 9_000 * yearly, beneficiary="visitors"),
        line("capital", "cost", first, capital=True),
        line("refresh", "cost", refresh, capital=True),
        line("running", "cost", 61_000 * yearly),
    ]


def test_financial_account_is_as_worked() -> None:
    """Example D, the council's cash at Green Book rates."""
    account = financial_account(portfolio(), GREEN_BOOK, "end")
    assert account.npv_gbp == pytest.approx(1_012_215.83, abs=PENNY)
    assert account.irr.rate == pytest.approx(0.168255, abs=5e-7)
    assert account.payback_years == pytest.approx(5.71, abs=0.005)
    assert account.discounted_payback_years == pytest.approx(6.49, abs=0.005)


def test_economic_account_is_as_worked() -> None:
    """Example D, society: rent is a transfer, capital has 44 % added."""
    account = economic_account(portfolio(), GREEN_BOOK, "end", 0.44)
    assert account.benefits_pv_gbp == pytest.approx(2_143_117.25, abs=PENNY)
    assert account.costs_pv_gbp == pytest.approx(2_117_986.03, abs=PENNY)
    assert account.net_present_social_value_gbp == pytest.approx(25_131.22, abs=PENNY)
    assert account.benefit_cost_ratio == pytest.approx(1.0119, abs=5e-5)


def test_the_two_accounts_cannot_be_summed() -> None:
    """Counting rent as a benefit would claim a ratio of 1.9883; the types do not allow it."""
    financial = financial_account(portfolio(), GREEN_BOOK, "end")
    economic = economic_account(portfolio(), GREEN_BOOK, "end", 0.44)
    with pytest.raises(TypeError):
        financial + economic  # type: ignore[operator]
    mixed = [*portfolio()[1:], portfolio()[1]]
    mixed[-1] = AccountLine("rent", "benefit", portfolio()[0].flows, "council", "check")
    wrong = economic_account(mixed, GREEN_BOOK, "end", 0.44)
    assert wrong.benefit_cost_ratio == pytest.approx(1.9883, abs=5e-5)


def test_cost_of_a_node_year_is_as_worked() -> None:
    """Example E: 20 nodes a year for four years, 510.21 for each node and year."""
    nodes = np.array([0, 20, 40, 60, *[80] * 7], np.float64)
    added = np.diff(nodes, prepend=0.0)
    costs = RealFlows.of(1850 * added + 264 * nodes, "2026/27")
    found = cost_per_unit_year(costs, nodes, REAL, "end")
    assert npv(costs, REAL, "end") == pytest.approx(281_626.16, abs=PENNY)
    assert npv(RealFlows.of(nodes, "units"), REAL, "end") == pytest.approx(551.9781, abs=5e-5)
    assert found == pytest.approx(510.21, abs=PENNY)


def test_upfront_and_share_are_worth_as_worked() -> None:
    """Example F: 250,000 now and a fifth of gross in the middle of each year."""
    gross = [0, 150_000, 400_000, 600_000, 800_000, *[900_000] * 5]
    flows = RealFlows.of([250_000, *(0.2 * each for each in gross)], "2026/27")
    assert npv(flows, REAL, "middle") == pytest.approx(1_291_490.23, abs=PENNY)


ROLL_OUT = RollOut(np.array([20, 60, 100, 140, *[160] * 6], np.float64), "2026/27")


@pytest.mark.parametrize(
    ("threshold", "paid", "expected"),
    [(None, 680_000, 678_818.87), (100_000.0, 850_000, 816_492.20)],
)
def test_concessions_are_worth_as_worked(
    threshold: float | None, paid: float, expected: float
) -> None:
    """Greater of 40,000 and 20 %, or 40,000 and 20 % above 100,000; 250,000 at the start."""
    deal = concession(
        ROLL_OUT, operator_gbp_per_node=2500, guarantee_gbp=40_000, share=0.2,
        upfront_gbp=250_000, council_gbp_per_year=15_000, threshold_gbp=threshold,
    )  # fmt: skip
    assert deal.cash.amounts.sum() == pytest.approx(paid + 250_000 - 150_000)
    assert npv(deal.cash, REAL, "end") == pytest.approx(expected, abs=PENNY)


@pytest.mark.parametrize(
    ("bias", "expected"),
    [(0.0, (105_328.46, 0.2181, 4.71, 5.05)), (0.44, (78_928.46, 0.1462, 5.66, None))],
)
def test_open_access_is_worth_as_worked(
    bias: float, expected: tuple[float, float, float, float | None]
) -> None:
    """Flat fee for each node, with and without 44 % on capital."""
    live = RollOut(np.array([15, 45, 75, 105, *[120] * 6], np.float64), "2026/27")
    deal = open_access(
        live, fee_gbp_per_node=300, council_gbp_per_year=8_000, preparation_gbp=60_000 * (1 + bias)
    )
    (row,) = compared([deal], REAL, "end")
    assert row.npv_gbp == pytest.approx(expected[0], abs=PENNY)
    assert irr(deal.cash).rate == pytest.approx(expected[1], abs=5e-5)
    assert row.payback_years == pytest.approx(expected[2], abs=0.005)


@pytest.mark.parametrize(
    ("rent", "expected"),
    [(21_000, 174_649), (12_000, 99_799), (5_000, 41_583), (2_551.77, 21_222), (750, 6_237)],
)
def test_ten_years_of_a_roof_are_worth_as_worked(rent: float, expected: float) -> None:
    """Level rents at the end of years, 3.5 %."""
    flows = NominalFlows.of([0.0, *[rent] * 10])
    assert npv(flows, NOMINAL, "end") == pytest.approx(expected, abs=0.5)
