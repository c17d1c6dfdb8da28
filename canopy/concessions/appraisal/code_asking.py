"""What sites are worth under the Electronic Communications Code, from figures of the council.

Consideration leaves the network out (Communications Act 2003, Schedule 3A, paragraph 24); beside
it stand published decisions on that basis and, apart from them, market rents of before the Code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.fields import CLOSED, Pounds, Text
from canopy.concessions.terms.documents import read_toml, validated
from canopy.concessions.valuation.code_rights import (
    CodeInputs,
    CodeValue,
    Passing,
    PortfolioEffect,
    code_value,
    renewal_effect,
)
from canopy.concessions.valuation.comparables import (
    Comparable,
    Site,
    comparables,
    published_range,
)
from canopy.errors import BadTerms

MOST_SITES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAsked:
    """One site, each amount yearly [GBP/yr].

    Attributes:
        name: by which it is told.
        site: "bare-rural" and "greenfield" are bare land, "street-furniture" is lamp columns.
        other_use_gbp: what it would let for if not for a network; often nominal.
        benefits_gbp: to the operator beyond the bare site, such as access at all hours.
        burdens_gbp: to the council beyond those of the other use.
        compensation_gbp: loss and damage, spread over the years; not consideration.
        passing_gbp: the rent now, where the site is let.
        source: where the figures come from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Text
    site: Site
    other_use_gbp: Pounds
    benefits_gbp: Pounds
    burdens_gbp: Pounds
    compensation_gbp: Pounds = Decimal(0)
    passing_gbp: Pounds | None = None
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesAsked:
    """Sites, each with a name of its own."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    sites: Annotated[tuple[SiteAsked, ...], Field(max_length=MOST_SITES)]

    def __post_init__(self) -> None:
        if not self.sites:
            raise BadTerms("no site is listed", field="sites")
        if len({each.name for each in self.sites}) < len(self.sites):
            raise BadTerms("two sites have one name", field="sites")


@dataclass(frozen=True, slots=True)
class SiteTold:
    """A site's value under the Code, and market rents of before it, which are another basis.

    Attributes:
        market, market_range: published rents of before the Code, for such a site [GBP/yr]; none,
            and None, where nothing is published.
    """

    asked: SiteAsked
    value: CodeValue
    market: tuple[Comparable, ...]
    market_range: tuple[float, float] | None

    @property
    def placed(self) -> str:
        """Where consideration lies beside the published range, in words."""
        if self.value.published is None:
            return "nothing is published of such a site"
        low, high = self.value.published
        if self.value.consideration_gbp < low:
            return "below the published range"
        return "above the published range" if self.value.consideration_gbp > high else (
            "within the published range"
        )  # fmt: skip


def told(asked: SitesAsked) -> list[SiteTold]:
    """Each site's value, beside what is published."""
    return [
        SiteTold(
            each,
            code_value(_inputs(each)),
            comparables(each.site, "legacy-market"),
            published_range(each.site, "legacy-market"),
        )
        for each in asked.sites
    ]


def effect_of(sites: Sequence[SiteTold]) -> PortfolioEffect:
    """What renewal would do to the rents of the sites that are let, each at its own value."""
    let = [
        Passing(each.asked.name, each.asked.site, float(each.asked.passing_gbp))
        for each in sites
        if each.asked.passing_gbp is not None
    ]
    return renewal_effect(let, {each.asked.name: each.value for each in sites})


def _inputs(each: SiteAsked) -> CodeInputs:
    return CodeInputs(
        each.site, float(each.other_use_gbp), float(each.benefits_gbp),
        float(each.burdens_gbp), float(each.compensation_gbp),
    )  # fmt: skip


_ADAPTER = TypeAdapter(SitesAsked)
_SITE = TypeAdapter(SiteAsked)


def site_of(document: Mapping[str, Any]) -> SitesAsked:
    """One site of a document by itself. Raises BadTerms with every field that is wrong."""
    return SitesAsked(sites=(validated(_SITE, dict(document)),))


def asked_of(document: Mapping[str, Any]) -> SitesAsked:
    """The sites of a document. Raises BadTerms with every field that is wrong."""
    return validated(_ADAPTER, dict(document))


def read_sites(path: Path) -> SitesAsked:
    """The sites of a TOML file. Raises BadSource and BadTerms, naming the field."""
    return asked_of(read_toml(path))


def as_document(sites: Sequence[SiteTold]) -> dict[str, Any]:
    """All that is told of sites, as JSON has it [GBP/yr]."""
    effect = effect_of(sites)
    return {
        "sites": [_site(each) for each in sites],
        "let_sites": len(effect.renewals),
        "passing_gbp": effect.passing_gbp if effect.renewals else None,
        "consideration_of_let_gbp": effect.low_gbp if effect.renewals else None,
    }


def _site(each: SiteTold) -> dict[str, Any]:
    passing = each.asked.passing_gbp
    return {
        "name": each.asked.name,
        "site": each.asked.site,
        "consideration_gbp": each.value.consideration_gbp,
        "compensation_gbp": each.value.compensation_gbp,
        "passing_gbp": None if passing is None else float(passing),
        "placed": each.placed,
        "published_gbp": each.value.published,
        "published": [_comparable(one) for one in each.value.compared_with],
        "market_before_code_gbp": each.market_range,
        "market_before_code": [_comparable(one) for one in each.market],
        "source": each.asked.source,
    }


def _comparable(each: Comparable) -> dict[str, Any]:
    return {
        "name": each.name, "year": each.year, "yearly_gbp": each.yearly_gbp,
        "source": each.source, "seen": each.seen,
    }  # fmt: skip
