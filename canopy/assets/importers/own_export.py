"""Files that Canopy itself wrote, told by the columns that only its exports have together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from canopy.assets.importers.base import SourceTable
from canopy.assets.kinds import KINDS

MARKS = frozenset({"asset_id", "kind", "authority", "source", "created_at", "withdrawn_at"})
"""Columns that every export has, whatever its audience; no register has them all."""

_KINDS = frozenset(str(kind) for kind in KINDS)


def is_own_export(columns: Collection[str]) -> bool:
    """Whether a table with these columns is an export of a Canopy catalogue."""
    return MARKS.issubset(columns)


def named_for_kind(table: SourceTable) -> SourceTable:
    """`table`, suggesting a kind where its layer is called exactly as one (``lamppost``)."""
    if table.suggested_kind is not None or table.name not in _KINDS:
        return table
    return replace(table, suggested_kind=table.name)
