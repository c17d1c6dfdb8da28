"""Filters in CQL2 (OGC 21-065r2), exact on what a principal may see.

A filter is read once (`parse_filter`), given types for a principal and some kinds
(`Filter.resolved`), put to the database as a condition that loses nothing
(`queries.ConditionWriter`) and tested on redacted batches (`evaluate`).
"""

from canopy.assets.filtering.conditions import Condition, parse_condition
from canopy.assets.filtering.evaluating import evaluate
from canopy.assets.filtering.fields import FieldFinder, FilterField, filter_fields
from canopy.assets.filtering.filters import LANGUAGES, Filter, FilterLanguage, parse_filter
from canopy.assets.filtering.shapes import CRS84

__all__ = [
    "CRS84",
    "LANGUAGES",
    "Condition",
    "FieldFinder",
    "Filter",
    "FilterField",
    "FilterLanguage",
    "evaluate",
    "filter_fields",
    "parse_condition",
    "parse_filter",
]
