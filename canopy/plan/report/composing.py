"""A scenario and what belongs to it, put into the sections of a report. Pure.

Sections after the subjects that the strategy asks a joined plan for (S:262-274); what is not known
is said in its place. Sites and money of one agreement are exempt (Schedule 12A, paragraph 3).
"""

from __future__ import annotations

from canopy.plan.benefits.valued import ValuedBenefits, counted_of, valued
from canopy.plan.report.material import Material
from canopy.plan.report.sections.assets import duplicate_blocks, review_blocks
from canopy.plan.report.sections.benefits import benefit_blocks, outcome_blocks, social_blocks
from canopy.plan.report.sections.cover import cover, provenance
from canopy.plan.report.sections.coverage import coverage_blocks
from canopy.plan.report.sections.decisions import (
    dependency_blocks,
    recommendation_blocks,
    risk_blocks,
)
from canopy.plan.report.sections.limits import limit_blocks
from canopy.plan.report.sections.money import commercial_blocks
from canopy.plan.report.sections.phases import phase_blocks
from canopy.plan.report.sections.sites import site_blocks
from canopy.plan.report.sections.summary import summary_blocks
from canopy.render.report.document import Report, Section


def compose(material: Material) -> Report:
    """The whole report; `canopy.render.report.document.edition` makes the public one of it."""
    worth = _worth(material)
    parts = (
        ("summary", "Summary", summary_blocks(material, worth)),
        ("recommendations", "Recommendations", recommendation_blocks(material)),
        ("sites", "Sites and the map", site_blocks(material)),
        ("coverage", "Coverage now and after", coverage_blocks(material)),
        ("phases", "Phases", phase_blocks(material)),
        ("money", "The commercial model", commercial_blocks(material)),
        ("benefits", "Benefits", benefit_blocks(material, worth)),
        ("outcomes", "Outcomes of the strategy", outcome_blocks(material, worth)),
        ("social", "Social value", social_blocks(material)),
        ("assets", "What the council has", review_blocks(material)),
        ("duplicates", "What departments duplicate", duplicate_blocks(material)),
        ("risks", "Risks", risk_blocks(material)),
        ("dependencies", "Dependencies", dependency_blocks(material)),
        ("limits", "Method, assumptions and limits", limit_blocks(material)),
    )
    return Report(
        title=material.result.kept.scenario.title, council=material.council,
        made_on=material.made_on, audience="exempt", cover=cover(material),
        sections=[Section(key=key, title=title, blocks=list(blocks))
                  for key, title, blocks in parts],
        provenance=provenance(material),
    )  # fmt: skip


def _worth(material: Material) -> ValuedBenefits | None:
    if material.benefits is None:
        return None
    asked = material.benefits
    return valued(asked, counted_of(asked, len(material.sites)), asked.years)
