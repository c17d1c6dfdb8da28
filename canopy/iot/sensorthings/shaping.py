"""Entities as the API writes them, cut to what their audience may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.policy.coarse import cell_centres
from canopy.geo.crs import WGS84
from canopy.geo.transforming import transformer
from canopy.iot.flags import FLAGS, names
from canopy.iot.sensorthings import queries
from canopy.iot.sensorthings.ids import ObservationId
from canopy.iot.sensorthings.model import SETS, EntitySet, singular
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.store.tables import Observation

Document = dict[str, Any]
_DECIMALS = 7
"""Of degrees: a centimetre."""


@dataclass(frozen=True, slots=True)
class Shaper:
    """Writes entities of a deployment at an address."""

    scope: Scope
    base: str

    def documents(self, of: EntitySet, entities: Sequence[Any]) -> list[Document]:
        """One document each, without what is expanded."""
        if not entities:
            return []
        if of.name == "Observations":
            return [
                self._with_links(of, observation_id(each), _observation(each)) for each in entities
            ]
        withheld = self._withheld(of, entities)
        bodies = {
            "Things": _named, "Sensors": _sensor, "ObservedProperties": _observed_property,
            "Datastreams": _datastream, "HistoricalLocations": _historical,
        }  # fmt: skip
        if of.name in bodies:
            write: Callable[[Any], Document] = bodies[of.name]
            found = [write(each) for each in entities]
        else:
            shapes = self.shown_shapes(entities, withheld)
            found = [
                _place(each, shape, of.name) for each, shape in zip(entities, shapes, strict=True)
            ]
        return [
            self._with_links(of, each.id, _cut(of, each.id, body) if each.id in withheld else body)
            for each, body in zip(entities, found, strict=True)
        ]

    def link(self, of: EntitySet, key: int | str) -> str:
        """The address of an entity."""
        return f"{self.base}/{of.name}({written_id(key)})"

    def _with_links(self, of: EntitySet, key: int | str, body: Document) -> Document:
        address = self.link(of, key)
        links = {f"{name}@iot.navigationLink": f"{address}/{name}" for name in of.links}
        return {"@iot.id": key, "@iot.selfLink": address, **body, **links}

    def _withheld(self, of: EntitySet, entities: Sequence[Any]) -> set[int]:
        """Those whose words are withheld."""
        if not of.words or self.scope.audience.sees_all:
            return set()
        is_restricted = {
            "Things": queries.restricted_thing, "Datastreams": queries.restricted_stream,
            "Locations": queries.restricted_location,
            "FeaturesOfInterest": queries.restricted_location,
        }[of.name](of.table, self.scope.audience)  # fmt: skip
        numbers = [each.id for each in entities]
        return queries.ids_where(self.scope.session, of.table, numbers, is_restricted)

    def shown_shapes(self, places: Sequence[Any], restricted: set[int]) -> NDArray[np.object_]:
        """Positions of Locations in longitude and latitude, as the policy shows them."""
        shapes: NDArray[np.object_] = np.empty(len(places), dtype=object)
        shapes[:] = [each.geom for each in places]
        if restricted:
            cells = self._cells([each.id for each in places])
            shapes = cell_centres(shapes, [cells.get(each.id) for each in places])
            for at, each in enumerate(places):  # restricted, and not because of its kind
                if each.id in restricted and each.id not in cells:
                    shapes[at] = None
        return transformer(self.scope.storage_crs, WGS84).geometries(shapes)

    def places(self, places: Sequence[Any]) -> dict[int, Any]:
        """Locations that the audience sees, by number, as it sees them."""
        shown = self._shown(places)
        if not shown:
            return {}
        shapes = self.shown_shapes(shown, self._withheld(SETS["Locations"], shown))
        return {each.id: shape for each, shape in zip(shown, shapes, strict=True)}

    def _shown(self, places: Sequence[Any]) -> list[Any]:
        of = SETS["Locations"]
        condition = queries.visible(of.name, of.table, self.scope.audience)
        numbers = [each.id for each in places]
        seen = queries.ids_where(self.scope.session, of.table, numbers, condition)
        return [each for each in places if each.id in seen]

    def _cells(self, numbers: Sequence[int]) -> dict[int, float]:
        found: dict[int, float] = {}
        for number, kind in queries.kinds_at(self.scope.session, numbers):
            cell = self.scope.audience.cells_m.get(kind)
            if cell is not None:
                found[number] = max(cell, found.get(number, 0.0))
        return found


def observation_id(row: Any) -> str:
    """The name of an Observation."""
    return ObservationId(row.datastream_id, row.phenomenon_time, row.source_key).written()


def written_id(key: int | str) -> str:
    """An id as addresses have it in brackets."""
    return str(key) if isinstance(key, int) else f"'{quote(key, safe='~')}'"


def result_of(row: Any) -> float | bool | str | None:
    """A number, a truth or a text."""
    if row.result_text is not None:
        text: str = row.result_text
        return text
    if row.flags & FLAGS["truth"]:
        return bool(row.result)
    number: float | None = row.result
    return number


def instant(at: datetime) -> str:
    """A time in UTC, to the microsecond where it has such."""
    return at.isoformat(
        timespec="milliseconds" if at.microsecond % 1000 == 0 else "microseconds"
    ).replace("+00:00", "Z")


def phenomenon_time(row: Observation) -> str:
    """An instant or an interval."""
    begins = instant(row.phenomenon_time)
    return begins if row.phenomenon_end is None else f"{begins}/{instant(row.phenomenon_end)}"


def _observation(row: Observation) -> Document:
    doubts = [name for name in names(row.flags) if name != "truth"]
    body: Document = {
        "phenomenonTime": phenomenon_time(row), "result": result_of(row), "resultTime": None,
    }  # fmt: skip
    return {**body, "resultQuality": doubts} if doubts else body


def _named(entity: Any) -> Document:
    body = {"name": entity.name, "description": entity.description}
    return body if entity.properties is None else {**body, "properties": entity.properties}


def _sensor(entity: Any) -> Document:
    return {
        **_named(entity), "encodingType": entity.encoding_type, "metadata": entity.sensor_metadata,
    }  # fmt: skip


def _observed_property(entity: Any) -> Document:
    return {**_named(entity), "definition": entity.definition}


def _historical(entity: Any) -> Document:
    return {"time": instant(entity.at)}


def _datastream(entity: Any) -> Document:
    ours = {
        "dataClass": entity.data_class, "purpose": entity.purpose,
        "lawfulBasis": entity.lawful_basis, "retentionDays": entity.retention_days,
        "owner": entity.owner, "intervalSeconds": entity.interval_s,
    }  # fmt: skip
    body = _named(entity)
    own = body.get("properties")
    told = {name: value for name, value in ours.items() if value is not None}
    body["properties"] = {**(own if isinstance(own, dict) else {}), **told}
    ucum = entity.unit_ucum
    unit = {
        "name": entity.unit_name, "symbol": entity.unit_symbol,
        "definition": unit_definition(ucum),
    }  # fmt: skip
    return {**body, "observationType": entity.observation_type, "unitOfMeasurement": unit}


def unit_definition(ucum: str | None) -> str | None:
    """A UCUM code as a definition; an address that was given as one stays what it is."""
    return ucum if ucum is None or "://" in ucum else f"ucum:{ucum}"


def _place(entity: Any, shape: Any, set_name: str) -> Document:
    member = "location" if set_name == "Locations" else "feature"
    return {**_named(entity), "encodingType": entity.encoding_type, member: geojson(shape)}


def geojson(shape: Any) -> Document | None:
    """A shape in longitude and latitude; None where it is withheld."""
    if shape is None or shape.is_empty:
        return None
    found: Document = shapely.geometry.mapping(shapely.set_precision(shape, 10.0**-_DECIMALS))
    return found


def _cut(of: EntitySet, number: int, body: Document) -> Document:
    """Without the publisher's words, which may tell the place."""
    kept = {name: value for name, value in body.items() if name != "properties"}
    return {**kept, "name": f"{singular(of.name)} {number}", "description": ""}
