"""What is decided, what may go wrong, and what must be there first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from canopy.plan.report.material import Material
from canopy.plan.report.telling import captioned, number, plural, words
from canopy.plan.report.words import Dependency, Recommendation, Risk, standing, told_day
from canopy.render.report.document import Block, Bullets, Column, Paragraph12A, Table, Text

_T = TypeVar("_T", Recommendation, Risk, Dependency)


_RISKS = "Risks, the greatest first; likelihood and impact from 1 to 5"


def recommendation_blocks(material: Material) -> Iterator[Block]:
    """The council's own; where it wrote none, what follows from the figures, said to be so."""
    written = material.words.recommendation
    if not written:
        yield Text(
            text="No recommendation was written for this report. From its figures these follow, "
            "for officers to take up or not:",
            is_warning=True,
        )
        yield Bullets(items=list(_following(material)))
        return
    for exempt, group in _by_exemption(written):
        yield Table(
            caption=captioned("The committee is asked to", exempt), exempt=exempt,
            columns=[Column(name="Decide"), Column(name="Because"),
                     Column(name="Answers for it"), Column(name="By")],
            rows=[[each.text, each.reason or "", each.owner or "nobody named", told_day(each.by)]
                  for each in group],
        )  # fmt: skip


def _following(material: Material) -> Iterator[str]:
    phases = material.result.kept.scenario.phases
    figures = {each.name: each.value for each in material.result.figures}
    if phases:
        first = phases[0]
        cost = figures.get(f"phase_{first.name}_capital_gbp")
        yield (
            f"Approve phase {words(first.name)}: {first.sites:,} {plural('site', first.sites)}, "
            f"capital {number(cost, '£')}."
        )
    missed = [words(each.target.name) for each in material.result.targets if each.met is False]
    if missed:
        yield f"Consider what would meet the targets that are missed: {', '.join(missed)}."
    unknown = sum(1 for each in material.sites if each.line.unknown)
    if unknown:
        yield (
            f"Have surveyed what is not known of {unknown:,} {plural('site', unknown)} before "
            "money is committed."
        )
    if not phases and not missed and not unknown:
        yield "Note the figures of this report."


def risk_blocks(material: Material) -> Iterator[Block]:
    """The council's register of risks, the greatest first."""
    written = sorted(material.words.risk, key=lambda each: -each.score)
    if not written:
        yield Text(text="No register of risks was given for this report.", is_warning=True)
    for exempt, group in _by_exemption(written):
        yield _risks(group, exempt)
    yield from _seen(material)


def _risks(risks: Iterable[Risk], exempt: Paragraph12A | None) -> Table:
    return Table(
        caption=captioned(_RISKS, exempt), exempt=exempt,
        columns=[Column(name="Risk"), Column(name="Likelihood", is_number=True),
                 Column(name="Impact", is_number=True), Column(name="Score"),
                 Column(name="What is done"), Column(name="Answers for it")],
        rows=[[each.text, f"{each.likelihood}", f"{each.impact}",
               f"{each.score}, {standing(each.score)}", each.mitigation,
               each.owner or "nobody named"] for each in risks],
    )  # fmt: skip


def _seen(material: Material) -> Iterator[Block]:
    """Risks that follow from the figures themselves."""
    told = []
    unknown = sum(1 for each in material.sites if each.line.unknown)
    if unknown:
        told.append(
            f"Of {unknown:,} of {len(material.sites):,} sites something that the rules ask is not "
            "known: a survey may rule some of them out."
        )
    if material.after is not None and material.after.is_indicative:
        told.append("Coverage rests on sites whose places or powers are estimated.")
    if material.changed:
        told.append("Inputs have changed since the figures were stored; the cover names them.")
    if told:
        yield Text(text="From the figures themselves:")
        yield Bullets(items=told)


def dependency_blocks(material: Material) -> Iterator[Block]:
    """What the plan waits for."""
    written = material.words.dependency
    if not written:
        yield Text(text="No dependency was named for this report.", is_warning=True)
    for exempt, group in _by_exemption(written):
        yield _dependencies(group, exempt)


def _dependencies(group: Iterable[Dependency], exempt: Paragraph12A | None) -> Table:
    return Table(
        caption=captioned("What must be there first", exempt), exempt=exempt,
        columns=[Column(name=each) for each in ("What", "On whom", "By", "Standing")],
        rows=[[each.text, each.on, told_day(each.by), each.standing] for each in group],
    )  # fmt: skip


def _by_exemption(items: Iterable[_T]) -> Iterator[tuple[Paragraph12A | None, list[_T]]]:
    """Those for everybody first, then by paragraph."""
    groups: dict[Paragraph12A | None, list[_T]] = defaultdict(list)
    for each in items:
        groups[each.exempt].append(each)
    for exempt in sorted(groups, key=lambda number: number or 0):
        yield exempt, groups[exempt]
