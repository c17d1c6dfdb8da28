"""A simulation of a portfolio, and its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canopy.concessions.montecarlo.distributions import KINDS, Pert, parameters
from canopy.concessions.montecarlo.draws import Design, common_draws, stream_of
from canopy.concessions.montecarlo.kernel import TABLE_REACH, TABLE_STEP, simulate
from canopy.concessions.montecarlo.portfolio import (
    FACTORS,
    UNINDEXED,
    Portfolio,
    base_cash,
    by_year,
    worth_of,
)

PERCENTILES = (0.10, 0.50, 0.90)
BLOCKS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Figures of a simulation, all real [GBP]. Columns of three are P10, P50 and P90.

    Attributes:
        by_year: percentiles of the portfolio's cash, (years, 3).
        agreement_npv: percentiles of each agreement's present value, (agreements, 3).
        agreement_mean, agreement_loss: mean of it, and the part of draws in which it is below 0.
        npv: of the portfolio, by draw.
        base_npv: of the portfolio with every factor at its base: not the mean, nor the median.
    """

    by_year: NDArray[np.float64]
    agreement_npv: NDArray[np.float64]
    agreement_mean: NDArray[np.float64]
    agreement_loss: NDArray[np.float64]
    npv: NDArray[np.float64]
    base_npv: float

    @property
    def percentiles(self) -> tuple[float, float, float]:
        """P10, P50 and P90 of the portfolio's present value."""
        low, middle, high = np.quantile(self.npv, PERCENTILES)
        return float(low), float(middle), float(high)

    @property
    def probability_of_loss(self) -> float:
        """The part of draws in which the portfolio is worth less than nothing."""
        return float((self.npv < 0).mean())


def simulated(
    portfolio: Portfolio, draws: int, seed: int, design: Design = "latin-hypercube"
) -> Simulated:
    """Simulates a portfolio. The same seed gives the same figures on any number of cores.

    `design` is that of the common factors; own factors are always a Latin hypercube. Raises
    Refused as `common_draws` does.
    """
    agreements = portfolio.agreements
    common = common_draws(portfolio, draws, seed, design)
    names = [None, *portfolio.indexations]
    bounds = [None, *portfolio.indexations.values(), UNINDEXED]
    worths = np.array(
        [
            worth_of(common.inflation, each, portfolio.inflation, portfolio.years).T
            for each in bounds
        ]
    )
    kinds, rows, table_of, tables = _distributions(portfolio)
    blocks = np.zeros((min(BLOCKS, len(agreements)), portfolio.years, draws))
    out = np.empty((len(agreements), len(PERCENTILES) + 2))
    simulate(
        np.array([stream_of(seed, each.ref) for each in agreements], np.uint64),
        kinds,
        rows,
        table_of,
        tables,
        np.array([portfolio.loadings.get(name, 0.0) for name in FACTORS]),
        np.array(
            [(x.guarantee_gbp, x.cost_per_year_gbp, x.cost_per_node_gbp) for x in agreements],
            np.float64,
        ),
        np.array([each.settled_after for each in agreements], np.int64),
        np.array([by_year(each.planned, portfolio.years) for each in agreements]),
        np.array([by_year(each.beside, portfolio.years) for each in agreements]),
        np.array([by_year(each.scaling_gbp, portfolio.years) for each in agreements]),
        np.array([by_year(each.capital_gbp, portfolio.years) for each in agreements]),
        np.array([by_year(each.least_gbp, portfolio.years) for each in agreements]),
        np.array([by_year(each.certain_gbp, portfolio.years) for each in agreements]),
        np.array([by_year(each.indexed_gbp, portfolio.years) for each in agreements]),
        np.array([by_year(each.unindexed_gbp, portfolio.years) for each in agreements]),
        np.array([names.index(each.indexation) for each in agreements], np.int64),
        np.array([names.index(each.beside_indexation) for each in agreements], np.int64),
        np.array([names.index(each.certain_indexation) for each in agreements], np.int64),
        worths,
        portfolio.discount_factors(),
        special.ndtri((np.arange(draws) + 0.5) / draws),
        common.market,
        blocks,
        np.array(PERCENTILES),
        out,
    )
    totals = blocks.sum(axis=0)
    last = len(PERCENTILES)
    return Simulated(
        by_year=np.quantile(totals, PERCENTILES, axis=1).T,
        agreement_npv=out[:, :last],
        agreement_mean=out[:, last],
        agreement_loss=out[:, last + 1],
        npv=portfolio.discount_factors() @ totals,
        base_npv=float((base_cash(portfolio) @ portfolio.discount_factors()).sum()),
    )


def _distributions(
    portfolio: Portfolio,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Kinds, parameters, and tables of those that have no closed quantile."""
    shape = (len(portfolio.agreements), len(FACTORS))
    kinds, table_of = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    rows = np.zeros((*shape, 3))
    scores = np.linspace(-TABLE_REACH, TABLE_REACH, round(2 * TABLE_REACH / TABLE_STEP) + 1)
    probabilities = special.ndtr(scores)
    known: dict[Pert, int] = {}
    tables = [np.zeros(len(scores))]
    for at, agreement in enumerate(portfolio.agreements):
        for which, name in enumerate(FACTORS):
            distribution = agreement.factor(name)
            kinds[at, which] = KINDS.index(type(distribution))
            rows[at, which] = parameters(distribution)
            if isinstance(distribution, Pert):
                if distribution not in known:
                    known[distribution] = len(tables)
                    tables.append(distribution.quantile(probabilities))
                table_of[at, which] = known[distribution]
    return kinds, rows, table_of, np.array(tables)
