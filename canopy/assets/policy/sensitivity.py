"""The one object that decides what a principal may see.

Deny by default: a field without a level is seen by admins only, and what is withheld is
absent, not null. Filters, sorting and spatial conditions are tested on what is left
after `redact`, so they tell nothing that the result does not.
Sources: the project's matrix of roles and sensitivity, after PAS 183 (access rights).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import numpy as np

from canopy.access.rules import Principal, Role
from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN, AssetBatch
from canopy.assets.kinds import COMMON_FIELDS, KINDS, Kind, attribute_fields
from canopy.assets.policy.coarse import COARSE, Coarse, cell_centres

RAISED: Mapping[str, Mapping[Kind, Role]] = {
    "backhaul_type": {Kind.cctv: Role.admin},
}
"""Common columns that some kinds keep for a higher role than the column's own level.

How a camera's pictures travel is for admins, in ``link`` and here.
"""

ATTACHMENT_TERMS = frozenset(("licence_ref", "expires_on"))
"""Parts of an attachment that are seen from estates on: its physical parts are for every
operator, its terms are between its owner and the council."""


class SensitivityPolicy:
    """Decides by role, kind and field. Stateless; make one where it is needed."""

    def sees_kind(self, kind: Kind, principal: Principal) -> bool:
        """Whether assets of this kind are seen at all (if coarsely)."""
        return kind in KINDS

    def sees_asset(self, sensitivity: str | None, principal: Principal) -> bool:
        """Whether an asset with this sensitivity of its own is seen at all."""
        return _reaches_asset(_reading_role(principal), sensitivity)

    def visible_columns(self, kind: Kind, principal: Principal) -> frozenset[str]:
        """The common columns this principal sees of a kind."""
        return _columns(Kind(kind), _reading_role(principal))

    def visible_attributes(self, kind: Kind, principal: Principal) -> frozenset[str]:
        """The attributes this principal sees of a kind."""
        return _attributes(Kind(kind), _reading_role(principal))

    def generalisation_m(self, kind: Kind, principal: Principal) -> float | None:
        """Cell size [m] of the positions this principal sees; None where they are exact."""
        coarse = _coarse(Kind(kind), _reading_role(principal))
        return None if coarse is None else coarse.cell_m

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

    def cut_attribute(self, name: str, value: object, principal: Principal) -> object:
        """What this principal may see of the value of an attribute that they may see."""
        if name != "attachments" or _reading_role(principal).reaches(Role.estates):
            return value
        return _without_terms({name: value})[name]

    def redact(self, batch: AssetBatch, principal: Principal) -> AssetBatch:
        """What this principal may see of a whole batch; hidden assets are gone altogether.

        Raises KeyError for a batch without the columns ``kind`` and ``sensitivity``: what
        cannot be judged does not go out. ValueError for a kind that does not exist.
        """
        role = _reading_role(principal)
        if role is Role.admin:
            return batch
        batch = _without_hidden(batch, role)
        kinds = [str(kind) for kind in batch.columns["kind"]]
        present = [Kind(kind) for kind in dict.fromkeys(kinds)]
        columns = {
            name: _cut_column(values, kinds, _withholding(name, present, role))
            for name, values in batch.columns.items()
            if any(name in _columns(kind, role) for kind in present)
        }
        geometries = batch.geometries
        if any(_coarse(kind, role) for kind in present):
            cell_of = {str(kind): _cell_m(kind, role) for kind in present}
            cells = [cell_of[kind] for kind in kinds]
            geometries = cell_centres(geometries, cells)
            columns[GENERALISED_COLUMN] = list(cells)
        return AssetBatch(columns, _cut_attributes(batch, kinds, present, role), geometries)


def _reading_role(principal: Principal) -> Role:
    """A gateway publishes readings, and reads what everybody reads."""
    return Role.public if principal.role is Role.gateway else principal.role


@cache
def _coarse(kind: Kind, role: Role) -> Coarse | None:
    return None if role.reaches(Role.operator) else COARSE.get(kind)


def _cell_m(kind: Kind, role: Role) -> float | None:
    coarse = _coarse(kind, role)
    return None if coarse is None else coarse.cell_m


@cache
def _columns(kind: Kind, role: Role) -> frozenset[str]:
    seen = frozenset(name for name in COMMON_COLUMNS if role.reaches(_column_level(name, kind)))
    coarse = _coarse(kind, role)
    return seen if coarse is None else seen & coarse.columns


def _column_level(name: str, kind: Kind) -> str:
    """The higher of a column's own level and what its kind raises it to."""
    own = COMMON_FIELDS[name].level
    raised = RAISED.get(name, {}).get(kind)
    return own if raised is None or not raised.reaches(own) else str(raised)


@cache
def _attributes(kind: Kind, role: Role) -> frozenset[str]:
    fields = attribute_fields(kind)
    seen = frozenset(name for name, field in fields.items() if role.reaches(field.level))
    coarse = _coarse(kind, role)
    return seen if coarse is None else seen & coarse.attributes


def _reaches_asset(role: Role, sensitivity: object) -> bool:
    return sensitivity is None or role.reaches(str(sensitivity))


def _without_hidden(batch: AssetBatch, role: Role) -> AssetBatch:
    levels = batch.columns["sensitivity"]
    hiding = {level for level in set(levels) if not _reaches_asset(role, level)}
    if not hiding:
        return batch
    kept = [i for i, level in enumerate(levels) if level not in hiding]
    return AssetBatch(
        {name: [values[i] for i in kept] for name, values in batch.columns.items()},
        [batch.attributes[i] for i in kept],
        batch.geometries[np.array(kept, dtype=np.intp)],
    )


def _withholding(name: str, kinds: Sequence[Kind], role: Role) -> frozenset[str]:
    """The kinds that withhold a column, by name."""
    return frozenset(str(kind) for kind in kinds if name not in _columns(kind, role))


def _cut_column(
    values: list[object], kinds: Sequence[str], withholding: Collection[str]
) -> list[object]:
    if not withholding:
        return values
    return [
        None if kind in withholding else value for kind, value in zip(kinds, values, strict=True)
    ]


def _cut_attributes(
    batch: AssetBatch, kinds: Sequence[str], present: Sequence[Kind], role: Role
) -> list[dict[str, object]]:
    seen = {str(kind): _attributes(kind, role) for kind in present}
    cut = [
        each if seen[kind].issuperset(each) else _only(each, seen[kind])
        for kind, each in zip(kinds, batch.attributes, strict=True)
    ]
    if role.reaches(Role.estates) or not any("attachments" in names for names in seen.values()):
        return cut
    return [_without_terms(each) for each in cut]


def _only(attributes: dict[str, object], seen: Collection[str]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if name in seen}


def _without_terms(attributes: dict[str, object]) -> dict[str, object]:
    attached = attributes.get("attachments")
    if not isinstance(attached, list):
        return attributes
    cut = [
        {name: value for name, value in each.items() if name not in ATTACHMENT_TERMS}
        for each in attached
    ]
    return {**attributes, "attachments": cut}
