"""Numbers and names as a report tells them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from canopy.assets.kinds import KINDS
from canopy.plan.scenarios.figures import Figure
from canopy.render.report.document import Column, Paragraph12A, Table


def _lowered(label: str) -> str:
    """For the middle of a sentence; what is in capitals stays so, such as CCTV."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


NOTHING = "not known"
_GENERATION = re.compile(r"\b[2-6]g\b")
_LABELS = {str(kind): _lowered(spec.label_plural) for kind, spec in KINDS.items()}


def words(name: str) -> str:
    """A name of a figure, kind or rule as words."""
    told = name.replace("_", " ").replace("-", " ")
    return _GENERATION.sub(lambda found: found[0].upper(), told)


def figure_words(name: str) -> str:
    """A figure's name as a line of a table begins: its unit has a column of its own."""
    told = words(name)
    for unit in (" gbp", " m"):
        told = told.removesuffix(unit)
    return f"{told[:1].upper()}{told[1:]}"


def number(value: float | None, unit: str = "") -> str:
    """A number with as many digits as can be read; pounds in whole pounds."""
    if value is None:
        return NOTHING
    if unit == "£":
        return f"{'−' if round(value) < 0 else ''}£{abs(value):,.0f}"
    if float(value).is_integer() or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def captioned(caption: str, exempt: Paragraph12A | None) -> str:
    """A caption that both tables of a pair can have: the exempt one says so."""
    return caption if exempt is None else f"{caption} (exempt)"


def percent(value: float | None) -> str:
    """A part of 1 in hundredths."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def kind_words(kind: str) -> str:
    """Assets of a kind, as the catalogue calls them."""
    spec = _LABELS.get(kind)
    return words(kind) if spec is None else spec


def plural(name: str, count: int) -> str:
    """A kind or another thing as words, one or several of it."""
    if count == 1:
        return words(name)
    return _LABELS.get(name) or f"{words(name)}s"


def figure_table(caption: str, figures: Iterable[Figure], wanted: Callable[[str], bool]) -> Table:
    """Figures whose names are wanted, with why one is not known."""
    return Table(
        caption=caption,
        columns=[
            Column(name="Figure"), Column(name="Value", is_number=True), Column(name="Unit"),
            Column(name="Note"),
        ],
        rows=[
            [figure_words(each.name), number(each.value, each.unit), each.unit, each.note or ""]
            for each in figures
            if wanted(each.name)
        ],
    )  # fmt: skip
