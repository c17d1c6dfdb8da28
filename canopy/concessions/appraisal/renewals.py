"""What renewing old lettings under the Electronic Communications Code would do to the register.

Only agreements at a rent of before the Code (valuation basis ``legacy-market``) are counted, and
each asset of one by itself: its share of the income of the financial year is the rent passing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from canopy.concessions.appraisal.portfolio import Earner, income_of, shares
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.standing import LIVE
from canopy.concessions.valuation.code_rights import Passing, PortfolioEffect, renewal_effect
from canopy.concessions.valuation.comparables import Site

SITES: Mapping[str, Site] = MappingProxyType(
    {
        "rooftop": "rooftop",
        "building": "rooftop",
        "mast": "greenfield",
        "open_space": "greenfield",
        "lamppost": "street-furniture",
        "cctv": "street-furniture",
        "street_furniture": "street-furniture",
        "small_cell_site": "street-furniture",
    }
)
"""The kind of site that an asset of the catalogue is; other kinds have no comparable."""


def renewals(
    earners: Iterable[Earner], kinds: Mapping[str, str], year: FinancialYear
) -> tuple[PortfolioEffect, list[str]]:
    """The effect, and the references of lettings whose asset is no such site, or is not known.

    kinds: of assets of the catalogue, by reference.
    """
    lettings: list[Passing] = []
    left_out: list[str] = []
    for each in earners:
        agreement = each.agreement
        is_old = agreement.valuation_basis == "legacy-market" and agreement.kind == "lease"
        if not is_old or each.registered.status not in LIVE:
            continue
        if not agreement.assets:
            left_out.append(agreement.ref)
            continue
        passing = shares(income_of(each.lines, year), agreement.assets)
        for asset, pence in zip(agreement.assets, passing, strict=True):
            name = agreement.ref if len(agreement.assets) == 1 else f"{agreement.ref}, {asset.ref}"
            site = SITES.get(kinds.get(asset.ref, ""))
            if site is None:
                left_out.append(name)
            else:
                lettings.append(Passing(name, site, pence / 100))
    return renewal_effect(lettings), left_out
