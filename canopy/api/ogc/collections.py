"""The collections: one per kind of asset, and `assets` with all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from canopy.assets.kinds import KINDS, AttributeField, Kind
from canopy.errors import NotFound

ALL = "assets"


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection and the kinds in it.

    `own_fields` are those that are no fields of assets, `id_field` is its features'
    identity, and `datetime_told` what the parameter `datetime` asks.
    """

    id: str
    title: str
    description: str
    kinds: tuple[Kind, ...]
    own_fields: Mapping[str, AttributeField] = field(default_factory=dict, compare=False)
    id_field: str = "asset_id"
    has_tiles: bool = True
    datetime_told: str = "Only what was observed in this time or interval (RFC 3339)"


@cache
def collections() -> Mapping[str, Collection]:
    """Every collection by id: `assets` first, then the kinds in the order they are shown."""
    found = {ALL: Collection(ALL, "Assets", "Assets of every kind.", tuple(KINDS))}
    for kind, spec in KINDS.items():
        found[str(kind)] = Collection(str(kind), spec.label_plural, spec.description, (kind,))
    return found


def collection_of(name: str) -> Collection:
    """The collection of that id. Raises NotFound."""
    found = collections().get(name)
    if found is None:
        raise NotFound(f"There is no collection {name[:60]!r}; see /collections.")
    return found
