"""The fields of an offer as it is shown: its own, what it shows of its asset, and distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from canopy.access.rules import Principal
from canopy.assets.kinds import COMMON_FIELDS, AttributeField
from canopy.assets.offers.rules import OfferStatus, Technology

_public = partial(AttributeField, level="public")
_operators = partial(AttributeField, level="operator")

MAX_CONSTRAINTS = 20
"""Constraints of one offer."""
MAX_CONSTRAINT_CHARS = 500
MAX_TERMS_CHARS = 2_000
MAX_PENCE = 1_000_000_000
"""Largest end of a price band [pence a year]: ten million pounds."""


def _named(*fields: AttributeField) -> Mapping[str, AttributeField]:
    return MappingProxyType({field.name: field for field in fields})


SET_BY_OFFICERS: Mapping[str, AttributeField] = _named(
    _public("status", "text", "Life cycle of the offer",
            allowed=tuple(each.value for each in OfferStatus)),
    _public("technologies", "list", "What the asset is offered for: "
            + ", ".join(each.value for each in Technology)),
    _public("available_from", "date", "First day on which the asset can be had"),
    _public("available_until", "date", "Last day on which the asset can be had; absent: no end"),
    _operators("spare_mounts", "integer", "Places for equipment", minimum=0, maximum=100),
    _operators("spare_area_m2", "number", "Roof, floor or ground space", unit="m2",
               minimum=0, maximum=100_000),
    _operators("spare_mass_kg", "number", "Mass of equipment that is accepted", unit="kg",
               minimum=0, maximum=20_000),
    _operators("spare_rack_u", "integer", "Rack units", minimum=0, maximum=500),
    _operators("spare_duct_bores", "integer", "Bores with room; ducts only", minimum=0, maximum=24),
    _operators("spare_fibres", "integer", "Dark fibres; fibre only", minimum=0, maximum=10_000),
    _operators("spare_power_w", "number", "Power that can be drawn all day", unit="W",
               minimum=0, maximum=2_000_000),
    _operators("constraints", "list", "What limits the use of the asset"),
    _operators("terms", "text", "Terms, or where they are found"),
    _operators("price_min_pence_per_year", "integer", "Lower end of the price band",
               unit="pence/year", minimum=0, maximum=MAX_PENCE),
    _operators("price_max_pence_per_year", "integer", "Upper end of the price band",
               unit="pence/year", minimum=0, maximum=MAX_PENCE),
)  # fmt: skip
"""What an officer says of an offer."""

PRICES = ("price_min_pence_per_year", "price_max_pence_per_year")
DATES = ("available_from", "available_until")
LISTS = ("technologies", "constraints")

KEPT_BY_CANOPY: Mapping[str, AttributeField] = _named(
    _public("offer_id", "text", "Canopy's own identity of the offer, a UUID"),
    _public("version", "integer", "Number of the offer's last revision", minimum=0),
    _public("created_at", "text", "When the offer was entered, UTC"),
    _public("updated_at", "text", "When the offer last changed, UTC"),
)

DISTANCES: Mapping[str, AttributeField] = _named(
    _operators("distance_to_fibre_m", "number", "From the asset to the nearest fibre you may see",
               unit="m", minimum=0),
    _operators("distance_to_duct_m", "number",
               "From the asset to the nearest duct or chamber you may see", unit="m", minimum=0),
)  # fmt: skip
"""Computed when they are read, from what the reader may see."""

ASSET_COLUMNS: Mapping[str, str] = MappingProxyType(
    {name: name for name in (
        "asset_id", "kind", "ref", "name", "authority", "owner", "availability", "height_m",
        "power", "backhaul_type", "backhaul_dist_m", "street", "locality", "postcode", "uprn",
        "usrn", "ward", "designations", "licence",
    )} | {"asset_status": "status"}
)  # fmt: skip
"""What an offer shows of its asset, and the column of the asset that it is."""

OFFER_FIELDS: Mapping[str, AttributeField] = MappingProxyType(
    {**KEPT_BY_CANOPY, **SET_BY_OFFICERS, **DISTANCES}
)
"""Every field that is not its asset's."""

SHOWN_FIELDS: Mapping[str, AttributeField] = MappingProxyType(
    {
        **OFFER_FIELDS,
        **{
            name: replace(COMMON_FIELDS[column], name=name)
            for name, column in ASSET_COLUMNS.items()
        },
    }
)
"""Every field that an offer can have."""


def offer_fields_seen(principal: Principal) -> frozenset[str]:
    """The fields of `OFFER_FIELDS` that a principal sees, price bands by `pricing` moreover."""
    return frozenset(
        name for name, field in OFFER_FIELDS.items() if principal.role.reaches(field.level)
    )
