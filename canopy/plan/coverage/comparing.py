"""A run's figures beside others: Ofcom's, and what one operator's user finds with another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from canopy.coverage.files.columns import Table, real, text
from canopy.coverage.notspots.classes import Classes
from canopy.coverage.notspots.figures import FigureRow, FigureTable, Theme
from canopy.coverage.notspots.handover import Handover, handover
from canopy.coverage.notspots.ofcom import (
    Comparison,
    MobileMeasure,
    PublishedCoverage,
    compared,
)
from canopy.coverage.sites.technology import Generation
from canopy.errors import Refused

ANY_OTHER = "any-other"
MOST_PAIRED = 8
"""Operators of one table of handover: eight make 56 pairs."""

SERVICES: Mapping[Generation, str] = {
    "2g": "2G",
    "3g": "3G",
    "4g": "4G",
    "5g": "5G_high_confidence",
}
"""What the Connected Nations files call a generation."""


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """Where a user of one operator has none and another covers, in one area.

    Attributes:
        user_of, other: operators' slugs; `other` is "any-other" for all of them together.
        found: the figures there.
        unknown_m2: area where it is not known whether it is so [m2].
    """

    user_of: str
    other: str
    found: FigureRow
    unknown_m2: float


def handover_rows(
    by_operator: Mapping[str, Classes], table: FigureTable, theme: Theme
) -> tuple[HandoverRow, ...]:
    """Rows for each operator's user, each other operator and all others, and each area."""
    return tuple(
        row
        for user_of in by_operator
        for other, among in _pairs(by_operator, user_of)
        for row in _rows(handover(among, user_of), user_of, other, table, theme)
    )


def _pairs(
    by_operator: Mapping[str, Classes], user_of: str
) -> list[tuple[str, Mapping[str, Classes]]]:
    own = by_operator[user_of]
    each: list[tuple[str, Mapping[str, Classes]]] = [
        (other, {user_of: own, other: classes})
        for other, classes in by_operator.items()
        if other != user_of
    ]
    return [*each, (ANY_OTHER, by_operator)] if len(each) > 1 else each


def _rows(
    classes: Classes, user_of: str, other: str, table: FigureTable, theme: Theme
) -> list[HandoverRow]:
    rows = table.by_statuses(classes, theme, user_of, Handover)
    unknown = {row.area_id: row.area_m2 for row in rows if row.status == "unknown"}
    return [
        HandoverRow(user_of, other, row, unknown[row.area_id])
        for row in rows
        if row.status == "another"
    ]


def handover_table(rows: Sequence[HandoverRow]) -> Table:
    """Handover rows for files."""
    found = [row.found for row in rows]
    return Table(
        "handover",
        "Where a user of one operator has no service and another operator covers",
        (
            text("area_id", [row.area_id for row in found]),
            text("area_name", [row.area_name for row in found]),
            text("user_of", [row.user_of for row in rows], "operator without service"),
            text("other", [row.other for row in rows], "operator that covers, or any-other"),
            real("area", [row.area_m2 for row in found], "m²"),
            real("area_share", [row.area_share for row in found], "1"),
            real("residents", [row.residents for row in found], "people"),
            real("residents_share", [row.residents_share for row in found], "1"),
            real("premises", [row.premises for row in found], "premises"),
            real("road", [row.road_m for row in found], "m"),
            real("footfall", [row.footfall for row in found]),
            real("unknown", [row.unknown_m2 for row in rows], "m²", "where it is not known"),
        ),
    )


@dataclass(frozen=True, slots=True)
class BesideOfcom:
    """Comparisons, and why there are no others."""

    rows: tuple[Comparison, ...]
    notes: tuple[str, ...]


def beside_ofcom(
    figures: Sequence[FigureRow],
    published: PublishedCoverage,
    service: str,
    whole: str,
    operators: int,
) -> BesideOfcom:
    """The whole area's figures beside those of an authority.

    figures: of one technology, outdoors and perhaps indoors. whole: id of the whole area in
    them; that it is the authority's is the caller's to know.
    """
    rows: list[Comparison] = []
    notes: list[str] = []
    for counted, share in (("geo", "area_share"), ("prem", "premises_share")):
        for place, word in (("out", "outdoor"), ("in", "indoor")):
            measure = MobileMeasure(service, counted, place)
            mine = [
                replace(row, area_id=published.area_id)
                for row in figures
                if row.area_id == whole and row.place == word
            ]
            if measure not in published.by_operators or not any(getattr(r, share) for r in mine):
                continue
            try:
                rows += compared(mine, published, measure, operators)
            except Refused as refusal:
                notes.append(f"Not compared with Ofcom: {refusal.detail}.")
    if not rows and not notes:
        there = sorted({one.service for one in published.by_operators})
        notes.append(
            f"Not compared with Ofcom: {published.file} has no figures of {service} that the run "
            f"has too; its services are {', '.join(there)}."
        )
    return BesideOfcom(tuple(rows), tuple(notes))


def ofcom_table(rows: Sequence[Comparison]) -> Table:
    """Ofcom's percentages and ours, for files."""
    return Table(
        "ofcom",
        "Ofcom's published percentages beside ours; methods and dates differ",
        (
            text("area_id", [row.area_id for row in rows]),
            text("service", [row.measure.service for row in rows]),
            text("counted", [row.measure.counted for row in rows], "prem premises, geo area"),
            text("place", [row.measure.place for row in rows], "out outdoors, in indoors"),
            text("status", [row.status for row in rows]),
            real("published", [row.published for row in rows], "%"),
            real("ours", [row.ours for row in rows], "%"),
            real("ours_unknown", [row.ours_unknown for row in rows], "%", "may have it too"),
            real("difference", [row.difference for row in rows], "pp", "ours less published"),
        ),
    )
