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

from canopy.concessions.appraisal.hanging import simplified
from canopy.concessions.appraisal.uncertainty import Planned, portfolio_of
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.series import IndexSeries
from canopy.concessions.montecarlo.assumed import USUAL, Assumed, Range, assumed_of, read_assumed
from canopy.concessions.montecarlo.draws import common_draws
from canopy.concessions.montecarlo.portfolio import base_cash
from canopy.concessions.montecarlo.sensitivity import tornado
from canopy.concessions.montecarlo.simulation import simulated
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Guarantee, PerUnit, Rent, RevenueShare, Tier
from canopy.concessions.terms.reading import loads
from canopy.concessions.terms.volumes import Volume
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


def rent(rule: IndexRule | None = None) -> Agreement:
    return agreement(
        charges=(
            Rent(
                name="rent", type="rent", amount=Decimal("1000"),
                index=None if rule is None else rule.name,
            ),
        ),
        index_rules=() if rule is None else (rule,),
    )  # fmt: skip


def cpi(**more: object) -> IndexRule:
    given = {"name": "cpi", "index": "cpi", "method": "annual", "lag_months": 2, **more}
    return IndexRule(**given)  # type: ignore[arg-type]


def test_a_rent_that_follows_prices_is_certain() -> None:
    """Whatever the ranges: it keeps its worth, so P10, P50 and P90 are one figure."""
    found = simulated(portfolio_of([planned(rent(cpi()))], START, 10, USUAL), 1024, 7)
    low, middle, high = found.percentiles
    assert low == pytest.approx(middle) == pytest.approx(high)
    assert found.probability_of_loss == 0


def test_a_rent_that_stands_still_is_worth_what_inflation_leaves() -> None:
    """Each draw by hand: £1,000 a year over the price level that was drawn."""
    drawn = portfolio_of([planned(rent())], START, 10, USUAL)
    path = common_draws(drawn, 1024, 7, "latin-hypercube").inflation
    level = np.concatenate([np.ones((1024, 1)), np.cumprod(1 + path, axis=1)], axis=1)
    worth = (1000 / level) @ drawn.discount_factors()
    found = simulated(drawn, 1024, 7)
    assert found.percentiles == pytest.approx(np.quantile(worth, [0.1, 0.5, 0.9]), rel=1e-6)
    assert found.percentiles[2] > 1.02 * found.percentiles[0]


def test_a_cap_leaves_the_council_the_risk_above_it() -> None:
    """High inflation costs a capped rent; low inflation gives it nothing."""
    capped = portfolio_of([planned(rent(cpi(cap=Decimal("0.02"))))], START, 10, USUAL)
    (swing,) = tornado(capped)
    base = float((base_cash(capped) @ capped.discount_factors()).sum())
    assert swing.factor == "inflation"
    assert swing.high_gbp < base
    assert swing.low_gbp >= base
    steady = replace(USUAL, inflation=replace(USUAL.inflation, deviation=0.0))
    assert tornado(portfolio_of([planned(rent())], START, 10, steady)) == []


def test_inflation_as_planned_leaves_the_schedule_as_it_is() -> None:
    """With nothing drawn a capped, a fixed and a standing rent are what the schedule says."""
    for rule in (None, cpi(cap=Decimal("0.03")), IndexRule(
        name="cpi", index="fixed", method="annual", rate=Decimal("0.025")
    )):  # fmt: skip
        one = planned(rent(rule))
        found = base_cash(portfolio_of([one], START, 10, USUAL))
        np.testing.assert_allclose(found[0], real_by_year(one, 10), atol=0.02)


