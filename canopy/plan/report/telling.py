"""Numbers and names as a report tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from canopy.plan.scenarios.figures import Figure
from canopy.render.report.document import Column, Table

NOTHING = "not known"


def words(name: str) -> str:
    """A name of a figure, kind or rule as words."""
    return name.replace("_", " ").replace("-", " ")


def number(value: float | None, unit: str = "") -> str:
    """A number with as many digits as can be read; pounds in whole pounds."""
    if value is None:
        return NOTHING
    if unit == "£":
        return f"{'−' if round(value) < 0 else ''}£{abs(value):,.0f}"
    if float(value).is_integer() or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def figure_table(caption: str, figures: Iterable[Figure], wanted: Callable[[str], bool]) -> Table:
    """Figures whose names are wanted, with why one is not known."""
    return Table(
        caption=caption,
        columns=[
            Column(name="Figure"), Column(name="Value", is_number=True), Column(name="Unit"),
            Column(name="Note"),
        ],
        rows=[
            [words(each.name), number(each.value, each.unit), each.unit, each.note or ""]
            for each in figures
            if wanted(each.name)
        ],
    )  # fmt: skip
