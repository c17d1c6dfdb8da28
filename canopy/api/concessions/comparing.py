"""Deal structures side by side, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel

from canopy.api.concessions.deps import PlannerOf
from canopy.concessions.appraisal.comparison import asked_of, compare, json_schema
from canopy.concessions.valuation.returns import Irr
from canopy.plan.deals_drawn import comparison_svg

router = APIRouter()


class IrrOut(BaseModel):
    """A rate of return, or why there is none."""

    rate: float | None
    reason: str | None


class DealOut(BaseModel):
    """One deal: what it is worth to the council, and who bears which risk [p, real]."""

    name: str
    npv_pence: int
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
    sources: list[str]


@router.get("/compare/schema")
def comparison_schema() -> dict[str, Any]:
    """JSON Schema of what POST /concessions/compare takes."""
    return json_schema()


@router.post("/compare")
def compare_deals(wanted: Annotated[dict[str, Any], Body()], principal: PlannerOf) -> ComparedOut:
    """Compare deals on the same assets at the Green Book's rates, at the ends of years."""
    found = compare(asked_of(wanted))
    cash = {deal.name: deal.cash.amounts for deal in found.deals}
    return ComparedOut(
        title=found.asked.title,
        prices=found.asked.prices,
        nodes=list(found.asked.nodes),
        deals=[
            DealOut(
                name=row.name, npv_pence=round(100 * row.npv_gbp), irr=_irr(row.irr),
                payback_years=row.payback_years,
                worst_year_pence=round(100 * row.worst_year_gbp),
                most_outlaid_pence=round(100 * row.most_outlaid_gbp),
                council_bears=list(row.council_bears), shared=list(row.shared),
                cash_pence=[round(100 * float(each)) for each in cash[row.name]],
            )
            for row in found.rows
        ],
        sources=found.asked.sources(),
    )  # fmt: skip


@router.post(
    "/compare/plot",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "An SVG picture."}},
)
def plot_deals(wanted: Annotated[dict[str, Any], Body()], principal: PlannerOf) -> Response:
    """The same comparison as a picture: cash summed up by year, and who bears which risk."""
    picture = comparison_svg(compare(asked_of(wanted)))
    return Response(picture, media_type="image/svg+xml")


def _irr(found: Irr) -> IrrOut:
    return IrrOut(rate=found.rate, reason=found.reason)
