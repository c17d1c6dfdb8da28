"""What one principal sees of offers, worked out once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from canopy.access.rules import Principal, Role
from canopy.assets.filtering import FieldFinder, FilterField
from canopy.assets.filtering.fields import GEOMETRY, GEOMETRY_NAMES, ValueType
from canopy.assets.kinds import KINDS, AttributeField, Kind
from canopy.assets.offers.fields import (
    ASSET_COLUMNS,
    DISTANCES,
    OFFER_FIELDS,
    PRICES,
    offer_fields_seen,
)
from canopy.assets.offers.rules import (
    OfferStatus,
    sees_distances,
    sees_ended,
    sees_every_price,
    statuses_seen,
)
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging.views import View, view_of
from canopy.errors import BadFilter

_ROUTES = (Kind.fibre, Kind.duct, Kind.chamber)
_TIMES = frozenset(("created_at", "updated_at"))
_TYPES: Mapping[str, ValueType] = {
    "text": "text", "number": "number", "integer": "number", "date": "date", "list": "list",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfferFinder(FieldFinder):
    """Finds the fields of offers that a principal sees."""

    offered: Mapping[str, FilterField]

    def find(self, name: str) -> FilterField:
        """The field of that name.

        Raises BadFilter in the same words for one that is not seen and one that is not there.
        """
        found = GEOMETRY if name in GEOMETRY_NAMES else self.offered.get(name)
        if found is None:
            raise BadFilter(f"{name!r} is no field that can be filtered on here.", field=name)
        return found


@dataclass(frozen=True, slots=True)
class OfferView:
    """Offers as a principal sees them.

    `assets` is what it sees of assets; `fields` are those an offer shows it, `unsorted`
    those of them that have no order in the database.
    """

    assets: View
    fields: Mapping[str, FilterField]
    finder: OfferFinder
    statuses: tuple[OfferStatus, ...]
    has_ended: bool
    has_every_price: bool

    @property
    def unsorted(self) -> frozenset[str]:
        """Fields that are only known once an offer is read: a page cannot be sorted by them."""
        return frozenset(DISTANCES) | (frozenset() if self.has_every_price else frozenset(PRICES))


def offer_view(principal: Principal, policy: SensitivityPolicy) -> OfferView:
    """What `principal` sees of offers. Kept by role: names do not matter to it."""
    return _view(principal.role, policy)


@lru_cache(maxsize=32)
def _view(role: Role, policy: SensitivityPolicy) -> OfferView:
    principal = Principal(role, str(role))
    assets = view_of(tuple(KINDS), principal, policy)
    fields = _fields(principal, policy, assets)
    return OfferView(
        assets=assets,
        fields=fields,
        finder=OfferFinder(tuple(KINDS), principal, policy, fields),
        statuses=statuses_seen(principal),
        has_ended=sees_ended(principal),
        has_every_price=sees_every_price(principal),
    )


def _fields(
    principal: Principal, policy: SensitivityPolicy, assets: View
) -> Mapping[str, FilterField]:
    seen = offer_fields_seen(principal)
    if not sees_distances(principal) or any(
        policy.generalisation_m(kind, principal) is not None for kind in _ROUTES
    ):
        seen -= frozenset(DISTANCES)
    found = {name: _own(field) for name, field in OFFER_FIELDS.items() if name in seen}
    for name, column in ASSET_COLUMNS.items():
        base = assets.fields.get(column)
        if base is not None:
            found[name] = replace(base, name=name)
    return found


def _own(field: AttributeField) -> FilterField:
    kind: ValueType = "timestamp" if field.name in _TIMES else _TYPES[field.type]
    return FilterField(field.name, kind, largest=field.maximum)
