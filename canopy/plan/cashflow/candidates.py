"""Money of the sites that a plan chooses and nobody has let yet: what they may earn and cost.

Prices and take-up are a file's of prospects (`canopy.concessions.appraisal.prospecting`): its
groups name a kind and a class of suitability, and each phase's sites of them begin to be let in
the financial year that the phase's year begins in. Sites whose group has no price earn nothing,
and are told. Capital is what the rules of suitability take each site to cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.appraisal.prospecting import ProspectsAsked, asked_of
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.errors import BadTerms
from canopy.plan.cashflow.rows import UNKNOWN, Account, CashRow

NOBODY_YET = "to be found"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chosen site.

    Attributes:
        phase, year: of the plan in which it is built.
        capital_gbp: of making it ready [£]; None where not known.
    """

    kind: str
    ward: str | None
    suitability: str
    phase: str
    year: FinancialYear
    capital_gbp: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates of one phase that are alike, with their money in real terms by year [£].

    Attributes:
        let: sites that are let, by year of the model.
        price_gbp: of one that is let in a year, in the prices of the model's first year.
        capital_gbp: by year, the same.
        wards: sites by ward.
    """

    name: str
    kind: str
    sites: int
    wards: Counter[str]
    let: Floats
    price_gbp: float
    capital_gbp: Floats

    @property
    def income_gbp(self) -> Floats:
        """By year of the model, in the prices of its first [£]."""
        return self.let * self.price_gbp


def groups_of(
    candidates: Sequence[Candidate],
    prospects: dict[str, Any] | None,
    years: Sequence[FinancialYear],
) -> tuple[list[Group], list[str]]:
    """Groups by phase, kind and class, and what readers should know of them."""
    found, told = [], []
    alike: dict[tuple[str, FinancialYear, str, str], list[Candidate]] = {}
    for each in candidates:
        alike.setdefault((each.phase, each.year, each.kind, each.suitability), []).append(each)
    for (phase, begins, kind, suitability), sites in alike.items():
        asked = _asked(prospects, kind, suitability, len(sites))
        name = f"{phase}: {len(sites):,} × {kind}, {suitability}"
        if asked is None:
            told.append(f"{name}: no price is given, so nothing is counted as earned.")
        found.append(
            Group(
                name, kind, len(sites), Counter(each.ward or UNKNOWN for each in sites),
                *_let(asked, begins, years), _capital(sites, begins, years),
            )
        )  # fmt: skip
        missing = sum(1 for each in sites if each.capital_gbp is None)
        if missing:
            told.append(f"{name}: of {missing:,} sites the capital cost is not known.")
        if begins < years[0]:
            told.append(f"{name}: built in {begins}, before the model's first year {years[0]}.")
    return found, told


def _asked(
    prospects: dict[str, Any] | None, kind: str, suitability: str, count: int
) -> ProspectsAsked | None:
    if prospects is None:
        return None
    groups = prospects.get("groups")
    if not isinstance(groups, list) or not all(isinstance(each, dict) for each in groups):
        raise BadTerms("groups is a list of tables", field="groups")
    fitting = [
        each for each in groups
        if each.get("suitability") == suitability and each.get("kind") in (None, kind)
    ]  # fmt: skip
    if not fitting:
        return None
    chosen = {key: value for key, value in fitting[0].items() if key != "kind"}
    return asked_of({**prospects, "groups": [{**chosen, "assets": count}]})


def _let(
    asked: ProspectsAsked | None, begins: FinancialYear, years: Sequence[FinancialYear]
) -> tuple[Floats, float]:
    """Sites let by year, and what one pays; after the file's last year as in that."""
    found = np.zeros(len(years))
    if asked is None:
        return found, 0.0
    (expected,) = asked.expected()
    group = asked.groups[0]
    price = float(asked.price_gbp[group.suitability])
    price *= 1 + float(group.sharing) * float(group.uplift)
    let = expected.let[1:]  # year 0 has nothing
    for at, year in enumerate(years):
        age = year.begins - begins.begins
        if age >= 0:
            found[at] = let[min(age, len(let) - 1)]
    return found, price


def _capital(
    sites: Sequence[Candidate], begins: FinancialYear, years: Sequence[FinancialYear]
) -> Floats:
    found = np.zeros(len(years))
    at = max(0, begins.begins - years[0].begins)
    if at < len(years):
        found[at] = sum(each.capital_gbp or 0.0 for each in sites)
    return found


def candidate_rows(
    groups: Sequence[Group], years: Sequence[FinancialYear], levels: Floats
) -> list[CashRow]:
    """Rows in each year's own money. levels: prices by year, that of the first as 1."""
    return [row for group in groups for row in _rows(group, years, levels)]


def _rows(group: Group, years: Sequence[FinancialYear], levels: Floats) -> Iterator[CashRow]:
    accounts: tuple[tuple[Account, Floats], ...] = (
        ("income", group.income_gbp), ("capital cost", group.capital_gbp),
    )  # fmt: skip
    for account, real in accounts:
        left = np.rint(100 * real * levels).astype(np.int64)
        sites = group.sites
        for ward, count in sorted(group.wards.items()):
            part = left * count // sites
            left, sites = left - part, sites - count
            pence = {
                year: int(each) for year, each in zip(years, part.tolist(), strict=True) if each
            }
            if pence:
                yield CashRow("new sites", group.name, group.kind, ward, NOBODY_YET, account, pence)
