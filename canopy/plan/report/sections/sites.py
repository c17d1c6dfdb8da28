"""The chosen sites: on a map, as a table, and each with its constraints and photograph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from canopy.plan.report.maps import site_map, site_table, ward_map
from canopy.plan.report.material import Material, Site
from canopy.plan.report.sections.summary import AGREEMENT
from canopy.plan.report.telling import figure_table, number, words
from canopy.plan.suitability.explaining import RuleResult
from canopy.render.report.document import Block, Card, Cards, Text

MOST_CARDS = 60


def site_blocks(material: Material) -> Iterator[Block]:
    """Where, how many, and which."""
    if not material.sites:
        yield Text(text="No site is chosen.", is_warning=True)
    by_ward = ward_map(material)
    if by_ward is None:
        yield Text(text="There is no map: no ward and no asset has a place.", is_warning=True)
    else:
        yield by_ward
    yield figure_table("Figures of the sites", material.result.figures, lambda name: not (
        name.endswith("_share") or name.startswith("phase_") or name in AGREEMENT
    ))  # fmt: skip
    if not material.sites:
        return
    yield site_map(material) or site_table(material)
    common = _common(material.sites)
    if common:
        yield Text(text=f"Of every site: {'; '.join(common)}.", is_warning=True, exempt=3)
    cards = [_card(material, each, common) for each in material.sites[:MOST_CARDS]]
    yield Cards(cards=cards, exempt=3)
    if len(material.sites) > MOST_CARDS:
        yield Text(
            text=f"Sheets are given of the first {MOST_CARDS:,} of {len(material.sites):,} sites.",
            exempt=3,
        )


def _common(sites: Sequence[Site]) -> list[str]:
    """Constraints that all sites have: told once, not on each sheet."""
    if len(sites) < 2:
        return []
    told = [_constraints(each) for each in sites if each.rules]
    return [each for each in told[0] if all(each in other for other in told)] if told else []


def _card(material: Material, site: Site, common: Sequence[str]) -> Card:
    line = site.line
    ref = f"{line.ref or line.asset_id}"
    own = [each for each in _constraints(site) if each not in common]
    picture = material.pictures.get(ref) or material.pictures.get(f"{line.source}/{ref}")
    return Card(
        heading=f"{site.number}. {line.name or ref}",
        facts=[
            ("Kind", words(line.kind)),
            ("Where", ", ".join(filter(None, (line.street, line.ward))) or "not known"),
            ("Phase", f"{words(site.candidate.phase)}, {site.candidate.year}"),
            ("Capital", number(site.candidate.capital_gbp, "£")),
            ("Constraints", "; ".join(own) or ("see above" if common else "none is known")),
        ],
        picture=None if picture is None else picture.uri,
        shows="" if picture is None
        else f"{picture.photograph.shows} ({picture.photograph.credit})",
    )  # fmt: skip


def _constraints(site: Site) -> list[str]:
    """Hard rules that are not plainly kept, and what earned little or is not known."""
    told = [_told(each) for each in site.rules]
    return [each for each in told if each]


def _told(rule: RuleResult) -> str:
    name = words(rule.name)
    if rule.outcome == "unknown":
        return f"{name} is not known"
    if rule.outcome == "broken":
        return f"{name} is broken ({rule.value})"
    if rule.points is not None and rule.points < 35:
        return f"{name}: {rule.value} {rule.unit}".strip()
    return ""
