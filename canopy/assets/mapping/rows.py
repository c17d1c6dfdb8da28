"""Whole rows: values with what is to be said of them, and the rows that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf

import numpy as np
from numpy.typing import NDArray

from canopy.assets.batches import CANDIDATE_COLUMNS, CandidateBatch
from canopy.assets.importers.base import RawBatch
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.fields import Noted, Refused
from canopy.assets.mapping.values import as_text, is_unknown


def check_heights(kinds: Sequence[str], heights: Sequence[object] | None, faults: Faults) -> None:
    """Heights by the range of each row's own kind, in a file of several kinds."""
    for index, height in enumerate(heights or ()):
        if not isinstance(height, float) or not kinds[index]:
            continue
        low, high = KINDS[Kind(kinds[index])].height_m_range
        if not low <= height <= high:
            faults.reject(
                index,
                "value-out-of-range",
                f"height_m {height:g} is not between {low:g} and {high:g} m for a "
                f"{kinds[index]}; correct it, or say what it means under [values.height_m].",
                "height_m",
            )


_TOTALS = re.compile(
    r"(grand |sub-? ?)?totals?\s*([:=(\d].*|(number|no\.?|count|rows|columns|assets)\b.*)?",
    re.IGNORECASE,
)


def is_totals_row(columns: MappingOf[str, Sequence[object]], row: int) -> bool:
    """Whether a row without a position is the sum below a table: its first words say so,
    and most of its cells are empty."""
    cells = [as_text(column[row]) for column in columns.values() if not is_unknown(column[row])]
    words = [cell for cell in cells if cell[:1].isalpha()]
    return bool(words) and 2 * len(cells) <= len(columns) and bool(_TOTALS.fullmatch(words[0]))


def type_ids(names: Iterable[str]) -> list[int]:
    ids = {"Point": 0, "LineString": 1, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5,
           "MultiPolygon": 6}  # fmt: skip
    return [ids[name] for name in names if name in ids]


def either(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


def told_values(read: list[object], column: str, faults: Faults) -> list[object]:
    """`read` with the values that have something to say replaced, and that said."""
    if not any(type(value) is Refused or type(value) is Noted for value in read):
        return read
    return [told_value(value, index, column, faults) for index, value in enumerate(read)]


def told_value(value: object, index: int, column: str, faults: Faults) -> object:
    if isinstance(value, Refused):
        faults.reject(index, value.code, value.message, column)
        return None
    if isinstance(value, Noted):
        faults.warn(index, value.code, value.message, column)
        return value.value
    return value


def candidates_of(
    raw: RawBatch,
    kept: list[int],
    kinds: list[str],
    values: MappingOf[str, list[object]],
    attributes: list[dict[str, object]],
    geometries: NDArray[np.object_],
) -> CandidateBatch:
    count = len(raw)
    if len(kept) == count:
        common = {name: values.get(name) or [None] * count for name in CANDIDATE_COLUMNS}
        return CandidateBatch(list(raw.row_numbers), kinds, common, attributes, geometries)
    common = {}
    for name in CANDIDATE_COLUMNS:
        column = values.get(name)
        common[name] = [column[i] for i in kept] if column else [None] * len(kept)
    return CandidateBatch(
        [raw.row_numbers[i] for i in kept],
        [kinds[i] for i in kept],
        common,
        [attributes[i] for i in kept],
        geometries[kept],
    )
