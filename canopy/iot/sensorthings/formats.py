"""Result formats beside plain JSON: dataArray, GeoJSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from canopy.iot.sensorthings import queries
from canopy.iot.sensorthings.model import SETS
from canopy.iot.sensorthings.reading import Page
from canopy.iot.sensorthings.shaping import Document, Shaper, geojson

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def plain(page: Page) -> Document:
    """A set as JSON."""
    document: Document = {}
    if page.count is not None:
        document["@iot.count"] = page.count
    if page.next_link is not None:
        document["@iot.nextLink"] = page.next_link
    return {**document, "value": page.documents}


def data_array(page: Page, shaper: Shaper) -> Document:
    """Observations by datastream, each as a list of values. Source: 18-088, section 12.1."""
    names = [name for name in ("@iot.id", "phenomenonTime", "resultTime", "result", "resultQuality")
             if any(name in each for each in page.documents)]  # fmt: skip
    components = ["id" if name == "@iot.id" else name for name in names]
    groups: dict[int, list[list[Any]]] = {}
    for row, each in zip(page.entities, page.documents, strict=True):
        groups.setdefault(row.datastream_id, []).append([each.get(name) for name in names])
    streams = SETS["Datastreams"]
    return {
        **plain(page),
        "value": [
            {
                "Datastream@iot.navigationLink": shaper.link(streams, number),
                "components": components,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for number, rows in groups.items()
        ],
    }


def feature_collection(page: Page, shaper: Shaper) -> Document:
    """Entities as GeoJSON features, where the place of each is known. Source: RFC 7946."""
    shapes = _shapes(page, shaper)
    features = [
        {
            "type": "Feature",
            **({"id": each["@iot.id"]} if "@iot.id" in each else {}),
            "geometry": geojson(shape),
            "properties": {
                name: value for name, value in each.items()
                if "@iot." not in name[1:] and name not in ("@iot.id", "location", "feature")
            },
        }
        for each, shape in zip(page.documents, shapes, strict=True)
    ]  # fmt: skip
    document: Document = {"type": "FeatureCollection", "features": features}
    for name, value in (("@iot.count", page.count), ("@iot.nextLink", page.next_link)):
        if value is not None:
            document[name] = value
    return document


def _shapes(page: Page, shaper: Shaper) -> list[Any]:
    name = page.of.name
    if name in ("Locations", "FeaturesOfInterest"):
        found = shaper.places(page.entities)
        return [found.get(each.id) for each in page.entities]
    if name not in ("Things", "Datastreams") or not page.entities:
        return [None] * len(page.entities)
    things = [each.id if name == "Things" else each.thing_id for each in page.entities]
    rows = queries.places_of(shaper.scope.session, sorted(set(things)))
    shown = shaper.places([place for _, place in rows])
    at = {thing: shown.get(place.id) for thing, place in reversed(rows)}
    return [at.get(thing) for thing in things]


def table(page: Page) -> str:
    """CSV with a heading; members of objects are columns ``object/member``."""
    rows = [_flat("", each) for each in page.documents]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _flat(prefix: str, value: Document) -> Document:
    found: Document = {}
    for name, each in value.items():
        if "@iot." in name and name != "@iot.id":
            continue
        key = prefix + ("id" if name == "@iot.id" else name)
        found.update(_flat(f"{key}/", each) if isinstance(each, dict) else {key: each})
    return found


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would compute is marked as text; a list of entities is JSON."""
    if isinstance(value, list):
        if any(isinstance(each, dict) for each in value):
            return json.dumps(value, ensure_ascii=False)
        return " ".join(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value
