"""Words and units of columns."""

from __future__ import annotations

import pytest

from canopy.assets.kinds import COMMON_FIELDS, KINDS, attribute_fields
from canopy.render.labels import column_label, column_unit

STATED = [
    (kind, name, field.unit)
    for kind in KINDS
    for name, field in {**COMMON_FIELDS, **attribute_fields(kind)}.items()
    if field.unit
]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("height_m", "Height"),
        ("uprn", "UPRN"),
        ("lamp_w", "Lamp"),
        ("capacity_gbit_s", "Capacity"),
        ("dpia_ref", "DPIA ref"),
        ("asset_id", "Canopy identifier"),
        ("heritage", "Heritage"),
    ],
)
def test_labels_are_words(name: str, label: str) -> None:
    """Underscores and unit suffixes go, abbreviations are written as such."""
    assert column_label(name) == label


@pytest.mark.parametrize(("kind", "name", "unit"), STATED)
def test_units_are_those_of_the_model(kind: str, name: str, unit: str) -> None:
    """A unit that the kind's model states is the one shown."""
    assert column_unit(kind, name) == unit


def test_a_unit_the_model_leaves_out_is_told_by_the_name() -> None:
    """Lists of numbers state no unit; their names do."""
    assert column_unit("wifi_ap", "bands_ghz") == "GHz"
    assert column_unit("lamppost", "material") is None
