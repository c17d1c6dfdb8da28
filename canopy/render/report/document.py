"""What a report says, before it is drawn, and which of it each audience is given.

A public edition and an exempt one come from the same report, so they cannot differ in anything
but what is withheld. Source of the grounds: Local Government Act 1972, Schedule 12A, Part 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Audience = Literal["public", "exempt"]
Paragraph12A = Literal[1, 2, 3, 4, 5, 6, 7]
GROUNDS: dict[Paragraph12A, str] = {
    1: "information about an individual",
    2: "information likely to reveal who an individual is",
    3: "information about somebody's financial or business affairs, the council's included",
    4: "information about consultations on labour relations",
    5: "information for which legal professional privilege could be claimed",
    6: "information that reveals an intended notice, order or direction",
    7: "information about preventing, investigating or prosecuting crime",
}
"""Descriptions of exempt information by paragraph, in short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """exempt: the paragraph of Schedule 12A under which it is withheld; None where it is public."""

    exempt: Paragraph12A | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(_Block):
    """A paragraph. `is_warning` sets it apart: it must not be overlooked."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets(_Block):
    """A list."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; it may be exempt by itself."""

    name: str
    is_number: bool = False
    exempt: Paragraph12A | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(_Block):
    """A table: the first cell of a row heads it."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    source: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.caption}: a row has more or fewer cells than columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(_Block):
    """A picture as SVG with its title and description in it, and the same as a table."""

    caption: str
    svg: str
    table: Table
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing on a small sheet of its own.

    Attributes:
        facts: (what, text).
        picture: a photograph as a `data:` URI; None leaves its place empty, and says so.
        shows: what the photograph shows, for those who do not see it, and whose it is.
    """

    heading: str
    facts: Sequence[tuple[str, str]]
    picture: str | None = None
    shows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards(_Block):
    """Sheets beside each other."""

    cards: Sequence[Card]


Block = Text | Bullets | Table | Figure | Cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report. `key` is its address in the document."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report.

    Attributes:
        made_on: the day of its figures.
        cover: what the cover tells beside the title: (what, text).
        provenance: what figures come from, with hashes and versions: (what, text).
    """

    title: str
    council: str
    made_on: date
    audience: Audience
    cover: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    provenance: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        keys = [each.key for each in self.sections]
        if len(set(keys)) < len(keys):
            raise ValueError("two sections have one key")


def edition(report: Report, audience: Audience) -> Report:
    """The report as an audience is given it: what is withheld is named, with its ground."""
    if audience == "exempt":
        return replace(report, audience=audience)
    sections = [_public(each) for each in report.sections]
    return replace(report, audience=audience, sections=sections)


def _public(section: Section) -> Section:
    kept: list[Block] = []
    withheld: set[Paragraph12A] = set()
    for block in section.blocks:
        if block.exempt is not None:
            withheld.add(block.exempt)
        elif isinstance(block, Table):
            kept.append(_without_columns(block, withheld))
        elif isinstance(block, Figure):
            kept.append(replace(block, table=_without_columns(block.table, withheld)))
        else:
            kept.append(block)
    kept += [Text(text=_withheld(number)) for number in sorted(withheld)]
    return replace(section, blocks=kept)


def _without_columns(table: Table, withheld: set[Paragraph12A]) -> Table:
    withheld |= {each.exempt for each in table.columns if each.exempt is not None}
    keep = [at for at, each in enumerate(table.columns) if each.exempt is None]
    return replace(
        table,
        columns=[table.columns[at] for at in keep],
        rows=[[row[at] for at in keep] for row in table.rows],
    )


def _withheld(number: Paragraph12A) -> str:
    return (
        f"Part of this section is in the exempt edition: {GROUNDS[number]} (Local Government Act "
        f"1972, Schedule 12A, Part 1, paragraph {number})."
    )
