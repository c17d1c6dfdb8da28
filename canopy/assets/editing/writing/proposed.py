"""What somebody proposes an asset to be, as flat properties, made a whole record.

A principal changes what it sees. Fields it does not see stay as they are, and naming one is
naming a field that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import shapely

from canopy.access.rules import Principal
from canopy.assets.batches import CANDIDATE_COLUMNS, GENERALISED_COLUMN
from canopy.assets.editing.edits import record_of
from canopy.assets.kinds import COMMON_FIELDS, KINDS, Kind, attribute_fields
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import geometry_hex
from canopy.assets.record import SAME_POSITION_M, Record
from canopy.assets.tables import Asset
from canopy.errors import BadAttribute

FIXED_FIELDS = (
    "asset_id", "source", "ward", "designations", "version", "created_at", "updated_at",
    "withdrawn_at",
)  # fmt: skip
"""Fields that the service sets: they may come back as they were sent, and not otherwise."""
OF_THE_VERSION = frozenset(("version", "updated_at", "withdrawn_at"))
"""Those of them that every revision changes, also that of a withdrawal."""
_SETTABLE = ("authority", *CANDIDATE_COLUMNS)


@dataclass(frozen=True, slots=True)
class ProposedAsset:
    """Flat properties by name, None for unknown, and a geometry in the storage CRS.

    `is_whole` tells that all of the asset is given: a property left out becomes unknown.
    Else what is left out stays, the geometry too where it is None, and a property that is
    an object changes the one there is member by member (RFC 7396).
    """

    properties: Mapping[str, object]
    geometry: shapely.Geometry | None
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Proposals:
    """Reads proposals of one principal, for a collection with these kinds."""

    kinds: Sequence[Kind]
    principal: Principal
    policy: SensitivityPolicy

    def record(self, proposed: ProposedAsset, asset: Asset | None) -> Record:
        """The whole record of a new asset, or of `asset` changed.

        Raises BadAttribute naming the property; values are not checked against ranges here
        (`valid_record` does that).
        """
        self._refuse_fixed(proposed.properties, asset)
        kind = self._kind(proposed, asset)
        self._refuse_unknown(proposed, kind, asset)
        current: Record = {} if asset is None else record_of(asset)
        record: Record = {"kind": str(kind)}
        seen = self.policy.visible_columns(kind, self.principal)
        for name in _SETTABLE:
            value = _value(name, proposed, current, is_seen=name in seen)
            if value is not None:
                _require_type(name, value)
                record[name] = value
        attributes = self._attributes(proposed, kind, current)
        if attributes:
            record["attributes"] = attributes
        record["geom"] = _geometry(proposed, current)
        return record

    def _attributes(self, proposed: ProposedAsset, kind: Kind, current: Record) -> Record:
        seen = self.policy.visible_attributes(kind, self.principal)
        stored = current.get("attributes")
        had = stored if isinstance(stored, Mapping) else {}
        names = [*attribute_fields(kind), *(name for name in had if not proposed.is_whole)]
        found: Record = {}
        for name in dict.fromkeys(names):
            is_seen = name in seen or name not in attribute_fields(kind)
            value = _value(name, proposed, had, is_seen=is_seen)
            if value is not None:
                found[name] = value
        return found

    def _kind(self, proposed: ProposedAsset, asset: Asset | None) -> Kind:
        given = proposed.properties.get("kind")
        if given is None:
            return self._kind_left_out(proposed, asset)
        if not isinstance(given, str) or given not in set(Kind):
            raise BadAttribute(
                f"kind {str(given)[:60]!r} is none of the kinds of asset: {', '.join(KINDS)}.",
                field="kind",
            )
        kind = Kind(given)
        if kind not in self.kinds:
            raise BadAttribute(
                f"kind {given!r} does not belong into this collection; use /collections/{given} "
                "or /collections/assets.",
                field="kind",
            )
        if asset is not None and kind != asset.kind and self._is_kept_from(Kind(asset.kind)):
            raise BadAttribute(
                f"kind: a {asset.kind} can be made a {kind} by an admin only, because a "
                f"{asset.kind} may have fields that others do not see.",
                field="kind",
            )
        return kind

    def _kind_left_out(self, proposed: ProposedAsset, asset: Asset | None) -> Kind:
        if "kind" in proposed.properties and not proposed.is_whole:
            raise BadAttribute("kind: an asset is always of some kind.", field="kind")
        if asset is not None:
            return Kind(asset.kind)
        if len(self.kinds) == 1:
            return self.kinds[0]
        raise BadAttribute(
            f"kind: say which kind of asset it is, one of {', '.join(KINDS)}.", field="kind"
        )

    def _is_kept_from(self, kind: Kind) -> bool:
        """Whether a kind may have fields that the principal does not see."""
        columns = self.policy.visible_columns(kind, self.principal)
        attributes = self.policy.visible_attributes(kind, self.principal)
        return not (columns.issuperset(_SETTABLE) and attributes.issuperset(attribute_fields(kind)))

    def _refuse_unknown(self, proposed: ProposedAsset, kind: Kind, asset: Asset | None) -> None:
        known = {"kind", *FIXED_FIELDS}
        known |= self.policy.visible_columns(kind, self.principal)
        known |= self.policy.visible_attributes(kind, self.principal)
        had: frozenset[str] = frozenset()
        if asset is not None and asset.kind != kind:
            had = self.policy.visible_attributes(Kind(asset.kind), self.principal)
        for name, value in proposed.properties.items():
            if name == GENERALISED_COLUMN and value is not None:
                raise BadAttribute(
                    f"{name}: this feature was read by somebody who sees its position only "
                    "roughly; read it with your token, and change that.",
                    field=name,
                )
            if name not in known and not (value is None and name in had):
                raise BadAttribute(
                    f"{name[:60]!r} is no property of a {kind}; see /collections/{kind}/schema.",
                    field=name[:60],
                )

    def _refuse_fixed(self, properties: Mapping[str, object], asset: Asset | None) -> None:
        for name in FIXED_FIELDS:
            if name not in properties:
                continue
            if asset is not None and asset.withdrawn_at is not None and name in OF_THE_VERSION:
                continue  # it was read before the withdrawal
            stored = None if asset is None else getattr(asset, name)
            if not _is_as_stored(properties[name], stored):
                raise BadAttribute(
                    f"{name} is set by the service"
                    + ("" if asset is None else f" and is {_written(stored)} now")
                    + "; leave it out.",
                    field=name,
                )


def _value(
    name: str, proposed: ProposedAsset, had: Mapping[str, object], *, is_seen: bool
) -> object:
    current = had.get(name)
    if not is_seen:
        return current
    if name not in proposed.properties:
        return None if proposed.is_whole else current
    given = proposed.properties[name]
    return given if proposed.is_whole else merge_patch(current, given)


def merge_patch(current: object, patch: object) -> object:
    """What a merge patch makes of a value. Source: RFC 7396, section 2."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(current) if isinstance(current, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _require_type(name: str, value: object) -> None:
    wanted = COMMON_FIELDS[name].type
    if wanted in ("text", "date") and not isinstance(value, str):
        raise BadAttribute(
            f"{name} {str(value)[:60]!r}: must be text{', as 2026-01-31' * (wanted == 'date')}.",
            field=name,
        )


def _geometry(proposed: ProposedAsset, current: Record) -> object:
    """The position as it is kept: the stored one where the proposed one is the same.

    A position that was read in another CRS comes back rounded, and an area with its rings
    the way GeoJSON has them; neither is a change.
    """
    stored = current.get("geom")
    if proposed.geometry is None:
        return stored
    if isinstance(stored, str):
        was = shapely.orient_polygons(shapely.from_wkb(stored))
        now = shapely.orient_polygons(shapely.force_2d(proposed.geometry))
        if shapely.equals_exact(was, now, tolerance=SAME_POSITION_M):
            return stored
    return geometry_hex(proposed.geometry)


def _is_as_stored(given: object, stored: object) -> bool:
    if isinstance(stored, datetime):
        return _moment(given) == stored
    if isinstance(stored, list) or isinstance(given, list):
        return (given or []) == (stored or [])
    if isinstance(stored, str) and isinstance(given, str):
        return given.lower() == stored.lower()
    return given == stored


def _moment(given: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _written(stored: object) -> str:
    if stored is None:
        return "not known"
    return stored.isoformat() if isinstance(stored, datetime) else str(stored)
