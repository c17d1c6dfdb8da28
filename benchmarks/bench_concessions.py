"""Schedules and simulations of many agreements, against their bars.

    python benchmarks/bench_concessions.py [--runs 5] [--agreements 10000]

Ten thousand agreements of 25 years, paid monthly, each with an indexed rent, a charge per unit,
and a cost: from records to arrays of pence, on one core. Before that, fifty of them are compared
line by line with the plain decimals.

Ten thousand draws of a thousand agreements over 25 years on all cores, and the same model as a
loop over draws and agreements with numpy-financial, on one draw in a hundred, scaled. Before
that, both give the same present values for the base case. Medians are printed.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import numpy_financial as npf
from numpy.typing import NDArray

from canopy.concessions.indexation.factors import Indices
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.scenarios import Scenario, assumed
from canopy.concessions.montecarlo.distributions import Distribution, Fixed, Triangular
from canopy.concessions.montecarlo.portfolio import Bounds, Inflation, Portfolio, Uncertain
from canopy.concessions.montecarlo.simulation import simulated
from canopy.concessions.schedule.arrays import lines_of, schedule_arrays
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import PerUnit, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.valuation.discounting import flat_real

Floats = NDArray[np.float64]

YEARS = 25
PARTIES = (
    Party(name="Camford Council", role="council"),
    Party(name="Example Ltd", role="operator"),
)
RULES = (
    IndexRule(
        name="rule", index="cpi", method="annual", lag_months=2, collar=Decimal("0.01"),
        cap=Decimal("0.05"),
    ),
    IndexRule(name="rule", index="rpi", method="at-review", lag_months=3, review_every_years=5),
    IndexRule(
        name="rule", index="higher-of", of=("cpi", "rpi"), method="annual", lag_months=2,
        upward_only=True,
    ),
    IndexRule(name="rule", index="fixed", method="annual", rate=Decimal("0.025")),
)  # fmt: skip


def agreements(count: int) -> list[Agreement]:
    """Terms that begin on any day of ten years."""
    return [
        Agreement(
            ref=f"AG-{at}",
            title="A rooftop",
            kind="lease",
            term=Term(start=date(2015, 1, 1) + timedelta(days=at * 37 % 3650), months=12 * YEARS),
            parties=PARTIES,
            valuation_basis="legacy-market",
            vat="standard",
            payment=Payment(frequency="monthly", timing="advance"),
            index_rules=(RULES[at % len(RULES)],),
            charges=(
                Rent(
                    name="rent",
                    type="rent",
                    amount=Decimal(500_000 + 1_733 * at % 2_000_000) / 100,
                    index="rule",
                ),
                PerUnit(
                    name="nodes",
                    type="per-unit",
                    rate=Decimal("295.50"),
                    unit="node",
                    quantity=Decimal(1 + at % 40),
                    index="rule",
                ),
            ),
            costs=(Rent(name="staff", type="yearly", amount=Decimal("812.40"), index="rule"),),
        )
        for at in range(count)
    ]


def series() -> Indices:
    """CPI and RPI of a scenario, from before the first term to after the last."""
    first, until = date(2012, 1, 1), date(2052, 1, 1)
    changes = {2012 + at: Decimal(15 + at * 7 % 40) / 1000 for at in range(41)}
    higher = {year: change + Decimal("0.009") for year, change in changes.items()}
    return {
        "cpi": assumed(Scenario("bench-cpi", "made up", changes), first, until, "index"),
        "rpi": assumed(Scenario("bench-rpi", "made up", higher), first, until, "index"),
    }


def schedules(count: int, runs: int) -> None:
    """Whole schedules, from records to arrays."""
    made, indices = agreements(count), series()
    few = made[:: max(1, count // 50)]
    arrays, settled = schedule_arrays(few, indices)
    plain = [line for each in few for line in schedule(each, indices)]
    if sorted(lines_of(arrays, settled, few), key=repr) != sorted(plain, key=repr):
        raise SystemExit("the arrays differ from the plain decimals")
    _, plainly = timed(lambda: [schedule(each, indices) for each in few])
    found = [timed(lambda: schedule_arrays(made, indices)) for _ in range(runs)]
    wall, processor = (statistics.median(each) for each in zip(*found, strict=True))
    print(
        f"{count:,} agreements of {YEARS} years monthly, {count * 3 * 12 * YEARS:,} lines: "
        f"{wall:.2f} s (bar 5 s), {processor:.2f} s of the processor; plain decimals, scaled from "
        f"{len(few)}: {plainly / len(few) * count:.0f} s of it"
    )


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of all processors together."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def portfolio(count: int) -> Portfolio:
    """Four factors of each agreement's own, a market, and indexation between 1 and 5 %."""
    planned = tuple(min(40.0, 5.0 * at) for at in range(1, YEARS + 1))
    agreements = tuple(
        Uncertain(
            ref=f"AG-{at}",
            planned=planned,
            fee=Triangular(200.0 + at % 50, 300.0 + at % 50, 350.0 + at % 50),
            take_up=Triangular(0.6, 1.0, 1.25),
            revenue=Fixed(1500.0),
            share=Fixed(0.15),
            churn=Triangular(0.0, 0.03, 0.08),
            capital=Triangular(0.9, 1.0, 1.6),
            capital_gbp=(20_000.0,),
            guarantee_gbp=5_000.0,
            cost_per_year_gbp=900.0,
            cost_per_node_gbp=45.0,
            indexation="cpi",
        )
        for at in range(count)
    )
    return Portfolio(
        agreements=agreements,
        years=YEARS,
        discount=flat_real(0.035, "bench"),
        timing="end",
        inflation=Inflation(0.02, 0.01, 0.6, "bench"),
        loadings={"take-up": 0.3, "fee": 0.3},
        indexations={"cpi": Bounds(0.01, 0.05)},
    )


