"""The sections of a report about money: the commercial model, benefits, social value."""

from __future__ import annotations

from collections.abc import Iterator

from canopy.plan.benefits.valued import Range, ValuedBenefits, ValuedLine, sources
from canopy.plan.report.material import Material
from canopy.plan.report.telling import NOTHING, figure_table, number, words
from canopy.render.report.document import Block, Bullets, Column, Table, Text

AGREEMENT = frozenset({"npv_real_gbp", "income_gbp", "council_cost_gbp"})
"""Figures that tell of one agreement."""


def commercial_blocks(material: Material) -> Iterator[Block]:
    """Figures of the agreement whose terms the scenario has, for those who may know them."""
    if material.result.provenance.get("agreement") is None:
        yield Text(
            text="Not known: the scenario names no agreement whose terms could be valued.",
            is_warning=True,
        )
        return
    table = figure_table(
        "The council's account of the agreement", material.result.figures,
        lambda name: name in AGREEMENT,
    )  # fmt: skip
    yield Text(text=f"Agreement: {material.result.provenance['agreement']}", exempt=3)
    yield Table(caption=table.caption, columns=table.columns, rows=table.rows, exempt=3)
    yield Text(
        text="How far these may stray (P10 to P90, and what matters most) is told by `canopy "
        "concession simulate` for the same agreement; this report does not hold it."
    )


def benefit_blocks(worth: ValuedBenefits | None) -> Iterator[Block]:
    """Every line with its formula; those that are not counted with why."""
    if worth is None:
        yield Text(text="Not valued: no file of benefits was given.", is_warning=True)
        return
    yield Table(
        caption=f"Lines of benefit, {worth.prices} prices",
        columns=[
            Column(name="Line"), Column(name="For"), Column(name="Outcome"), Column(name="Formula"),
            Column(name="A full year", is_number=True),
            Column(name=f"Present value, {worth.years} years", is_number=True),
        ],
        rows=[_row(each) for each in worth.lines],
    )  # fmt: skip
    for each in worth.lines:
        if each.why_not:
            yield Text(text=f"{each.line.text}: not counted, {each.why_not}.", is_warning=True)
    found = sources(worth.lines)
    if found:
        yield Text(text="Sources of the numbers:")
        yield Bullets(items=found)


def _row(each: ValuedLine) -> list[str]:
    return [
        each.line.text, words(each.line.group), each.line.outcome, each.formula or NOTHING,
        _range(each.full_year), _range(each.present_value),
    ]  # fmt: skip


def _range(told: Range | None) -> str:
    if told is None:
        return "not counted"
    low, central, high = (
        number(float(each), "£") for each in (told.low_gbp, told.central_gbp, told.high_gbp)
    )
    return f"{central} ({low} to {high})"


def social_blocks(material: Material) -> Iterator[Block]:
    """Commitments by their weights."""
    social = material.social
    if social is None:
        yield Text(text="Not scored: no file of commitments was given.", is_warning=True)
        return
    for warning in social.warnings:
        yield Text(text=warning, is_warning=True)
    yield Text(
        text=f"{social.score_percent:.1f} % of the points there are; "
        f"{social.contribution_percent:.1f} of {social.of_evaluation_percent:g} % of the "
        "evaluation."
    )
    yield Table(
        caption="Commitments",
        columns=[
            Column(name="Commitment"), Column(name="Weight", is_number=True),
            Column(name="Points of 5", is_number=True), Column(name="Evidence"),
        ],
        rows=[
            [each.text, f"{each.weight:g}", str(each.points), each.evidence]
            for each in social.commitment
        ],
    )  # fmt: skip
