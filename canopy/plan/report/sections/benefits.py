"""Benefits to business, residents and visitors; what society gains; social value; outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from canopy.concessions.valuation.accounts import AccountLine, economic_account
from canopy.concessions.valuation.discounting import GREEN_BOOK
from canopy.concessions.valuation.flows import RealFlows
from canopy.concessions.valuation.optimism import BIASES
from canopy.plan.benefits.valued import (
    Range,
    ValuedBenefits,
    ValuedLine,
    account_lines,
    by_area,
    sources,
)
from canopy.plan.report.material import Material
from canopy.plan.report.telling import NOTHING, number, words
from canopy.render.report.document import Block, Bullets, Column, Table, Text

BIAS = BIASES["standard-civil"].cost_upper
"""Added to capital until risks are managed down [fraction]."""


def benefit_blocks(material: Material, worth: ValuedBenefits | None) -> Iterator[Block]:
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
    yield from _society(material, worth)
    yield from _wards(material, worth.lines)
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


def _society(material: Material, worth: ValuedBenefits) -> Iterator[Block]:
    """The economic account: rent is a transfer and is in none of it."""
    capital = _capital(material, worth)
    rows = []
    for name, which in (("Low", "low"), ("Central", "central"), ("High", "high")):
        lines = [*account_lines(worth, which), *capital]  # type: ignore[arg-type]
        found = economic_account(lines, GREEN_BOOK, "end", BIAS)
        ratio = found.benefit_cost_ratio
        rows.append([
            name, number(found.benefits_pv_gbp, "£"), number(found.costs_pv_gbp, "£"),
            number(found.net_present_social_value_gbp, "£"),
            "no cost is known" if ratio is None else f"{ratio:.1f}",
        ])  # fmt: skip
    yield Table(
        caption=f"What society gains, present value, {worth.prices} prices",
        columns=[Column(name="Case"), *(
            Column(name=name, is_number=True)
            for name in ("Benefits", f"Capital with {100 * BIAS:.0f} % for optimism",
                         "Net present social value", "Benefit-cost ratio")
        )],
        rows=rows,
        source="Green Book rates; optimism of standard civil engineering, Mott MacDonald (2002)",
    )  # fmt: skip


def _capital(material: Material, worth: ValuedBenefits) -> list[AccountLine]:
    first = material.cash.years[0].begins
    amounts = np.zeros(worth.years + 1)
    for each in material.sites:
        at = min(max(each.candidate.year.begins - first, 0), worth.years)
        amounts[at] += each.candidate.capital_gbp or 0.0
    if not amounts.any():
        return []
    return [
        AccountLine(
            "capital", "cost", RealFlows.of(amounts, worth.prices), "council",
            "the rules of suitability", capital=True,
        )
    ]  # fmt: skip


def _wards(material: Material, lines: Sequence[ValuedLine]) -> Iterator[Block]:
    """Lines about residents shared out by where people are newly covered."""
    gained = material.gained_by_ward()
    shared = [
        by_area(each, gained) for each in lines
        if each.line.measure == "residents-gained" and each.full_year is not None
    ]  # fmt: skip
    if not shared or not any(gained.values()):
        return
    yield Table(
        caption="Benefit to residents in a full year, by ward",
        columns=[Column(name="Ward"), Column(name="Residents newly covered", is_number=True),
                 Column(name="A full year", is_number=True)],
        rows=[[ward, f"{gained[ward]:,.0f}",
               number(float(sum(each[ward] for each in shared)), "£")] for ward in gained],
        source="shared by the two coverage runs; a ward that loses coverage counts as 0",
    )  # fmt: skip


def outcome_blocks(material: Material, worth: ValuedBenefits | None) -> Iterator[Block]:
    """What the plan does for each tag of the strategy, and where that is shown."""
    tags: dict[str, list[str]] = defaultdict(list)
    for line in () if worth is None else worth.lines:
        told = f"{line.line.text} (section “Benefits”)"
        tags[line.line.outcome].append(told if not line.why_not else f"{told}; not counted")
    for outcome in material.words.outcome:
        if outcome.exempt is None:
            tags[outcome.tag].append(f"{outcome.text} ({outcome.source})")
    if not tags:
        yield Text(text="No outcome of the strategy is named.", is_warning=True)
        return
    yield Table(
        caption="Outcome tags and what serves them",
        columns=[Column(name="Outcome"), Column(name="What this plan does for it")],
        rows=[[tag, "; ".join(told)] for tag, told in sorted(tags.items())],
    )
    for outcome in material.words.outcome:
        if outcome.exempt is not None:
            yield Text(text=f"{outcome.tag}: {outcome.text}", exempt=outcome.exempt)


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
