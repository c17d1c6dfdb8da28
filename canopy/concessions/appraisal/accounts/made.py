"""Both accounts of one agreement, and the figures that appraise it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

from canopy.concessions.appraisal.accounts.asked import Asked
from canopy.concessions.appraisal.accounts.figures import Returns, no_returns, returns_of
from canopy.concessions.appraisal.accounts.financial import Entry, YearAccount, by_year, entries
from canopy.concessions.appraisal.accounts.streams import (
    Dated,
    account_lines,
    dated,
    gains,
    is_borrowing,
    loan_flows,
    nominal,
    year_of,
)
from canopy.concessions.appraisal.accounts.told import accounts_told
from canopy.concessions.appraisal.telling import borrowing_told
from canopy.concessions.appraisal.value import Basis, Valuation, Worth, levels_of, value
from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.schedule.figures import NO_METERS, Figures, Meters
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.valuation.accounts import (
    AccountLine,
    EconomicAccount,
    council_cash,
    economic_account,
)
from canopy.concessions.valuation.discounting import factors, npv, year_times
from canopy.concessions.valuation.flows import (
    DatedNominalFlows,
    DatedRealFlows,
    PriceLevels,
    RealFlows,
    deflated,
    frozen,
)
from canopy.concessions.valuation.returns import cost_per_unit_year
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class UnitCost:
    """Present value of the council's costs over that of a volume's units [GBP/unit/yr]."""

    volume: str
    unit: str
    gbp: float


@dataclass(frozen=True, slots=True)
class Economic:
    """The economic account of years 0, 1, ..., in real terms.

    Attributes:
        total: present values, without transfers and financing.
        lines: all of them, those that do not count marked as such.
        discount_factors: of each year.
    """

    total: EconomicAccount
    lines: tuple[AccountLine, ...]
    discount_factors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Two accounts of one agreement, which are never summed.

    Attributes:
        valuation: the schedule that both are made of, with cover of the guarantee.
        entries, years: the financial account by financial year, as it falls due.
        real, nominal: appraisal of the council's cash, before financing.
        real_after_financing: its present value with loans and costs of borrowing.
        economic: None where prices are not known, as `reason` says.
    """

    valuation: Valuation
    asked: Asked
    entries: tuple[Entry, ...]
    years: tuple[YearAccount, ...]
    real: Returns
    nominal: Returns
    real_after_financing: Worth
    economic: Economic | None
    reason: str | None
    unit_costs: tuple[UnitCost, ...]
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def agreement(self) -> Agreement:
        return self.valuation.agreement


def accounts_of(
    agreement: Agreement,
    indices: Mapping[IndexName, IndexSeries],
    asked: Asked,
    meters: Meters = NO_METERS,
) -> Accounts:
    """Both accounts. Raises as `value`, and Refused for benefits counted from a later day."""
    basis = asked.basis
    if agreement.benefits and basis.from_day not in (None, agreement.term.start):
        raise Refused("benefits are of contract years: leave from_day to the start of the term")
    valuation = value(agreement, indices, basis, meters)
    first_day = valuation.first_day
    flows = dated(agreement, valuation.lines, first_day, asked.upfront)
    loans = loan_flows(agreement, first_day, asked.upfront)
    figures = Figures(agreement, indices, meters)
    contract = sum(1 for _ in agreement.term.years()) if agreement.benefits else 0
    moved = chain(*flows.values(), *loans.values())
    count = max([1, contract, *(year for _, year, _ in moved)])
    levels = levels_of(indices, basis, first_day, count)
    before = list(
        chain(*(of for named, of in flows.items() if not is_borrowing(agreement, *named[:2])))
    )
    own = list(gains(agreement, figures, levels)) if isinstance(levels, PriceLevels) else []
    before += [(day, year_of(day, first_day), pence) for day, _, pence in own]
    found = entries(agreement, valuation.lines, agreement.loans, own)
    if isinstance(levels, PriceLevels):
        lines = account_lines(agreement, flows, loans, figures, levels)
        real = _real_returns(before, levels, basis, first_day)
        after = Worth(round(100 * npv(council_cash(lines), basis.real, basis.timing)), None)
        economic = _economic(lines, asked, count)
        unit_costs = _unit_costs(agreement, figures, lines, basis, count)
    else:
        real, after, economic, unit_costs = no_returns(levels), Worth(None, levels), None, ()
    return Accounts(
        valuation=valuation,
        asked=asked,
        entries=tuple(found),
        years=tuple(by_year(found)),
        real=real,
        nominal=_nominal_returns(before, basis, first_day, count),
        real_after_financing=after,
        economic=economic,
        reason=levels if isinstance(levels, str) else None,
        unit_costs=unit_costs,
        assumptions=(
            *(each for each in valuation.assumptions if each not in borrowing_told(agreement)),
            *accounts_told(agreement, asked, first_day),
        ),
        sources=(
            *valuation.sources,
            f"optimism: {asked.optimism.source}",
            *(f"benefit {each.name}: {each.source}" for each in agreement.benefits),
            *(f"loan {each.name}: {each.source}" for each in agreement.loans),
        ),
    )


def _real_returns(before: Dated, levels: PriceLevels, basis: Basis, first_day: date) -> Returns:
    count = len(levels.levels)
    flows = deflated(nominal(before, count), levels)
    amounts = [pence / 100 / float(levels.levels[year]) for _, year, pence in before]
    days = DatedRealFlows(_days(before, first_day), frozen(amounts or [0.0]), levels.prices)
    told = f"real, in prices of the {levels.prices}"
    return returns_of(flows, days, basis.real, first_day, basis.timing, told)


def _nominal_returns(before: Dated, basis: Basis, first_day: date, count: int) -> Returns:
    amounts = frozen([pence / 100 for _, _, pence in before] or [0.0])
    days = DatedNominalFlows(_days(before, first_day), amounts)
    told = "nominal, each year's own money"
    flows = nominal(before, count + 1)
    return returns_of(flows, days, basis.nominal, first_day, basis.timing, told)


def _days(before: Dated, first_day: date) -> tuple[date, ...]:
    return tuple(day for day, _, _ in before) or (first_day,)


def _economic(lines: Sequence[AccountLine], asked: Asked, count: int) -> Economic:
    basis = asked.basis
    return Economic(
        economic_account(lines, basis.real, basis.timing, asked.optimism.part),
        tuple(lines),
        tuple(factors(basis.real, year_times(count + 1, basis.timing)).tolist()),
    )


def _unit_costs(
    agreement: Agreement,
    figures: Figures,
    lines: Sequence[AccountLine],
    basis: Basis,
    count: int,
) -> tuple[UnitCost, ...]:
    """Of every volume of units, where the whole term is valued."""
    costs = [each for each in lines if each.side == "cost" and not each.financing]
    if not costs or basis.from_day not in (None, agreement.term.start) or basis.last_day:
        return ()
    spent = RealFlows.of(
        np.sum([each.flows.amounts for each in costs], axis=0), costs[0].flows.prices
    )
    found = []
    for volume in agreement.volumes:
        if volume.unit in ("gbp", "kwh"):
            continue
        units = np.zeros(count + 1)
        for year in range(1, 1 + sum(1 for _ in agreement.term.years())):
            units[min(year, count)] += float(figures.volume(volume.name, year))
        if units.any():
            gbp = cost_per_unit_year(spent, units, basis.real, basis.timing)
            found.append(UnitCost(volume.name, volume.unit, gbp))
    return tuple(found)
