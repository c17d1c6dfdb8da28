"""A scenario and what belongs to it, put into the sections of a report. Pure.

Sections after the subjects that the strategy asks a joined plan for (S:262-274); what is not known
is said in its place. Sites and money of one agreement are exempt (Schedule 12A, paragraph 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from canopy.plan.benefits.valued import ValuedBenefits, counted_of, unsourced, valued
from canopy.plan.report.material import Material
from canopy.plan.report.money import AGREEMENT, benefit_blocks, commercial_blocks, social_blocks
from canopy.plan.report.telling import NOTHING, figure_table, number, words
from canopy.plan.scenarios.comparing import compared
from canopy.plan.scenarios.figures import TargetResult
from canopy.plan.scenarios.scenario import Target
from canopy.render.report.charts import Bar, phases_svg
from canopy.render.report.document import (
    Block,
    Bullets,
    Column,
    Figure,
    Paragraph12A,
    Report,
    Section,
    Table,
    Text,
)

WORKSTREAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Fibre and ducts", ("fibre", "duct", "chamber")),
    ("CCTV", ("cctv",)),
    ("Small cells", ("small_cell_site",)),
    ("Rooftops and masts", ("rooftop", "building", "mast")),
    ("Street furniture", ("street_furniture", "cabinet")),
    ("LED lighting", ("lamppost",)),
    ("Public Wi-Fi", ("wifi_ap",)),
    ("Open spaces", ("open_space",)),
)
"""What one plan brings together, S:272, by kinds of asset."""
_GROUPS = ("business", "residents", "visitors")
_MOST_SITES = 500


def compose(material: Material) -> Report:
    """The whole report; `canopy.render.report.document.edition` makes the public one of it."""
    worth = _worth(material)
    scenario = material.result.kept.scenario
    sections = [
        Section(key="summary", title="Summary", blocks=list(_summary(material, worth))),
        Section(key="assets", title="What the council has", blocks=list(_review(material))),
        Section(key="duplicates", title="What departments duplicate",
                blocks=list(_duplicates(material))),
        Section(key="coverage", title="Coverage now and after", blocks=list(_coverage(material))),
        Section(key="sites", title="Sites", blocks=list(_sites(material))),
        Section(key="phases", title="Phases", blocks=list(_phases(material))),
        Section(key="money", title="The commercial model",
                blocks=list(commercial_blocks(material))),
        Section(key="benefits", title="Benefits", blocks=list(benefit_blocks(worth))),
        Section(key="social", title="Social value", blocks=list(social_blocks(material))),
        Section(key="limits", title="Method and limits", blocks=list(_limits(material))),
    ]  # fmt: skip
    return Report(
        title=scenario.title, council=material.council, made_on=material.made_on,
        audience="exempt", cover=_cover(material), sections=sections,
        provenance=_provenance(material),
    )  # fmt: skip


def _worth(material: Material) -> ValuedBenefits | None:
    if material.benefits is None:
        return None
    sites = len(material.sites)
    asked = material.benefits
    return valued(asked, counted_of(asked, sites), asked.years)


def _cover(material: Material) -> list[tuple[str, str]]:
    """Of both editions: which agreement is valued is not told."""
    if material.changed is None:
        stale = "This is computed for the first time."
    elif material.changed:
        told = "; ".join(_without_agreement(material.changed))
        stale = f"Changed since the figures were stored: {told}"
    else:
        stale = "Nothing has changed since the figures were stored."
    missing = [] if material.benefits is None else unsourced(material.benefits)
    return [
        ("Scenario", material.result.kept.label),
        ("Standing", stale),
        ("Numbers without a source", "; ".join(missing) or "None in this report."),
    ]


def _without_agreement(changed: Sequence[str]) -> list[str]:
    return ["the terms that are valued" if each.startswith("agreement") else each
            for each in changed]  # fmt: skip


def _summary(material: Material, worth: ValuedBenefits | None) -> Iterator[Block]:
    scenario = material.result.kept.scenario
    kinds = Counter(each.kind for each in material.sites)
    told = ", ".join(f"{count:,} {words(kind)}" for kind, count in sorted(kinds.items()))
    if material.sites:
        yield Text(text=f"{len(material.sites):,} sites for {words(scenario.technology)}: {told}.")
    else:
        yield Text(text="No site is chosen.", is_warning=True)
    yield from _targets(material.result.targets)
    if worth is None:
        yield Text(text="Benefits are not valued: no file of them was given.", is_warning=True)
    else:
        groups = worth.by_group()
        lines = [
            f"{words(group)}: {number(float(each.low_gbp), '£')} to "
            f"{number(float(each.high_gbp), '£')}, central {number(float(each.central_gbp), '£')}"
            for group, each in sorted(groups.items())
        ]
        yield Text(
            text=f"Present value of benefits over {worth.years} years, {worth.prices} prices:"
        )
        yield Bullets(items=lines or ["no line is counted"])


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
                words(each.target.name), words(each.target.group or "not said"),
                str(each.target.by), _asked(each.target), number(each.value),
                _judged(each), each.target.owner or "nobody named", each.target.source,
            ]
            for each in targets
        ],
    )  # fmt: skip


def _asked(target: Target) -> str:
    if target.at_most is not None:
        return f"at most {number(target.at_most)}"
    return f"at least {number(target.at_least)}"


def _judged(result: TargetResult) -> str:
    if result.met is None:
        return "not known: the scenario has no such figure"
    if result.met:
        return "met"
    late = "the last phase comes after its year" if result.is_late else ""
    short = f"missed by {number(result.missed_by)}" if result.missed_by else ""
    return " and ".join(filter(None, (short, late)))


def _review(material: Material) -> Iterator[Block]:
    known = {each.kind: each for each in material.review}
    yield Table(
        caption="Assets that this report's readers may see",
        columns=[
            Column(name="Workstream"), Column(name="Kind"), Column(name="Assets", is_number=True),
            Column(name="Power known", is_number=True),
            Column(name="Height known", is_number=True), Column(name="Owner known", is_number=True),
        ],
        rows=[
            [name, words(kind), f"{each.assets:,}", _part(each.with_power, each.assets),
             _part(each.with_height, each.assets), _part(each.with_owner, each.assets)]
            for name, kinds in WORKSTREAMS for kind in kinds
            if (each := known.get(kind)) is not None
        ],
        source="the catalogue",
    )  # fmt: skip
    gaps = [name for name, kinds in WORKSTREAMS if not set(kinds) & set(known)]
    if gaps:
        yield Text(text=f"Nothing is catalogued of: {', '.join(gaps)}.", is_warning=True)


def _part(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %" if of else NOTHING


def _duplicates(material: Material) -> Iterator[Block]:
    found = material.duplicates
    rows = [
        [words(each.kind), each.first, each.second, f"{each.overlap_m / 1_000:,.2f} km of route"]
        for each in found.besides
    ] + [
        [words(each.kind), each.first, each.second,
         f"{each.first_count:,} beside {each.second_count:,}"]
        for each in found.together
    ]  # fmt: skip
    if rows:
        yield Table(
            caption="Assets of two departments at one place", exempt=3,
            columns=[Column(name=each) for each in ("Kind", "One", "Other", "How much")],
            rows=rows, source="maintainers named in the catalogue",
        )  # fmt: skip
    else:
        yield Text(text="No two departments are known to have like assets at one place.")
    if found.unknown:
        yield Text(
            text=f"Of {found.unknown:,} assets nobody is known to look after, or where they lie; "
            "they are not compared.",
            is_warning=True,
            exempt=3,
        )


def _coverage(material: Material) -> Iterator[Block]:
    if material.result.provenance.get("coverage_run") is None:
        yield Text(
            text="Not known: the scenario names no coverage run of what is there once it is built.",
            is_warning=True,
        )
        return
    rows = [
        row for row in compared([material.minimum, material.result]) if row.name.endswith("_share")
    ]
    yield Table(
        caption="Parts of the area by coverage, 1 is all of it",
        columns=[
            Column(name="Figure"), Column(name="Doing the minimum", is_number=True),
            Column(name="This plan", is_number=True), Column(name="Change", is_number=True),
        ],
        rows=[
            [words(row.name), number(row.values[0]), number(row.values[1]), number(row.changes[1])]
            for row in rows
        ],
    )  # fmt: skip
    notes = dict.fromkeys(each.note for each in material.result.figures if each.note)
    for note in notes:
        if note.startswith("Indicative"):
            yield Text(text=note, is_warning=True)


def _sites(material: Material) -> Iterator[Block]:
    yield figure_table("Figures of the sites", material.result.figures, lambda name: not (
        name.endswith("_share") or name.startswith("phase_") or name in AGREEMENT
    ))  # fmt: skip
    wards = Counter(each.ward or "ward not known" for each in material.sites)
    yield Table(
        caption="Sites by ward",
        columns=[Column(name="Ward"), Column(name="Sites", is_number=True)],
        rows=[[ward, f"{count:,}"] for ward, count in sorted(wards.items())],
    )  # fmt: skip
    yield Table(
        caption=f"Sites, best first{_cut(material)}", exempt=3,
        columns=[
            Column(name="Site"), Column(name="Kind"), Column(name="Ward"), Column(name="Class"),
            Column(name="Score", is_number=True), Column(name="Not known"),
        ],
        rows=[
            [f"{each.source}/{each.ref or each.asset_id}", words(each.kind), each.ward or NOTHING,
             words(str(each.suitability)), f"{each.score:.1f} ({each.lowest:.0f} to "
             f"{each.highest:.0f})", ", ".join(map(words, each.unknown)) or "nothing asked"]
            for each in material.sites[:_MOST_SITES]
        ],
    )  # fmt: skip


def _cut(material: Material) -> str:
    count = len(material.sites)
    return f": the first {_MOST_SITES:,} of {count:,}" if count > _MOST_SITES else ""


def _phases(material: Material) -> Iterator[Block]:
    phases = material.result.kept.scenario.phases
    if not phases:
        yield Text(text="The scenario is not divided into phases.", is_warning=True)
        return
    table = figure_table(
        "Figures of the phases", material.result.figures, lambda name: name.startswith("phase_")
    )
    bars = [Bar(words(each.name), date(each.year, 1, 1), date(each.year, 12, 31))
            for each in phases]  # fmt: skip
    yield Figure(caption="Phases by year", svg=phases_svg("Phases by year", bars), table=table)


def _limits(material: Material) -> Iterator[Block]:
    yield Bullets(
        items=[
            "Suitability is by rules that the council edits: a desk study, which does not replace "
            "a structural or site survey.",
            "Coverage is a prediction by published methods, not a measurement.",
            "All inputs of a range low, or all high, together are wider than likely.",
            "Benefits to others are not the council's money, and are never summed with it.",
        ]
    )
    unknown = sum(1 for each in material.sites if each.unknown)
    if unknown:
        yield Text(
            text=f"Of {unknown:,} of the sites something that the rules ask is not known; "
            "`canopy plan survey` lists what to find out first.",
            is_warning=True,
        )


def _provenance(material: Material) -> list[tuple[str, str]]:
    told = [
        (words(name), NOTHING if value is None else str(value))
        for name, value in material.result.provenance.items()
        if name != "agreement"
    ]
    told.append(("Inputs SHA-256", material.result.inputs_sha256))
    return [*told, *material.licences]
