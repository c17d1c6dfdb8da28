"""What a principal may see: one policy, applied on every way out of the catalogue.

Deny by default: a field without a level is seen by admins only. What is withheld is
absent, not null. The positions of CCTV, ducts, chambers and fibre are published as the
centre of a grid cell (crime and sabotage; NUAR shares exact routes under agreement), and
with them everything that would give the position back is withheld: address, postcode,
UPRN, accuracy. The street stays: that a duct lies in a street is no secret.

Filters, sorting and spatial conditions are tested on what is left after `redact`, so
they tell nothing that the result does not.
Source: the role and sensitivity table of the project's domain notes, after PAS 183
access rights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.access.rules import Principal, Role
from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN, AssetBatch
from canopy.assets.kinds import COMMON_FIELDS, KINDS, Kind, attribute_fields

GENERALISED_M: Mapping[Kind, float] = {
    Kind.cctv: 100.0,
    Kind.chamber: 500.0,
    Kind.duct: 500.0,
    Kind.fibre: 500.0,
}
"""Cell size [m] of the positions that roles below operator see of a kind."""

_REVEALING = frozenset(
    ("name", "uprn", "postcode", "pos_accuracy_m", "pos_method", "backhaul_dist_m")
)
"""Common columns that would give a generalised position back."""
_REVEALING_ATTRIBUTES = frozenset(("address", "site_name", "ground_m_aod", "external_id"))


class SensitivityPolicy:
    """Decides by role, kind and field. Stateless; make one where it is needed."""

    def sees_kind(self, kind: Kind, principal: Principal) -> bool:
        """Whether assets of this kind are seen at all (if coarsely)."""
        return kind in KINDS

    def sees_asset(self, sensitivity: str | None, principal: Principal) -> bool:
        """Whether an asset with this sensitivity of its own is seen at all."""
        return sensitivity is None or principal.role.reaches(sensitivity)

    def visible_columns(self, kind: Kind, principal: Principal) -> frozenset[str]:
        """The common columns this principal sees of a kind."""
        return _columns(Kind(kind), _reading_role(principal))

    def visible_attributes(self, kind: Kind, principal: Principal) -> frozenset[str]:
        """The attributes this principal sees of a kind."""
        return _attributes(Kind(kind), _reading_role(principal))

    def generalisation_m(self, kind: Kind, principal: Principal) -> float | None:
        """Cell size [m] of the positions this principal sees; None where they are exact."""
        return _generalisation_m(Kind(kind), _reading_role(principal))

    def search_margin_m(self, kind: Kind, principal: Principal) -> float:
        """How far a shown position may lie from the stored geometry [m].

        A spatial query is widened by this, and what it finds tested on shown positions.
        """
        cell = self.generalisation_m(kind, principal)
        return 0.0 if cell is None else cell * math.sqrt(2) / 2

    def may_filter_on(self, kind: Kind | None, field: str, principal: Principal) -> bool:
        """Whether a field exists as far as this principal can tell."""
        kinds = list(KINDS) if kind is None else [kind]
        return any(
            field in self.visible_columns(each, principal)
            or field in self.visible_attributes(each, principal)
            for each in kinds
        )

    def redact(self, batch: AssetBatch, principal: Principal) -> AssetBatch:
        """What this principal may see of a batch; hidden assets are gone altogether."""
        role = _reading_role(principal)
        if role is Role.admin:
            return batch
        batch = _without_hidden(batch, role)
        kinds = [Kind(str(kind)) for kind in batch.columns["kind"]]
        present = list(dict.fromkeys(kinds))
        columns = {
            name: _cut_column(values, name, kinds, present, role)
            for name, values in batch.columns.items()
            if any(name in _columns(kind, role) for kind in present)
        }
        attributes = [
            _cut_attributes(each, _attributes(kind, role))
            for kind, each in zip(kinds, batch.attributes, strict=True)
        ]
        cells = [_generalisation_m(kind, role) for kind in kinds]
        geometries = batch.geometries
        if any(cell is not None for cell in cells):
            geometries = _generalised(geometries, cells)
            columns[GENERALISED_COLUMN] = list(cells)
        return AssetBatch(columns, attributes, geometries)


def _reading_role(principal: Principal) -> Role:
    return Role.public if principal.role is Role.gateway else principal.role


@cache
def _generalisation_m(kind: Kind, role: Role) -> float | None:
    return None if role.reaches(Role.operator) else GENERALISED_M.get(kind)


@cache
def _columns(kind: Kind, role: Role) -> frozenset[str]:
    seen = {name for name in COMMON_COLUMNS if role.reaches(COMMON_FIELDS[name].level)}
    if _generalisation_m(kind, role) is not None:
        return frozenset(seen - _REVEALING)
    return frozenset(seen)


@cache
def _attributes(kind: Kind, role: Role) -> frozenset[str]:
    fields = attribute_fields(kind)
    seen = {name for name, field in fields.items() if role.reaches(field.level)}
    if _generalisation_m(kind, role) is not None:
        return frozenset(seen - _REVEALING_ATTRIBUTES)
    return frozenset(seen)


def _without_hidden(batch: AssetBatch, role: Role) -> AssetBatch:
    levels = batch.columns.get("sensitivity")
    if levels is None or not any(level is not None for level in levels):
        return batch
    kept = [i for i, level in enumerate(levels) if level is None or role.reaches(str(level))]
    if len(kept) == len(batch):
        return batch
    return AssetBatch(
        {name: [values[i] for i in kept] for name, values in batch.columns.items()},
        [batch.attributes[i] for i in kept],
        batch.geometries[np.array(kept, dtype=np.intp)],
    )


def _cut_column(
    values: list[object], name: str, kinds: list[Kind], present: list[Kind], role: Role
) -> list[object]:
    withheld = {kind for kind in present if name not in _columns(kind, role)}
    if not withheld:
        return values
    return [None if kind in withheld else value for kind, value in zip(kinds, values, strict=True)]


def _cut_attributes(attributes: dict[str, object], seen: frozenset[str]) -> dict[str, object]:
    if attributes.keys() <= seen:
        return attributes
    return {name: value for name, value in attributes.items() if name in seen}


def _generalised(geometries: NDArray[np.object_], cells: list[float | None]) -> NDArray[np.object_]:
    """Geometries with a cell size replaced by the centre of the cell they stand in."""
    sizes = np.array([np.nan if cell is None else cell for cell in cells])
    coarse = ~np.isnan(sizes) & ~shapely.is_missing(geometries)
    shown = geometries.copy()
    shown[~np.isnan(sizes)] = None
    points = shapely.point_on_surface(geometries[coarse])
    size = sizes[coarse]
    x = (np.floor(shapely.get_x(points) / size) + 0.5) * size
    y = (np.floor(shapely.get_y(points) / size) + 0.5) * size
    shown[coarse] = shapely.points(x, y)
    return shown
