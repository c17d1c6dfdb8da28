"""Members that an entity does not take are named, and what clients send back is not held up."""

from __future__ import annotations

import pytest

from canopy.iot.sensorthings.members import unfit
from canopy.iot.sensorthings.model import SETS


@pytest.mark.parametrize(
    ("name", "given", "is_new", "member"),
    [
        ("Datastreams", {"Observations": [{"result": 1}]}, True, "Observations"),
        ("Datastreams", {"Observations": [{"result": 1}]}, False, "Observations"),
        ("Things", {"name": "x", "nonsense": 1}, True, "nonsense"),
        ("Things", {"nonsense": None}, False, "nonsense"),
        ("Things", {"HistoricalLocations": [{}]}, True, "HistoricalLocations"),
        ("Sensors", {"Datastreams": [{}]}, True, "Datastreams"),
        ("Locations", {"Things": [{"@iot.id": 1}]}, True, "Things"),
        ("Things", {"Locations": [{}], "Datastreams": [{}], "properties": {}}, True, None),
        ("Datastreams", {"Observations": [], "Thing": {}, "unitOfMeasurement": {}}, True, None),
        (
            "Datastreams",
            {"@iot.id": 1, "id": 1, "Thing@iot.navigationLink": "x", "observedArea": {}},
            True,
            None,
        ),
        ("Sensors", {"Datastreams": [{}]}, False, None),
    ],
)
def test_what_an_entity_does_not_take_is_named(
    name: str, given: dict[str, object], is_new: bool, member: str | None
) -> None:
    """422 comes of each; None of those that fit."""
    found = unfit(SETS[name], given, is_new=is_new)
    assert (found and found[0]) == member
