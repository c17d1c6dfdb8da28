"""The summary on one page: what is asked for, what it gives, which targets are met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from canopy.plan.benefits.valued import ValuedBenefits
from canopy.plan.report.material import Material
from canopy.plan.report.telling import figure_words, number, percent, plural, words
from canopy.plan.scenarios.figures import TargetResult
from canopy.plan.scenarios.scenario import Target
from canopy.render.report.document import Block, Bullets, Column, Paragraph12A, Table, Text

AGREEMENT = frozenset({"npv_real_gbp", "income_gbp", "council_cost_gbp"})
"""Figures that tell of one agreement."""
_GROUPS = ("business", "residents", "visitors")


def summary_blocks(material: Material, worth: ValuedBenefits | None) -> Iterator[Block]:
    """In an order in which a reader in a hurry asks."""
    if material.words.purpose:
        yield Text(text=material.words.purpose)
    yield _what(material)
    yield Table(
        caption="At a glance",
        columns=[Column(name="Figure"), Column(name="Value", is_number=True)],
        rows=list(_glance(material, worth)),
    )
    if material.cash.ranges is not None:
        low, middle, high = material.cash.ranges.npv
        yield Text(
            text=f"All agreements and new sites together are worth {number(middle, '£')} over "
            f"{len(material.cash.years)} years (P10 {number(low, '£')}, P90 {number(high, '£')}, "
            f"real, in prices of {material.cash.years[0]}).",
            exempt=3,
        )  # fmt: skip
    yield from _targets(material.result.targets)


def _what(material: Material) -> Block:
    scenario = material.result.kept.scenario
    kinds = Counter(each.line.kind for each in material.sites)
    told = ", ".join(f"{count:,} {plural(kind, count)}" for kind, count in sorted(kinds.items()))
    if not material.sites:
        return Text(text="No site is chosen.", is_warning=True)
    return Text(text=f"{len(material.sites):,} sites for {plural(scenario.technology, 2)}: {told}.")


def _glance(material: Material, worth: ValuedBenefits | None) -> Iterator[list[str]]:
    figures = {each.name: each for each in material.result.figures}
    capital = figures.get("capital_gbp")
    yield ["Sites", f"{len(material.sites):,}"]
    yield ["Capital to make them ready", number(None if capital is None else capital.value, "£")]
    for share, told in (
        ("outdoor_residents_total_share", "Residents whom nobody covers outdoors"),
        ("outdoor_residents_full_share", "Residents whom every operator covers outdoors"),
        ("outdoor_area_total_share", "Area that nobody covers outdoors"),
    ):
        after = figures.get(share)
        if after is not None:
            before = next((f.value for f in material.minimum.figures if f.name == share), None)
            yield [f"{told}, now", percent(before)]
            yield [f"{told}, with the plan", percent(after.value)]
    if worth is None:
        yield ["Benefits", "not valued: no file of them was given"]
        return
    for group, each in sorted(worth.by_group().items()):
        yield [
            f"Benefits for {words(group)}, present value over {worth.years} years, "
            f"{worth.prices} prices",
            f"{number(float(each.central_gbp), '£')} ({number(float(each.low_gbp), '£')} to "
            f"{number(float(each.high_gbp), '£')})",
        ]


def _targets(targets: Sequence[TargetResult]) -> Iterator[Block]:
    without = [group for group in _GROUPS if group not in {each.target.group for each in targets}]
    if without:
        yield Text(
            text=f"There is no target for {', '.join(without)}: a joined plan has results for "
            "business, residents and visitors.",
            is_warning=True,
        )
    open_ones = [each for each in targets if each.target.figure not in AGREEMENT]
    money = [each for each in targets if each.target.figure in AGREEMENT]
    if open_ones:
        met = sum(1 for each in open_ones if each.met)
        yield Bullets(items=[f"{met:,} of {len(open_ones):,} targets are met."])
        yield _target_table("Targets", open_ones, exempt=None)
    if money:
        yield _target_table("Targets of money", money, exempt=3)


def _target_table(
    caption: str, targets: Sequence[TargetResult], exempt: Paragraph12A | None
) -> Table:
    return Table(
        caption=caption, exempt=exempt,
        columns=[
            Column(name="Target"), Column(name="For"), Column(name="By"),
            Column(name="Asked", is_number=True), Column(name="Reached", is_number=True),
            Column(name="Judged"), Column(name="Answers for it"), Column(name="Source"),
        ],
        rows=[
            [
                figure_words(each.target.name), words(each.target.group or "not said"),
                str(each.target.by), _asked(each.target), _valued(each.target, each.value),
                _judged(each), each.target.owner or "nobody named", each.target.source,
            ]
            for each in targets
        ],
    )  # fmt: skip


def _valued(target: Target, value: float | None) -> str:
    return percent(value) if target.figure.endswith("_share") else number(value)


def _asked(target: Target) -> str:
    if target.at_most is not None:
        return f"at most {_valued(target, target.at_most)}"
    return f"at least {_valued(target, target.at_least)}"


def _judged(result: TargetResult) -> str:
    if result.met is None:
        return "not known: the scenario has no such figure"
    if result.met:
        return "met"
    late = "the last phase comes after its year" if result.is_late else ""
    short = f"missed by {_valued(result.target, result.missed_by)}" if result.missed_by else ""
    return " and ".join(filter(None, (short, late)))
