"""A feature, or a patch of one, as what somebody proposes an offer to say.

What an offer shows of its asset, and its distances, may come back as they were read: they
are no part of the offer and are not changed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import shapely

from canopy.api.ogc.crs import OfferedCrs
from canopy.api.ogc.writing.positions import read_geometry
from canopy.api.problems import BadRequest
from canopy.assets.batches import GENERALISED_COLUMN
from canopy.assets.editing.writing.proposed import merge_patch
from canopy.assets.offers.fields import ASSET_COLUMNS, DISTANCES, SET_BY_OFFICERS, SHOWN_FIELDS
from canopy.assets.offers.validating import OfferRecord
from canopy.assets.reading.paging import Page
from canopy.errors import BadAttribute

SAME_PLACE_M = 0.01
"""How far a position may come back from where it was read: it was rounded on its way [m]."""
_MEMBERS = frozenset(("type", "id", "geometry", "properties", "links", "bbox"))


@dataclass(frozen=True, slots=True)
class ProposedOffer:
    """What is sent: whole, or as a merge patch (RFC 7396)."""

    values: Mapping[str, object]
    is_whole: bool

    def applied(self, current: OfferRecord) -> Mapping[str, object]:
        """What the offer is to say."""
        if self.is_whole:
            return self.values
        merged = merge_patch(current, self.values)
        assert isinstance(merged, dict)
        return merged


def new_offer(content: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    """The asset to be offered, and what is said of the offer; a draft unless said otherwise."""
    given = dict(_properties_of(content, None, is_whole=True))
    if content.get("geometry") is not None:
        raise BadAttribute(
            "geometry: an offer stands where its asset stands; send null.", field="geometry"
        )
    asset_id = given.pop("asset_id", None)
    if not isinstance(asset_id, str):
        raise BadAttribute("asset_id: name the asset that is offered.", field="asset_id")
    for name in given:
        if name in SHOWN_FIELDS and name not in SET_BY_OFFICERS:
            raise BadAttribute(f"{name} is set by the service; leave it out.", field=name)
    return asset_id.lower(), {"status": "draft", **given}


def changed_offer(
    content: Mapping[str, object],
    shown: Page,
    crs: OfferedCrs,
    storage_crs: str,
    *,
    is_whole: bool,
) -> ProposedOffer:
    """What an offer is to say; `shown` is the offer as its writer sees it, in the storage CRS."""
    given = dict(_properties_of(content, shown.ids[0], is_whole=is_whole))
    if content.get("geometry") is not None:
        _require_same_place(read_geometry(content["geometry"], crs, storage_crs), shown)
    current = shown.properties[0]
    for name in [name for name in given if name not in SET_BY_OFFICERS]:
        value = given.pop(name)
        if name not in SHOWN_FIELDS and name != GENERALISED_COLUMN:
            raise BadAttribute(
                f"{name[:60]!r} is no property of an offer; see /collections/offers/schema.",
                field=name[:60],
            )
        if value != current.get(name):
            raise _kept(name, current)
    return ProposedOffer(given, is_whole)


def _kept(name: str, current: Mapping[str, object]) -> BadAttribute:
    if name in ASSET_COLUMNS and name != "asset_id":
        told = "is its asset's, and is changed there (/collections/assets)"
    elif name in DISTANCES:
        told = "is computed when it is read"
    else:
        told = "is set by the service"
    now = current.get(name)
    known = "not known" if now is None else f"{now!r}"
    return BadAttribute(f"{name} {told}; it is {known} now; leave it out.", field=name)


def _require_same_place(given: shapely.Geometry, shown: Page) -> None:
    stored = shown.geometries[0]
    if stored is None or not shapely.equals_exact(
        shapely.normalize(given), shapely.normalize(stored), tolerance=SAME_PLACE_M
    ):
        raise BadAttribute(
            "geometry: an offer stands where its asset stands; move the asset, or send null.",
            field="geometry",
        )


def _properties_of(
    content: Mapping[str, object], offer_id: str | None, *, is_whole: bool
) -> Mapping[str, object]:
    if content.get("type", None if is_whole else "Feature") != "Feature":
        raise BadRequest(
            f"The body is no GeoJSON feature: its type is {str(content.get('type'))[:40]!r}."
        )
    for name in content:
        if name not in _MEMBERS:
            raise BadAttribute(
                f"{name[:60]!r} is no member of a feature; what an offer says stands in its "
                "properties.",
                field=name[:60],
            )
    given = content.get("id")
    if given is not None and str(given).lower() != offer_id:
        told = "the service gives it; leave it out" if offer_id is None else f"it is {offer_id}"
        raise BadAttribute(f"id: {told}.", field="id")
    properties = content.get("properties")
    if properties is None:
        return {}
    if not isinstance(properties, dict):
        raise BadAttribute("properties: they are a JSON object.", field="properties")
    return properties
