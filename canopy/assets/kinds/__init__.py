"""The kinds of asset: what each is, how it lies on the ground, which attributes it has."""

from canopy.assets.kinds.catalogue import (
    COMMON_FIELDS,
    KINDS,
    Kind,
    KindSpec,
    attribute_fields,
    validate_attributes,
    validate_column,
)
from canopy.assets.kinds.fields import AssetAttributes, AttributeField

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
