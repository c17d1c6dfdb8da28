"""The kinds of asset: what each is, how it lies on the ground, which attributes it has."""

from canopy.assets.kinds.catalogue import KINDS, Kind, KindSpec, attribute_fields
from canopy.assets.kinds.columns import COMMON_FIELDS
from canopy.assets.kinds.fields import AssetAttributes, AttributeField
from canopy.assets.kinds.validation import validate_attributes, validate_column

__all__ = [
    "COMMON_FIELDS",
    "KINDS",
    "AssetAttributes",
    "AttributeField",
    "Kind",
    "KindSpec",
    "attribute_fields",
    "validate_attributes",
    "validate_column",
]
