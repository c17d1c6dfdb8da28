"""Files that Canopy itself wrote, told by the columns that only its exports have together."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from canopy.assets.importers.base import SourceTable
from canopy.assets.kinds import KINDS

MARKS = frozenset({"asset_id", "kind", "authority", "source", "created_at", "withdrawn_at"})
"""Columns that every export has, whatever its audience; no register has them all."""

_OTHER_NAMES = {
    "streetlight": "lamppost",
    "cctvcamera": "cctv",
    "smallcell": "small_cell_site",
    "wifi": "wifi_ap",
}
"""What registers call a kind where that is neither its slug nor its label."""

_EXPORTED = re.compile(r"(?:_(?:point|multipoint|line|polygon|nowhere)| \d+)$")
"""What exports add to a kind's name: a shapefile's family, the number of a further sheet."""


def is_own_export(columns: Collection[str]) -> bool:
    """Whether a table with these columns is an export of a Canopy catalogue."""
    return MARKS.issubset(columns)


def named_for_kind(table: SourceTable) -> SourceTable:
    """`table`, suggesting a kind where its layer or sheet is called as one.

    Case, spaces and a plural do not matter: ``lamppost``, ``Lamp Posts``, ``DUCTS``.
    """
    if table.suggested_kind is not None:
        return table
    return replace(table, suggested_kind=kind_called(table.name))


def kind_called(name: str) -> str | None:
    """The kind that is called `name`, None when none is."""
    word = _squashed(_EXPORTED.sub("", name))
    known = _called()
    return known.get(word) or known.get(word.removesuffix("s"))


def _called() -> dict[str, str]:
    names = {_squashed(name): kind for name, kind in _OTHER_NAMES.items()}
    for kind, described in KINDS.items():
        names |= {_squashed(str(kind)): str(kind), _squashed(described.label): str(kind)}
    return names


def _squashed(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
