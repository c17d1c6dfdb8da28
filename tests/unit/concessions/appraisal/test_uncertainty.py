"""What is simulated is what the terms plan, until something is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from made_agreements import agreement, rates
from terms_files import CONCESSION

from canopy.concessions.appraisal.uncertainty import Planned, portfolio_of
from canopy.concessions.indexation.series import IndexSeries
from canopy.concessions.montecarlo.assumed import USUAL, Assumed, Range, assumed_of, read_assumed
from canopy.concessions.montecarlo.portfolio import base_cash
from canopy.concessions.montecarlo.simulation import simulated
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.reading import loads
from canopy.concessions.valuation.flows import by_year
from canopy.errors import BadTerms, Refused

START = date(2026, 4, 1)
CPI = rates(
    ["2.0", "3.1", "2.4", "6.8", "0.9", "2.1", "2.0", "2.0", "3.5", "5.6", "1.8", *["2.0"] * 9],
    date(2026, 2, 1),
)


def fixed(value: float) -> Range:
    return Range(shape="fixed", value=value, source="none drawn")


NOTHING = Assumed(take_up=fixed(1), price=fixed(1), churn=fixed(0), capital=fixed(1))


def planned(made: Agreement, series: IndexSeries = CPI) -> Planned:
    indices = {"cpi": series}
    return Planned(made, tuple(schedule(made, indices)), indices)  # type: ignore[arg-type]


def real_by_year(one: Planned, years: int) -> np.ndarray:
    """The schedule by the years that it is for, deflated by hand."""
    nominal = by_year(one.lines, one.agreement.term.start).amounts[1:]
    changes = [float(CPI.at(date(2026 + at, 2, 1)).value) / 100 for at in range(1, years)]
    return np.asarray(nominal / np.concatenate([[1.0], np.cumprod(1 + np.array(changes))]))


def test_with_nothing_drawn_the_cash_is_the_schedule_s() -> None:
    """Worked example A, seventeen years: fees, share, guarantee, recharge and costs."""
    one = planned(loads(CONCESSION))
    years = len(list(one.agreement.term.years()))
    found = base_cash(portfolio_of([one], one.agreement.term.start, years, NOTHING))
    np.testing.assert_allclose(found[0], real_by_year(one, years), atol=0.02)


def test_a_rent_alone_is_certain() -> None:
    """Whatever the ranges: P10, P50 and P90 are one figure."""
    made = agreement(charges=(Rent(name="rent", type="rent", amount=Decimal("1000")),))
    found = simulated(portfolio_of([planned(made)], START, 10, USUAL), 1024, 7)
    low, middle, high = found.percentiles
    assert low == pytest.approx(middle) == pytest.approx(high)
    assert found.probability_of_loss == 0


def test_a_guarantee_holds_when_nobody_comes() -> None:
    """With no take-up the income is the guaranteed minimum of each year."""
    one = planned(loads(CONCESSION))
    nobody = replace(NOTHING, take_up=fixed(0))
    whole = base_cash(portfolio_of([one], one.agreement.term.start, 12, NOTHING))[0]
    found = base_cash(portfolio_of([one], one.agreement.term.start, 12, nobody))[0]
    # What was over the guarantee is lost, and the £45 for each node are saved.
    level = np.concatenate([[1.0], np.cumprod([1.031, 1.024])])
    lost = np.array([0.0, 0.0, 50_147.52 - 31_672.32]) / level
    saved = np.array([20 * 45.0, 60 * 45.0 * 1.031, 100 * 45.0 * 1.031 * 1.024]) / level
    assert found[:3].sum() == pytest.approx((whole[:3] - lost + saved).sum(), rel=0.05)
    assert found.sum() < whole.sum()


def test_years_begin_where_they_are_asked_for() -> None:
    """From the third contract year on, in prices of that year."""
    one = planned(loads(CONCESSION))
    later = date(one.agreement.term.start.year + 2, *one.agreement.term.start.timetuple()[1:3])
    found = base_cash(portfolio_of([one], later, 1, NOTHING))[0]
    nominal = by_year(one.lines, one.agreement.term.start).amounts[3]
    assert found[0] == pytest.approx(nominal, abs=0.02)


def test_the_same_seed_gives_the_same_figures() -> None:
    one = planned(loads(CONCESSION))
    drawn = portfolio_of([one], one.agreement.term.start, 12, USUAL)
    first, second = simulated(drawn, 1024, 3), simulated(drawn, 1024, 3)
    assert first.percentiles == second.percentiles
    assert first.percentiles != simulated(drawn, 1024, 4).percentiles
    low, middle, high = first.percentiles
    assert low < middle < high


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"shape": "triangular", "low": 1, "source": "x"}, "take_up"),
        ({"shape": "pert", "low": 0, "mode": 1, "high": 200, "source": "x"}, "take_up"),
        ({"shape": "fixed", "value": 1}, "take_up"),
        ({"shape": "bell", "value": 1, "source": "x"}, "take_up"),
    ],
)
def test_a_wrong_range_is_named(wrong: dict[str, object], field: str) -> None:
    good = {"shape": "fixed", "value": 1, "source": "x"}
    with pytest.raises(BadTerms, match=field):
        assumed_of({"take_up": wrong, "price": good, "churn": good, "capital": good})


def test_ranges_out_of_order_are_refused_when_drawn() -> None:
    backwards = Range(shape="uniform", low=2, high=1, source="x")
    with pytest.raises(Refused, match="not in order"):
        portfolio_of([planned(loads(CONCESSION))], START, 5, replace(NOTHING, price=backwards))


def test_a_file_of_ranges_is_read_with_its_sources(tmp_path: Path) -> None:
    path = tmp_path / "ranges.toml"
    each = '{ shape = "pert", low = 0.5, mode = 1.0, high = 1.5, source = "survey of 2025" }'
    path.write_text(
        f"take_up = {each}\nprice = {each}\n"
        'churn = { shape = "fixed", value = 0.02, source = "ten years of records" }\n'
        'capital = { shape = "fixed", value = 1.0, source = "tendered" }\n'
    )
    found = read_assumed(path)
    assert found.sources()[0] == "take-up: pert low 0.5, mode 1, high 1.5 (survey of 2025)"
    assert found.market == 0.5


def test_prices_of_a_simulation_are_those_of_the_month_asked_for() -> None:
    """A rent of 1,000: in year 2 it is worth what CPI of that month leaves of it."""
    made = agreement(charges=(Rent(name="rent", type="rent", amount=Decimal("1000")),))
    series = rates(["1.0", "9.0", *["2.0"] * 12], date(2026, 1, 1))
    one = planned(made, series)
    for lag, level in ((2, 1.09), (4, 1.01)):
        found = base_cash(portfolio_of([one], START, 2, NOTHING, price_lag_months=lag))
        assert found[0] == pytest.approx([1000, 1000 / level])
