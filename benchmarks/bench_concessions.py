"""Schedules of many agreements, against their bar.

    python benchmarks/bench_concessions.py [--runs 5] [--agreements 10000]

Ten thousand agreements of 25 years, paid monthly, each with an indexed rent, a charge per unit,
and a cost: from records to arrays of pence, on one core. Before that, fifty of them are compared
line by line with the plain decimals. Medians are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from canopy.concessions.indexation.factors import Indices
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.scenarios import Scenario, assumed
from canopy.concessions.schedule.arrays import lines_of, schedule_arrays
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import PerUnit, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--agreements", type=int, default=10_000)
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    schedules(given.agreements, given.runs)


if __name__ == "__main__":
    main()
