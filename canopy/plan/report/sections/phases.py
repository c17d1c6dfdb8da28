"""Phases and the work around them, over time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from canopy.plan.report.material import Material
from canopy.plan.report.telling import figure_table, words
from canopy.plan.report.words import told_day
from canopy.render.report.charts import Bar, phases_svg
from canopy.render.report.document import Block, Column, Figure, Table, Text


def phase_blocks(material: Material) -> Iterator[Block]:
    """A Gantt chart and the same as a table; figures by phase."""
    phases = material.result.kept.scenario.phases
    if not phases:
        yield Text(text="The scenario is not divided into phases.", is_warning=True)
    bars = [
        Bar(each.text, each.first, each.last)
        for each in material.words.work if each.exempt is None
    ] + [
        Bar(f"Build: phase {words(each.name)}", date(each.year, 1, 1), date(each.year, 12, 31))
        for each in phases
    ]  # fmt: skip
    if bars:
        title = "Work and phases over time"
        table = Table(
            caption=title,
            columns=[Column(name="What"), Column(name="First day"), Column(name="Last day")],
            rows=[[each.name, told_day(each.first), told_day(each.last)] for each in bars],
        )
        yield Figure(caption=title, svg=phases_svg(title, bars), table=table)
    if phases:
        yield figure_table(
            "Figures of the phases", material.result.figures,
            lambda name: name.startswith("phase_"),
        )  # fmt: skip
    for each in material.words.work:
        if each.exempt is not None:
            yield Text(
                text=f"{each.text}: {told_day(each.first)} to {told_day(each.last)}",
                exempt=each.exempt,
            )
