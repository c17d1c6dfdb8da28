"""Prices of a year as the council's own scenario of inflation has them."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.appraisal.indices import changes_of
from canopy.concessions.appraisal.inputs import Inputs
from canopy.concessions.appraisal.value import PRICE_LAG_MONTHS, price_months
from canopy.concessions.indexation.scenarios import assumed, continued
from canopy.concessions.indexation.series import SERIES_IDS, IndexSeries
from canopy.errors import Refused


def price_levels(inputs: Inputs, first_day: date, years: int) -> NDArray[np.float64]:
    """CPI of years from `first_day` on, that of the first as 1.

    Raises Refused where neither a published series nor a scenario reaches.
    """
    months = price_months(first_day, years, PRICE_LAG_MONTHS)
    if not months:
        return np.ones(years)
    changes = changes_of(_series(inputs, months), months)
    return np.concatenate([[1.0], np.cumprod(1 + np.array(changes))])


def _series(inputs: Inputs, months: list[date]) -> IndexSeries:
    scenario = inputs.scenario
    published = next(
        (each for each in inputs.published if each.series_id in SERIES_IDS["cpi"]), None
    )
    if published is not None:
        longer = published.last < months[-1] and scenario is not None
        return continued(published, scenario, months[-1]) if longer and scenario else published
    if scenario is None:
        raise Refused("prices are not known: no series of cpi and no scenario was given")
    first = months[0]
    if scenario.change_by_year:
        first = min(first, date(min(scenario.change_by_year), 1, 1))
    return assumed(scenario, first, months[-1], "annual-rate")
