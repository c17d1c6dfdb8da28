"""Deal structures side by side, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel

from canopy.api.concessions.deps import PlannerOf
from canopy.api.concessions.simulation import PercentilesOut
from canopy.concessions.appraisal.comparison import asked_of, compare, json_schema
from canopy.concessions.appraisal.deal_ranges import DRAWS, SEED, DealRange
from canopy.concessions.valuation.returns import Irr
from canopy.plan.deals_drawn import comparison_svg

DrawsOf = Annotated[int, Query(ge=100, le=100_000)]
SeedOf = Annotated[int, Query(ge=0, le=2**63 - 1)]

router = APIRouter()


class IrrOut(BaseModel):
    """A rate of return, or why there is none."""

    rate: float | None
    reason: str | None


class DealOut(BaseModel):
    """One deal: what it is worth to the council, and who bears which risk [p, real]."""

    name: str
    npv_pence: int
    """As planned: neither the mean nor the median of what may come."""
    npv_range: PercentilesOut
    probability_of_loss: float
    irr: IrrOut
    payback_years: float | None
    worst_year_pence: int
    most_outlaid_pence: int
    council_bears: list[str]
    shared: list[str]
    cash_pence: list[int]
    """By year, from year 0."""


class ComparedOut(BaseModel):
    """Deals by falling present value, on one roll-out."""

    title: str
    prices: str
    nodes: list[float]
    deals: list[DealOut]
    draws: int
    seed: int
    sources: list[str]


@router.get("/compare/schema")
def comparison_schema() -> dict[str, Any]:
    """JSON Schema of what POST /concessions/compare takes."""
    return json_schema()


@router.post("/compare")
def compare_deals(
    wanted: Annotated[dict[str, Any], Body()],
    principal: PlannerOf,
    draws: DrawsOf = DRAWS,
    seed: SeedOf = SEED,
) -> ComparedOut:
    """Compare deals on the same assets at the Green Book's rates, at the ends of years.

    The range of each present value is drawn by `ranges`, as in a file of them, all deals on the
    same futures; the same seed gives the same figures.
    """
    found = compare(asked_of(wanted), draws=draws, seed=seed)
    cash = {deal.name: deal.cash.amounts for deal in found.deals}
    return ComparedOut(
        title=found.asked.title,
        prices=found.asked.prices,
        nodes=list(found.asked.nodes),
        deals=[
            DealOut(
                name=row.name, npv_pence=round(100 * row.npv_gbp),
                npv_range=_range(found.ranges[row.name]),
                probability_of_loss=found.ranges[row.name].probability_of_loss, irr=_irr(row.irr),
                payback_years=row.payback_years,
                worst_year_pence=round(100 * row.worst_year_gbp),
                most_outlaid_pence=round(100 * row.most_outlaid_gbp),
                council_bears=list(row.council_bears), shared=list(row.shared),
                cash_pence=[round(100 * float(each)) for each in cash[row.name]],
            )
            for row in found.rows
        ],
        draws=found.draws,
        seed=found.seed,
        sources=found.asked.sources(),
    )  # fmt: skip


@router.post(
    "/compare/plot",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "An SVG picture."}},
)
def plot_deals(
    wanted: Annotated[dict[str, Any], Body()],
    principal: PlannerOf,
    draws: DrawsOf = DRAWS,
    seed: SeedOf = SEED,
) -> Response:
    """The same comparison as a picture: cash summed up by year, value, and bearers of risks."""
    picture = comparison_svg(compare(asked_of(wanted), draws=draws, seed=seed))
    return Response(picture, media_type="image/svg+xml")


def _range(found: DealRange) -> PercentilesOut:
    low, middle, high = (
        round(100 * each) for each in (found.p10_gbp, found.p50_gbp, found.p90_gbp)
    )
    return PercentilesOut(p10_pence=low, p50_pence=middle, p90_pence=high)


def _irr(found: Irr) -> IrrOut:
    return IrrOut(rate=found.rate, reason=found.reason)
