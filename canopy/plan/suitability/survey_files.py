"""A survey as a file to be filled in: a row for each asset, a column for each field.

What is known stands in it already, so that a surveyor sees it; what is to be found out is blank,
and `find_out` names it. CSV and XLSX have the same columns; in a workbook the blanks that matter
are coloured, and fields with a choice of words offer them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from scipy.spatial import cKDTree

from canopy.assets.batches import COMMON_COLUMNS
from canopy.assets.intake.matching import MATCH_WITHIN_M
from canopy.assets.kinds import COMMON_FIELDS, KINDS, AttributeField, Kind, attribute_fields
from canopy.assets.kinds.catalogue import POINT
from canopy.errors import Refused
from canopy.plan.suitability.explaining import Line
from canopy.plan.suitability.facts import Assets
from canopy.plan.suitability.survey import Survey

SHEET = "survey"
MOST_ROWS = 10_000
ABOUT = (
    "source", "ref", "kind", "name", "street", "ward", "easting", "northing", "rank",
    "suitability", "moves", "find_out",
)  # fmt: skip
"""Columns before those to be filled in; `source`, `ref` and `kind` say which asset a row is."""
FOUND_ON = "observed_on"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHOICE_CHARS = 255
"""Characters that a list of choices in a cell may have (Microsoft, Excel specifications)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a survey.

    Attributes:
        fields: to be filled in, each a column; the last is when it was seen.
        rows: by column; what is not known is absent.
        open: of each row, the fields that are to be found out.
        without_ref: assets left out, because neither a ref nor their position says which they
            are.
    """

    fields: tuple[AttributeField, ...]
    rows: tuple[dict[str, Any], ...]
    open: tuple[frozenset[str], ...]
    without_ref: int


Known = Mapping[str, Mapping[str, Any]]
"""What the catalogue holds of each asset, by its id and field."""


def standing_alone(assets: Assets) -> frozenset[str]:
    """Assets that their position names: points with no other of their kind and source so near
    that a row without a ref could be taken for it.
    """
    alone: set[str] = set()
    groups: dict[tuple[str, str], list[int]] = {}
    for i, group in enumerate(zip(assets.source, assets.kind, strict=True)):
        if KINDS[Kind(group[1])].geometry == POINT and np.isfinite(assets.x_m[i]):
            groups.setdefault(group, []).append(i)
    for rows in groups.values():
        tree = cKDTree(np.stack([assets.x_m[rows], assets.y_m[rows]], axis=1))
        near = set(tree.query_pairs(2 * MATCH_WITHIN_M, output_type="ndarray").ravel().tolist())
        alone |= {assets.asset_id[row] for n, row in enumerate(rows) if n not in near}
    return frozenset(alone)


def sheet(survey: Survey, known: Known, alone: frozenset[str] = frozenset()) -> Sheet:
    """One row for each asset of the survey, in the order of its first gap.

    alone: assets that need no ref, because their position says which they are.
    """
    by_asset: dict[str, list[Any]] = {}
    for gap in survey.gaps:
        by_asset.setdefault(gap.line.asset_id, []).append(gap)
    names = dict.fromkeys(name for gap in survey.gaps for name in gap.fields if name != FOUND_ON)
    fields, rows, blanks, without_ref = [*names, FOUND_ON], [], [], 0
    for asset_id, gaps in by_asset.items():
        line = gaps[0].line
        if line.x_m is None or (line.ref is None and asset_id not in alone):
            without_ref += 1
            continue
        facts = known.get(asset_id, {})
        own = {name for gap in gaps for name in gap.fields}
        wanted = {name for name in own if facts.get(name) is None}
        rows.append(
            {**_about(line, sum(gap.moves for gap in gaps), sorted(wanted)),
             **{name: facts[name] for name in fields[:-1] if facts.get(name) is not None}}
        )  # fmt: skip
        blanks.append(frozenset(wanted))
    if len(rows) > MOST_ROWS:
        raise Refused(f"a survey of {len(rows):,} assets: ask for {MOST_ROWS:,} at most")
    kinds = {gap.line.kind for gap in survey.gaps}
    described = tuple(_described(name, kinds) for name in fields)
    return Sheet(described, tuple(rows), tuple(blanks), without_ref)


def _about(line: Line, moves: int, wanted: Sequence[str]) -> dict[str, Any]:
    values = (
        line.source, line.ref, line.kind, line.name, line.street, line.ward,
        line.x_m, line.y_m, line.rank, str(line.suitability), moves, ", ".join(wanted),
    )  # fmt: skip
    return {name: value for name, value in zip(ABOUT, values, strict=True) if value is not None}


def _described(name: str, kinds: set[str]) -> AttributeField:
    if name in COMMON_COLUMNS:
        return COMMON_FIELDS[name]
    return next(
        fields[name] for kind in sorted(kinds) if name in (fields := attribute_fields(Kind(kind)))
    )


def write_sheet(found: Sheet, path: Path) -> None:
    """As CSV or, for a name that ends in .xlsx, a workbook. Raises Refused."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise Refused(f"{path.name}: a survey is written as .csv or .xlsx")
    try:
        if path.suffix.lower() == ".xlsx":
            _write_workbook(found, path)
        else:
            _write_csv(found, path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise Refused(f"{path} cannot be written: {error}") from error


def columns(found: Sheet) -> list[str]:
    """All columns, in order."""
    return [*ABOUT, *(field.name for field in found.fields)]


def _write_csv(found: Sheet, path: Path) -> None:
    names = columns(found)
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(names)
        for row in found.rows:
            writer.writerow([_harmless(_text(row.get(name))) for name in names])


def _write_workbook(found: Sheet, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    names = columns(found)
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet(SHEET)
        heading = book.add_format({"bold": True, "text_wrap": True})
        blank = book.add_format({"bg_color": "#FFF2CC", "border": 1})
        page.freeze_panes(1, 2)
        page.set_column(0, len(names) - 1, 16)
        for column, name in enumerate(names):
            page.write_string(0, column, name, heading)
        for number, (row, wanted) in enumerate(zip(found.rows, found.open, strict=True), 1):
            for column, name in enumerate(names):
                if name in row:
                    page.write(number, column, _cell(row[name]))
                elif name in wanted:
                    page.write_blank(number, column, None, blank)
        for column, choices in _choices(found):
            page.data_validation(
                1, column, max(len(found.rows), 1), column,
                {"validate": "list", "source": list(choices), "ignore_blank": True},
            )  # fmt: skip
        _explain(book.add_worksheet("README"), found)


def _explain(page: Any, found: Sheet) -> None:
    lines = [
        ("Fill in the coloured cells; leave blank what could not be found out.", ""),
        ("Do not change source, ref and kind: they say which asset a row is.", ""),
        ("Take it in with: canopy plan survey --take FILE", ""),
        ("", ""),
        *((field.name, " ".join(_meaning(field))) for field in found.fields),
    ]
    page.set_column(0, 0, 30)
    page.set_column(1, 1, 90)
    for number, pair in enumerate(lines):
        for column, text in enumerate(pair):
            page.write_string(number, column, text)


def _meaning(field: AttributeField) -> Iterator[str]:
    yield f"{field.description}."
    if field.unit:
        yield f"In {field.unit}."
    if field.allowed:
        yield f"One of: {', '.join(field.allowed)}."
    if field.type == "boolean":
        yield "yes or no."
    if field.type == "date":
        yield "As 2026-11-28."


def _choices(found: Sheet) -> Iterator[tuple[int, tuple[str, ...]]]:
    for column, field in enumerate(found.fields, len(ABOUT)):
        choices = ("yes", "no") if field.type == "boolean" else field.allowed
        if choices and len(",".join(choices)) <= _CHOICE_CHARS:
            yield column, choices


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _harmless(text: str) -> str:
    """Never a formula to a spreadsheet; a negative number is none."""
    if text.startswith(_FORMULA_STARTS) and not text.lstrip("-").replace(".", "", 1).isdigit():
        return f"'{text}"
    return text
