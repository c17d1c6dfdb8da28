"""The collection of offers. It stands beside those of `collections`, which hold assets."""

from __future__ import annotations

from canopy.api.ogc.collections import Collection
from canopy.assets.kinds import KINDS
from canopy.assets.offers.fields import SHOWN_FIELDS

OFFERS = Collection(
    id="offers",
    title="Offers",
    description="What can be had: each feature is one offer, at the place of its asset.",
    kinds=tuple(KINDS),
    own_fields=SHOWN_FIELDS,
    id_field="offer_id",
    has_tiles=False,
    datetime_told="Only what can be had on a day of this time or interval (RFC 3339)",
)
