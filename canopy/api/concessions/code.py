"""What sites are worth under the Electronic Communications Code, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel

from canopy.api.concessions.deps import PlannerOf
from canopy.concessions.appraisal.code_asking import SiteTold, asked_of, effect_of, told
from canopy.concessions.valuation.comparables import Comparable

router = APIRouter()


class ComparableOut(BaseModel):
    """A published yearly figure of its year's money [p]; not `seen` is cited from memory."""

    name: str
    year: int
    yearly_pence: int
    source: str
    seen: bool


class PublishedOut(BaseModel):
    """What is published of such a site on one basis [p/yr]; None where nothing is."""

    low_pence: int | None
    high_pence: int | None
    comparables: list[ComparableOut]


class CodeSiteOut(BaseModel):
    """A site [p/yr]: compensation is no part of consideration, nor is one basis of the other."""

    name: str
    site: str
    consideration_pence: int
    compensation_pence: int
    passing_pence: int | None
    placed: str
    """Where consideration lies beside the published range, in words."""
    no_network: PublishedOut
    market_before_code: PublishedOut
    source: str


class CodeValuesOut(BaseModel):
    """Sites by themselves, and sums over those that are let; None where none is."""

    sites: list[CodeSiteOut]
    let_sites: int
    passing_pence: int | None
    consideration_of_let_pence: int | None


@router.post("/code-value")
def code_values(wanted: Annotated[dict[str, Any], Body()], principal: PlannerOf) -> CodeValuesOut:
    """What sites are worth with the network left out, beside published decisions and rents."""
    found = told(asked_of(wanted))
    effect = effect_of(found)
    return CodeValuesOut(
        sites=[_site(each) for each in found],
        let_sites=len(effect.renewals),
        passing_pence=_pence(effect.passing_gbp) if effect.renewals else None,
        consideration_of_let_pence=_pence(effect.low_gbp) if effect.renewals else None,
    )


def _site(each: SiteTold) -> CodeSiteOut:
    passing = each.asked.passing_gbp
    return CodeSiteOut(
        name=each.asked.name,
        site=each.asked.site,
        consideration_pence=_pence(each.value.consideration_gbp),
        compensation_pence=_pence(each.value.compensation_gbp),
        passing_pence=None if passing is None else _pence(float(passing)),
        placed=each.placed,
        no_network=_published(each.value.published, each.value.compared_with),
        market_before_code=_published(each.market_range, each.market),
        source=each.asked.source,
    )


def _published(between: tuple[float, float] | None, found: tuple[Comparable, ...]) -> PublishedOut:
    low, high = (None, None) if between is None else map(_pence, between)
    return PublishedOut(
        low_pence=low, high_pence=high,
        comparables=[
            ComparableOut(
                name=each.name, year=each.year, yearly_pence=_pence(each.yearly_gbp),
                source=each.source, seen=each.seen,
            )
            for each in found
        ],
    )  # fmt: skip


def _pence(pounds: float) -> int:
    return round(100 * pounds)
