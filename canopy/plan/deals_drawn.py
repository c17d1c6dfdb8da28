"""A comparison of deals as a picture: the money of `concessions`, drawn by `render`."""

from __future__ import annotations

from canopy.concessions.appraisal.comparison import Comparison
from canopy.render.deals import PlottedDeal, deals_svg


def comparison_svg(found: Comparison) -> str:
    """The council's cash under each deal, and who bears which risk, in the order of the rows."""
    deals = {deal.name: deal for deal in found.deals}
    plotted = [
        PlottedDeal(
            row.name,
            deals[row.name].cash.amounts.tolist(),
            row.npv_gbp,
            (found.ranges[row.name].p10_gbp, found.ranges[row.name].p90_gbp),
            {str(risk): str(bearer) for risk, bearer in deals[row.name].bearers.items()},
        )
        for row in found.rows
    ]
    return deals_svg(found.asked.title, found.asked.prices, plotted)
