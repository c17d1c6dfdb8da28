"""What renewing old lettings under the Electronic Communications Code would do to the register.

Only agreements at a rent of before the Code (valuation basis ``legacy-market``) are counted, and
each asset of one by itself: its share of the income of the financial year is the rent passing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from canopy.concessions.appraisal.asset_kinds import Kinds, kind_of
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
    earners: Iterable[Earner], kinds: Kinds, year: FinancialYear
) -> tuple[PortfolioEffect, dict[str, str]]:
    """The effect; and why lettings are left out, by their names.

    kinds: of assets of the catalogue, by reference and source. A letting is left out where its
    rent is not known, since it has no schedule, and where its asset is no such site, is not in
    the catalogue, or is one of several kinds with one reference.
    """
    lettings: list[Passing] = []
    left_out: dict[str, str] = {}
    for each in earners:
        agreement = each.agreement
        is_old = agreement.valuation_basis == "legacy-market" and agreement.kind == "lease"
        if not is_old or each.registered.status not in LIVE:
            continue
        if each.reason is not None:
            left_out[agreement.ref] = each.reason
            continue
        if not agreement.assets:
            left_out[agreement.ref] = "it names no asset"
            continue
        passing = shares(income_of(each.lines, year), agreement.assets)
        for asset, pence in zip(agreement.assets, passing, strict=True):
            name = agreement.ref if len(agreement.assets) == 1 else f"{agreement.ref}, {asset.ref}"
            kind, reason = kind_of(asset.ref, kinds)
            site = SITES.get(kind or "")
            if site is None:
                left_out[name] = reason or f"nothing is published of a {kind}"
            else:
                lettings.append(Passing(name, site, pence / 100))
    return renewal_effect(lettings), left_out
