"""The entity sets, their properties and how they are linked. Source: OGC 18-088, section 8.2.

A FeatureOfInterest is the place of the Thing that observes, as section 8.2.8 has it where none is
given; the set is that of Locations. An Observation of a sensor that moves has a place of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from canopy.iot.store.tables import Observation
from canopy.iot.things.tables import (
    Datastream,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)


@dataclass(frozen=True, slots=True)
class Link:
    """To which set, and whether there may be several."""

    target: str
    is_many: bool


@dataclass(frozen=True, slots=True)
class EntitySet:
    """`properties`: name → (attribute of the table, type), what can be filtered and sorted by.
    `shown`: names that an answer has beside those."""

    name: str
    table: Any
    properties: Mapping[str, tuple[str, str]]
    links: Mapping[str, Link]
    shown: tuple[str, ...] = ()
    words: frozenset[str] = field(default=frozenset())
    """Properties that are withheld where the Thing's place is."""

    @property
    def names(self) -> frozenset[str]:
        """What `$select` may name."""
        own = {name.partition("/")[0] for name in self.properties}
        return frozenset(own | set(self.shown) | set(self.links))


_WORDS = frozenset({"name", "description"})
_NAMED = {"id": ("id", "number"), "name": ("name", "text"), "description": ("description", "text")}


def _one(target: str) -> Link:
    return Link(target, False)


def _many(target: str) -> Link:
    return Link(target, True)


_SETS = (
    EntitySet(
        "Things", Thing, _NAMED,
        {
            "Datastreams": _many("Datastreams"), "Locations": _many("Locations"),
            "HistoricalLocations": _many("HistoricalLocations"),
        },
        ("properties",), _WORDS,
    ),
    EntitySet(
        "Locations", Location, {**_NAMED, "encodingType": ("encoding_type", "text"),
                                "location": ("geom", "geometry")},
        {"Things": _many("Things"), "HistoricalLocations": _many("HistoricalLocations")},
        ("properties",), _WORDS,
    ),
    EntitySet(
        "HistoricalLocations", HistoricalLocation,
        {"id": ("id", "number"), "time": ("at", "time")},
        {"Thing": _one("Things"), "Locations": _many("Locations")},
    ),
    EntitySet(
        "Datastreams", Datastream,
        {
            **_NAMED, "observationType": ("observation_type", "text"),
            "unitOfMeasurement/name": ("unit_name", "text"),
            "unitOfMeasurement/symbol": ("unit_symbol", "text"),
            "unitOfMeasurement/definition": ("unit_ucum", "text"),
        },
        {
            "Thing": _one("Things"), "Sensor": _one("Sensors"),
            "ObservedProperty": _one("ObservedProperties"), "Observations": _many("Observations"),
        },
        ("properties",), _WORDS,
    ),
    EntitySet(
        "Sensors", Sensor,
        {
            **_NAMED, "encodingType": ("encoding_type", "text"),
            "metadata": ("sensor_metadata", "text"),
        },
        {"Datastreams": _many("Datastreams")},
        ("properties",),
    ),
    EntitySet(
        "ObservedProperties", ObservedProperty, {**_NAMED, "definition": ("definition", "text")},
        {"Datastreams": _many("Datastreams")},
        ("properties",),
    ),
    EntitySet(
        "FeaturesOfInterest", Location, {**_NAMED, "encodingType": ("encoding_type", "text"),
                                         "feature": ("geom", "geometry")},
        {"Observations": _many("Observations")},
        ("properties",), _WORDS,
    ),
    EntitySet(
        "Observations", Observation,
        {
            "id": ("", "observation-id"), "phenomenonTime": ("phenomenon_time", "time"),
            "result": ("result", "result"),
        },
        {"Datastream": _one("Datastreams"), "FeatureOfInterest": _one("FeaturesOfInterest")},
        ("resultTime", "resultQuality"),
    ),
)  # fmt: skip
SETS: Mapping[str, EntitySet] = {each.name: each for each in _SETS}


def singular(name: str) -> str:
    """The name of one entity of a set."""
    odd = {"FeaturesOfInterest": "FeatureOfInterest", "ObservedProperties": "ObservedProperty"}
    return odd.get(name, name[:-1])
