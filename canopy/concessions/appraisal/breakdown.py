"""Income of live agreements by kind of asset and by operator, for each financial year.

An agreement's income of a year is shared over the kinds of its assets by what they are of it
(`portfolio.weights_of`), so that the parts are its income to the penny.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from canopy.concessions.appraisal.asset_kinds import Kinds, kind_of
from canopy.concessions.appraisal.portfolio import Earner, parted, weights_of
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.standing import LIVE
from canopy.concessions.terms.agreement import LetAsset

NO_ASSET = "no asset named"
UNKNOWN = "not in the catalogue"
SEVERAL = "one of several assets"
"""Of a reference that assets of different kinds have."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one agreement earns from one kind of its assets.

    Attributes:
        kind: of the agreement.
        income_pence: revenue income by the financial year that it falls due in [p]; a year
            without any is not there.
    """

    ref: str
    kind: str
    operator: str
    asset_kind: str
    income_pence: Mapping[FinancialYear, int]


def parts_of(earners: Iterable[Earner], kinds: Kinds) -> list[Part]:
    """The parts of all live agreements. kinds: of assets of the catalogue, by reference and source;
    one that assets of several kinds have counts as `SEVERAL`.
    """
    return [
        part for each in earners if each.registered.status in LIVE for part in _parts(each, kinds)
    ]


def _parts(earner: Earner, kinds: Kinds) -> Iterator[Part]:
    agreement = earner.agreement
    weights = kind_weights(agreement.assets, kinds)
    found: dict[str, dict[FinancialYear, int]] = {kind: {} for kind in weights}
    for year, income in _by_year(earner).items():
        shares = parted(income, list(weights.values()))
        for kind, share in zip(weights, shares, strict=True):
            if share:
                found[kind][year] = share
    for kind, income_pence in found.items():
        yield Part(agreement.ref, agreement.kind, earner.operator, kind, income_pence)


def kind_weights(assets: Sequence[LetAsset], kinds: Kinds) -> dict[str, Fraction]:
    """How much of an agreement each kind of its assets is."""
    if not assets:
        return {NO_ASSET: Fraction(1)}
    found: dict[str, Fraction] = defaultdict(Fraction)
    for asset, weight in zip(assets, weights_of(assets), strict=True):
        unknown = SEVERAL if kinds.get(asset.ref) else UNKNOWN
        found[kind_of(asset.ref, kinds)[0] or unknown] += weight
    return dict(sorted(found.items()))


def _by_year(earner: Earner) -> dict[FinancialYear, int]:
    sums: dict[FinancialYear, int] = defaultdict(int)
    for line in earner.lines:
        if line.side == "income" and line.account == "revenue":
            sums[FinancialYear.of(line.due)] += line.net_pence
    return {year: income for year, income in sums.items() if income}


def asset_kinds(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Parts by kind of asset, that which earns most over all years first."""
    return _grouped((part.asset_kind, part) for part in parts)


def operators(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Parts by operator, that which pays most over all years first."""
    return _grouped((part.operator, part) for part in parts)


def _grouped(named: Iterable[tuple[str, Part]]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = defaultdict(list)
    for name, part in named:
        found[name].append(part)
    earned = {
        name: sum(sum(each.income_pence.values()) for each in parts)
        for name, parts in found.items()
    }
    return {name: found[name] for name in sorted(found, key=lambda name: (-earned[name], name))}


def income_in(parts: Iterable[Part], year: FinancialYear) -> int:
    """What parts earn in a financial year [p]."""
    return sum(part.income_pence.get(year, 0) for part in parts)
