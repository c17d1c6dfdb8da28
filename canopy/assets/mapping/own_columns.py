"""The mapping of a file that Canopy exported: every column by its own name, as it stands.

Nothing is guessed: units are Canopy's, words are not looked up, text is kept to the
letter. So what was exported in the storage CRS is imported again exactly.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN
from canopy.assets.importers.base import SourceTable
from canopy.assets.kinds import KINDS
from canopy.assets.mapping.mapping_text import Evidence
from canopy.assets.mapping.model import AS_EXPORTED, ColumnRule, GeometryRule, KindRule
from canopy.assets.mapping.targets import Target, targets_for

_WRITTEN = frozenset(
    (*COMMON_COLUMNS, GENERALISED_COLUMN, "fid", "folder", "id", "wkt", "easting", "northing",
     "longitude", "latitude")
)  # fmt: skip
OWN = "a column of Canopy's own export"


def own_kind(kind: str | None) -> str | KindRule:
    """The kind that was asked for, else what the rows themselves say."""
    return kind or KindRule(column=("kind",), values={str(each): str(each) for each in KINDS})


def own_targets(kind: str | None) -> MappingOf[str, Target]:
    """What the columns of an export can be."""
    return targets_for([kind] if kind else [str(each) for each in KINDS])


def own_rules(
    table: SourceTable, targets: MappingOf[str, Target]
) -> tuple[dict[str, ColumnRule], list[Evidence]]:
    """One rule for each column that is called as a target, with its evidence."""
    named = [name for name in table.columns if name in targets and targets[name].settable]
    rules = {name: ColumnRule(columns=(name,), format=AS_EXPORTED) for name in named}
    return rules, [Evidence(name, name, 1.0, OWN) for name in named]


def is_own_column(name: str) -> bool:
    """Whether an export writes a column so called, if only for people: times, wards, cells."""
    return name in _WRITTEN or name in targets_for([str(kind) for kind in KINDS])


def own_geometry(table: SourceTable, declared_crs: str | None) -> GeometryRule | None:
    """The features' own geometry, or the columns that a workbook has in place of it.

    None where nothing says which CRS they are in, as in CSV. That all of it lies in one
    place is no sign of a mistake here: the catalogue has it so.
    """
    crs = declared_crs or table.declared_crs
    if crs is None:
        return None
    if table.has_geometry:
        return GeometryRule(feature=True, crs=crs, same_place=True)
    if "wkt" in table.columns:
        return GeometryRule(wkt=("wkt",), crs=crs, same_place=True)
    for x, y in (("easting", "northing"), ("longitude", "latitude")):
        if x in table.columns and y in table.columns:
            return GeometryRule(x=(x,), y=(y,), crs=crs, same_place=True)
    return None
