"""What accounts are asked for: rates and allowances as people write them, with their sources."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

from canopy.concessions.appraisal.value import Basis
from canopy.concessions.valuation.discounting import (
    GREEN_BOOK,
    GREEN_BOOK_SENSITIVITY,
    Band,
    RealDiscount,
    flat_real,
)
from canopy.concessions.valuation.optimism import Project, residual_bias
from canopy.errors import Refused

Upfront = Literal["first-year", "at-start"]
MOST_BANDS = 20
MOST_PERCENT = 400
SCHEDULES = {"green-book": GREEN_BOOK, "green-book-sensitivity": GREEN_BOOK_SENSITIVITY}
_LOWEST, _HIGHEST = -5.0, 50.0


@dataclass(frozen=True, slots=True)
class Optimism:
    """What is added to capital cost in the economic account [fraction], and why."""

    part: float
    source: str


NO_OPTIMISM = Optimism(0.0, "none was asked for, so capital stands as it is estimated")


@dataclass(frozen=True, slots=True)
class Asked:
    """How accounts are made.

    Attributes:
        basis: rates, prices and when in a year its cash falls.
        upfront: whether one-off amounts that are due up to the first day are of the first year,
            or are at its start and not discounted.
        optimism: added to capital in the economic account.
    """

    basis: Basis = field(default_factory=Basis)
    upfront: Upfront = "first-year"
    optimism: Optimism = NO_OPTIMISM


def real_rate(text: str) -> RealDiscount:
    """Rates of a word, a percent, or bands: `green-book`, `3.5`, or `3.5:30,3:75,2.5`.

    A band is a percent and the year that it ends with; the last has none. Raises Refused for
    anything else, and outside -5 % to 50 %.
    """
    if text in SCHEDULES:
        return SCHEDULES[text]
    parts = text.split(",")
    if len(parts) > MOST_BANDS:
        raise Refused(f"a rate has {len(parts)} bands, over {MOST_BANDS}")
    bands = [_band(each, text, is_last=at == len(parts)) for at, each in enumerate(parts, 1)]
    ends = [each.until for each in bands if each.until is not None]
    if any(later <= before for before, later in zip([0.0, *ends], ends, strict=False)):
        raise Refused(f"rate {text!r}: bands are not in the order of the years they end with")
    if len(bands) == 1:
        return flat_real(bands[0].rate, f"real, {100 * bands[0].rate:g} %, as asked for")
    return RealDiscount(tuple(bands), f"real, by bands of years, as asked for: {text}")


def _band(text: str, whole: str, *, is_last: bool) -> Band:
    percent, colon, until = text.partition(":")
    if bool(colon) == is_last:
        raise Refused(f"rate {whole!r}: every band but the last ends with a year, as in 3.5:30,3")
    rate = _number(percent, whole)
    if not _LOWEST <= rate <= _HIGHEST:
        raise Refused(f"rate {whole!r}: {percent} % lies outside {_LOWEST:g} to {_HIGHEST:g}")
    return Band(rate / 100, _number(until, whole) if colon else None)


def optimism(text: str) -> Optimism:
    """The allowance of a kind of project, at its upper bound, or a percent as `44`.

    Raises Refused for another word, and outside 0 % to 400 %.
    """
    if text in get_args(Project):
        return Optimism(
            residual_bias(text),  # type: ignore[arg-type]  # one of them, as just found
            f"{text}, upper bound: Mott MacDonald, Review of Large Public Procurement in the UK "
            "(2002), table 2",
        )
    percent = _number(text, text)
    if not 0 <= percent <= MOST_PERCENT:
        raise Refused(f"an allowance for optimism of {text} % lies outside 0 to {MOST_PERCENT}")
    return Optimism(percent / 100, f"{percent:g} %, as asked for")


def _number(text: str, whole: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        words = ", ".join((*SCHEDULES, *get_args(Project)))
        raise Refused(f"{whole!r} is no percent, no bands as 3.5:30,3, and none of {words}")
    return number