def test_a_guarantee_holds_when_nobody_comes() -> None:
    """With no take-up the income is the guaranteed minimum of each year."""
    one = planned(loads(CONCESSION))
    nobody = replace(NOTHING, take_up=fixed(0))
    whole = base_cash(portfolio_of([one], one.agreement.term.start, 12, NOTHING))[0]
    found = base_cash(portfolio_of([one], one.agreement.term.start, 12, nobody))[0]
    # What was over the guarantee and 5 % of the energy recharged are lost, and the £45 for each
    # node are saved.
    level = np.concatenate([[1.0], np.cumprod([1.031, 1.024])])
    lost = np.array([0.0, 0.0, 50_147.52 - 31_672.32]) / level
    each = 45.0 - 0.05 * 876 * 0.25
    saved = np.array([20 * each, 60 * each * 1.031, 100 * each * 1.031 * 1.024]) / level
    np.testing.assert_allclose(found[:3], whole[:3] - lost + saved, rtol=1e-4)
    assert found.sum() < whole.sum()


FEES = PerUnit(name="fee", type="per-unit", rate=Decimal(100), unit="node", volume="nodes")
SHARE = RevenueShare(
    name="share", type="share", of="gross", basis="gross",
    tiers=(Tier(above=Decimal(0), up_to=None, rate=Decimal("0.1")),),
)  # fmt: skip
RENT = Rent(name="rent", type="rent", amount=Decimal("300"))
STEADY = replace(USUAL, inflation=replace(USUAL.inflation, deviation=0.0))


def guaranteed(*counts: str, charges: tuple[object, ...], revenue: int = 0) -> Agreement:
    """Fees of £1,000 a year and 0.1 of revenue, with a minimum of £500 where one is counted."""
    minimum = Guarantee(
        name="minimum", type="guarantee", amount=Decimal(500), period="contract-year",
        counts=counts, shortfall="kept",
    ) if counts else None  # fmt: skip
    return agreement(
        charges=(*charges, *((minimum,) if minimum else ())),
        volumes=(
            Volume(name="nodes", unit="node", by_year=(Decimal(10),)),
            Volume(name="gross", unit="gbp", by_year=(Decimal(revenue),)),
        ),
    )


def drawn_npv(made: Agreement) -> np.ndarray:
    return simulated(portfolio_of([planned(made)], START, 10, STEADY), 500, 7).npv


def test_what_a_guarantee_does_not_count_is_drawn() -> None:
    """Fees beside a share of nothing that is topped up to £500: fees as alone, and the £500."""
    both = guaranteed("share", charges=(FEES, SHARE))
    alone = drawn_npv(guaranteed(charges=(FEES,)))
    minimum = drawn_npv(guaranteed("share", charges=(SHARE,)))
    assert np.ptp(minimum) < 0.01
    np.testing.assert_allclose(drawn_npv(both), alone + minimum, atol=0.01)
    assert np.ptp(alone) > 1_000
    factors = {each.factor for each in tornado(portfolio_of([planned(both)], START, 10, STEADY))}
    assert {"take-up", "fee", "churn"} <= factors


def test_what_a_guarantee_counts_is_topped_up_in_every_draw() -> None:
    """A share near its minimum: never below it, above it as it is drawn. A rent fills it first."""
    one = guaranteed("share", charges=(SHARE,), revenue=5_000)
    least = drawn_npv(guaranteed("share", charges=(SHARE,))).min()
    found = drawn_npv(one)
    assert found.min() >= least - 0.01
    assert found.max() > 1.02 * least
    filled = planned(guaranteed("rent", "share", charges=(RENT, SHARE), revenue=1_000))
    base = base_cash(portfolio_of([filled], START, 10, NOTHING))
    np.testing.assert_allclose(base[0], real_by_year(filled, 10), atol=0.02)


def test_where_a_guarantee_is_simplified_it_is_told() -> None:
    """Several are one minimum; what is recouped is taken as planned. One that is kept is exact."""
    made = guaranteed("share", charges=(FEES, SHARE))
    assert simplified(made) == []
    (minimum,) = (each for each in made.charges if isinstance(each, Guarantee))
    second = replace(minimum, name="second", counts=("fee",), shortfall="carried-forward")
    several = simplified(replace(made, charges=(*made.charges, second)))
    assert ["one minimum" in several[0], "as planned" in several[1]] == [True, True]


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
    assert "deviation 0.016" in found.sources()[-1]
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