def plainly(made: Portfolio, draws: int) -> Floats:
    """Present values by draw and agreement, written as one would without thinking of speed."""
    rng = np.random.default_rng(1)
    rule = made.inflation
    npv = np.empty((draws, len(made.agreements)))
    totals = np.zeros((draws, made.years))
    for draw in range(draws):
        market, change, worth = rng.standard_normal(), rule.mean, [1.0]
        for _ in range(made.years - 1):
            change = rule.mean + rule.persistence * (change - rule.mean)
            change += rule.deviation * rng.standard_normal()
            worth.append(worth[-1] * (1 + min(max(change, 0.01), 0.05)) / (1 + change))
        for at, each in enumerate(made.agreements):
            take_up = _correlated(each.take_up, 0.3, market, rng)
            fee = _correlated(each.fee, 0.3, market, rng)
            churn = rng.triangular(0.0, 0.03, 0.08)
            capital = rng.triangular(0.9, 1.0, 1.6)
            cash = [0.0]
            staying = 1.0
            for year in range(made.years):
                staying *= 1 - churn
                nodes = each.planned[year] * take_up * staying
                income = max(each.guarantee_gbp, nodes * (fee + 0.15 * 1500.0)) * worth[year]
                cost = each.cost_per_year_gbp + each.cost_per_node_gbp * nodes
                spent = each.capital_gbp[0] * capital if year == 0 else 0.0
                cash.append(income - cost - spent)
            totals[draw] += cash[1:]
            npv[draw, at] = npf.npv(0.035, cash)
    np.quantile(npv, (0.1, 0.5, 0.9), axis=0)
    np.quantile(totals, (0.1, 0.5, 0.9), axis=0)
    return npv


def _correlated(
    distribution: Distribution, loading: float, market: float, rng: np.random.Generator
) -> float:
    score = loading * market + math.sqrt(1 - loading**2) * rng.standard_normal()
    return float(distribution.quantile(0.5 * math.erfc(-score / math.sqrt(2))))


def simulations(count: int, draws: int, runs: int) -> None:
    """A simulation of a portfolio, and the plain loop on one draw in a hundred."""
    made = portfolio(count)
    few = replace(made, agreements=made.agreements[:20])
    mean, plain_mean = simulated(few, 1_000, 1).npv.mean(), plainly(few, 200).sum(axis=1).mean()
    if abs(mean / plain_mean - 1) > 0.02:
        raise SystemExit(f"the two models differ: {mean:.0f} and {plain_mean:.0f}")
    found = [timed(lambda: simulated(made, draws, 1)) for _ in range(runs)]
    wall, processor = (statistics.median(each) for each in zip(*found, strict=True))
    plain_wall, plain_processor = timed(lambda: plainly(made, draws // 100))
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{draws:,} draws x {count:,} agreements x {YEARS} years: {wall:.2f} s (bar 3 s on 2 "
        f"cores), {processor:.2f} s of the processor; at most {peak_gb:.2f} GB (bar 1.5 GB); a "
        f"loop with numpy-financial, scaled from 1 %: {100 * plain_wall:.0f} s, "
        f"{100 * plain_wall / wall:.0f} x (bar 50 x); of the processor "
        f"{100 * plain_processor / processor:.0f} x"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--agreements", type=int, default=10_000)
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    schedules(given.agreements, given.runs)
    simulations(max(20, given.agreements // 10), given.agreements, given.runs)


if __name__ == "__main__":
    main()
