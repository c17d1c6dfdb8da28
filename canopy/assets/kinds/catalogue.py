"""The list of kinds: what each is, how it lies on the ground, how tall it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from canopy.assets.kinds import property as property_kinds
from canopy.assets.kinds import radio, street, underground
from canopy.assets.kinds.fields import AssetAttributes, AttributeField, describe
from canopy.assets.kinds.shared import CommonAttributes

POINT = frozenset({"Point"})
LINE = frozenset({"LineString", "MultiLineString"})
PLACE = frozenset({"Point", "Polygon", "MultiPolygon"})


class Kind(StrEnum):
    """Kinds of asset, in the order in which they are shown."""

    lamppost = "lamppost"
    building = "building"
    rooftop = "rooftop"
    mast = "mast"
    small_cell_site = "small_cell_site"
    cctv = "cctv"
    wifi_ap = "wifi_ap"
    cabinet = "cabinet"
    street_furniture = "street_furniture"
    chamber = "chamber"
    duct = "duct"
    fibre = "fibre"
    open_space = "open_space"


@dataclass(frozen=True, slots=True)
class KindSpec:
    """What a kind is. `geometry` holds the geometry types it may have.

    `height_m_range` bounds the common column ``height_m`` [m], both ends allowed. Only
    what may lie flush with the ground has zero in it: registers write zero for unknown.
    """

    kind: Kind
    label: str
    label_plural: str
    geometry: frozenset[str]
    attributes: type[AssetAttributes]
    description: str
    height_m_range: tuple[float, float]


def _spec(
    kind: Kind,
    label: str,
    plural: str,
    geometry: frozenset[str],
    attributes: type[AssetAttributes],
    height_m_range: tuple[float, float],
) -> tuple[Kind, KindSpec]:
    description = (attributes.__doc__ or "").strip()
    return kind, KindSpec(kind, label, plural, geometry, attributes, description, height_m_range)


KINDS: Mapping[Kind, KindSpec] = MappingProxyType(
    dict(
        (
            _spec(Kind.lamppost, "Lamppost", "Lampposts", POINT, street.Lamppost, (1, 20)),
            _spec(Kind.building, "Building", "Buildings", PLACE, property_kinds.Building, (1, 400)),
            _spec(Kind.rooftop, "Rooftop", "Rooftops", PLACE, property_kinds.Rooftop, (3, 400)),
            _spec(Kind.mast, "Mast", "Masts", POINT, radio.Mast, (3, 400)),
            _spec(
                Kind.small_cell_site, "Small-cell site", "Small-cell sites", POINT,
                radio.SmallCellSite, (1, 100),
            ),
            _spec(Kind.cctv, "CCTV column", "CCTV columns", POINT, street.Cctv, (1, 40)),
            _spec(
                Kind.wifi_ap, "Wi-Fi access point", "Wi-Fi access points", POINT, street.WifiAp,
                (0.1, 100),
            ),
            _spec(Kind.cabinet, "Cabinet", "Cabinets", POINT, street.Cabinet, (0.1, 5)),
            _spec(
                Kind.street_furniture, "Street furniture", "Street furniture", POINT,
                street.StreetFurniture, (0.1, 30),
            ),
            _spec(Kind.chamber, "Chamber", "Chambers", POINT, underground.Chamber, (0, 5)),
            _spec(Kind.duct, "Duct", "Ducts", LINE, underground.Duct, (0, 5)),
            _spec(Kind.fibre, "Fibre route", "Fibre routes", LINE, underground.Fibre, (0, 50)),
            _spec(
                Kind.open_space, "Open space", "Open spaces", PLACE, property_kinds.OpenSpace,
                (0, 100),
            ),
        )
    )
)  # fmt: skip
"""Every kind, in display order. A lighting column above 20 m is a wrong unit."""


@cache
def attribute_fields(kind: Kind) -> Mapping[str, AttributeField]:
    """The attributes of a kind: its own first, then those any asset may have.

    Raises ValueError when there is no such kind.
    """
    described = describe(KINDS[Kind(kind)].attributes)
    general = CommonAttributes.model_fields
    own = {name: field for name, field in described.items() if name not in general}
    return MappingProxyType({**own, **{name: described[name] for name in general}})
