"""Income to be expected of assets that are not let yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.valuation.flows import RealFlows
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class Bass:
    """Diffusion by innovation and imitation.

    Attributes:
        p, q: coefficients of innovation and imitation [1/yr], above 0 and at least 0. Averages
            of 213 published applications are 0.03 and 0.38 (Sultan, Farley and Lehmann, Journal
            of Marketing Research 27, 1990; cited from memory).
        source: of the values that are used.
    """

    p: float
    q: float
    source: str


@dataclass(frozen=True, slots=True)
class SCurve:
    """Logistic take-up: half is reached in year `middle`, `steepness` is per year, above 0."""

    middle: float
    steepness: float
    source: str


TakeUp = Bass | SCurve


def taken_up(curve: TakeUp, years: int) -> NDArray[np.float64]:
    """The part of a market that has been taken up by the end of years 1 to `years`, 0 to 1.

    Source of the Bass curve: Bass, A new product growth for model consumer durables, Management
    Science 15 (1969), the solution of equation 4.
    """
    t = np.arange(1, years + 1, dtype=np.float64)
    if isinstance(curve, SCurve):
        if not curve.steepness > 0:
            raise Refused("the steepness of an S-curve is above 0")
        return 1 / (1 + np.exp(-curve.steepness * (t - curve.middle)))
    if not (curve.p > 0 and curve.q >= 0):
        raise Refused("a Bass curve has p above 0 and q of at least 0")
    gone = np.exp(-(curve.p + curve.q) * t)
    return (1 - gone) / (1 + curve.q / curve.p * gone)


@dataclass(frozen=True, slots=True)
class Group:
    """Unlet assets that are alike.

    Attributes:
        assets: how many, at least 0.
        suitability: their class; the price is looked up by it.
        ceiling: part of them that is ever let, 0 to 1.
        churn: part of lettings that ends each year, 0 to 1.
        sharing: chance that a letting has a second operator, 0 to 1.
        uplift: what a second operator adds, as a part of the first one's price.
    """

    name: str
    assets: int
    suitability: str
    take_up: TakeUp
    ceiling: float = 1.0
    churn: float = 0.0
    sharing: float = 0.0
    uplift: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Prospect:
    """Expected lettings and income of a group by year, from year 0 (nothing) on."""

    group: str
    let: NDArray[np.float64]
    income: RealFlows


def prospect(
    group: Group, yearly_price_gbp: Mapping[str, float], years: int, prices: str
) -> Prospect:
    """What a group is expected to bring, in the prices that `prices` names.

    Prices are by suitability class [GBP/asset/yr]. Each year's new lettings come from the
    curve, and a part of all lettings is lost: those are not let again within the model. Raises
    Refused for a class without a price and for parts outside 0 to 1.
    """
    if group.suitability not in yearly_price_gbp:
        raise Refused(f"there is no price for the suitability class {group.suitability}")
    parts = (group.ceiling, group.churn, group.sharing)
    if not all(0 <= part <= 1 for part in parts) or group.assets < 0 or group.uplift < 0:
        raise Refused(f"the group {group.name} has a part outside 0 to 1, or a negative number")
    new = np.diff(taken_up(group.take_up, years), prepend=0.0) * group.ceiling * group.assets
    let = np.zeros(years + 1)
    for year in range(1, years + 1):
        let[year] = let[year - 1] * (1 - group.churn) + new[year - 1]
    price = yearly_price_gbp[group.suitability] * (1 + group.sharing * group.uplift)
    return Prospect(group.name, let, RealFlows.of(let * price, prices))
