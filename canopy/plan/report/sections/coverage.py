"""Coverage now and after, held against doing the minimum, with where its methods end."""

from __future__ import annotations

from collections.abc import Iterator

from canopy.plan.report.maps import coverage_map
from canopy.plan.report.material import Covered, Material
from canopy.plan.report.telling import figure_words, percent
from canopy.plan.scenarios.comparing import compared
from canopy.render.report.document import Block, Bullets, Column, Table, Text


def coverage_blocks(material: Material) -> Iterator[Block]:
    """Parts of the area, wards, and two maps."""
    if material.after is None:
        yield Text(
            text="Not known: the scenario names no coverage run of what is there once it is built.",
            is_warning=True,
        )
        return
    rows = [
        row
        for row in compared([material.minimum, material.result])
        if row.name.endswith("_share") and any(row.values)
    ]
    yield Table(
        caption="Parts of the area and of what lies in it, by coverage",
        columns=[
            Column(name="Figure"), Column(name="Doing the minimum", is_number=True),
            Column(name="This plan", is_number=True), Column(name="Change", is_number=True),
        ],
        rows=[
            [_share_words(row.name), percent(row.values[0]),
             percent(row.values[1]), _change(row.changes[1])]
            for row in rows
        ],
    )  # fmt: skip
    if material.now is not None:
        yield _wards(material.now, material.after)
    for run, when in ((material.now, "now"), (material.after, "with the plan")):
        if run is not None:
            drawn = coverage_map(material, run, when)
            if drawn is not None:
                yield drawn
            yield from _limits(run, when)


_STATUSES = {
    "_total_share": "nobody covers", "_partial_share": "some cover, not all",
    "_full_share": "all cover", "_at_least_one_share": "one at least covers",
    "_unknown_share": "not known",
}  # fmt: skip


def _share_words(name: str) -> str:
    """A share's place and amount, and what is told of it."""
    for ending, told in _STATUSES.items():
        if name.endswith(ending):
            return f"{figure_words(name.removesuffix(ending))}: {told}"
    return figure_words(name.removesuffix("_share"))


def _wards(now: Covered, after: Covered) -> Table:
    before = {each.ward: each for each in now.wards}
    return Table(
        caption="Wards: part of the area that nobody covers outdoors, and residents in it",
        columns=[Column(name="Ward"), *(
            Column(name=name, is_number=True)
            for name in ("Area now", "Area with the plan", "Residents now",
                         "Residents with the plan")
        )],
        rows=[
            [each.ward, percent(before[each.ward].total if each.ward in before else None),
             percent(each.total),
             _people(before[each.ward].without_residents if each.ward in before else None),
             _people(each.without_residents)]
            for each in after.wards
        ],
        source=f"coverage runs “{now.name}” and “{after.name}”",
    )  # fmt: skip


def _limits(run: Covered, when: str) -> Iterator[Block]:
    if run.is_indicative:
        yield Text(
            text=f"Coverage {when} is indicative: sites of the run are estimated.", is_warning=True
        )
    if run.beyond:
        yield Text(
            text=f"Some predictions of coverage {when} lie beyond the published range of a method.",
            is_warning=True,
        )
        yield Bullets(items=run.beyond, exempt=None if run.is_public else 3)


def _people(value: float | None) -> str:
    return "not counted" if value is None else f"{value:,.0f}"


def _change(value: float | None) -> str:
    if value is None:
        return "not known"
    sign = "−" if value < 0 else "+" if value > 0 else ""
    return f"{sign}{abs(100 * value):.1f} points"
